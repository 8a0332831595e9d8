//! Search in a trace at the border.

use serde::{Deserialize, Serialize};

/// Asks for what matches a text, and for the hit to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchQuery {
    /// Text or `/regex/`: a function in a stack, a goroutine (`1893`, `G 1893`), a reason, a log
    /// text, a user task or region.
    pub text: String,
    /// Which hit is wanted.
    pub step: SearchStep,
    /// Columns of the whole trace for [`SearchAnswer::marks`]; 0 for none.
    pub columns: u32,
}

/// Which hit is wanted; hits are in time order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchStep {
    /// None, only counts.
    #[default]
    Count,
    /// The first one at or after this moment, or the first of all.
    From(u64),
    /// The one after this one, or the first of all.
    Next(SearchPlace),
    /// The one before this one, or the last of all.
    Previous(SearchPlace),
}

/// Where a hit stands in the order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SearchPlace {
    /// When it begins, on the trace's clock.
    pub at_ns: u64,
    /// Its kind.
    pub kind: SearchKind,
    /// Row in its table.
    pub row: u32,
}

/// What a hit is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SearchKind {
    /// A goroutine: its name, id or entry function.
    #[default]
    Task,
    /// A span whose reason matches.
    Reason,
    /// A span whose stack has a function that matches.
    Function,
    /// A message of the program.
    Log,
    /// A user region.
    Region,
    /// A user task.
    UserTask,
}

/// What matches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// The text is not a regular expression; empty otherwise.
    pub error: String,
    /// Hits by kind, in words: (`goroutines`, 3). Kinds without hits are left out.
    pub kinds: Vec<(String, u32)>,
    /// All of them.
    pub total: u32,
    /// The hit that was wanted.
    pub hit: Option<SearchHit>,
    /// Hits in each column of the whole trace.
    pub marks: Vec<u32>,
}

/// One hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    /// Its place, for the next question.
    pub place: SearchPlace,
    /// Its number in time order, from 1.
    pub number: u32,
    /// What it is, in words: `sync.Mutex.Lock`, `G 1893 · main.work`.
    pub text: String,
    /// One past its last ns.
    pub end_ns: u64,
    /// Key of its lane; of the goroutine, for a log or region.
    pub lane: u64,
    /// The span to select.
    pub span: Option<u32>,
}
