//! Spans in the order they happen, and how they get into the order of tasks.
//!
//! Columns grow in chunks, so that growing never copies, and are freed one by one while they are
//! sorted: the peak is one column above what was staged.

use crate::model::ids::NONE;
use crate::model::{Csr, SpanId, Spans, StackId, TaskId, TaskState, Wakes, WorkerId};

const CHUNK: usize = 1 << 15;

/// In the `worker` of a Ready span: woken by the runtime itself. Other values are the waker's
/// task, `NONE` is no wake at all. Ready spans have no worker, so wakes need no column.
pub(crate) const RUNTIME: u32 = u32::MAX - 1;

/// Rows a table of spans can have, so that ids stay below [`RUNTIME`].
const MAX_ROWS: usize = u32::MAX as usize - 2;

/// A column in chunks of equal length.
#[derive(Debug)]
struct Column<T> {
    chunks: Vec<Vec<T>>,
}

impl<T: Copy> Column<T> {
    fn new() -> Self {
        Self { chunks: Vec::new() }
    }

    #[inline]
    fn push(&mut self, value: T) {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(value),
            _ => self.push_chunk(value),
        }
    }

    #[cold]
    fn push_chunk(&mut self, value: T) {
        let mut chunk = Vec::with_capacity(CHUNK);
        chunk.push(value);
        self.chunks.push(chunk);
    }

    fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    fn get_mut(&mut self, row: usize) -> Option<&mut T> {
        self.chunks.get_mut(row / CHUNK)?.get_mut(row % CHUNK)
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// Moves every value to its place and frees the column.
    fn scatter(self, places: &Column<u32>, blank: T) -> Vec<T> {
        let mut sorted = vec![blank; places.len()];
        for (values, places) in self.chunks.into_iter().zip(&places.chunks) {
            for (value, &place) in values.iter().zip(places) {
                if let Some(slot) = sorted.get_mut(place as usize) {
                    *slot = *value;
                }
            }
        }
        sorted
    }
}

/// One span to stage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Whose.
    pub task: u32,
    /// First ns.
    pub start_ns: u64,
    /// What it does.
    pub state: TaskState,
    /// Row of the reason, or `u16::MAX`.
    pub reason: u16,
    /// Stack of the event.
    pub stack: StackId,
    /// Worker, or for Ready spans the waker.
    pub worker: u32,
}

/// All spans so far, by time.
#[derive(Debug)]
pub(crate) struct Staging {
    task: Column<u32>,
    start_ns: Column<u64>,
    state: Column<TaskState>,
    reason: Column<u16>,
    stack: Column<StackId>,
    worker: Column<u32>,
    rows: usize,
}

/// What staging turns into.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// Spans by task.
    pub spans: Spans,
    /// Wakes by span.
    pub wakes: Wakes,
    /// Spans with a worker, by worker and then by time.
    pub worker_runs: Csr<SpanId>,
}

impl Staging {
    /// Nothing staged.
    pub fn new() -> Self {
        Self {
            task: Column::new(),
            start_ns: Column::new(),
            state: Column::new(),
            reason: Column::new(),
            stack: Column::new(),
            worker: Column::new(),
            rows: 0,
        }
    }

    /// Adds a span and gives its row; `None` when the table is full.
    #[inline]
    pub fn push(&mut self, row: Row) -> Option<u32> {
        if self.rows >= MAX_ROWS {
            return None;
        }
        self.task.push(row.task);
        self.start_ns.push(row.start_ns);
        self.state.push(row.state);
        self.reason.push(row.reason);
        self.stack.push(row.stack);
        self.worker.push(row.worker);
        self.rows += 1;
        Some(self.rows as u32 - 1)
    }

    /// Changes the reason of a staged span.
    pub fn set_reason(&mut self, row: u32, reason: u16) {
        if let Some(slot) = self.reason.get_mut(row as usize) {
            *slot = reason;
        }
    }

    /// Sorts by task, stably, for `tasks` tasks. `workers` gives the final row of each worker.
    pub fn sort(mut self, tasks: usize, workers: &[u32]) -> Sorted {
        let first = self.place(tasks);
        let worker_runs = self.worker_runs(workers);
        let places = self.task;
        let start_ns = self.start_ns.scatter(&places, 0);
        let reason = self.reason.scatter(&places, u16::MAX);
        let stack = self.stack.scatter(&places, StackId::NONE);
        let state = self.state.scatter(&places, TaskState::Unknown);
        let worker = self.worker.scatter(&places, NONE);
        drop(places);
        let (worker, wakes) = split_wakes(&state, worker, workers);
        Sorted { spans: Spans { first, start_ns, state, reason, stack, worker }, wakes, worker_runs }
    }

    /// Puts each span's final row in the place of its task, and gives the first row of each task.
    fn place(&mut self, tasks: usize) -> Vec<u32> {
        let mut first = vec![0u32; tasks + 1];
        for &task in self.task.iter() {
            if let Some(count) = first.get_mut(task as usize + 1) {
                *count += 1;
            }
        }
        accumulate(&mut first);
        let mut next = first.clone();
        for place in self.task.chunks.iter_mut().flatten() {
            let row = next.get_mut(*place as usize);
            *place = row.map_or(NONE, |row| std::mem::replace(row, *row + 1));
        }
        first
    }

    fn worker_runs(&self, workers: &[u32]) -> Csr<SpanId> {
        let runs = || {
            let rows = self.state.iter().zip(self.worker.iter()).zip(self.task.iter());
            rows.filter(|((state, _), _)| matches!(state, TaskState::Running | TaskState::Syscall))
                .filter_map(|((_, &worker), &place)| Some((*workers.get(worker as usize)?, SpanId(place))))
        };
        let mut first = vec![0u32; workers.len() + 1];
        for (worker, _) in runs() {
            first[worker as usize + 1] += 1;
        }
        accumulate(&mut first);
        let mut next = first.clone();
        let mut rows = vec![SpanId::NONE; first.last().copied().unwrap_or(0) as usize];
        for (worker, span) in runs() {
            let row = &mut next[worker as usize];
            rows[*row as usize] = span;
            *row += 1;
        }
        Csr { first, rows }
    }
}

/// Counts, shifted by one, to the first row of each group.
fn accumulate(counts: &mut [u32]) {
    let mut sum = 0;
    for count in counts {
        sum += *count;
        *count = sum;
    }
}

/// Takes the wakers out of the worker column of sorted spans.
fn split_wakes(state: &[TaskState], mut worker: Vec<u32>, workers: &[u32]) -> (Vec<WorkerId>, Wakes) {
    let is_wake = |(state, &worker): (&TaskState, &u32)| *state == TaskState::Ready && worker != NONE;
    let count = state.iter().zip(&worker).filter(|&row| is_wake(row)).count();
    let mut wakes = Wakes { span: Vec::with_capacity(count), waker: Vec::with_capacity(count) };
    for (row, (state, worker)) in state.iter().zip(&mut worker).enumerate() {
        if is_wake((state, worker)) {
            wakes.span.push(SpanId::from_index(row));
            wakes.waker.push(if *worker == RUNTIME { TaskId::NONE } else { TaskId(*worker) });
            *worker = NONE;
        } else {
            *worker = workers.get(*worker as usize).copied().unwrap_or(NONE);
        }
    }
    (worker.into_iter().map(WorkerId).collect(), wakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(task: u32, start_ns: u64, state: TaskState, worker: u32) -> Row {
        Row { task, start_ns, state, reason: u16::MAX, stack: StackId::NONE, worker }
    }

    #[test]
    fn spans_get_into_task_order_and_wakes_out_of_the_workers() {
        let mut staging = Staging::new();
        staging.push(row(1, 10, TaskState::Running, 0));
        staging.push(row(0, 11, TaskState::Ready, 1));
        staging.push(row(1, 12, TaskState::Blocked, NONE));
        staging.push(row(0, 13, TaskState::Running, 1));
        staging.push(row(1, 14, TaskState::Ready, RUNTIME));
        staging.push(row(1, 15, TaskState::Running, 0));
        let sorted = staging.sort(3, &[1, 0]);
        assert_eq!(sorted.spans.first, [0, 2, 6, 6]);
        assert_eq!(sorted.spans.start_ns, [11, 13, 10, 12, 14, 15]);
        let workers = [NONE, 0, 1, NONE, NONE, 1].map(WorkerId);
        assert_eq!(sorted.spans.worker, workers);
        assert_eq!(sorted.wakes.span, [SpanId(0), SpanId(4)]);
        assert_eq!(sorted.wakes.waker, [TaskId(1), TaskId::NONE]);
        assert_eq!(sorted.worker_runs.first, [0, 1, 3]);
        assert_eq!(sorted.worker_runs.rows, [SpanId(1), SpanId(2), SpanId(5)]);
    }

    #[test]
    fn columns_span_chunks() {
        let mut staging = Staging::new();
        for at in 0..(CHUNK as u64 * 2 + 5) {
            staging.push(row((at % 2) as u32, at, TaskState::Running, 0));
        }
        let sorted = staging.sort(2, &[0]);
        assert!(sorted.spans.start_ns[..CHUNK].iter().all(|start| start % 2 == 0));
        assert_eq!(sorted.spans.len(), CHUNK * 2 + 5);
    }
}
