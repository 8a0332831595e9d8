//! Spans in the order they happen, packed.
//!
//! A staged span takes about 8 bytes: a head of two that says how long the rest is, the time since
//! the one before, the task, the stack, and the one thing that goes with the state. What does not
//! fit gets fields of full width. Rows grow in chunks, so that growing never copies, and `sort`
//! frees each chunk as soon as its rows have moved to their places.

use super::counts::GoState;
use super::sort::{Filling, Sorted};
use crate::model::ids::NONE;
use crate::model::{StackId, TaskState};

/// Sizes of chunks. The first ones are small; from the largest size on, every allocator gives
/// memory of its own, which goes back to the system when the chunk is freed.
const FIRST_CHUNK: usize = 1 << 16;
const LARGEST_CHUNK: usize = 33 << 20;

/// The longest row: a head and fields of full width. Room for reading 8 bytes more at its end.
const LONGEST: usize = 32;

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

/// Packed rows, and zeros after them.
#[derive(Clone, Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    used: usize,
}

impl Staging {
    /// How many spans there are.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Adds a span; false when the table is full.
    #[inline]
    pub fn push(&mut self, task: u32, start_ns: u64, state: GoState, with: With, stack: StackId) -> bool {
        if self.tail.used + LONGEST > self.tail.bytes.len() && !self.turn() {
            return false;
        }
        let step = start_ns.wrapping_sub(self.last_ns);
        self.last_ns = start_ns;
        self.rows += 1;
        let head = Head::new(state, with, step, task, stack);
        let Some(slot) = self.tail.bytes[self.tail.used..].first_chunk_mut() else { return false };
        self.tail.used += head.write(slot, step, task, stack, with);
        true
    }

    /// Puts the full chunk away; false when there may be no other.
    #[cold]
    fn turn(&mut self) -> bool {
        // A chunk has no more rows than bytes.
        if self.rows > MAX_ROWS - LARGEST_CHUNK as u32 {
            return false;
        }
        let size = (2 * self.tail.bytes.len()).clamp(FIRST_CHUNK, LARGEST_CHUNK);
        let full = std::mem::replace(&mut self.tail, Chunk { bytes: vec![0; size], used: 0 });
        if full.used > 0 {
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
    /// Sorts by task, stably. `counts` holds the number of spans of each task, and `workers` the
    /// final row of each worker.
    pub fn sort(self, counts: &[u32], workers: &[u32]) -> Sorted {
        let staging = match &self {
            Self::All(staging) => staging,
            Self::SoFar(staging) => staging,
        };
        let mut filling = Filling::new(staging.rows, counts, &staging.runs, workers);
        let mut now = 0;
        match self {
            Self::All(Staging { chunks, tail, .. }) => {
                chunks.into_iter().chain([tail]).for_each(|chunk| chunk.read(&mut now, &mut filling));
            }
            Self::SoFar(Staging { chunks, tail, .. }) => {
                chunks.iter().chain([tail]).for_each(|chunk| chunk.read(&mut now, &mut filling));
            }
        }
        filling.finish()
    }
}

impl Chunk {
    /// Puts every row where it belongs. `now` is the time of the row before.
    fn read(&self, now: &mut u64, filling: &mut Filling<'_>) {
        let mut at = 0;
        while at < self.used {
            let Some(slot) = self.bytes.get(at..).and_then(<[u8]>::first_chunk) else { return };
            let (row, length) = read_row(slot, *now);
            *now = row.start_ns;
            at += length;
            filling.put(row);
        }
    }
}

/// The first two bytes of a row: the state in 3 bits, the kind of what goes with it in 2, and the
/// lengths of time, task, stack and value in 2 each; or that all have their full width.
#[derive(Clone, Copy, Debug)]
struct Head(u16);

const KIND_SHIFT: u32 = 3;
const STEP_SHIFT: u32 = 5;
const TASK_SHIFT: u32 = 7;
const STACK_SHIFT: u32 = 9;
const VALUE_SHIFT: u32 = 11;
const WIDE: u16 = 1 << 13;

/// Where the fields of a row of full width are.
const WIDE_TASK: usize = 2 + 8;
const WIDE_STACK: usize = WIDE_TASK + 4;
const WIDE_VALUE: usize = WIDE_STACK + 4;
const WIDE_LENGTH: usize = WIDE_VALUE + 4;

/// The longest field of a row that is not wide is its task, 4 bytes.
const LARGEST_SHORT: u32 = (1 << 24) - 1;

impl Head {
    #[inline]
    fn new(state: GoState, with: With, step: u64, task: u32, stack: StackId) -> Self {
        let fixed = state as u16 | ((with.0 >> VALUE_BITS) as u16) << KIND_SHIFT;
        let (stack, value) = (stored(stack.0, NONE), stored(with.0 & VALUE_NONE, VALUE_NONE));
        if step > u64::from(u32::MAX) || stack > LARGEST_SHORT || value > LARGEST_SHORT {
            return Self(fixed | WIDE);
        }
        // One byte at least for time and task, none for a stack or value that is not there.
        let lengths = (length(step as u32 | 1) - 1) << STEP_SHIFT
            | (length(task | 1) - 1) << TASK_SHIFT
            | length(stack) << STACK_SHIFT
            | length(value) << VALUE_SHIFT;
        Self(fixed | lengths as u16)
    }

    #[inline]
    fn bits(self, shift: u32) -> usize {
        usize::from(self.0 >> shift & 3)
    }

    /// Writes the row and answers its length. Each field is written with all its bytes, and the
    /// next one over those that are not counted.
    #[inline]
    fn write(self, slot: &mut [u8; LONGEST], step: u64, task: u32, stack: StackId, with: With) -> usize {
        slot[..2].copy_from_slice(&self.0.to_le_bytes());
        let (stack, value) = (stored(stack.0, NONE), stored(with.0 & VALUE_NONE, VALUE_NONE));
        if self.0 & WIDE != 0 {
            slot[2..WIDE_TASK].copy_from_slice(&step.to_le_bytes());
            set(slot, WIDE_TASK, task);
            set(slot, WIDE_STACK, stack);
            set(slot, WIDE_VALUE, value);
            return WIDE_LENGTH;
        }
        set(slot, 2, step as u32);
        let at = 3 + self.bits(STEP_SHIFT);
        set(slot, at, task);
        let at = at + 1 + self.bits(TASK_SHIFT);
        set(slot, at, stack);
        let at = at + self.bits(STACK_SHIFT);
        set(slot, at, value);
        at + self.bits(VALUE_SHIFT)
    }
}

/// The row in `slot` and its length, after one at `now`.
#[inline]
fn read_row(slot: &[u8; LONGEST], now: u64) -> (Row, usize) {
    let head = Head(u16::from_le_bytes([slot[0], slot[1]]));
    let (step, task, stack, value, length) = if head.0 & WIDE == 0 {
        let step = get(slot, 2, 1 + head.bits(STEP_SHIFT));
        let at = 3 + head.bits(STEP_SHIFT);
        let task = get(slot, at, 1 + head.bits(TASK_SHIFT));
        let at = at + 1 + head.bits(TASK_SHIFT);
        let stack = get(slot, at, head.bits(STACK_SHIFT));
        let at = at + head.bits(STACK_SHIFT);
        let value = get(slot, at, head.bits(VALUE_SHIFT));
        (u64::from(step), task, stack, value, at + head.bits(VALUE_SHIFT))
    } else {
        let step = u64::from(get(slot, 2, 4)) | u64::from(get(slot, 6, 4)) << 32;
        let [task, stack, value] = [WIDE_TASK, WIDE_STACK, WIDE_VALUE].map(|at| get(slot, at, 4));
        (step, task, stack, value, WIDE_LENGTH)
    };
    let with = With((head.bits(KIND_SHIFT) as u32) << VALUE_BITS | restored(value, VALUE_NONE));
    let state = STATES[usize::from(head.0 & 7)];
    (
        Row { start_ns: now.wrapping_add(step), task, stack: StackId(restored(stack, NONE)), state, with },
        length,
    )
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

/// 0 stands for nothing, which takes no byte.
#[inline]
fn stored(value: u32, none: u32) -> u32 {
    if value == none { 0 } else { value + 1 }
}

#[inline]
fn restored(stored: u32, none: u32) -> u32 {
    if stored == 0 { none } else { stored - 1 }
}

/// Bytes that `value` needs, none for 0.
#[inline]
fn length(value: u32) -> u32 {
    (39 - value.leading_zeros()) / 8
}

/// Writes at `at`, which is below 16 or one of the wide places: the mask only says so.
#[inline]
fn set(slot: &mut [u8; LONGEST], at: usize, value: u32) {
    let at = at % (LONGEST - 4);
    slot[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Reads the first `length` of the 4 bytes at `at`.
#[inline]
fn get(slot: &[u8; LONGEST], at: usize, length: usize) -> u32 {
    const MASKS: [u32; 5] = [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff];
    let at = at % (LONGEST - 4);
    u32::from_le_bytes([slot[at], slot[at + 1], slot[at + 2], slot[at + 3]]) & MASKS[length]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SpanId, TaskId, WorkerId};

    #[test]
    fn rows_of_every_width_come_back() {
        let values = [0, 1, 0xff, 0x100, 0xffff, 0x1_0000, 0xff_fffe, 0xff_ffff, 0x100_0000, VALUE_NONE - 1];
        let mut staging = Staging::default();
        let mut rows = Vec::new();
        let mut start_ns = 5u64;
        for (index, &value) in values.iter().enumerate() {
            for step in [0, 1, 255, 256, 1 << 31, (1 << 32) - 1, 1 << 32, u64::MAX - 3] {
                start_ns = start_ns.wrapping_add(step);
                let with = [With::worker(value), With::waker(value), With::NOTHING][index % 3];
                for stack in [StackId(value), StackId::NONE] {
                    assert!(staging.push(!value, start_ns, GoState::Syscall, with, stack));
                    rows.push(Row { start_ns, task: !value, stack, state: TaskState::Syscall, with });
                }
            }
        }
        let (mut at, mut now) = (0, 0);
        for row in rows {
            let slot = staging.tail.bytes[at..].first_chunk().expect("a row");
            let (read, length) = read_row(slot, now);
            assert_eq!(read, row);
            (at, now) = (at + length, read.start_ns);
        }
        assert_eq!(at, staging.tail.used);
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
        let sorted = Staged::SoFar(&staging).sort(&[2, 4, 1], &[1, 0]);
        let given_up = Staged::All(staging).sort(&[2, 4, 1], &[1, 0]);
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
        let sorted = Staged::All(staging).sort(&[rows as u32 / 2; 2], &[0]);
        assert!(sorted.spans.start_ns[..rows as usize / 2].iter().all(|start| start % 2 == 0));
        assert_eq!(sorted.worker_runs.rows.len(), rows as usize);
    }
}
