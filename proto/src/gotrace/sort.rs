//! Staged spans get into the order of tasks.
//!
//! Columns are taken zeroed and every row of them is written once, so that memory comes into use
//! only as staging gives it back: the peak is hardly more than what is kept.

use super::staging::{Detail, NO_REASON, Row};
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

/// Columns being filled in the order of time.
pub(super) struct Filling<'w> {
    first: Vec<u32>,
    /// The next row of each task.
    next: Vec<u32>,
    columns: Columns,
    runs: Runs<'w>,
    wakes: usize,
}

/// As in [`Spans`], plain. A Ready span has its waker in the worker's place.
struct Columns {
    start_ns: Vec<u64>,
    state: Vec<u8>,
    reason: Vec<u16>,
    stack: Vec<u32>,
    worker: Vec<u32>,
}

/// In the worker's place of a Ready span: woken by the runtime itself.
const RUNTIME: u32 = NONE - 1;

impl<'w> Filling<'w> {
    /// Room for `rows` spans, `counts` of each task. `runs` is how many each worker has, and
    /// `workers` the final row of each.
    pub fn new(rows: u32, counts: &[u32], runs: &[u32], workers: &'w [u32]) -> Self {
        let rows = rows as usize;
        let first = first_rows(counts);
        let columns = Columns {
            start_ns: vec![0; rows],
            state: vec![0; rows],
            reason: vec![0; rows],
            stack: vec![0; rows],
            worker: vec![0; rows],
        };
        Self { next: first.clone(), first, columns, runs: Runs::new(runs, workers), wakes: 0 }
    }

    /// Puts the next row in its place.
    #[inline]
    pub fn put(&mut self, row: Row) {
        let Some(place) = self.next.get_mut(row.task as usize) else { return };
        let at = *place as usize;
        *place += 1;
        let (reason, worker) = match row.with.detail() {
            Detail::Reason(reason) => (reason, NONE),
            Detail::Worker(worker) => (NO_REASON, self.runs.add(worker, at)),
            Detail::Waker(waker) => {
                self.wakes += 1;
                (NO_REASON, waker.min(RUNTIME))
            }
        };
        self.columns.set(at, row, reason, worker);
    }

    /// The columns, once every row is in its place.
    pub fn finish(self) -> Sorted {
        let Columns { start_ns, state, reason, stack, worker } = self.columns;
        let worker_runs = self.runs.by_time(&start_ns);
        drop(self.next);
        // Same sizes: these reuse the memory.
        let mut spans = Spans {
            first: self.first,
            start_ns,
            state: state.into_iter().map(state_of).collect(),
            reason,
            stack: stack.into_iter().map(StackId).collect(),
            worker: worker.into_iter().map(WorkerId).collect(),
        };
        let wakes = split_wakes(&mut spans, self.wakes);
        Sorted { spans, wakes, worker_runs }
    }
}

impl Columns {
    #[inline]
    fn set(&mut self, at: usize, row: Row, reason: u16, worker: u32) {
        let rows = self.start_ns.len();
        let Self { start_ns, state, reason: reasons, stack, worker: workers } = self;
        // The same length for all, so that one check is enough.
        let (state, reasons) = (&mut state[..rows], &mut reasons[..rows]);
        let (stack, workers) = (&mut stack[..rows], &mut workers[..rows]);
        if at < rows {
            start_ns[at] = row.start_ns;
            state[at] = row.state as u8;
            reasons[at] = reason;
            stack[at] = row.stack.0;
            workers[at] = worker;
        }
    }
}

fn state_of(number: u8) -> TaskState {
    use TaskState::{Blocked, Gone, Ready, Running, Syscall, Unknown};
    [Unknown, Running, Ready, Blocked, Syscall, Gone, Unknown, Unknown][usize::from(number & 7)]
}

fn first_rows(counts: &[u32]) -> Vec<u32> {
    let mut first = Vec::with_capacity(counts.len() + 1);
    let mut sum = 0u32;
    first.push(0);
    for &count in counts {
        sum = sum.saturating_add(count);
        first.push(sum);
    }
    first
}

/// Takes the wakers out of the workers of Ready spans.
fn split_wakes(spans: &mut Spans, count: usize) -> Wakes {
    let mut wakes = Wakes { span: Vec::with_capacity(count), waker: Vec::with_capacity(count) };
    for (row, (state, worker)) in spans.state.iter().zip(&mut spans.worker).enumerate() {
        if *state == TaskState::Ready && !worker.is_none() {
            wakes.span.push(SpanId::from_index(row));
            wakes.waker.push(if worker.0 == RUNTIME { TaskId::NONE } else { TaskId(worker.0) });
            *worker = WorkerId::NONE;
        }
    }
    wakes
}

/// Runs by worker while they are being filled.
struct Runs<'w> {
    first: Vec<u32>,
    next: Vec<u32>,
    rows: Vec<u32>,
    workers: &'w [u32],
}

impl<'w> Runs<'w> {
    /// Room for `counts` runs of each worker, whose final rows are `workers`.
    fn new(counts: &[u32], workers: &'w [u32]) -> Self {
        let mut by_row = vec![0; workers.len()];
        for (&row, &count) in workers.iter().zip(counts) {
            by_row[row as usize] = count;
        }
        let first = first_rows(&by_row);
        let rows = vec![0; first.last().copied().unwrap_or(0) as usize];
        Self { next: first.clone(), first, rows, workers }
    }

    /// Adds the span at `at` as a run of `worker`, and gives that worker's final row.
    #[inline]
    fn add(&mut self, worker: u32, at: usize) -> u32 {
        let Some(&row) = self.workers.get(worker as usize) else { return NONE };
        if let Some(next) = self.next.get_mut(row as usize) {
            if let Some(slot) = self.rows.get_mut(*next as usize) {
                *slot = at as u32;
            }
            *next += 1;
        }
        row
    }

    /// The runs of each worker by time. In a whole trace they already are; a damaged one may tell
    /// of an earlier run later.
    fn by_time(self, start_ns: &[u64]) -> Csr<SpanId> {
        let mut rows: Vec<SpanId> = self.rows.into_iter().map(SpanId).collect();
        for bounds in self.first.windows(2) {
            let runs = rows.get_mut(bounds[0] as usize..bounds[1] as usize).unwrap_or_default();
            let key = |span: &SpanId| start_ns.get(span.index()).copied();
            if !runs.is_sorted_by_key(key) {
                runs.sort_by_key(key);
            }
        }
        Csr { first: self.first, rows }
    }
}
