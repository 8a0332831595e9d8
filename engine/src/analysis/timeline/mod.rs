//! Lanes over time: minimap, visible boxes, span details.

use taskscope_proto::Dataset;

use crate::api::{Minimap, MinimapQuery, SpanDetails, TimelineAnswer, TimelineQuery};

/// What is built once from a data set, so that a query touches only what is visible.
#[derive(Debug, Default)]
pub struct TimelineIndex {}

impl TimelineIndex {
    /// Builds the index.
    pub fn build(_dataset: &Dataset) -> Self {
        Self {}
    }
}

/// The whole trace in one row of columns.
pub fn minimap(_dataset: &Dataset, _index: &TimelineIndex, _query: &MinimapQuery) -> Minimap {
    Minimap::default()
}

/// The lanes and boxes that are visible.
pub fn timeline(_dataset: &Dataset, _index: &TimelineIndex, _query: &TimelineQuery) -> TimelineAnswer {
    TimelineAnswer::default()
}

/// Everything about the span of row `span`; `None` if there is no such row.
pub fn span_details(_dataset: &Dataset, _index: &TimelineIndex, _span: u32) -> Option<SpanDetails> {
    None
}
