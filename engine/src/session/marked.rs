//! What a part computed about user tasks, regions and slow intervals.

use taskscope_proto::Dataset;

use crate::analysis::user_tasks::{self, Listing, UserIndex};
use crate::api::{Answer, MarksAnswer, MarksQuery, Request};

/// Caches; each is filled when first needed.
#[derive(Debug, Default)]
pub struct Marked {
    index: Option<UserIndex>,
    listing: Option<Listing>,
}

impl Marked {
    /// Answers requests about user tasks and regions; `None` for other requests, or without any.
    pub fn answer(&mut self, dataset: &Dataset, request: &Request) -> Option<Answer> {
        if !user_tasks::available(dataset) {
            return None;
        }
        let index = self.index.get_or_insert_with(|| UserIndex::build(dataset));
        Some(match request {
            Request::MarkTypes(query) => Answer::MarkTypes(user_tasks::types(dataset, index, query)),
            Request::Marks(query) => Answer::Marks(marks(&mut self.listing, dataset, index, query)),
            Request::UserTask(query) => {
                Answer::UserTask(user_tasks::page(dataset, index, *query).map(Box::new))
            }
            _ => return None,
        })
    }
}

fn marks(
    listing: &mut Option<Listing>,
    dataset: &Dataset,
    index: &UserIndex,
    query: &MarksQuery,
) -> MarksAnswer {
    let known = listing.take().filter(|known| known.answers(query));
    let known = known.unwrap_or_else(|| Listing::run(dataset, index, query));
    listing.insert(known).window(dataset, index, query.first, query.count)
}
