//! The timeline as tables, for those who do not see pictures.

use serde::{Deserialize, Serialize};

use super::{Mark, TimelineQuery};

/// Asks for the lanes of a window as rows, hidden ones below the fold included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneTableQuery {
    /// Which lanes in which window; heights do not matter.
    pub lanes: TimelineQuery,
    /// First row wanted.
    pub first: u32,
    /// How many rows.
    pub count: u32,
}

/// Lanes as rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LaneTable {
    /// The states that are columns.
    pub columns: Vec<(Mark, String)>,
    /// The wanted rows.
    pub rows: Vec<LaneRow>,
    /// All rows.
    pub all: u32,
}

/// One lane in a window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LaneRow {
    /// Key of the lane.
    pub key: u64,
    /// `G 1893`.
    pub name: String,
    /// The head that it stands under; empty for none.
    pub group: String,
    /// The right-aligned fact of the lane.
    pub fact: String,
    /// Ns in each state of [`LaneTable::columns`].
    pub ns: Vec<u64>,
    /// How many spans touch the window.
    pub spans: u32,
}

/// Asks for the spans of a lane as rows: task, worker and thread lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanTableQuery {
    /// Key of the lane.
    pub lane: u64,
    /// First ns on the trace's clock.
    pub t0_ns: u64,
    /// One past the last.
    pub t1_ns: u64,
    /// First row wanted.
    pub first: u32,
    /// How many rows.
    pub count: u32,
}

/// Spans as rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpanTable {
    /// The wanted rows, in time order.
    pub rows: Vec<SpanRow>,
    /// All rows in the window.
    pub all: u32,
}

/// One span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanRow {
    /// The span.
    pub span: u32,
    /// Mark of its state.
    pub mark: Mark,
    /// The state in words.
    pub state: String,
    /// First ns on the trace's clock.
    pub start_ns: u64,
    /// Length, ns.
    pub ns: u64,
    /// What the box in the picture says: reason and function, or the goroutine.
    pub text: String,
}
