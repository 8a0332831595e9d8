//! One pass over all spans for every check that needs them.

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState, WorkerId};

use crate::analysis::gc::{Category, Histogram, category};
use crate::analysis::timeline::names;

/// Spans that lists of the longest hold.
const LONGEST: usize = 20;

/// From where on a wait for a worker is long.
pub const LONG_WAIT_NS: u64 = 10_000_000;
/// From where on a single one is.
pub const SINGLE_WAIT_NS: u64 = 100_000_000;
/// From where on a system call is long while it holds a worker.
pub const LONG_SYSCALL_NS: u64 = 10_000_000;
/// Length of the parts in which the program's running time is added up.
pub const PART_NS: u64 = 100_000_000;
/// Parts at most; longer traces have longer ones.
const PARTS: u64 = 4096;

/// Time of one task by state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// On a worker, ns.
    pub running_ns: u64,
    /// Waiting for one, ns.
    pub ready_ns: u64,
}

/// Spans of one kind: how many, and the longest.
#[derive(Clone, Debug, Default)]
pub struct Longest {
    /// How many passed the threshold.
    pub count: u64,
    /// Length and row, the longest first.
    pub rows: Vec<(u64, usize)>,
}

impl Longest {
    fn add(&mut self, length: u64, row: usize) {
        self.count += 1;
        if self.rows.len() == LONGEST && self.rows.last().is_some_and(|last| last.0 >= length) {
            return;
        }
        let at = self.rows.partition_point(|known| known.0 >= length);
        self.rows.insert(at, (length, row));
        self.rows.truncate(LONGEST);
    }
}

/// What the spans of the program's own tasks say.
#[derive(Debug)]
pub struct Survey {
    /// By task; nought for the runtime's own.
    pub tasks: Vec<Totals>,
    /// Waits for a worker, but for those of preempted tasks, which could have run on.
    pub waits: Histogram,
    /// Those from [`LONG_WAIT_NS`] on.
    pub long_waits: Longest,
    /// Those from [`SINGLE_WAIT_NS`] on.
    pub very_long_waits: u64,
    /// System calls that held a worker from [`LONG_SYSCALL_NS`] on.
    pub long_syscalls: Longest,
    /// System calls in all.
    pub syscalls: u64,
    /// Running time in each part of the trace, ns.
    pub running_ns: Vec<u64>,
    /// Length of a part, ns.
    pub part_ns: u64,
    start_ns: u64,
}

impl Survey {
    /// Looks at every span once.
    pub fn build(dataset: &Dataset) -> Self {
        let (t0, t1) = (dataset.facts.start_ns, dataset.facts.end_ns.max(dataset.facts.start_ns));
        let part_ns = PART_NS.max((t1 - t0) / PARTS + 1);
        let mut survey = Self {
            tasks: vec![Totals::default(); dataset.tasks.len()],
            waits: Histogram::default(),
            long_waits: Longest::default(),
            very_long_waits: 0,
            long_syscalls: Longest::default(),
            syscalls: 0,
            running_ns: vec![0; ((t1 - t0) / part_ns + 1) as usize],
            part_ns,
            start_ns: t0,
        };
        for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
            if !names::is_runtime(names::entry(dataset, task)) {
                survey.add_task(dataset, task);
            }
        }
        survey
    }

    fn add_task(&mut self, dataset: &Dataset, task: TaskId) {
        let rows = dataset.spans.rows_of(task);
        let spans = &dataset.spans;
        let (Some(states), Some(starts), Some(workers)) =
            (spans.state.get(rows.clone()), spans.start_ns.get(rows.clone()), spans.worker.get(rows.clone()))
        else {
            return;
        };
        let mut totals = Totals::default();
        let ends = starts.iter().skip(1).copied().chain([dataset.end_of(task)]);
        for (at, (&start, end)) in starts.iter().zip(ends).enumerate() {
            let length = end.saturating_sub(start);
            match states[at] {
                TaskState::Running => {
                    totals.running_ns = totals.running_ns.saturating_add(length);
                    self.add_running(start, end);
                }
                TaskState::Ready => {
                    totals.ready_ns = totals.ready_ns.saturating_add(length);
                    if at + 1 < states.len() && start > dataset.facts.start_ns {
                        self.add_wait(
                            length,
                            rows.start + at,
                            category(dataset, rows.start + at, rows.start),
                        );
                    }
                }
                TaskState::Syscall => self.add_syscall(length, rows.start + at, workers[at]),
                _ => {}
            }
        }
        self.tasks[task.index()] = totals;
    }

    fn add_wait(&mut self, length: u64, row: usize, category: Category) {
        if category == Category::Preempted {
            return;
        }
        self.waits.add(length);
        if length >= LONG_WAIT_NS {
            self.long_waits.add(length, row);
            self.very_long_waits += u64::from(length >= SINGLE_WAIT_NS);
        }
    }

    fn add_syscall(&mut self, length: u64, row: usize, worker: WorkerId) {
        self.syscalls += 1;
        if length >= LONG_SYSCALL_NS && !worker.is_none() {
            self.long_syscalls.add(length, row);
        }
    }

    fn add_running(&mut self, start: u64, end: u64) {
        let part = |time: u64| (time.saturating_sub(self.start_ns) / self.part_ns) as usize;
        let (first, last) = (part(start), part(end));
        for part in first..=last.min(self.running_ns.len() - 1) {
            let from = self.start_ns + part as u64 * self.part_ns;
            let within = end.min(from.saturating_add(self.part_ns)).saturating_sub(start.max(from));
            self.running_ns[part] = self.running_ns[part].saturating_add(within);
        }
    }
}
