//! Counter lanes: heap in use against its goal, goroutines, and the run queue.

use taskscope_proto::Dataset;
use taskscope_proto::model::Counter;

use crate::units;

/// Go's metric of bytes in live and not yet swept objects.
const HEAP: &str = "/memory/classes/heap/objects:bytes";
/// Go's metric of the heap size at which the collector runs next.
const GOAL: &str = "/gc/heap/goal:bytes";

/// Which counter a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CounterKind {
    /// Bytes of heap in use, with the goal as second series.
    Heap,
    /// Tasks that live.
    Tasks,
    /// Tasks that are ready and not running.
    Ready,
}

impl CounterKind {
    /// A number that stays the same, for the lane's key.
    pub(super) fn number(self) -> u32 {
        self as u32
    }

    /// Name of the lane.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Heap => "Heap in use",
            Self::Tasks => "Goroutines",
            Self::Ready => "Run queue",
        }
    }
}

/// What counter lanes are drawn from.
#[derive(Debug, Default)]
pub(super) struct Counters {
    heap: Option<usize>,
    goal: Option<usize>,
    /// The heap lane's full height: the largest value of either series.
    heap_top: u64,
    /// Tasks that lived before the trace.
    lived_before: u64,
    /// When tasks were created, ascending, and when they ended.
    created: Vec<u64>,
    ended: Vec<u64>,
    tasks_top: u64,
}

/// A counter's series and its value at the end of the window, as text.
#[derive(Debug, Default)]
pub(super) struct Curve {
    /// One value a column, 0 to 1.
    pub(super) series: Vec<f32>,
    /// Likewise; empty if there is no second series.
    pub(super) series2: Vec<f32>,
    /// The last value, with its unit.
    pub(super) fact: String,
}

impl Counters {
    /// Finds the metrics and sorts the lives.
    pub(super) fn build(dataset: &Dataset) -> Self {
        let find = |name: &str| {
            let named = |counter: &Counter| dataset.strings.get(counter.name) == name;
            dataset.counters.iter().position(|counter| named(counter) && !counter.values.is_empty())
        };
        let (heap, goal) = (find(HEAP), find(GOAL));
        let values = |row: Option<usize>| row.into_iter().flat_map(|row| &dataset.counters[row].values);
        // Before the first collection Go reports a goal of "never"; it would flatten the curve.
        let goals = values(goal).filter(|&&goal| goal < 1 << 48);
        let heap_top = values(heap).chain(goals).copied().max().unwrap_or(0);
        let rows = &dataset.tasks.rows;
        let mut created: Vec<u64> = rows.iter().filter_map(|task| task.created_ns).collect();
        let mut ended: Vec<u64> = rows.iter().filter_map(|task| task.ended_ns).collect();
        created.sort_unstable();
        ended.sort_unstable();
        let lived_before = (rows.len() - created.len()) as u64;
        let mut counters = Self { heap, goal, heap_top, lived_before, created, ended, tasks_top: 0 };
        let moments = counters.created.iter().chain(std::iter::once(&0));
        counters.tasks_top = moments.map(|&time| counters.living(time)).max().unwrap_or(0);
        counters
    }

    /// The lanes that can be drawn.
    pub(super) fn kinds(&self) -> Vec<CounterKind> {
        let heap = self.heap.map(|_| CounterKind::Heap);
        let tasks = (self.tasks_top > 0).then_some([CounterKind::Tasks, CounterKind::Ready]);
        heap.into_iter().chain(tasks.into_iter().flatten()).collect()
    }

    /// Heap in use and goal at the end of each of `columns` parts of `t0` to `t1`.
    pub(super) fn heap(&self, dataset: &Dataset, t0: u64, t1: u64, columns: u32) -> Curve {
        let counter = |row: Option<usize>| row.and_then(|row| dataset.counters.get(row));
        let top = self.heap_top.max(1) as f32;
        let series = |counter: Option<&Counter>| -> Vec<f32> {
            let Some(counter) = counter else { return Vec::new() };
            let value = |time| (value_at(counter, time) as f32 / top).min(1.0);
            ends(t0, t1, columns).map(value).collect()
        };
        let last = counter(self.heap).map_or(0, |counter| value_at(counter, t1));
        Curve {
            series: series(counter(self.heap)),
            series2: series(counter(self.goal)),
            fact: units::bytes(i64::try_from(last).unwrap_or(i64::MAX)),
        }
    }

    /// Tasks alive at the end of each column.
    pub(super) fn tasks(&self, t0: u64, t1: u64, columns: u32) -> Curve {
        let top = self.tasks_top.max(1) as f32;
        Curve {
            series: ends(t0, t1, columns).map(|time| self.living(time) as f32 / top).collect(),
            series2: Vec::new(),
            fact: units::count_u64(self.living(t1)),
        }
    }

    /// How many tasks live at `time`.
    fn living(&self, time: u64) -> u64 {
        let until = |times: &[u64]| times.partition_point(|&at| at <= time) as u64;
        (self.lived_before + until(&self.created)).saturating_sub(until(&self.ended))
    }
}

/// Scales an average number of ready tasks by `top`, the number that fills the lane.
pub(super) fn ready_curve(ready: &[f32], top: f32) -> Curve {
    let last = ready.last().copied().unwrap_or(0.0);
    Curve {
        series: ready.iter().map(|ready| (ready / top.max(1.0)).min(1.0)).collect(),
        series2: Vec::new(),
        fact: format!("{} ready", units::count(last.round() as i64)),
    }
}

/// The last value set at or before `time`; the first one before that.
fn value_at(counter: &Counter, time: u64) -> u64 {
    let after = counter.time_ns.partition_point(|&set| set <= time);
    counter.values.get(after.saturating_sub(1)).or(counter.values.last()).copied().unwrap_or(0)
}

/// The last ns of each of `columns` equal parts of `t0` to `t1`.
fn ends(t0: u64, t1: u64, columns: u32) -> impl Iterator<Item = u64> {
    let width = (t1 - t0) as f64 / f64::from(columns.max(1));
    (1..=columns).map(move |column| t0.saturating_add((width * f64::from(column)) as u64).min(t1))
}
