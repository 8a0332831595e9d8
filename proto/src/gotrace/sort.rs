//! Staged spans get into the order of tasks.
//!
//! Columns are taken zeroed and every row of them is written once, so that memory comes into use
//! only as staging gives it back: the peak is hardly more than what is kept.

use super::staging::{Detail, NO_REASON, Room, Row};
use crate::model::ids::NONE;
use crate::model::{Csr, SpanId, Spans, StackId, TaskId, TaskState, Wakes, WorkerId};

/// What staging turns into.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// Spans by task.
    pub spans: Spans,
    /// Wakes by span.
    pub wakes: Wakes,
    /// Running and Syscall spans with a worker, by worker and then by time.
    pub worker_runs: Csr<SpanId>,
}

/// How many rows of what go where.
pub(super) struct Plan<'w> {
    rows: usize,
    /// First row of each task, and the end.
    first: Vec<u32>,
    first_wakes: Vec<u32>,
    first_runs: Vec<u32>,
    /// The final row of each worker.
    workers: &'w [u32],
}

impl<'w> Plan<'w> {
    /// For `rows` spans, of which each task has its `tasks`. `runs` is how many runs each worker has, and
    /// `workers` the final row of each.
    pub fn new(rows: u32, tasks: &[Room], runs: &[u32], workers: &'w [u32]) -> Self {
        let mut by_row = vec![0; workers.len()];
        for (&row, &count) in workers.iter().zip(runs) {
            by_row[row as usize] = count;
        }
        Self {
            rows: rows as usize,
            first: first_rows(tasks.iter().map(|task| task.spans)),
            first_wakes: first_rows(tasks.iter().map(|task| task.wakes)),
            first_runs: first_rows(by_row.into_iter()),
            workers,
        }
    }

    /// Whether a second thread is worth its start.
    #[cfg(feature = "threads")]
    pub fn is_large(&self) -> bool {
        self.rows >= LARGE
    }
}

/// Spans from which on a second thread is worth its start.
#[cfg(feature = "threads")]
const LARGE: usize = 1 << 16;

fn first_rows(counts: impl ExactSizeIterator<Item = u32>) -> Vec<u32> {
    let mut first = Vec::with_capacity(counts.len() + 1);
    let mut sum = 0u32;
    first.push(0);
    for count in counts {
        sum = sum.saturating_add(count);
        first.push(sum);
    }
    first
}

fn end(first: &[u32]) -> usize {
    first.last().copied().unwrap_or(0) as usize
}

/// Columns being filled in the order of time. Aligned, so that what one thread writes at every row is in no cache line
/// that another one reads at every row.
#[repr(align(128))]
pub(super) struct Filling<C> {
    /// The next row of each task.
    next: Vec<u32>,
    /// The time of the last row.
    pub now: u64,
    pub columns: C,
}

/// Some columns of spans.
pub(super) trait Columns {
    /// Puts what they hold of `row` at `at`.
    fn put(&mut self, at: usize, row: &Row);
}

impl<C: Columns> Filling<C> {
    /// Fills `columns` as `plan` says.
    pub fn new(plan: &Plan<'_>, columns: C) -> Self {
        Self { next: plan.first.clone(), now: 0, columns }
    }

    /// Puts the next row in its place.
    #[inline]
    pub fn put(&mut self, row: Row) {
        let Some(place) = self.next.get_mut(row.task as usize) else { return };
        let at = *place as usize;
        *place += 1;
        self.columns.put(at, &row);
    }
}

impl<A: Columns, B: Columns> Columns for (A, B) {
    #[inline]
    fn put(&mut self, at: usize, row: &Row) {
        self.0.put(at, row);
        self.1.put(at, row);
    }
}

/// All columns, once every row is in its place.
pub(super) fn assemble(plan: &Plan<'_>, times: Times<'_>, details: Details<'_>) -> Sorted {
    let worker_runs = times.runs.by_time(&times.start_ns);
    // Same sizes: these reuse the memory.
    let spans = Spans {
        first: plan.first.clone(),
        start_ns: times.start_ns,
        state: times.state.into_iter().map(state_of).collect(),
        reason: details.reason,
        stack: details.stack.into_iter().map(StackId).collect(),
        worker: details.worker.into_iter().map(WorkerId).collect(),
    };
    let span = details.woken.into_iter().map(SpanId).collect();
    let waker = details.waker.into_iter().map(TaskId).collect();
    Sorted { spans, wakes: Wakes { span, waker }, worker_runs }
}

fn state_of(number: u8) -> TaskState {
    use TaskState::{Blocked, Gone, Ready, Running, Syscall, Unknown};
    [Unknown, Running, Ready, Blocked, Syscall, Gone, Unknown, Unknown][usize::from(number & 7)]
}

/// When each span began, in what state, and the runs of each worker.
pub(super) struct Times<'p> {
    start_ns: Vec<u64>,
    state: Vec<u8>,
    runs: Runs<'p>,
}

impl<'p> Times<'p> {
    /// Room for what `plan` says.
    pub fn new(plan: &'p Plan<'p>) -> Self {
        Self { start_ns: vec![0; plan.rows], state: vec![0; plan.rows], runs: Runs::new(plan) }
    }
}

impl Columns for Times<'_> {
    #[inline]
    fn put(&mut self, at: usize, row: &Row) {
        if let (Some(start_ns), Some(state)) = (self.start_ns.get_mut(at), self.state.get_mut(at)) {
            *start_ns = row.start_ns;
            *state = row.state as u8;
        }
        if let Detail::Worker(worker) = row.with.detail() {
            self.runs.add(worker, at, row.start_ns);
        }
    }
}

/// What goes with each span, and who woke whom. As in [`Spans`], plain.
pub(super) struct Details<'p> {
    workers: &'p [u32],
    reason: Vec<u16>,
    stack: Vec<u32>,
    worker: Vec<u32>,
    /// The next wake of each task.
    next: Vec<u32>,
    woken: Vec<u32>,
    waker: Vec<u32>,
}

impl<'p> Details<'p> {
    /// Room for what `plan` says.
    pub fn new(plan: &'p Plan<'p>) -> Self {
        let wakes = end(&plan.first_wakes);
        Self {
            workers: plan.workers,
            reason: vec![0; plan.rows],
            stack: vec![0; plan.rows],
            worker: vec![0; plan.rows],
            next: plan.first_wakes.clone(),
            woken: vec![0; wakes],
            waker: vec![0; wakes],
        }
    }

    #[inline]
    fn wake(&mut self, task: u32, at: usize, waker: u32) {
        let Some(next) = self.next.get_mut(task as usize) else { return };
        let wake = *next as usize;
        *next += 1;
        if let (Some(woken), Some(slot)) = (self.woken.get_mut(wake), self.waker.get_mut(wake)) {
            (*woken, *slot) = (at as u32, waker);
        }
    }
}

impl Columns for Details<'_> {
    #[inline]
    fn put(&mut self, at: usize, row: &Row) {
        let (reason, worker) = match row.with.detail() {
            Detail::Reason(reason) => (reason, NONE),
            Detail::Worker(worker) => (NO_REASON, self.workers.get(worker as usize).copied().unwrap_or(NONE)),
            Detail::Waker(waker) => {
                self.wake(row.task, at, waker);
                (NO_REASON, NONE)
            }
        };
        let rows = self.stack.len();
        // The same length for all, so that one check is enough.
        let (reasons, workers) = (&mut self.reason[..rows], &mut self.worker[..rows]);
        if at < rows {
            reasons[at] = reason;
            self.stack[at] = row.stack.0;
            workers[at] = worker;
        }
    }
}

/// Runs by worker while they are being filled.
struct Runs<'p> {
    plan: &'p Plan<'p>,
    last: Vec<LastRun>,
    /// Whether all runs came by time. In a whole trace they do; a damaged one may tell of an earlier
    /// run later.
    by_time: bool,
    rows: Vec<u32>,
}

/// Where the next run of a worker goes, and when the last one began. Aligned as [`Filling`] is.
#[derive(Clone, Copy)]
#[repr(align(128))]
struct LastRun {
    next: u32,
    start_ns: u64,
}

impl<'p> Runs<'p> {
    fn new(plan: &'p Plan<'p>) -> Self {
        let last = plan.first_runs.iter().map(|&next| LastRun { next, start_ns: 0 }).collect();
        Self { plan, last, by_time: true, rows: vec![0; end(&plan.first_runs)] }
    }

    /// Adds the span at `at` as a run of `worker`.
    #[inline]
    fn add(&mut self, worker: u32, at: usize, start_ns: u64) {
        let Some(&row) = self.plan.workers.get(worker as usize) else { return };
        let Some(last) = self.last.get_mut(row as usize) else { return };
        if let Some(slot) = self.rows.get_mut(last.next as usize) {
            *slot = at as u32;
        }
        self.by_time &= last.start_ns <= start_ns;
        *last = LastRun { next: last.next + 1, start_ns };
    }

    /// The runs of each worker by time.
    fn by_time(self, start_ns: &[u64]) -> Csr<SpanId> {
        let mut rows: Vec<SpanId> = self.rows.into_iter().map(SpanId).collect();
        let first = self.plan.first_runs.clone();
        for bounds in first.windows(2).filter(|_| !self.by_time) {
            let runs = rows.get_mut(bounds[0] as usize..bounds[1] as usize).unwrap_or_default();
            runs.sort_by_key(|span| start_ns.get(span.index()).copied());
        }
        Csr { first, rows }
    }
}
