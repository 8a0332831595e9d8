//! Spans in the order they happen, and how they get into the order of tasks.
//!
//! A staged span takes 16 bytes: the time since the one before, the task, the stack, and in one
//! word the state and the one thing that goes with it. Rows grow in chunks, so that growing never
//! copies, and each chunk is freed as soon as its rows have moved to their places.

use super::counts::GoState;
use crate::model::ids::NONE;
use crate::model::{Csr, SpanId, Spans, StackId, TaskId, TaskState, Wakes, WorkerId};

const CHUNK: usize = 1 << 14;

/// Rows a table of spans can have.
const MAX_ROWS: usize = u32::MAX as usize - 1;

/// A step in time that does not fit, or goes back: the time itself is in `jumps`.
const JUMP: u32 = u32::MAX;

/// The reason of a span without one.
pub(crate) const NO_REASON: u16 = u16::MAX;

/// Bits of the tail: state, kind of what goes with it, and that itself.
const KIND_BITS: u32 = 2;
const VALUE_BITS: u32 = 27;
const STATE_SHIFT: u32 = KIND_BITS + VALUE_BITS;

/// The value that stands for `NONE` and for what does not fit.
const VALUE_NONE: u32 = (1 << VALUE_BITS) - 1;

/// What goes with a state, packed: a kind and a value. No state needs two of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct With(u32);

const REASON: u32 = 0;
const WORKER: u32 = 1;
const WAKER: u32 = 2;

impl With {
    /// Nothing.
    pub const NOTHING: Self = Self(REASON << VALUE_BITS | VALUE_NONE);

    /// Why it stopped running, or [`NO_REASON`].
    #[inline]
    pub fn reason(reason: u16) -> Self {
        if reason == NO_REASON { Self::NOTHING } else { Self(REASON << VALUE_BITS | u32::from(reason)) }
    }

    /// The worker it runs on, or `NONE`.
    #[inline]
    pub fn worker(worker: u32) -> Self {
        Self(WORKER << VALUE_BITS | worker.min(VALUE_NONE))
    }

    /// The task that woke it, or `NONE` for the runtime itself.
    #[inline]
    pub fn waker(waker: u32) -> Self {
        Self(WAKER << VALUE_BITS | waker.min(VALUE_NONE))
    }
}

#[derive(Clone, Copy, Debug)]
struct Packed {
    step: u32,
    task: u32,
    stack: StackId,
    tail: u32,
}

impl Packed {
    #[inline]
    fn state(self) -> TaskState {
        const STATES: [TaskState; 8] = [
            TaskState::Unknown,
            TaskState::Gone,
            TaskState::Ready,
            TaskState::Running,
            TaskState::Blocked,
            TaskState::Syscall,
            TaskState::Unknown,
            TaskState::Unknown,
        ];
        STATES[(self.tail >> STATE_SHIFT) as usize]
    }

    #[inline]
    fn kind(self) -> u32 {
        self.tail >> VALUE_BITS & ((1 << KIND_BITS) - 1)
    }

    #[inline]
    fn value(self) -> u32 {
        self.tail & VALUE_NONE
    }
}

/// All spans so far, by time.
#[derive(Debug, Default)]
pub(crate) struct Staging {
    chunks: Vec<Vec<Packed>>,
    /// The chunk being filled.
    tail: Vec<Packed>,
    jumps: Vec<u64>,
    last_ns: u64,
    /// How many rows each worker has.
    runs: Vec<u32>,
}

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

impl Staging {
    /// How many spans there are.
    fn rows(&self) -> usize {
        self.chunks.len() * CHUNK + self.tail.len()
    }

    /// Adds a span; false when the table is full.
    #[inline]
    pub fn push(&mut self, task: u32, start_ns: u64, state: GoState, with: With, stack: StackId) -> bool {
        if self.tail.len() == self.tail.capacity() && !self.turn() {
            return false;
        }
        let step = match start_ns.wrapping_sub(self.last_ns) {
            step if step < u64::from(JUMP) => step as u32,
            _ => self.jump(start_ns),
        };
        self.last_ns = start_ns;
        self.tail.push(Packed { step, task, stack, tail: (state as u32) << STATE_SHIFT | with.0 });
        true
    }

    /// Puts the full chunk away; false when there may be no other.
    #[cold]
    fn turn(&mut self) -> bool {
        if self.rows() > MAX_ROWS - CHUNK {
            return false;
        }
        let full = std::mem::replace(&mut self.tail, Vec::with_capacity(CHUNK));
        if !full.is_empty() {
            self.chunks.push(full);
        }
        true
    }

    #[cold]
    fn jump(&mut self, start_ns: u64) -> u32 {
        self.jumps.push(start_ns);
        JUMP
    }

    /// Counts a span that comes with `worker`, once for each [`With::worker`] pushed.
    #[inline]
    pub fn count_run(&mut self, worker: u32) {
        match self.runs.get_mut(worker as usize) {
            Some(count) => *count += 1,
            None if worker == NONE => {}
            None => {
                self.runs.resize(worker as usize + 1, 0);
                self.runs[worker as usize] = 1;
            }
        }
    }

    /// Sorts by task, stably. `counts` holds the number of spans of each task, and `workers` the
    /// final row of each worker.
    pub fn sort(mut self, counts: impl ExactSizeIterator<Item = u32>, workers: &[u32]) -> Sorted {
        let first = first_rows(counts);
        let mut runs = Runs::new(&self.runs, workers);
        let mut sorted = blank_spans(first, self.rows());
        let mut next = sorted.first.clone();
        let (mut jumps, mut now, mut wakes) = (self.jumps.into_iter(), 0u64, 0usize);
        self.chunks.push(self.tail);
        for chunk in self.chunks {
            for row in chunk {
                now = if row.step == JUMP { jumps.next().unwrap_or(now) } else { now + u64::from(row.step) };
                let Some(place) = next.get_mut(row.task as usize) else { continue };
                let at = *place as usize;
                *place += 1;
                wakes += usize::from(row.kind() == WAKER);
                put(&mut sorted, &mut runs, at, now, row);
            }
        }
        let wakes = split_wakes(&mut sorted, wakes);
        let worker_runs = runs.by_time(&sorted.start_ns);
        Sorted { spans: sorted, wakes, worker_runs }
    }
}

/// Moves one row to its place. Ready spans keep their waker in the worker's place for now; it is
/// taken out when all are in order, which leaves the wakes in order too.
#[inline]
fn put(spans: &mut Spans, runs: &mut Runs<'_>, at: usize, start_ns: u64, row: Packed) {
    if at >= spans.start_ns.len() {
        return;
    }
    spans.start_ns[at] = start_ns;
    spans.stack[at] = row.stack;
    spans.state[at] = row.state();
    match (row.kind(), row.value()) {
        // Cut to 16 bits, no value is no reason.
        (REASON, value) => spans.reason[at] = value as u16,
        (WORKER, worker) => spans.worker[at] = WorkerId(runs.add(worker, at)),
        (_, VALUE_NONE) => spans.worker[at] = WorkerId(RUNTIME),
        (_, waker) => spans.worker[at] = WorkerId(waker),
    }
}

/// In the worker's place of a Ready span: woken by the runtime itself.
const RUNTIME: u32 = NONE - 1;

fn first_rows(counts: impl ExactSizeIterator<Item = u32>) -> Vec<u32> {
    let mut first = Vec::with_capacity(counts.len() + 1);
    let mut sum = 0u32;
    first.push(0);
    first.extend(counts.map(|count| {
        sum = sum.saturating_add(count);
        sum
    }));
    first
}

fn blank_spans(first: Vec<u32>, rows: usize) -> Spans {
    Spans {
        first,
        start_ns: vec![0; rows],
        state: vec![TaskState::Unknown; rows],
        reason: vec![NO_REASON; rows],
        stack: vec![StackId::NONE; rows],
        worker: vec![WorkerId::NONE; rows],
    }
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
    csr: Csr<SpanId>,
    next: Vec<u32>,
    workers: &'w [u32],
}

impl<'w> Runs<'w> {
    /// Room for `counts` runs of each worker, whose final rows are `workers`.
    fn new(counts: &[u32], workers: &'w [u32]) -> Self {
        let mut by_row = vec![0; workers.len()];
        for (&row, &count) in workers.iter().zip(counts) {
            by_row[row as usize] = count;
        }
        let first = first_rows(by_row.into_iter());
        let rows = vec![SpanId::NONE; first.last().copied().unwrap_or(0) as usize];
        let next = first.clone();
        Self { csr: Csr { first, rows }, next, workers }
    }

    /// Adds the span at `at` as a run of `worker`, and gives that worker's final row.
    #[inline]
    fn add(&mut self, worker: u32, at: usize) -> u32 {
        let Some(&row) = self.workers.get(worker as usize) else { return NONE };
        if let Some(next) = self.next.get_mut(row as usize) {
            if let Some(slot) = self.csr.rows.get_mut(*next as usize) {
                *slot = SpanId(at as u32);
            }
            *next += 1;
        }
        row
    }

    /// The runs of each worker by time. In a whole trace they already are; a damaged one may tell
    /// of an earlier run later.
    fn by_time(mut self, start_ns: &[u64]) -> Csr<SpanId> {
        for bounds in self.csr.first.windows(2) {
            let runs = self.csr.rows.get_mut(bounds[0] as usize..bounds[1] as usize).unwrap_or_default();
            let key = |span: &SpanId| start_ns.get(span.index()).copied();
            if !runs.is_sorted_by_key(key) {
                runs.sort_by_key(key);
            }
        }
        self.csr
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_keep_what_they_hold() {
        let unpack = |state, With(with)| {
            let tail = (state as u32) << STATE_SHIFT | with;
            let row = Packed { step: 0, task: 0, stack: StackId::NONE, tail };
            (row.state(), row.kind(), row.value())
        };
        assert_eq!(unpack(GoState::Syscall, With::worker(3)), (TaskState::Syscall, WORKER, 3));
        assert_eq!(
            unpack(GoState::Undetermined, With::worker(NONE)),
            (TaskState::Unknown, WORKER, VALUE_NONE)
        );
        assert_eq!(unpack(GoState::Waiting, With::reason(65_534)), (TaskState::Blocked, REASON, 65_534));
        assert_eq!(unpack(GoState::NotExist, With::reason(NO_REASON)), (TaskState::Gone, REASON, VALUE_NONE));
        assert_eq!(unpack(GoState::Runnable, With::waker(7)), (TaskState::Ready, WAKER, 7));
        assert_eq!(VALUE_NONE as u16, NO_REASON);
    }

    #[test]
    fn spans_get_into_task_order_and_wakes_out_of_the_workers() {
        let mut staging = Staging::default();
        for worker in [0, 1, 0] {
            staging.count_run(worker);
        }
        let mut push = |task, start_ns, state, with| {
            assert!(staging.push(task, start_ns, state, with, StackId(9)));
        };
        push(1, 10, GoState::Running, With::worker(0));
        push(0, 11, GoState::Runnable, With::waker(1));
        push(1, 12, GoState::Waiting, With::reason(3));
        push(0, 13, GoState::Running, With::worker(1));
        push(1, 1 << 40, GoState::Runnable, With::waker(NONE));
        push(1, 15, GoState::Running, With::worker(0));
        push(2, 16, GoState::Runnable, With::reason(4));
        let sorted = staging.sort([2, 4, 1].into_iter(), &[1, 0]);
        assert_eq!(sorted.spans.first, [0, 2, 6, 7]);
        assert_eq!(sorted.spans.start_ns, [11, 13, 10, 12, 1 << 40, 15, 16]);
        assert_eq!(sorted.spans.worker, [NONE, 0, 1, NONE, NONE, 1, NONE].map(WorkerId));
        assert_eq!(sorted.spans.reason[3], 3);
        assert_eq!(sorted.spans.reason[6], 4);
        assert_eq!(sorted.spans.reason[0], NO_REASON);
        assert_eq!(sorted.spans.state[3], TaskState::Blocked);
        assert_eq!(sorted.wakes.span, [SpanId(0), SpanId(4)]);
        assert_eq!(sorted.wakes.waker, [TaskId(1), TaskId::NONE]);
        assert_eq!(sorted.worker_runs.first, [0, 1, 3]);
        assert_eq!(sorted.worker_runs.rows, [SpanId(1), SpanId(2), SpanId(5)]);
    }

    #[test]
    fn rows_span_chunks() {
        let mut staging = Staging::default();
        let rows = CHUNK as u64 * 2 + 6;
        for at in 0..rows {
            staging.count_run(0);
            staging.push((at % 2) as u32, at, GoState::Running, With::worker(0), StackId::NONE);
        }
        let sorted = staging.sort([rows as u32 / 2; 2].into_iter(), &[0]);
        assert!(sorted.spans.start_ns[..CHUNK].iter().all(|start| start % 2 == 0));
        assert_eq!(sorted.worker_runs.rows.len(), rows as usize);
    }
}
