//! Minimap and lanes at the border; spans are in [`super::spans`].

use serde::{Deserialize, Serialize};

use super::packed;

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
    /// A run on a worker lane, coloured by the task's group; a user task or region, by its type.
    Run,
    /// The collector sweeps; a pale box with an edge.
    Sweep,
    /// A moment, not a stretch: a CPU sample. A short tick at the top of the lane.
    Tick,
    /// Over boxes that a search finds.
    Match,
}

impl Mark {
    /// All marks, in the order of their numbers.
    pub const ALL: [Mark; 13] = [
        Mark::Running,
        Mark::Ready,
        Mark::Sync,
        Mark::Network,
        Mark::Sleep,
        Mark::Syscall,
        Mark::Gc,
        Mark::Unknown,
        Mark::StopTheWorld,
        Mark::Run,
        Mark::Sweep,
        Mark::Tick,
        Mark::Match,
    ];
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
    #[serde(with = "packed")]
    pub running: Vec<f32>,
    /// Average number of ready tasks in each column.
    #[serde(with = "packed")]
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

/// What lanes in a group, and groups, are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LaneColumn {
    /// Time that it ran, the runtime's own last: as lanes stand when nothing is chosen.
    #[default]
    Running,
    /// Its name: the entry function, then the id.
    Name,
    /// Its runtime id.
    Id,
    /// When it was created; before the trace counts as its start.
    Created,
    /// How long it lived in the trace.
    Total,
    /// Time ready, waiting for a worker.
    Ready,
    /// Time in system calls.
    Syscall,
    /// Time blocked, whatever for.
    Blocked,
    /// Time blocked for locks, channels and the like.
    Sync,
    /// Time blocked for the network and files.
    Network,
    /// Time asleep.
    Sleep,
    /// Time blocked by the collector.
    GcWait,
    /// Time in which it helped the collector mark.
    Assist,
    /// How many spans it has.
    Spans,
}

/// The order of task lanes and of their groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LaneSort {
    /// What decides; a group counts as the sum of its tasks, or as the first one for a name, id or
    /// creation.
    pub column: LaneColumn,
    /// The other way round than usual: names, ids and moments ascend, times descend.
    pub reversed: bool,
}

/// Asks for the visible lanes. Vertical positions are CSS px from the top of all lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// In which order they stand.
    pub sort: LaneSort,
    /// Task lanes with the frames of their stacks under them, the outermost first.
    pub stacks: bool,
    /// Groups whose state is not the default one (see [`Lane::expanded`]), by [`Lane::key`].
    pub toggled: Vec<u64>,
    /// Text or `/regex/` that a task lane's name, entry or id must match; empty for all.
    pub filter: String,
    /// Text or `/regex/` of a search, as in [`super::SearchQuery`]: hits in visible lanes get a box
    /// with [`Mark::Match`] in [`Lane::overlay`]. Empty for none.
    pub search: String,
    /// Key of a lane to look for, wherever it is; `None` to look for none.
    pub reveal: Option<u64>,
    /// Keys of lanes whose places are wanted, visible or not: ends of arrows. At most 256 count.
    pub locate: Vec<u64>,
}

/// What a lane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LaneKind {
    /// Head of a group, with a histogram of running and ready.
    #[default]
    Group,
    /// A metric over time.
    Counter,
    /// GC phases and stops of the world.
    Gc,
    /// What a worker ran.
    Worker,
    /// What a thread ran.
    Thread,
    /// User tasks of one type that do not overlap.
    UserTask,
    /// User regions: of the task lane above, or of the user tasks above.
    Region,
    /// The states of a task.
    Task,
    /// One depth of the stacks of the task lane above.
    Stack,
    /// A line for lanes that wait through the whole window: `205 more`; its box's label says so.
    /// Toggling its key shows them.
    Idle,
}

/// One visible lane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// The task that it shows, as a row for [`super::ScopeTasks`]; of a region or stack lane, too.
    pub task: Option<u32>,
    /// Boxes of the lane: a range of rows in the answer's box columns.
    pub boxes: (u32, u32),
    /// Boxes over those: collector assists, CPU samples as ticks, search hits. A range likewise; in
    /// order by kind, then time.
    pub overlay: (u32, u32),
    /// Counter lanes and group heads: one value a pixel column, scaled 0 to 1, first series.
    #[serde(with = "packed")]
    pub series: Vec<f32>,
    /// Second series: ready tasks over running ones; the heap goal.
    #[serde(with = "packed")]
    pub series2: Vec<f32>,
    /// Counter lanes of several kinds: areas on top of each other, the first one on the ground.
    pub stacked: Vec<Stacked>,
}

/// One area of a counter lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stacked {
    /// Its colours.
    pub mark: Mark,
    /// One height a pixel column; all areas of a lane sum to at most 1.
    #[serde(with = "packed")]
    pub values: Vec<f32>,
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
    #[serde(with = "packed")]
    pub x0_ns: Vec<i64>,
    /// Right edge.
    #[serde(with = "packed")]
    pub x1_ns: Vec<i64>,
    /// Mark of each box.
    #[serde(with = "packed")]
    pub mark: Vec<Mark>,
    /// `--fr-n` of each box with [`Mark::Run`].
    #[serde(with = "packed")]
    pub colour: Vec<u8>,
    /// What each box is, by kind of lane: the span on worker, thread and task lanes, else a number
    /// for [`super::ItemQuery`]; `u32::MAX` for one that merges several.
    #[serde(with = "packed")]
    pub span: Vec<u32>,
    /// Index into `labels`; `u32::MAX` for none.
    #[serde(with = "packed")]
    pub label: Vec<u32>,
    /// Distinct labels.
    pub labels: Vec<String>,
    /// Where the lane that was looked for is; `None` if it is filtered out or does not exist.
    pub revealed: Option<Revealed>,
    /// Places of the lanes of [`TimelineQuery::locate`], as far as they exist.
    pub located: Vec<(u64, Revealed)>,
    /// Stretches of which the file has lost the events: ns after `t0_ns`. All lanes are hatched there.
    pub missing: Vec<(i64, i64)>,
}

/// Where a lane is among all lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// Top, px from the top of all lanes; of its group, if that is closed.
    pub top_px: u32,
    /// Height.
    pub height_px: u32,
    /// The closed group that hides it; for a folded lane the key of the [`LaneKind::Idle`] line.
    pub group: Option<u64>,
}

/// Asks for the counters at a moment, for the column of facts beside the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorQuery {
    /// The moment, on the trace's clock.
    pub at_ns: u64,
}

/// The counters at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorAnswer {
    /// The moment that was asked about.
    pub at_ns: u64,
    /// Key of a counter lane, and what stands in place of its [`Lane::fact`].
    pub facts: Vec<(u64, String)>,
}
