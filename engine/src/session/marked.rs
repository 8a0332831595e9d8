//! What a part computed about user tasks, regions and slow intervals.

use taskscope_proto::Dataset;

use crate::analysis::user_tasks::{self, Listing, UserIndex};
use crate::analysis::why::{Ranges, Why};
use crate::api::{Answer, MarksAnswer, MarksQuery, Request, WhyAnswer, WhyQuery, WhySubject};

/// Caches; each is filled when first needed.
#[derive(Debug, Default)]
pub struct Marked {
    index: Option<UserIndex>,
    listing: Option<Listing>,
    ranges: Option<Ranges>,
    why: Option<(WhySubject, Option<Why>)>,
}

impl Marked {
    /// Answers requests about user tasks, regions and slow intervals; `None` for other requests, and
    /// where there is nothing of the kind.
    pub fn answer(&mut self, dataset: &Dataset, request: &Request) -> Option<Answer> {
        let asks_why = matches!(request, Request::Why(_)) && !dataset.spans.is_empty();
        if !asks_why && !user_tasks::available(dataset) {
            return None;
        }
        let index = self.index.get_or_insert_with(|| UserIndex::build(dataset));
        Some(match request {
            Request::MarkTypes(query) => Answer::MarkTypes(user_tasks::types(dataset, index, query)),
            Request::Marks(query) => Answer::Marks(marks(&mut self.listing, dataset, index, query)),
            Request::UserTask(query) => {
                Answer::UserTask(user_tasks::page(dataset, index, *query).map(Box::new))
            }
            Request::Why(query) => {
                let ranges = self.ranges.get_or_insert_with(|| Ranges::build(dataset));
                Answer::Why(why(&mut self.why, dataset, index, ranges, query).map(Box::new))
            }
            _ => return None,
        })
    }
}

fn why(
    known: &mut Option<(WhySubject, Option<Why>)>,
    dataset: &Dataset,
    index: &UserIndex,
    ranges: &Ranges,
    query: &WhyQuery,
) -> Option<WhyAnswer> {
    let last = known.take().filter(|(subject, _)| *subject == query.subject);
    let last = last.unwrap_or_else(|| (query.subject, Why::find(dataset, index, ranges, query.subject)));
    known.insert(last).1.as_ref().map(|why| why.answer(dataset, query))
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
