//! What the program marked itself, at the border: user tasks, their regions and logs
//! (`runtime/trace.NewTask`, `WithRegion`, `Log`).
//!
//! A task or region that began before the trace counts from the trace's first ns, one that did not
//! end counts to the last; both are incomplete. An open region ends with its goroutine.

use serde::{Deserialize, Serialize};

use super::{Mark, Place};

/// Which of the program's own marks a table is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Marked {
    /// User tasks.
    #[default]
    Tasks,
    /// Regions.
    Regions,
}

/// What a table of types is sorted by; numbers the largest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MarkTypeSort {
    /// Sum of the durations.
    #[default]
    Total,
    /// Name, ascending.
    Name,
    /// How many.
    Count,
    /// How many are incomplete.
    Incomplete,
    /// Median duration.
    P50,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// Longest.
    Max,
}

/// Asks for a window of the table of types: tasks by name, regions by name and the function that
/// began them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkTypesQuery {
    /// Tasks or regions.
    pub marked: Marked,
    /// Text or `/regex/` that the name or place must match; empty for all.
    pub search: String,
    /// Order of the rows.
    pub sort: MarkTypeSort,
    /// The other way round.
    pub reversed: bool,
    /// First row.
    pub first: u32,
    /// How many rows at most.
    pub count: u32,
}

/// A window of the table of types.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarkTypesAnswer {
    /// Types in all.
    pub all: u32,
    /// Types that match the search.
    pub matching: u32,
    /// Tasks or regions in all.
    pub marks: u32,
    /// The rows asked for.
    pub rows: Vec<MarkType>,
    /// Why the search cannot be run (a bad regex); empty otherwise.
    pub search_error: String,
}

/// One type.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarkType {
    /// Number of the type, for queries about its tasks or regions.
    pub key: u32,
    /// As the program named it; empty for tasks whose beginning was not seen.
    pub name: String,
    /// Regions: the function whose call began them and where, `main.handle main.go:61`; else empty.
    pub place: String,
    /// How many.
    pub count: u32,
    /// How many began or ended outside the trace.
    pub incomplete: u32,
    /// Statistics of the durations: complete tasks only; all regions, cut to the trace.
    pub durations: Durations,
    /// Regions: what their goroutines did meanwhile; empty for tasks.
    pub states: Vec<MarkState>,
}

/// Statistics of durations, in ns. Percentiles are durations that occur (nearest rank).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// How many durations there are.
    pub count: u32,
    /// Their sum.
    pub total_ns: u64,
    /// Shortest.
    pub min_ns: u64,
    /// Median.
    pub p50_ns: u64,
    /// 95th percentile.
    pub p95_ns: u64,
    /// 99th percentile.
    pub p99_ns: u64,
    /// Longest.
    pub max_ns: u64,
    /// Edges of the buckets, five a decade; one more than there are buckets, empty without any.
    pub edges_ns: Vec<u64>,
    /// How many durations are at least an edge and less than the next; the first and last are not 0.
    pub buckets: Vec<u32>,
}

/// Time in one state, of a sum that is exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkState {
    /// Mark of the state.
    pub mark: Mark,
    /// In Go's words: `Execution time`, `Sched wait time`, `Syscall execution time`,
    /// `Block time (syscall)`, `Block time (chan receive)`.
    pub state: String,
    /// Time in it, ns.
    pub ns: u64,
    /// Per mille of the whole; all states sum to 1000 (largest remainder).
    pub per_mille: u32,
}

/// What a list of tasks or regions is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MarkSort {
    /// Longest first.
    #[default]
    Duration,
    /// Earliest first.
    Start,
    /// Type name, ascending.
    Name,
    /// Smallest number first: task id; goroutine id for regions.
    Id,
    /// Most logs first (tasks).
    Logs,
    /// Most regions first (tasks).
    Regions,
    /// Most goroutines first (tasks).
    Goroutines,
    /// Longest running first (regions).
    Running,
    /// Longest wait for a P first (regions).
    Ready,
    /// Longest blocked first, system calls without P included (regions).
    Blocked,
}

/// Asks for a window of the tasks or regions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarksQuery {
    /// Tasks or regions.
    pub marked: Marked,
    /// Only this type, by [`MarkType::key`].
    pub of_type: Option<u32>,
    /// Only regions of this task, by [`UserTaskRow::row`].
    pub of_task: Option<u32>,
    /// Text or `/regex/` that the name must match; empty for all.
    pub search: String,
    /// Text or `/regex/` that a log of the task (message or category) must match; empty for all.
    pub log: String,
    /// At least this long, ns. Go's filter: tasks that are incomplete have no latency and fail it.
    pub min_ns: Option<u64>,
    /// At most this long, ns.
    pub max_ns: Option<u64>,
    /// Only complete ones, or only incomplete ones.
    pub complete: Option<bool>,
    /// Order of the rows.
    pub sort: MarkSort,
    /// The other way round.
    pub reversed: bool,
    /// First row.
    pub first: u32,
    /// How many rows at most.
    pub count: u32,
}

/// A window of the tasks or regions; the list asked for is filled, the other empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarksAnswer {
    /// Tasks or regions in all.
    pub all: u32,
    /// Those that pass the filters.
    pub matching: u32,
    /// Durations of those that pass.
    pub durations: Durations,
    /// The tasks asked for.
    pub tasks: Vec<UserTaskRow>,
    /// The regions asked for.
    pub regions: Vec<RegionRow>,
    /// Why a search cannot be run (a bad regex); empty otherwise.
    pub search_error: String,
}

/// One user task in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserTaskRow {
    /// Its row, for queries.
    pub row: u32,
    /// The program's number of it.
    pub id: u64,
    /// Its type; `(began before the trace)` where the name was not seen.
    pub name: String,
    /// First ns inside the trace.
    pub start_ns: u64,
    /// One past the last ns inside the trace.
    pub end_ns: u64,
    /// Whether it began and ended inside the trace.
    pub complete: bool,
    /// Whether its beginning was seen.
    pub begun: bool,
    /// Whether its end was seen.
    pub ended: bool,
    /// The goroutine that began it, `G 19`.
    pub goroutine: String,
    /// Goroutines that worked for it.
    pub goroutines: u32,
    /// Its regions.
    pub regions: u32,
    /// Its logs.
    pub logs: u32,
    /// Its children.
    pub children: u32,
    /// Where it is on the timeline.
    pub place: Place,
}

/// One region in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionRow {
    /// Its row, for queries.
    pub row: u32,
    /// Its type.
    pub name: String,
    /// Its goroutine, `G 19`.
    pub goroutine: String,
    /// Runtime id of its goroutine.
    pub goroutine_id: u64,
    /// Entry function of its goroutine.
    pub entry: String,
    /// The user task it was opened for, as (row, id); `None` for the background task.
    pub task: Option<(u32, u64)>,
    /// First ns inside the trace.
    pub start_ns: u64,
    /// One past the last ns: where it, its goroutine or the trace ended.
    pub end_ns: u64,
    /// Whether it began and ended inside the trace.
    pub complete: bool,
    /// How many regions of its goroutine enclose it.
    pub depth: u32,
    /// What its goroutine did meanwhile; sums to the duration.
    pub states: Vec<MarkState>,
    /// Where it is on the timeline.
    pub place: Place,
}

/// Asks for one user task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTaskQuery {
    /// Its row, as in [`UserTaskRow::row`].
    pub row: u32,
    /// How many rows each list has at most; the counts beside them tell of the rest.
    pub count: u32,
}

/// Everything about one user task. Lists are cut to what the query asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserTaskPage {
    /// The task itself; it has the counts of the lists.
    pub task: UserTaskRow,
    /// Its parent, where that was seen.
    pub parent: Option<UserTaskRow>,
    /// Its children, by start.
    pub children: Vec<UserTaskRow>,
    /// Goroutines that worked for it, by when they first did.
    pub goroutines: Vec<TaskWorker>,
    /// Its regions, by start.
    pub regions: Vec<RegionRow>,
    /// Its logs, by time.
    pub logs: Vec<LogRow>,
    /// Stack at its beginning is not recorded; the function that began it by its goroutine's entry.
    pub entry: String,
}

/// A goroutine that worked for a user task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskWorker {
    /// `G 19`.
    pub goroutine: String,
    /// Runtime id.
    pub id: u64,
    /// Its entry function.
    pub entry: String,
    /// Why it counts, joined: `began the task`, `3 regions`, `2 logs`, `created in a region`.
    pub why: String,
    /// First ns that it is known to work for the task.
    pub start_ns: u64,
    /// One past the last.
    pub end_ns: u64,
    /// What it did between the two; sums to that length.
    pub states: Vec<MarkState>,
    /// Where that is on the timeline.
    pub place: Place,
}

/// One user log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRow {
    /// When, on the trace's clock.
    pub time_ns: u64,
    /// Since the task's start, ns.
    pub since_ns: u64,
    /// The goroutine that wrote it, `G 19`.
    pub goroutine: String,
    /// Category; may be empty.
    pub category: String,
    /// Message.
    pub message: String,
    /// Where it is on the timeline.
    pub place: Place,
}
