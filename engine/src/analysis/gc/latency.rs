//! Scheduler latency: how long tasks are ready before they run.

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, TaskId, TaskState};

use super::histogram::Histogram;
use crate::analysis::timeline::{keys, names};
use crate::api::{LatencyAnswer, LatencyQuery, LatencySeries, LatencyWait, Place};

/// Waits in the list of the longest.
const LONGEST: usize = 10;

/// How a task got ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// What it waited for happened.
    Woken,
    /// It was spawned.
    Spawned,
    /// Its system call was over, and its worker gone.
    AfterSyscall,
    /// It was preempted or yielded: it could have run on.
    Preempted,
}

impl Category {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Woken, "woken"),
        (Self::Spawned, "spawned"),
        (Self::AfterSyscall, "after a system call"),
        (Self::Preempted, "preempted or yielded"),
    ];
}

/// How the task of Ready span `row` got ready; `first` is the first row of its task.
#[inline]
pub fn category(dataset: &Dataset, row: usize, first: usize) -> Category {
    let before = row.checked_sub(1).filter(|_| row > first);
    match before.and_then(|before| dataset.spans.state.get(before)) {
        Some(TaskState::Running) => Category::Preempted,
        Some(TaskState::Syscall) => Category::AfterSyscall,
        Some(TaskState::Blocked | TaskState::Unknown) => Category::Woken,
        _ => Category::Spawned,
    }
}

/// Histogram and longest waits; those of the runtime's own tasks apart.
pub fn latency(dataset: &Dataset, query: &LatencyQuery) -> LatencyAnswer {
    let facts = &dataset.facts;
    let (t0, t1) = super::clip(query.window_ns, facts.start_ns, facts.end_ns.max(facts.start_ns));
    let mut seen = Seen {
        t0,
        t1,
        by: Default::default(),
        runtime: Histogram::default(),
        still_ready: 0,
        longest: Vec::new(),
    };
    for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
        seen.add_task(dataset, task);
    }
    seen.answer(dataset)
}

struct Seen {
    t0: u64,
    t1: u64,
    by: [Histogram; 4],
    runtime: Histogram,
    still_ready: u64,
    /// Wait and row, the longest first.
    longest: Vec<(u64, usize)>,
}

impl Seen {
    fn add_task(&mut self, dataset: &Dataset, task: TaskId) {
        let rows = dataset.spans.rows_of(task);
        let (first, end) = (rows.start, rows.end);
        let (Some(states), Some(starts)) =
            (dataset.spans.state.get(rows.clone()), dataset.spans.start_ns.get(rows))
        else {
            return;
        };
        let own = !names::is_runtime(names::entry(dataset, task));
        for at in (0..states.len()).filter(|&at| states[at] == TaskState::Ready) {
            if first + at + 1 == end {
                self.still_ready += u64::from(own && self.t1 >= dataset.facts.end_ns);
                continue;
            }
            let (since, until) = (starts[at], starts[at + 1]);
            // Found ready as the trace began: nobody knows since when.
            let known = at > 0 || since > dataset.facts.start_ns;
            if !known || until < self.t0 || until > self.t1 || states[at + 1] != TaskState::Running {
                continue;
            }
            self.add(
                until.saturating_sub(since),
                own.then(|| category(dataset, first + at, first)),
                first + at,
            );
        }
    }

    fn add(&mut self, wait: u64, category: Option<Category>, row: usize) {
        let Some(category) = category else { return self.runtime.add(wait) };
        self.by[category as usize].add(wait);
        let full = self.longest.len() == LONGEST;
        if full && self.longest.last().is_some_and(|last| last.0 >= wait) {
            return;
        }
        let at = self.longest.partition_point(|known| known.0 >= wait);
        self.longest.insert(at, (wait, row));
        self.longest.truncate(LONGEST);
    }

    fn answer(self, dataset: &Dataset) -> LatencyAnswer {
        let mut all = Histogram::default();
        self.by.iter().for_each(|histogram| all.merge(histogram));
        let edges = edges(all.max().max(self.runtime.max()));
        let named = Category::ALL.iter().map(|&(category, name)| (name, &self.by[category as usize]));
        let series = [("all", &all)].into_iter().chain(named).chain([("the runtime's own", &self.runtime)]);
        let shown = series.filter(|(name, histogram)| *name == "all" || histogram.count() > 0);
        LatencyAnswer {
            t0_ns: self.t0,
            t1_ns: self.t1,
            series: shown.map(|(name, histogram)| one(name, histogram, &edges)).collect(),
            still_ready: self.still_ready,
            longest: self.longest.iter().map(|&(wait, row)| longest(dataset, wait, row)).collect(),
            edges_ns: edges,
        }
    }
}

fn one(name: &str, histogram: &Histogram, edges: &[u64]) -> LatencySeries {
    LatencySeries {
        name: name.into(),
        counts: histogram.between(edges),
        count: histogram.count(),
        total_ns: histogram.total(),
        p50_ns: histogram.quantile(500),
        p90_ns: histogram.quantile(900),
        p99_ns: histogram.quantile(990),
        p999_ns: histogram.quantile(999),
        max_ns: histogram.max(),
    }
}

fn longest(dataset: &Dataset, wait_ns: u64, row: usize) -> LatencyWait {
    let id = SpanId::from_index(row);
    let Some(span) = dataset.span(id) else {
        return LatencyWait { task: String::new(), wait_ns, place: Place::default() };
    };
    let lane = Some(keys::task(span.task));
    LatencyWait {
        task: names::task_and_entry(dataset, span.task),
        wait_ns,
        place: Place { t0_ns: span.start_ns, t1_ns: span.end_ns, lane, span: Some(id.0) },
    }
}

/// Edges up to `max`: 0, then 100 ns, 200 ns, 500 ns, 1 µs, …
fn edges(max: u64) -> Vec<u64> {
    let steps = (2..19).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    [0].into_iter().chain(steps.take_while(|&edge| edge <= max)).collect()
}
