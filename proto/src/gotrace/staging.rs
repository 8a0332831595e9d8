//! Spans in the order they happen, packed.
//!
//! A staged span is one word: state, time since the one before, task, stack, and the one thing that
//! goes with the state. What does not fit takes two words, or two more before it for a leap in time.
//! Rows grow in chunks, so that growing never copies, and `sort` frees each chunk as soon as its rows
//! have moved to their places.

use std::borrow::Borrow;
use std::sync::Arc;

use super::counts::GoState;
use super::sort::{Columns, Details, Filling, Plan, Sorted, Times, assemble};
use crate::model::ids::NONE;
use crate::model::{StackId, TaskState};

/// Words of a chunk. The first ones are small; from the largest size on, every allocator gives
/// memory of its own, which goes back to the system when the chunk is freed.
const FIRST_CHUNK: usize = 1 << 13;
const LARGEST_CHUNK: usize = 33 << 17;

/// Words of the longest row: a leap and a row of full width.
const LONGEST: usize = 4;

/// Rows a table of spans can have.
const MAX_ROWS: u32 = u32::MAX - 1;

/// The reason of a span without one.
pub(crate) const NO_REASON: u16 = u16::MAX;

/// Bits of what goes with a state: its kind above its value.
const VALUE_BITS: u32 = 27;

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

/// One span as staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub start_ns: u64,
    pub task: u32,
    pub stack: StackId,
    pub state: TaskState,
    pub with: With,
}

/// What goes with a span, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    Reason(u16),
    Worker(u32),
    /// `NONE` for the runtime itself.
    Waker(u32),
}

impl With {
    /// Whether it tells of a wake.
    #[inline]
    pub fn is_waker(self) -> bool {
        self.0 >> VALUE_BITS == WAKER
    }

    /// The kind and the value.
    #[inline]
    pub(super) fn detail(self) -> Detail {
        let value = self.0 & VALUE_NONE;
        let whole = if value == VALUE_NONE { NONE } else { value };
        match self.0 >> VALUE_BITS {
            // Cut to 16 bits, no value is no reason.
            REASON => Detail::Reason(value as u16),
            WORKER => Detail::Worker(whole),
            _ => Detail::Waker(whole),
        }
    }
}

/// All spans so far, by time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Staging {
    chunks: Vec<Chunk>,
    /// The chunk being filled.
    tail: Chunk,
    rows: u32,
    last_ns: u64,
    /// How many rows each worker has.
    runs: Vec<u32>,
}

/// Packed rows.
#[derive(Clone, Debug, Default)]
struct Chunk(Vec<u64>);

impl Staging {
    /// How many spans there are.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Adds a span; false when the table is full.
    #[inline(always)]
    pub fn push(&mut self, task: u32, start_ns: u64, state: GoState, with: With, stack: StackId) -> bool {
        if self.tail.0.capacity() - self.tail.0.len() < LONGEST && !self.turn() {
            return false;
        }
        let step = start_ns.wrapping_sub(self.last_ns);
        self.last_ns = start_ns;
        self.rows += 1;
        let fields = Fields::new(step, task, stack, with);
        let head = state as u64 | u64::from(with.0 >> VALUE_BITS) << KIND_SHIFT;
        if fields.fit() {
            self.tail.0.push(head | fields.word());
        } else {
            self.tail.push_long(head, fields);
        }
        true
    }

    /// Puts the full chunk away; false when there may be no other.
    #[cold]
    fn turn(&mut self) -> bool {
        // A chunk has no more rows than words.
        if self.rows > MAX_ROWS - LARGEST_CHUNK as u32 {
            return false;
        }
        let size = (2 * self.tail.0.capacity()).clamp(FIRST_CHUNK, LARGEST_CHUNK);
        let full = std::mem::replace(&mut self.tail, Chunk(Vec::with_capacity(size)));
        if !full.0.is_empty() {
            self.chunks.push(full);
        }
        true
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
}

/// What is to be sorted.
#[derive(Debug)]
pub(crate) enum Staged<'a> {
    /// All there will be: chunks are freed as their rows move.
    All(Staging),
    /// What there is so far.
    SoFar(&'a Staging),
}

impl Staged<'_> {
    /// Sorts by task, stably. `tasks` says how many spans and wakes each task has, and `workers` the
    /// final row of each worker. A second thread helps with many if `threads` allows it.
    pub fn sort(self, tasks: &[Room], workers: &[u32], threads: bool) -> Sorted {
        let staging = match &self {
            Self::All(staging) => staging,
            Self::SoFar(staging) => staging,
        };
        let plan = Plan::new(staging.rows, tasks, &staging.runs, workers);
        match self {
            Self::All(Staging { chunks, mut tail, .. }) => {
                // What only more rows would need.
                tail.0.shrink_to_fit();
                let chunks = chunks.into_iter().chain([tail]).map(Arc::new).collect();
                fill(&plan, chunks, threads)
            }
            Self::SoFar(Staging { chunks, tail, .. }) => {
                fill(&plan, chunks.iter().chain([tail]).collect(), threads)
            }
        }
    }
}

/// Puts all rows in their places. Chunks that come by value are freed on the way.
fn fill<C: Borrow<Chunk> + Clone + Send>(plan: &Plan<'_>, chunks: Vec<C>, threads: bool) -> Sorted {
    let (times, details) = (Times::new(plan), Details::new(plan));
    #[cfg(feature = "threads")]
    if threads && plan.is_large() {
        let (mut times, mut details) = (Filling::new(plan, times), Filling::new(plan, details));
        super::beside::both(
            chunks,
            |chunk: C| times.read(chunk.borrow()),
            |chunk| details.read(chunk.borrow()),
        );
        return assemble(plan, times.columns, details.columns);
    }
    let _ = threads;
    let mut filling = Filling::new(plan, (times, details));
    for chunk in chunks {
        filling.read(chunk.borrow());
    }
    let (times, details) = filling.columns;
    assemble(plan, times, details)
}

/// How many spans a task has, and how many of them are wakes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Room {
    pub spans: u32,
    pub wakes: u32,
}

impl<C: Columns> Filling<C> {
    /// Puts the rows of the next chunk in their places.
    fn read(&mut self, chunk: &Chunk) {
        let mut now = self.now;
        chunk.each(&mut now, |row| self.put(row));
        self.now = now;
    }
}

/// A word begins with the state in 3 bits, the kind of what goes with it in 2, and a mark of those
/// that are not alone. Alone, it goes on with time, task, stack and value.
const KIND_SHIFT: u32 = 3;
const LONG: u64 = 1 << 5;
const STEP_SHIFT: u32 = 6;
const TASK_SHIFT: u32 = STEP_SHIFT + STEP_BITS;
const STACK_SHIFT: u32 = TASK_SHIFT + TASK_BITS;
const VALUE_SHIFT: u32 = STACK_SHIFT + STACK_BITS;
const STEP_BITS: u32 = 18;
const TASK_BITS: u32 = 14;
const STACK_BITS: u32 = 12;
const SHORT_VALUE_BITS: u32 = 64 - VALUE_SHIFT;

/// Two words: time and task, stack and value.
const LONG_STEP_BITS: u32 = 26;

/// In the state's place of a mere leap in time, whose length is the next word.
const LEAP: u64 = 7;

/// What a row says besides its head. 0 stands for no stack and no value.
#[derive(Clone, Copy)]
struct Fields {
    step: u64,
    task: u32,
    stack: u32,
    value: u32,
}

impl Fields {
    #[inline]
    fn new(step: u64, task: u32, stack: StackId, with: With) -> Self {
        Self { step, task, stack: stack.0.wrapping_add(1), value: with.0.wrapping_add(1) & VALUE_NONE }
    }

    /// Whether one word is enough.
    #[inline]
    fn fit(self) -> bool {
        let over =
            u64::from(self.task >> TASK_BITS | self.stack >> STACK_BITS | self.value >> SHORT_VALUE_BITS);
        self.step >> STEP_BITS | over == 0
    }

    /// The word without its head.
    #[inline]
    fn word(self) -> u64 {
        self.step << STEP_SHIFT
            | u64::from(self.task) << TASK_SHIFT
            | u64::from(self.stack) << STACK_SHIFT
            | u64::from(self.value) << VALUE_SHIFT
    }
}

impl Chunk {
    /// Gives every row to `put`, in order. `now` is the time of the row before.
    #[inline]
    fn each(&self, now: &mut u64, mut put: impl FnMut(Row)) {
        let mut words = self.0.iter().copied();
        while let Some(word) = words.next() {
            let row = if word & LONG == 0 { short_row(word, *now) } else { long_row(word, *now, &mut words) };
            *now = row.start_ns;
            put(row);
        }
    }

    /// A row of which one word is not enough.
    #[inline(never)]
    fn push_long(&mut self, head: u64, fields: Fields) {
        let mut step = fields.step;
        if step >> LONG_STEP_BITS != 0 {
            self.0.extend([LEAP | LONG, step]);
            step = 0;
        }
        let first = head | LONG | step << STEP_SHIFT | u64::from(fields.task) << 32;
        self.0.extend([first, u64::from(fields.stack) | u64::from(fields.value) << 32]);
    }
}

/// The row of a word that is alone, after one at `now`.
#[inline]
fn short_row(word: u64, now: u64) -> Row {
    let field = |shift: u32, bits: u32| (word >> shift) & ((1 << bits) - 1);
    let (stack, value) = (field(STACK_SHIFT, STACK_BITS) as u32, (word >> VALUE_SHIFT) as u32);
    let start_ns = now.wrapping_add(field(STEP_SHIFT, STEP_BITS));
    row(word, start_ns, field(TASK_SHIFT, TASK_BITS) as u32, stack, value)
}

/// The row that begins with `word` and goes on with what comes next in `words`.
#[inline(never)]
fn long_row(mut word: u64, mut now: u64, words: &mut impl Iterator<Item = u64>) -> Row {
    let mut next = || words.next().unwrap_or_default();
    if word & 7 == LEAP {
        now = now.wrapping_add(next());
        word = next();
    }
    let rest = next();
    let step = (word & u64::from(u32::MAX)) >> STEP_SHIFT;
    row(word, now.wrapping_add(step), (word >> 32) as u32, rest as u32, (rest >> 32) as u32)
}

#[inline]
fn row(word: u64, start_ns: u64, task: u32, stack: u32, value: u32) -> Row {
    let with = With(((word >> KIND_SHIFT & 3) as u32) << VALUE_BITS | value.wrapping_sub(1) & VALUE_NONE);
    let state = STATES[(word & 7) as usize];
    Row { start_ns, task, stack: StackId(stack.wrapping_sub(1)), state, with }
}

/// By the numbers of `GoState`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SpanId, TaskId, WorkerId};

    fn room<const N: usize>(spans: [u32; N], wakes: [u32; N]) -> Vec<Room> {
        spans.into_iter().zip(wakes).map(|(spans, wakes)| Room { spans, wakes }).collect()
    }

    #[test]
    fn rows_of_every_width_come_back() {
        let values = [0, 1, 0xfff, 0x1000, 0x3ffe, 0x3fff, 0x4000, 0xff_ffff, 0x100_0000, VALUE_NONE - 1];
        let mut staging = Staging::default();
        let mut rows = Vec::new();
        let mut start_ns = 5u64;
        for (index, &value) in values.iter().enumerate() {
            for step in [0, 1, 255, (1 << 18) - 1, 1 << 18, (1 << 26) - 1, 1 << 26, u64::MAX - 3] {
                start_ns = start_ns.wrapping_add(step);
                let with = [With::worker(value), With::waker(value), With::NOTHING][index % 3];
                for stack in [StackId(value), StackId(0xffe), StackId::NONE] {
                    for task in [value, !value, 0x3fff] {
                        assert!(staging.push(task, start_ns, GoState::Syscall, with, stack));
                        rows.push(Row { start_ns, task, stack, state: TaskState::Syscall, with });
                    }
                }
            }
        }
        let mut read = Vec::new();
        let mut now = 0;
        for chunk in staging.chunks.iter().chain([&staging.tail]) {
            chunk.each(&mut now, |row| read.push(row));
        }
        assert_eq!(read, rows);
    }

    #[test]
    fn details_keep_what_they_hold() {
        assert_eq!(With::worker(3).detail(), Detail::Worker(3));
        assert_eq!(With::worker(NONE).detail(), Detail::Worker(NONE));
        assert_eq!(With::reason(65_534).detail(), Detail::Reason(65_534));
        assert_eq!(With::reason(NO_REASON).detail(), Detail::Reason(NO_REASON));
        assert_eq!(With::waker(7).detail(), Detail::Waker(7));
        assert_eq!(With::waker(NONE).detail(), Detail::Waker(NONE));
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
        let sorted = Staged::SoFar(&staging).sort(&room([2, 4, 1], [1, 1, 0]), &[1, 0], false);
        let given_up = Staged::All(staging).sort(&room([2, 4, 1], [1, 1, 0]), &[1, 0], false);
        assert_eq!(format!("{sorted:?}"), format!("{given_up:?}"));
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
        let rows = 100_000;
        for at in 0..rows {
            staging.count_run(0);
            staging.push((at % 2) as u32, at, GoState::Running, With::worker(0), StackId::NONE);
        }
        assert!(staging.chunks.len() > 1, "{} chunks", staging.chunks.len());
        let sorted = Staged::All(staging).sort(&room([rows as u32 / 2; 2], [0; 2]), &[0], true);
        assert!(sorted.spans.start_ns[..rows as usize / 2].iter().all(|start| start % 2 == 0));
        assert_eq!(sorted.worker_runs.rows.len(), rows as usize);
    }
}
