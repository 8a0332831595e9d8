//! Minimap, lanes and spans at the border.

use serde::{Deserialize, Serialize};

use super::FrameText;

/// How a box is drawn: the states of look.md, each with its own shape of mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Mark {
    /// Solid.
    Running,
    /// Solid with an edge.
    Ready,
    /// Pale, solid rail.
    Sync,
    /// Pale, dashed rail.
    Network,
    /// Pale, dotted rail.
    Sleep,
    /// Pale, rails above and below.
    Syscall,
    /// Hatched.
    Gc,
    /// Hollow, dashed outline.
    #[default]
    Unknown,
    /// Solid, in the colour of bad things.
    StopTheWorld,
    /// A run on a worker lane, coloured by the task's group.
    Run,
}

/// Asks for the whole trace in one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimapQuery {
    /// How many columns.
    pub columns: u32,
}

/// The whole trace, column by column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Minimap {
    /// Average number of running tasks in each column.
    pub running: Vec<f32>,
    /// Average number of ready tasks in each column.
    pub ready: Vec<f32>,
    /// GC mark phases, as fractions of the trace.
    pub gc: Vec<(f32, f32)>,
    /// Full height of the bars: workers.
    pub workers: u32,
}

/// What lanes are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LaneGrouping {
    /// Entry function.
    #[default]
    Entry,
    /// Spawning task.
    Parent,
    /// Not at all.
    Flat,
}

/// Asks for the visible lanes. Vertical positions are CSS px from the top of all lanes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineQuery {
    /// First visible ns, on the trace's clock.
    pub t0_ns: u64,
    /// One past the last visible ns.
    pub t1_ns: u64,
    /// Pixel columns; at most one box is sent per column and lane.
    pub columns: u32,
    /// Top of the visible part.
    pub top_px: u32,
    /// Its height.
    pub height_px: u32,
    /// Lanes of 28 px instead of 20, for fingers.
    pub coarse: bool,
    /// How task lanes are grouped.
    pub grouping: LaneGrouping,
    /// Groups whose state is not the default one (see [`Lane::expanded`]), by [`Lane::key`].
    pub toggled: Vec<u64>,
    /// Text or `/regex/` that a task lane's name, entry or id must match; empty for all.
    pub filter: String,
    /// Key of a lane to look for, wherever it is; `None` to look for none.
    pub reveal: Option<u64>,
}

/// What a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LaneKind {
    /// Head of a group, with a histogram of running and ready.
    Group,
    /// A metric over time.
    Counter,
    /// GC phases and stops of the world.
    Gc,
    /// What a worker ran.
    Worker,
    /// The states of a task.
    Task,
}

/// One visible lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Stable key of the lane, for toggling and selection.
    pub key: u64,
    /// What it shows.
    pub kind: LaneKind,
    /// `G 1893`, `P 3`, `net/http.(*conn).serve`.
    pub name: String,
    /// Right-aligned fact: `ran 14 %`, `busy 83 %`, `214`.
    pub fact: String,
    /// Top, px from the top of all lanes.
    pub top_px: u32,
    /// Height.
    pub height_px: u32,
    /// Colour of the group's square, `--fr-n`; `None` without a square.
    pub colour: Option<u8>,
    /// Indented under a group.
    pub indented: bool,
    /// A group: whether its lanes are shown. Groups of up to 20 lanes are by default.
    pub expanded: Option<bool>,
    /// Boxes of the lane: a range of rows in the answer's box columns.
    pub boxes: (u32, u32),
    /// Counter lanes and group heads: one value a pixel column, scaled 0 to 1, first series.
    pub series: Vec<f32>,
    /// Second series: ready tasks over running ones; the heap goal.
    pub series2: Vec<f32>,
}

/// The visible part of the timeline. All box columns have the same length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimelineAnswer {
    /// Window that the answer was made for.
    pub t0_ns: u64,
    /// Its end.
    pub t1_ns: u64,
    /// Height of all lanes.
    pub height_px: u32,
    /// Lanes in all, hidden ones included.
    pub lanes_all: u32,
    /// Visible lanes, from top to bottom.
    pub lanes: Vec<Lane>,
    /// Left edge, ns after `t0_ns`; negative if it began before the window.
    pub x0_ns: Vec<i64>,
    /// Right edge.
    pub x1_ns: Vec<i64>,
    /// Mark of each box.
    pub mark: Vec<Mark>,
    /// `--fr-n` of each box on a worker lane.
    pub colour: Vec<u8>,
    /// Span of each box; `u32::MAX` for one that merges several.
    pub span: Vec<u32>,
    /// Index into `labels`; `u32::MAX` for none.
    pub label: Vec<u32>,
    /// Distinct labels.
    pub labels: Vec<String>,
    /// Where the lane that was looked for is; `None` if it is filtered out or does not exist.
    pub revealed: Option<Revealed>,
}

/// Where a lane is among all lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// Top, px from the top of all lanes; of its group, if that is closed.
    pub top_px: u32,
    /// Height.
    pub height_px: u32,
    /// The closed group that hides it.
    pub group: Option<u64>,
}

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
