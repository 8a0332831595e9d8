//! What a part computed about user tasks, regions and slow intervals.

use taskscope_proto::Dataset;

use super::latest;
use crate::analysis::sources::{self, Sourced};
use crate::analysis::user_tasks::{self, Listing, UserIndex};
use crate::analysis::why::{Ranges, Why};
use crate::api::{Answer, MarksAnswer, MarksQuery, Request, WhySubject};

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
                let why = self.why(dataset, query.subject);
                Answer::Why(why.map(|why| Box::new(why.answer(dataset, query))))
            }
            _ => return None,
        })
    }

    /// The critical path of an interval, for flame graphs; `None` if there is no such interval.
    pub fn path(&mut self, dataset: &Dataset, subject: WhySubject) -> Option<Sourced> {
        self.why(dataset, subject).map(|why| sources::path(dataset, why))
    }

    fn why(&mut self, dataset: &Dataset, subject: WhySubject) -> Option<&Why> {
        if dataset.spans.is_empty() {
            return None;
        }
        let index = self.index.get_or_insert_with(|| UserIndex::build(dataset));
        let ranges = self.ranges.get_or_insert_with(|| Ranges::build(dataset));
        latest(&mut self.why, &subject, || Why::find(dataset, index, ranges, subject)).as_ref()
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
