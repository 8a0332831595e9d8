//! What a part computed about scopes: goroutine tables, sums of blocking profiles, areas.

use taskscope_proto::Dataset;

use super::latest;
use crate::analysis::goroutines::{Listing, Table};
use crate::analysis::{area, blocking};
use crate::api::{
    Answer, AreaAnswer, AreaQuery, BlockingAnswer, BlockingQuery, GoroutinesQuery, Request, Scope,
};

/// Caches; each is filled when first needed.
#[derive(Debug, Default)]
pub struct Scoped {
    table: Option<(Scope, Table)>,
    listing: Option<Listing>,
    blocking: Option<(BlockingQuery, BlockingAnswer)>,
    area: Option<(AreaQuery, AreaAnswer)>,
}

impl Scoped {
    /// Answers requests about scopes; `None` for other requests, or for a part without spans.
    pub fn answer(&mut self, dataset: &Dataset, request: &Request) -> Option<Answer> {
        if dataset.spans.is_empty() {
            return None;
        }
        Some(match request {
            Request::Goroutines(query) => self.goroutines(dataset, query),
            Request::Blocking(query) => {
                let totals = || blocking::totals(dataset, &query.scope);
                Answer::Blocking(latest(&mut self.blocking, query, totals).clone())
            }
            Request::Area(query) => {
                Answer::Area(latest(&mut self.area, query, || area::area(dataset, query)).clone())
            }
            _ => return None,
        })
    }

    fn goroutines(&mut self, dataset: &Dataset, query: &GoroutinesQuery) -> Answer {
        let table = latest(&mut self.table, &query.scope, || Table::build(dataset, &query.scope));
        let known = self.listing.take().filter(|known| known.answers(query));
        let known = known.unwrap_or_else(|| Listing::run(dataset, table, query));
        let listing = self.listing.insert(known);
        Answer::Goroutines(listing.window(dataset, table, query.first, query.count))
    }
}
