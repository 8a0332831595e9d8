//! Counter lanes: heap in use against its goal, goroutines by state, threads, and the run queue.

use taskscope_proto::Dataset;
use taskscope_proto::model::{Counter, TaskId, TaskState, WorkerSpan};

use super::activity::Averages;
use super::index::TimelineIndex;
use super::keys;
use super::load::{Kind, Load};
use crate::api::{CursorAnswer, CursorQuery, Mark, Stacked};
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
    /// Tasks that live, by state.
    Tasks,
    /// Tasks that are ready and not running.
    Ready,
    /// Threads with a worker, and threads in system calls without one.
    Threads,
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
            Self::Threads => "Threads",
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
    /// The most tasks that are ready at once, on average over a bucket of the curves; at least 1.
    ready_top: f32,
    /// The most threads, likewise.
    threads_top: f32,
    /// Whether it is known which worker had a thread.
    has_threads: bool,
}

/// How many tasks are asked one by one what they do at the cursor; where there are more, the
/// curves are fine enough.
const ASKED: usize = 20_000;

/// A counter's series and its value at the end of the window, as text.
#[derive(Debug, Default)]
pub(super) struct Curve {
    /// One value a column, 0 to 1.
    pub(super) series: Vec<f32>,
    /// Likewise; empty if there is no second series.
    pub(super) series2: Vec<f32>,
    /// Areas on top of each other, in place of series.
    pub(super) stacked: Vec<Stacked>,
    /// The last value, with its unit.
    pub(super) fact: String,
}

impl Counters {
    /// Finds the metrics, sorts the lives, and reads the tops off the curves of all tasks.
    pub(super) fn build(dataset: &Dataset, load: &Load) -> Self {
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
        let has_threads = !dataset.worker_spans.is_empty();
        let mut counters = Self {
            heap,
            goal,
            heap_top,
            lived_before,
            created,
            ended,
            tasks_top: 0,
            ready_top: load.most(&[Kind::Ready]).max(1.0),
            threads_top: load.most(&[Kind::Held, Kind::Detached]).max(1.0),
            has_threads,
        };
        let moments = counters.created.iter().chain(std::iter::once(&0));
        counters.tasks_top = moments.map(|&time| counters.living(time)).max().unwrap_or(0);
        counters
    }

    /// The lanes that can be drawn.
    pub(super) fn kinds(&self) -> Vec<CounterKind> {
        let heap = self.heap.map(|_| CounterKind::Heap);
        let tasks = (self.tasks_top > 0).then_some([CounterKind::Tasks, CounterKind::Ready]);
        let threads = self.has_threads.then_some(CounterKind::Threads);
        heap.into_iter().chain(tasks.into_iter().flatten()).chain(threads).collect()
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
        Curve {
            series: series(counter(self.heap)),
            series2: series(counter(self.goal)),
            fact: self.heap_at(dataset, t1),
            ..Curve::default()
        }
    }

    /// Tasks alive in each column: running, ready, in system calls, and blocked on top.
    pub(super) fn tasks(&self, load: &Load, awake: &Averages, t0: u64, t1: u64, columns: u32) -> Curve {
        let top = self.tasks_top.max(1) as f32;
        let living: Vec<f32> = ends(t0, t1, columns).map(|time| self.living(time) as f32 / top).collect();
        let syscall = load.averages(Kind::Syscall, t0, t1, columns);
        let (running, ready) = awake;
        let mut stacked = Vec::new();
        let mut below = vec![0.0; living.len()];
        for (mark, values) in [(Mark::Running, running), (Mark::Ready, ready), (Mark::Syscall, &syscall)] {
            // Averages and moments differ within a column; together they are no more than there are.
            let room = living.iter().zip(&below).map(|(all, below): (&f32, &f32)| (all - below).max(0.0));
            let values: Vec<f32> =
                room.zip(values).map(|(room, value)| (value / top).clamp(0.0, room)).collect();
            below.iter_mut().zip(&values).for_each(|(below, value)| *below += value);
            stacked.push(Stacked { mark, values });
        }
        let rest = living.iter().zip(&below).map(|(all, below)| (all - below).max(0.0)).collect();
        stacked.push(Stacked { mark: Mark::Sleep, values: rest });
        Curve { stacked, fact: units::count_u64(self.living(t1)), ..Curve::default() }
    }

    /// An average number of ready tasks; the most that are ready at once fill the lane.
    pub(super) fn ready(&self, ready: &[f32]) -> Curve {
        let last = ready.last().copied().unwrap_or(0.0);
        Curve {
            series: ready.iter().map(|ready| (ready / self.ready_top).min(1.0)).collect(),
            fact: ready_fact(last),
            ..Curve::default()
        }
    }

    /// Threads: those with a worker on the ground, those in system calls without one on top.
    pub(super) fn threads(&self, load: &Load, t0: u64, t1: u64, columns: u32) -> Curve {
        let scaled = |kind| {
            let levels = load.averages(kind, t0, t1, columns).into_iter();
            levels.map(|level| (level / self.threads_top).clamp(0.0, 1.0)).collect::<Vec<f32>>()
        };
        let (held, mut detached) = (scaled(Kind::Held), scaled(Kind::Detached));
        detached.iter_mut().zip(&held).for_each(|(value, below)| *value = value.min(1.0 - below));
        Curve {
            stacked: vec![
                Stacked { mark: Mark::Running, values: held },
                Stacked { mark: Mark::Syscall, values: detached },
            ],
            fact: threads_fact(load.level(Kind::Held, t1), load.level(Kind::Detached, t1)),
            ..Curve::default()
        }
    }

    fn heap_at(&self, dataset: &Dataset, time: u64) -> String {
        let heap = self.heap.and_then(|row| dataset.counters.get(row));
        let value = heap.map_or(0, |counter| value_at(counter, time));
        units::bytes(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// How many tasks live at `time`.
    fn living(&self, time: u64) -> u64 {
        let until = |times: &[u64]| times.partition_point(|&at| at <= time) as u64;
        (self.lived_before + until(&self.created)).saturating_sub(until(&self.ended))
    }
}

fn ready_fact(ready: f32) -> String {
    format!("{} ready", units::count(ready.round() as i64))
}

fn threads_fact(held: f32, detached: f32) -> String {
    match detached.round() as i64 {
        0 => format!("{} on a P", units::count(held.round() as i64)),
        detached => format!("{} + {} in syscalls", units::count(held.round() as i64), units::count(detached)),
    }
}

/// The counters at a moment: exact, but for a trace of very many tasks.
pub fn cursor(dataset: &Dataset, index: &TimelineIndex, query: &CursorQuery) -> CursorAnswer {
    let (counters, load) = (&index.counters, &index.load);
    let time = query.at_ns.clamp(dataset.facts.start_ns, dataset.facts.end_ns.max(dataset.facts.start_ns));
    let moment = Moment::read(dataset, load, time);
    let fact = |kind| match kind {
        CounterKind::Heap => counters.heap_at(dataset, time),
        CounterKind::Tasks => units::count_u64(counters.living(time)),
        CounterKind::Ready => ready_fact(moment.ready),
        CounterKind::Threads => threads_fact(moment.held, moment.detached),
    };
    let facts = counters.kinds().into_iter().map(|kind| (keys::counter(kind.number()), fact(kind)));
    CursorAnswer { at_ns: query.at_ns, facts: facts.collect() }
}

/// What there is at a moment.
#[derive(Default)]
struct Moment {
    ready: f32,
    detached: f32,
    held: f32,
}

impl Moment {
    fn read(dataset: &Dataset, load: &Load, time: u64) -> Self {
        let holds = |span: &&WorkerSpan| span.start_ns <= time && time < span.end_ns;
        let held = match dataset.worker_spans.len() <= ASKED {
            true => dataset.worker_spans.iter().filter(holds).count() as f32,
            false => load.level(Kind::Held, time),
        };
        if dataset.tasks.len() > ASKED {
            return Self {
                ready: load.level(Kind::Ready, time),
                detached: load.level(Kind::Detached, time),
                held,
            };
        }
        let mut moment = Self { held, ..Self::default() };
        for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
            let rows = dataset.spans.rows_of(task);
            let starts = dataset.spans.start_ns.get(rows.clone()).unwrap_or_default();
            let Some(at) = starts.partition_point(|&start| start <= time).checked_sub(1) else { continue };
            let row = rows.start + at;
            match dataset.spans.state.get(row) {
                _ if dataset.end_of(task) <= time => {}
                Some(TaskState::Ready) => moment.ready += 1.0,
                Some(TaskState::Syscall) if dataset.spans.worker.get(row).is_some_and(|of| of.is_none()) => {
                    moment.detached += 1.0;
                }
                _ => {}
            }
        }
        moment
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
