//! Statistics of a selection (time × lanes) at the border.

use serde::{Deserialize, Serialize};

use super::{FrameText, Mark, Scope};

/// Asks for the statistics of a selection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaQuery {
    /// The selection.
    pub scope: Scope,
    /// How many of the largest waits to list.
    pub waits: u32,
}

/// The statistics of a selection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AreaAnswer {
    /// First ns, on the trace's clock.
    pub t0_ns: u64,
    /// One past the last ns.
    pub t1_ns: u64,
    /// Tasks that were there at some time.
    pub tasks: u32,
    /// Time of all tasks together; what the shares are of.
    pub total_ns: u64,
    /// Time by state and reason, largest first; per mille sum to 1000.
    pub shares: Vec<AreaShare>,
    /// Most tasks running at once.
    pub running_max: u32,
    /// Most tasks ready at once.
    pub ready_max: u32,
    /// Average number of tasks running.
    pub running_mean: f64,
    /// Average number of tasks ready.
    pub ready_mean: f64,
    /// How long spans were, for each state that occurs.
    pub histograms: Vec<AreaHistogram>,
    /// The largest waits by reason and stack, longest first.
    pub waits: Vec<AreaWait>,
    /// Reasons and stacks of waits in all.
    pub waits_all: u32,
    /// Wakes in the selection: of its tasks, at a time in it.
    pub wakes: AreaWakes,
    /// CPU samples in the selection.
    pub samples: u64,
}

/// One state's part of a selection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaShare {
    /// Mark of the state.
    pub mark: Mark,
    /// The state in words: `Running`, `Blocked: sync`.
    pub state: String,
    /// Time in it, ns.
    pub ns: u64,
    /// Per mille of the selection's time; all sum to 1000 (largest remainder).
    pub per_mille: u32,
    /// How many spans lie in the selection, at least in part.
    pub spans: u64,
}

/// How long the spans of one state were. Spans that reach over an edge of the selection count with
/// their whole length; those without an end are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AreaHistogram {
    /// Mark of the state.
    pub mark: Mark,
    /// The state in words.
    pub state: String,
    /// Spans counted.
    pub spans: u64,
    /// The shortest, ns.
    pub min_ns: u64,
    /// The median, to the precision of a bucket, ns.
    pub median_ns: u64,
    /// 99th percentile, to the precision of a bucket, ns.
    pub p99_ns: u64,
    /// The longest, ns.
    pub max_ns: u64,
    /// Span that is the longest, to go there.
    pub longest: u32,
    /// Lower edge of each bucket, ns: five a decade, from the first to the last that is not empty.
    pub edges_ns: Vec<u64>,
    /// Spans in each bucket.
    pub counts: Vec<u64>,
}

/// Waits of one kind at one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AreaWait {
    /// Mark of the state.
    pub mark: Mark,
    /// The state in words: `Blocked: chan receive`.
    pub state: String,
    /// How many.
    pub count: u64,
    /// Their time inside the selection, ns.
    pub ns: u64,
    /// The longest, inside the selection, ns.
    pub max_ns: u64,
    /// The longest one's span.
    pub longest: u32,
    /// The program's own innermost function on the stack: `main.(*Cache).Get · cache.go:61`.
    pub at: String,
    /// The stack, leaf first.
    pub stack: Vec<FrameText>,
}

/// Who woke whom in a selection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaWakes {
    /// All wakes.
    pub all: u64,
    /// By the runtime itself: network poller, timers.
    pub by_runtime: u64,
    /// By another task that is in the selection too.
    pub inside: u64,
}
