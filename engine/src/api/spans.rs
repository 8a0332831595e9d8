//! Spans, what else lies in lanes, and who woke whom, at the border.

use serde::{Deserialize, Serialize};

use super::{FrameText, Mark};

/// Asks for one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanQuery {
    /// The span, as in [`TimelineAnswer::span`].
    pub span: u32,
}

/// Everything about one span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanDetails {
    /// The span.
    pub span: u32,
    /// `Blocked: sync`.
    pub title: String,
    /// Mark of the state.
    pub mark: Mark,
    /// Runtime id of the task.
    pub task_id: u64,
    /// `G 1893`.
    pub task: String,
    /// Its entry function.
    pub entry: String,
    /// Key of its lane.
    pub lane: u64,
    /// First ns on the trace's clock.
    pub start_ns: u64,
    /// One past the last ns.
    pub end_ns: u64,
    /// Label and value: reason, worker, what came before and after.
    pub facts: Vec<(String, String)>,
    /// The previous span of the task.
    pub previous: Option<u32>,
    /// The next span of the task.
    pub next: Option<u32>,
    /// Who ended this wait, or woke the task into this span.
    pub woken_by: Option<Waker>,
    /// The first span that this task began by waking another one, during this span.
    pub woke: Option<u32>,
    /// All wakes that this task did during this span, in time order; at most 64.
    pub wakes: Vec<Woken>,
    /// How many wakes that is in all.
    pub wakes_all: u32,
    /// CPU samples taken in this span.
    pub cpu_samples: u32,
    /// Stack of the event that began the span, leaf first.
    pub stack: Vec<FrameText>,
    /// `Stack when blocked`, `Stack of the waker`, …
    pub stack_title: String,
    /// The task's whole life by state.
    pub shares: Vec<Share>,
    /// Length of that life, ns.
    pub life_ns: u64,
    /// Where the task was spawned, leaf first; empty if not seen.
    pub spawn_stack: Vec<FrameText>,
}

/// Who woke a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waker {
    /// `G 1861`, or `runtime` for the poller and timers.
    pub task: String,
    /// Its entry function; empty for the runtime.
    pub entry: String,
    /// The waker's span at that moment, to go there.
    pub span: Option<u32>,
    /// The call that woke: `sync.(*Mutex).Unlock ← main.(*Cache).Get`.
    pub by: String,
    /// Key of the waker's lane; `None` for the runtime.
    pub lane: Option<u64>,
    /// When it woke, on the trace's clock: an arrow goes from `lane` to the task's lane there.
    pub at_ns: u64,
}

/// One state's part of a life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Mark of the state.
    pub mark: Mark,
    /// The state in words.
    pub state: String,
    /// Time in it, ns.
    pub ns: u64,
    /// Per mille of the life; all of a life sum to 1000 (largest remainder).
    pub per_mille: u32,
    /// How many spans.
    pub spans: u32,
}

/// A task that was woken: the end of an arrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Woken {
    /// `G 1893`.
    pub task: String,
    /// Its entry function.
    pub entry: String,
    /// The span that the wake began.
    pub span: u32,
    /// Key of its lane.
    pub lane: u64,
    /// When, on the trace's clock.
    pub at_ns: u64,
    /// How long it had waited.
    pub waited_ns: u64,
}

/// Asks for the chain of wakers that led to a span, backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainQuery {
    /// The span.
    pub span: u32,
}

/// Who woke whom, the last wake first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeChain {
    /// The links; the first one woke the task of the span that was asked about.
    pub links: Vec<ChainLink>,
    /// How the chain ends: `G 58 has run since before the wait began`.
    pub end: String,
}

/// One link of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    /// Who woke, and from where.
    pub waker: Waker,
    /// The lane of the task that it woke.
    pub to_lane: u64,
    /// How long the task that it woke had waited, ns.
    pub waited_ns: u64,
    /// How long the waker had run since it was woken itself, or since the wait began, ns.
    pub held_ns: u64,
}

/// Asks for a box that is no span: a collector phase, a user task, a region, an assist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemQuery {
    /// Key of its lane.
    pub lane: u64,
    /// Its number in [`super::TimelineAnswer::span`].
    pub item: u32,
    /// Its mark: an overlay counts apart from the boxes under it.
    pub mark: Mark,
}

/// Everything about such a box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemDetails {
    /// `GC 3 · mark`, `request`.
    pub title: String,
    /// Its mark.
    pub mark: Mark,
    /// `--fr-n`, for [`Mark::Run`].
    pub colour: u8,
    /// Key of its lane.
    pub lane: u64,
    /// First ns on the trace's clock.
    pub start_ns: u64,
    /// One past the last ns.
    pub end_ns: u64,
    /// Label and value: who, how long of what, what was seen.
    pub facts: Vec<(String, String)>,
    /// A user task: its row, for the page of that task.
    pub user_task: Option<u32>,
    /// The span of a task to go to, if there is one.
    pub span: Option<u32>,
    /// Stack at its begin, leaf first.
    pub stack: Vec<FrameText>,
}
