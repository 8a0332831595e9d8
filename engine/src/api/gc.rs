//! The garbage collector and the scheduler at the border: utilisation, collections, stops, latency.

use serde::{Deserialize, Serialize};

use super::Place;

/// What counts as work of the collector when the program's share of the CPU is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GcWork {
    /// Stops of the world for a collection.
    pub stops: bool,
    /// Stops of the world for other reasons too (`start trace`, `GOMAXPROCS`, …).
    pub all_stops: bool,
    /// Dedicated and fractional mark workers; idle ones take nothing from the program.
    pub background: bool,
    /// Marking by tasks that allocate.
    pub assist: bool,
    /// Sweeping by tasks that allocate.
    pub sweep: bool,
}

impl Default for GcWork {
    /// As Go counts: all but sweeping and stops for other reasons.
    fn default() -> Self {
        Self { stops: true, all_stops: false, background: true, assist: true, sweep: false }
    }
}

/// Asks for minimum mutator utilisation (MMU).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MmuQuery {
    /// Part of the trace, ns on its clock; `None` for the whole.
    pub window_ns: Option<(u64, u64)>,
    /// What counts as work of the collector.
    pub work: GcWork,
    /// The worst P by itself, instead of all Ps together. Dedicated workers do not count then.
    pub per_worker: bool,
    /// With the curves of percentiles, which cost a pass over all changes for each window length.
    pub percentiles: bool,
    /// Window lengths of 1, 2 and 5 of each power of ten, for a table, instead of a hundred for a curve.
    pub round: bool,
    /// Window length, ns, of the worst windows; `None` for 10 ms, or the whole trace if shorter.
    pub worst_of_ns: Option<u64>,
}

/// Minimum mutator utilisation: the program's least share of the CPU in any window of each length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MmuAnswer {
    /// First ns that was looked at.
    pub t0_ns: u64,
    /// One past the last.
    pub t1_ns: u64,
    /// Window lengths, ns, ascending, evenly spaced on a log scale (or round, if asked for).
    pub lengths_ns: Vec<u64>,
    /// One value a window length, 0 to 1: the minimum, exact.
    pub minimum: Vec<f64>,
    /// Utilisation that 99.9 %, 99 % and 95 % of windows reach, each to 1/1024; empty unless asked for.
    pub percentiles: Vec<MmuPercentile>,
    /// Utilisation over the whole.
    pub mean: f64,
    /// The longest time in which the program did not run at all, ns: the largest window of MMU 0.
    pub max_pause_ns: u64,
    /// Length of the windows in `worst`, ns.
    pub worst_of_ns: u64,
    /// The windows with the least utilisation, disjoint, the worst first, at most 10.
    pub worst: Vec<MmuWindow>,
    /// What was counted, in words: `stops of the world for GC, background workers, assists`.
    pub counted: String,
}

/// A curve of utilisation that a share of the windows reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MmuPercentile {
    /// `99.9 %`.
    pub name: String,
    /// One value a window length, 0 to 1.
    pub values: Vec<f64>,
}

/// One window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MmuWindow {
    /// Where it is.
    pub place: Place,
    /// The program's share of the CPU in it, 0 to 1.
    pub utilisation: f64,
}

/// Asks for collections and stops of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GcQuery {
    /// Part of the trace, ns on its clock; `None` for the whole.
    pub window_ns: Option<(u64, u64)>,
    /// First collection wanted, in the order of the sort.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// The order of the collections.
    pub sort: GcSort,
}

impl Default for GcQuery {
    /// The first hundred in time.
    fn default() -> Self {
        Self { window_ns: None, first: 0, count: 100, sort: GcSort::Start }
    }
}

/// Columns that collections are sorted by; all but the first fall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GcSort {
    /// Time of the start, ascending.
    #[default]
    Start,
    /// Length of the mark phase.
    Mark,
    /// Stopped time.
    Stopped,
    /// Assists.
    Assist,
    /// CPU of mark workers.
    Background,
    /// Heap at the end.
    HeapEnd,
}

/// Collections, stops and totals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GcAnswer {
    /// First ns that was looked at.
    pub t0_ns: u64,
    /// One past the last.
    pub t1_ns: u64,
    /// Ps, on average over the time looked at.
    pub workers: f64,
    /// Collections in all.
    pub collections: u32,
    /// The window of them that was asked for.
    pub rows: Vec<Collection>,
    /// Stops of the world by kind, the longest sum first, at most 50 kinds.
    pub stops: Vec<StopKind>,
    /// What all of it took.
    pub totals: GcTotals,
}

/// One collection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collection {
    /// Its number in the trace, from 1.
    pub number: u32,
    /// The mark phase.
    pub place: Place,
    /// It had begun before the trace: its start and what came before are not known.
    pub began_before: bool,
    /// It had not ended when the trace did.
    pub open: bool,
    /// Why it began: `heap`, `runtime.GC`, `debug.FreeOSMemory`, `timer`; empty if the file does not say.
    pub trigger: String,
    /// Length of the mark phase, ns.
    pub mark_ns: u64,
    /// Stopped before it (sweep termination), ns; `None` if not seen.
    pub stop_before_ns: Option<u64>,
    /// Stopped at its end (mark termination), ns; `None` if not seen.
    pub stop_after_ns: Option<u64>,
    /// CPU of dedicated and fractional mark workers during it, ns.
    pub background_ns: u64,
    /// CPU of mark workers that only used what nobody wanted, ns.
    pub idle_ns: u64,
    /// CPU of assists during it, ns.
    pub assist_ns: u64,
    /// Live heap as it began, bytes; `None` if not known.
    pub heap_start: Option<u64>,
    /// Live heap as it ended, bytes.
    pub heap_end: Option<u64>,
    /// Heap goal as it began, bytes; `None` if not known or GC by heap size was off.
    pub goal: Option<u64>,
}

/// Stops of the world of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StopKind {
    /// Go's name: `GC mark termination`.
    pub kind: String,
    /// Whether it belongs to a collection.
    pub gc: bool,
    /// How many.
    pub count: u64,
    /// Sum, ns.
    pub total_ns: u64,
    /// Half are shorter, ns.
    pub median_ns: u64,
    /// 99 % are shorter, ns.
    pub p99_ns: u64,
    /// The longest, ns.
    pub max_ns: u64,
    /// Where the longest is.
    pub longest: Place,
}

/// What collections took of the CPU: that of all Ps over the time looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GcTotals {
    /// CPU there was: Ps × time, ns.
    pub cpu_ns: u64,
    /// Mark phases in all, ns of wall clock.
    pub mark_ns: u64,
    /// Stopped for collections, ns of wall clock.
    pub gc_stop_ns: u64,
    /// Stopped for other reasons, ns of wall clock.
    pub other_stop_ns: u64,
    /// Dedicated and fractional mark workers, ns of CPU.
    pub background_ns: u64,
    /// Idle mark workers, ns of CPU that nobody wanted; not part of `share`.
    pub idle_ns: u64,
    /// Assists, ns of CPU.
    pub assist_ns: u64,
    /// Sweeping by tasks that allocate, ns of CPU.
    pub sweep_ns: u64,
    /// Share of the CPU that collections took, 0 to 1: stops, background, assists and sweeping.
    pub share: f64,
}

/// Asks for scheduler latency: how long tasks are ready before they run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyQuery {
    /// Part of the trace, ns on its clock; a wait counts where it ends. `None` for the whole.
    pub window_ns: Option<(u64, u64)>,
}

/// Scheduler latency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencyAnswer {
    /// First ns that was looked at.
    pub t0_ns: u64,
    /// One past the last.
    pub t1_ns: u64,
    /// Lower edge of each bucket, ns; the first is 0. A bucket ends where the next begins.
    pub edges_ns: Vec<u64>,
    /// Woken, spawned, preempted; and all of these first.
    pub series: Vec<LatencySeries>,
    /// Tasks that were still ready at the end; not in the series.
    pub still_ready: u64,
    /// The longest waits, the longest first, at most 10.
    pub longest: Vec<LatencyWait>,
}

/// Waits of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencySeries {
    /// `all`, `woken`, `spawned`, `preempted or yielded`, `after a system call`.
    pub name: String,
    /// Waits in each bucket.
    pub counts: Vec<u64>,
    /// How many.
    pub count: u64,
    /// Sum, ns.
    pub total_ns: u64,
    /// Half are at most so long, ns. Percentiles are exact to 0.8 %, never too small.
    pub p50_ns: u64,
    /// 90 %.
    pub p90_ns: u64,
    /// 99 %.
    pub p99_ns: u64,
    /// 99.9 %.
    pub p999_ns: u64,
    /// The longest, exact.
    pub max_ns: u64,
}

/// One wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyWait {
    /// `G 42 · main.work`.
    pub task: String,
    /// How long, ns.
    pub wait_ns: u64,
    /// Where.
    pub place: Place,
}
