//! What a part computed about scopes: goroutine tables, sums of blocking profiles, areas.

use taskscope_proto::Dataset;

use crate::analysis::goroutines::{Listing, Table};
use crate::api::{Answer, GoroutinesQuery, Request, Scope};

/// Caches; each is filled when first needed.
#[derive(Debug, Default)]
pub struct Scoped {
    table: Option<(Scope, Table)>,
    listing: Option<Listing>,
}

impl Scoped {
    /// Answers requests about scopes; `None` for other requests, or for a part without spans.
    pub fn answer(&mut self, dataset: &Dataset, request: &Request) -> Option<Answer> {
        if dataset.spans.is_empty() {
            return None;
        }
        Some(match request {
            Request::Goroutines(query) => self.goroutines(dataset, query),
            _ => return None,
        })
    }

    fn goroutines(&mut self, dataset: &Dataset, query: &GoroutinesQuery) -> Answer {
        let table = match self.table.take().filter(|(scope, _)| *scope == query.scope) {
            Some(known) => known,
            None => (query.scope.clone(), Table::build(dataset, &query.scope)),
        };
        let (_, table) = self.table.insert(table);
        let known = self.listing.take().filter(|known| known.answers(query));
        let known = known.unwrap_or_else(|| Listing::run(dataset, table, query));
        let listing = self.listing.insert(known);
        Answer::Goroutines(listing.window(dataset, table, query.first, query.count))
    }
}
