//! What happened when: state spans, wakes, workers, counters, ranges, regions and logs.
//!
//! Times are ns on the trace's own clock, as `Facts::start_ns` … `Facts::end_ns`.

use super::ids::{ReasonId, SpanId, StackId, StringId, TaskId, ThreadId, UserTaskId, WorkerId};

/// What a task does during a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum TaskState {
    /// Not known, before the first event that names the task.
    #[default]
    Unknown,
    /// On a worker. For tokio: being polled.
    Running,
    /// Runnable, waiting for a worker.
    Ready,
    /// Waiting for an event; the span's reason says for which.
    Blocked,
    /// In a system call, or in `spawn_blocking`.
    Syscall,
    /// Not there: before its creation, or after its end.
    Gone,
}

/// What kind of thing a reason waits for; decides colour and profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum WaitKind {
    /// None of the others, or unknown.
    #[default]
    Other,
    /// Channels, select, locks, conditions, joins.
    Sync,
    /// Sockets, files by the poller.
    Network,
    /// Timers.
    Sleep,
    /// The garbage collector.
    Gc,
    /// Preempted or yielding: no wait at all.
    Yield,
    /// The runtime's own idle goroutines.
    Idle,
}

/// Why tasks stop running, in the runtime's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The text of the trace or dump ("chan receive", "sync.Mutex.Lock").
    pub text: StringId,
    /// Its kind.
    pub kind: WaitKind,
}

/// One state of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Whose.
    pub task: TaskId,
    /// First ns.
    pub start_ns: u64,
    /// One past the last ns: the next span's start, or the end of the task or trace.
    pub end_ns: u64,
    /// What it did.
    pub state: TaskState,
    /// Why it stopped running (Blocked, Ready after a yield); for Running spans of Go's GC workers
    /// their mode (`GC (dedicated)`); `NONE` otherwise.
    pub reason: ReasonId,
    /// Stack of the event that began the span: where it blocked, who woke or created it.
    pub stack: StackId,
    /// The worker it ran on (Running, Syscall); `NONE` otherwise. A system call whose worker was
    /// taken away goes on as a second Syscall span with `NONE`.
    pub worker: WorkerId,
}

/// All spans, task by task and in time order within a task: a lane is one slice.
///
/// A span ends where the next of its task begins, so ends are not stored; the last one ends with
/// its task or with the trace. 19 bytes a span. State `Gone` is stored only as the end of a task
/// whose runtime id lives on, so a task's spans are contiguous in time.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    /// First row of each task and one final end: `tasks + 1` entries (empty if there are no tasks).
    pub first: Vec<u32>,
    /// Start of each span.
    pub start_ns: Vec<u64>,
    /// State of each span.
    pub state: Vec<TaskState>,
    /// Row in [`super::Dataset::reasons`], `u16::MAX` for none. A trace has tens of reasons.
    pub reason: Vec<u16>,
    /// Stack of the event that began each span.
    pub stack: Vec<StackId>,
    /// Worker of each span.
    pub worker: Vec<WorkerId>,
}

impl Spans {
    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.start_ns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.start_ns.is_empty()
    }

    /// The rows of `task`; empty for one without spans.
    pub fn rows_of(&self, task: TaskId) -> std::ops::Range<usize> {
        let bound = |at: usize| self.first.get(at).map_or(0, |&row| row as usize);
        let start = bound(task.index());
        start..bound(task.index().saturating_add(1)).max(start)
    }

    /// The reason of row `row`.
    pub fn reason_of(&self, row: usize) -> ReasonId {
        match self.reason.get(row) {
            Some(&raw) if raw != u16::MAX => ReasonId(u32::from(raw)),
            _ => ReasonId::NONE,
        }
    }
}

/// Who woke whom: one row for each Ready span that another task or the runtime began.
///
/// `span` ascends, so the wake of a span is found by binary search.
#[derive(Clone, Debug, Default)]
pub struct Wakes {
    /// The Ready span that the wake began.
    pub span: Vec<SpanId>,
    /// The waker; `NONE` for the runtime itself (network poller, timers).
    pub waker: Vec<TaskId>,
}

impl Wakes {
    /// The waker of `span`: outer `None` if no wake is recorded, `TaskId::NONE` for the runtime.
    pub fn waker_of(&self, span: SpanId) -> Option<TaskId> {
        let row = self.span.binary_search(&span).ok()?;
        self.waker.get(row).copied()
    }
}

/// Rows of one table grouped under the rows of another, each group a slice.
#[derive(Clone, Debug, Default)]
pub struct Csr<T> {
    /// First entry of each group and one final end.
    pub first: Vec<u32>,
    /// The grouped rows.
    pub rows: Vec<T>,
}

impl<T> Csr<T> {
    /// The rows of group `index`.
    pub fn group(&self, index: usize) -> &[T] {
        match (self.first.get(index), self.first.get(index.saturating_add(1))) {
            (Some(&start), Some(&end)) => self.rows.get(start as usize..end as usize).unwrap_or(&[]),
            _ => &[],
        }
    }
}

/// A stretch during which a worker was running (had a thread).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerSpan {
    /// Which worker.
    pub worker: WorkerId,
    /// The thread that ran it.
    pub thread: ThreadId,
    /// First ns.
    pub start_ns: u64,
    /// One past the last ns.
    pub end_ns: u64,
}

/// A metric over time: `values[i]` holds from `time_ns[i]` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Go's metric name, e.g. `/gc/heap/goal:bytes`.
    pub name: StringId,
    /// When each value was set; ascends.
    pub time_ns: Vec<u64>,
    /// The values, in the unit that the name ends with.
    pub values: Vec<u64>,
}

/// Where a range counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RangeScope {
    /// The whole program (GC mark phase).
    Global,
    /// One task (stop the world, mark assist).
    Task(TaskId),
    /// One worker (incremental sweep).
    Worker(WorkerId),
}

/// A GC phase, a stop of the world, a sweep or an assist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Go's name, e.g. `stop-the-world (GC mark termination)`.
    pub name: StringId,
    /// Where it counts.
    pub scope: RangeScope,
    /// First ns; the start of the trace if it began before.
    pub start_ns: u64,
    /// One past the last ns; the end of the trace if it was still open.
    pub end_ns: u64,
    /// Stack at its begin.
    pub stack: StackId,
}

/// A user region (`runtime/trace.WithRegion`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its type, as the program named it.
    pub name: StringId,
    /// The goroutine it belongs to.
    pub task: TaskId,
    /// The user task it was opened for; `NONE` for the background task or an unknown one.
    pub user_task: UserTaskId,
    /// First ns; `None` if it began before the trace.
    pub start_ns: Option<u64>,
    /// One past the last ns; `None` if it was open at the end.
    pub end_ns: Option<u64>,
    /// Stack at its begin.
    pub stack: StackId,
}

/// A user task (`runtime/trace.NewTask`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserTask {
    /// Its process-wide id.
    pub id: u64,
    /// Its type; empty if it began before the trace.
    pub name: StringId,
    /// Its parent task, where that was seen.
    pub parent: UserTaskId,
    /// When it began; `None` if before the trace.
    pub start_ns: Option<u64>,
    /// When it ended; `None` if it did not.
    pub end_ns: Option<u64>,
    /// The goroutine that began it.
    pub task: TaskId,
}

/// A user log (`runtime/trace.Log`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// When.
    pub time_ns: u64,
    /// The goroutine that wrote it.
    pub task: TaskId,
    /// Its user task; `NONE` for the background task or an unknown one.
    pub user_task: UserTaskId,
    /// Category.
    pub category: StringId,
    /// Message.
    pub message: StringId,
    /// Where it was written.
    pub stack: StackId,
}
