//! What worked for the collector, where and when.

use taskscope_proto::Dataset;
use taskscope_proto::model::{Format, Range, RangeScope, TaskId, TaskState, WorkerId};

use crate::analysis::timeline::names::entry;

/// The entry function of Go's mark workers, the only goroutines whose labels tell the truth.
const MARK_WORKER: &str = "runtime.gcBgMarkWorker";
const MARK: &str = "GC concurrent mark phase";
const ASSIST: &str = "GC mark assist";
const SWEEP: &str = "GC incremental sweep";
const STOP: &str = "stop-the-world";
const WORKERS: &str = "/sched/gomaxprocs:threads";

/// What a worker did for the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Marked, with the worker for itself.
    Dedicated,
    /// Marked for a share of the worker's time, or in a mode that the file does not say.
    Fractional,
    /// Marked because nobody else wanted the worker.
    Idle,
    /// A task of the program had to mark before it could allocate.
    Assist,
    /// A task of the program had to sweep before it could allocate.
    Sweep,
}

/// A stretch of such work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// First ns.
    pub start_ns: u64,
    /// One past the last ns.
    pub end_ns: u64,
    /// Where; `NONE` where the file does not say.
    pub worker: WorkerId,
    /// For whom: the task that worked, `NONE` for sweeping.
    pub task: TaskId,
    /// What.
    pub kind: Kind,
}

/// A stop of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// First ns.
    pub start_ns: u64,
    /// One past the last ns.
    pub end_ns: u64,
    /// Row in the ranges of the data set.
    pub range: u32,
    /// Whether it belongs to a collection.
    pub gc: bool,
}

/// All work for the collector in a trace.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// First ns of the trace.
    pub t0_ns: u64,
    /// One past the last.
    pub t1_ns: u64,
    /// Work on workers, by start.
    pub busy: Vec<Busy>,
    /// Stops of the world, by start.
    pub stops: Vec<Stop>,
    /// Mark phases as rows in the ranges of the data set, by start.
    pub marks: Vec<u32>,
    /// How many workers there are from when on, by time; the first holds from the start. At least one.
    pub workers: Vec<(u64, u64)>,
}

impl Work {
    /// Reads it from the ranges, the mark workers' spans and the spans that assists lie over.
    pub fn build(dataset: &Dataset) -> Self {
        let mut work = Self {
            t0_ns: dataset.facts.start_ns,
            t1_ns: dataset.facts.end_ns.max(dataset.facts.start_ns),
            workers: workers(dataset),
            ..Self::default()
        };
        for (row, range) in dataset.ranges.iter().enumerate() {
            work.add_range(dataset, row as u32, range);
        }
        let tasks = (0..dataset.tasks.len()).map(TaskId::from_index);
        for task in tasks.filter(|&task| entry(dataset, task) == MARK_WORKER) {
            work.add_mark_worker(dataset, task);
        }
        work.busy.retain(|busy| busy.start_ns < busy.end_ns);
        work.busy.sort_unstable_by_key(|busy| (busy.start_ns, busy.end_ns, busy.worker, busy.task));
        work.stops.sort_unstable_by_key(|stop| (stop.start_ns, stop.end_ns));
        work
    }

    /// Workers × time of `t0` to `t1`, ns.
    pub fn cpu_ns(&self, t0: u64, t1: u64) -> u64 {
        let ends = self.workers.iter().skip(1).map(|&(from, _)| from).chain([u64::MAX]);
        let steps =
            self.workers.iter().zip(ends).map(|(&(from, workers), to)| {
                to.min(t1).saturating_sub(from.max(t0)).saturating_mul(workers)
            });
        steps.fold(0, u64::saturating_add)
    }

    /// CPU of one kind of work in `t0` to `t1`, ns.
    pub fn busy_ns(&self, t0: u64, t1: u64, wanted: impl Fn(Kind) -> bool) -> u64 {
        let busy = self.busy.iter().filter(|busy| wanted(busy.kind));
        busy.map(|busy| busy.end_ns.min(t1).saturating_sub(busy.start_ns.max(t0)))
            .fold(0, u64::saturating_add)
    }

    fn add_range(&mut self, dataset: &Dataset, row: u32, range: &Range) {
        match (dataset.strings.get(range.name), range.scope) {
            (MARK, _) => self.marks.push(row),
            (ASSIST, RangeScope::Task(task)) => self.add_assist(dataset, range, task),
            (SWEEP, RangeScope::Worker(worker)) => self.busy.push(Busy {
                start_ns: range.start_ns,
                end_ns: range.end_ns,
                worker,
                task: TaskId::NONE,
                kind: Kind::Sweep,
            }),
            (name, _) if name.starts_with(STOP) => self.stops.push(Stop {
                start_ns: range.start_ns,
                end_ns: range.end_ns.max(range.start_ns),
                range: row,
                gc: is_gc(dataset, name),
            }),
            _ => {}
        }
    }

    /// An assist is work only while its task runs: it may wait for credit in between.
    fn add_assist(&mut self, dataset: &Dataset, range: &Range, task: TaskId) {
        let rows = dataset.spans.rows_of(task);
        let starts = dataset.spans.start_ns.get(rows.clone()).unwrap_or(&[]);
        let first = starts.partition_point(|&start| start <= range.start_ns).saturating_sub(1);
        for row in rows.skip(first) {
            let Some(run) = Run::of(dataset, task, row) else { return };
            if run.start_ns >= range.end_ns {
                return;
            }
            if run.state == TaskState::Running {
                self.busy.push(Busy {
                    start_ns: run.start_ns.max(range.start_ns),
                    end_ns: run.end_ns.min(range.end_ns),
                    worker: run.worker,
                    task,
                    kind: Kind::Assist,
                });
            }
        }
    }

    fn add_mark_worker(&mut self, dataset: &Dataset, task: TaskId) {
        let rows = dataset.spans.rows_of(task);
        for row in rows.clone() {
            let Some(run) = Run::of(dataset, task, row).filter(|run| run.state == TaskState::Running) else {
                continue;
            };
            let reason = dataset.reasons.get(dataset.spans.reason_of(row).index());
            let kind = match reason.map_or("", |reason| dataset.strings.get(reason.text)) {
                "GC (dedicated)" => Kind::Dedicated,
                "GC (fractional)" => Kind::Fractional,
                "GC (idle)" => Kind::Idle,
                // Found at work as the trace began. Otherwise one that is not labelled only gets ready.
                _ if row == rows.start && run.start_ns <= dataset.facts.start_ns => Kind::Fractional,
                _ => continue,
            };
            let Run { start_ns, end_ns, worker, .. } = run;
            self.busy.push(Busy { start_ns, end_ns, worker, task, kind });
        }
    }
}

/// A row of the spans with its end.
struct Run {
    start_ns: u64,
    end_ns: u64,
    state: TaskState,
    worker: WorkerId,
}

impl Run {
    fn of(dataset: &Dataset, task: TaskId, row: usize) -> Option<Self> {
        let spans = &dataset.spans;
        let last = row + 1 >= spans.rows_of(task).end;
        let end = if last { dataset.end_of(task) } else { *spans.start_ns.get(row + 1)? };
        let start_ns = *spans.start_ns.get(row)?;
        Some(Self {
            start_ns,
            end_ns: end.max(start_ns),
            state: *spans.state.get(row)?,
            worker: *spans.worker.get(row)?,
        })
    }
}

/// Whether a stop of this name belongs to a collection. Traces before 1.22 have no other stops.
fn is_gc(dataset: &Dataset, name: &str) -> bool {
    name.contains("GC") || matches!(dataset.facts.format, Format::GoTrace(minor) if minor < 22)
}

/// Steps of GOMAXPROCS. Without the metric all workers that were seen count.
fn workers(dataset: &Dataset) -> Vec<(u64, u64)> {
    let seen = (dataset.workers.len() as u64).max(1);
    let counter = dataset.counters.iter().find(|counter| dataset.strings.get(counter.name) == WORKERS);
    let mut steps: Vec<(u64, u64)> = Vec::new();
    if let Some(counter) = counter {
        let values = counter.time_ns.iter().zip(&counter.values);
        for (&time, &value) in values.filter(|(_, value)| **value > 0) {
            // Damaged files name absurd numbers, which would make every share nought.
            let value = value.min(seen.max(1 << 16));
            if steps.last().is_none_or(|&(from, last)| last != value && from <= time) {
                steps.push((time, value));
            }
        }
    }
    match steps.first_mut() {
        Some(first) => first.0 = 0,
        None => steps.push((0, seen)),
    }
    steps
}
