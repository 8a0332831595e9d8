//! All tables of one file.

use std::collections::BTreeMap;

use super::ids::{SpanId, TaskId};
use super::{
    Counter, Csr, Frames, Functions, Log, Mapping, Observations, Range, Reason, Region, Samples, Span, Spans,
    Stacks, Strings, Tasks, Thread, UserTask, Wakes, Worker, WorkerSpan,
};
use crate::error::Notice;

/// The format a data set came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Format {
    /// A pprof protobuf.
    #[default]
    Pprof,
    /// A Go execution trace; the number is the minor version of the header (26 for `go 1.26 trace`).
    GoTrace(u32),
    /// A goroutine dump at debug=2: every goroutine with state and stack.
    GoroutineDump,
    /// A goroutine (or other) profile at debug=1: counts per stack, as text.
    GoroutineProfileText,
}

/// What is known about a file as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Which format it is.
    pub format: Format,
    /// The runtime of a Rust program's trace ("tokio"); empty for Go's.
    pub runtime: String,
    /// Layers that were peeled, outermost first: `gzip`, `zip:cpu.pb`.
    pub layers: Vec<String>,
    /// Bytes of the file itself, compressed as it came.
    pub file_bytes: u64,
    /// Bytes of the innermost layer.
    pub content_bytes: u64,
    /// What the profile is about (`cpu`, `heap`, `goroutine`, …) where it can be told; else empty.
    pub profile_kind: String,
    /// Wall clock of the start, Unix ns; `None` if the file does not say.
    pub wall_start_ns: Option<i64>,
    /// Length that the file states or spans, ns.
    pub duration_ns: Option<u64>,
    /// First ns on the file's own clock (traces).
    pub start_ns: u64,
    /// Last ns on the file's own clock (traces).
    pub end_ns: u64,
    /// Sampling period and its type and unit, for pprof: (value, kind, unit).
    pub period: Option<(i64, String, String)>,
    /// Free text in the file (pprof comments).
    pub comments: Vec<String>,
    /// What the format cannot tell, a sentence each. Not a fault of the file, and so no notice.
    pub limits: Vec<String>,
}

/// Counts over a trace's events in Go's public terms, so that they can be compared with
/// `go tool trace -d=parsed`. Ranges are keyed `RangeBegin:NAME`, transitions `Running->Waiting`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceCounts {
    /// All events, Sync included.
    pub events: u64,
    /// Events by kind: `StateTransition`, `Metric`, `Sync`, …
    pub kinds: BTreeMap<String, u64>,
    /// Distinct goroutines with a transition.
    pub goroutines: u64,
    /// Distinct threads with an event that is not Sync.
    pub threads: u64,
    /// Distinct user tasks begun.
    pub user_tasks: u64,
    /// Goroutine transitions.
    pub go_transitions: BTreeMap<String, u64>,
    /// P transitions.
    pub proc_transitions: BTreeMap<String, u64>,
    /// Goroutine transitions by reason; the empty reason is left out.
    pub reasons: BTreeMap<String, u64>,
    /// Range events.
    pub ranges: BTreeMap<String, u64>,
    /// Metric events by name.
    pub metrics: BTreeMap<String, u64>,
    /// Time of the first event that is not Sync.
    pub first_ns: Option<u64>,
    /// Time of the last event that is not Sync.
    pub last_ns: Option<u64>,
    /// Complete generations read.
    pub generations: u64,
}

/// One file in memory: immutable once loaded, the same tables whatever the format.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The file as a whole.
    pub facts: Facts,
    /// Every text.
    pub strings: Strings,
    /// Every function.
    pub functions: Functions,
    /// Every frame.
    pub frames: Frames,
    /// Every stack.
    pub stacks: Stacks,
    /// Binaries and libraries.
    pub mappings: Vec<Mapping>,
    /// Profile samples.
    pub samples: Samples,
    /// Tasks.
    pub tasks: Tasks,
    /// Workers (P), by ascending number.
    pub workers: Vec<Worker>,
    /// Threads (M), in the order first met.
    pub threads: Vec<Thread>,
    /// Why tasks wait.
    pub reasons: Vec<Reason>,
    /// What each task did.
    pub spans: Spans,
    /// Who woke whom.
    pub wakes: Wakes,
    /// Spans that ran on each worker (Running and Syscall), in time order, by worker.
    pub worker_runs: Csr<SpanId>,
    /// When each worker had a thread, sorted by worker, then time.
    pub worker_spans: Vec<WorkerSpan>,
    /// Metrics.
    pub counters: Vec<Counter>,
    /// GC, STW, sweep, assist, by start.
    pub ranges: Vec<Range>,
    /// User regions, by start.
    pub regions: Vec<Region>,
    /// User tasks, in the order first met.
    pub user_tasks: Vec<UserTask>,
    /// User logs, by time.
    pub logs: Vec<Log>,
    /// Stretches in the middle of a trace of which the file has lost the events: first ns, one past
    /// the last; in order.
    pub missing: Vec<(u64, u64)>,
    /// What a dump saw.
    pub observations: Observations,
    /// Trace only: counts in Go's terms.
    pub trace_counts: Option<TraceCounts>,
    /// What is missing or odd.
    pub notices: Vec<Notice>,
}

impl Dataset {
    /// The span of row `id`, with its end; `None` for an id that names no row.
    pub fn span(&self, id: SpanId) -> Option<Span> {
        let row = id.index();
        let start_ns = *self.spans.start_ns.get(row)?;
        let task = self.task_of_span(id);
        let last = row + 1 >= self.spans.rows_of(task).end;
        let end_ns = if last { self.end_of(task) } else { self.spans.start_ns[row + 1] };
        Some(Span {
            task,
            start_ns,
            end_ns: end_ns.max(start_ns),
            state: self.spans.state[row],
            reason: self.spans.reason_of(row),
            stack: self.spans.stack[row],
            worker: self.spans.worker[row],
        })
    }

    /// When `task` ended, or the end of the trace.
    pub fn end_of(&self, task: TaskId) -> u64 {
        self.tasks.get(task).and_then(|task| task.ended_ns).unwrap_or(self.facts.end_ns)
    }

    /// The task whose span `id` is: the last one whose first row is not past it.
    pub fn task_of_span(&self, id: SpanId) -> TaskId {
        let after = self.spans.first.partition_point(|&first| first <= id.0);
        TaskId::from_index(after.saturating_sub(1))
    }

    /// What `frame` shows, as in `go tool pprof`: its function, else its binary in brackets, else
    /// `<unknown>`. Addresses do not count, so that all of a binary without symbols is one entry.
    pub fn frame_name(&self, frame: super::FrameId) -> std::borrow::Cow<'_, str> {
        let Some(row) = self.frames.get(frame) else { return "<unknown>".into() };
        let name = self.functions.get(row.function).map_or("", |function| self.strings.get(function.name));
        let binary = self.mappings.get(row.mapping.index()).map_or("", |map| self.strings.get(map.file));
        match (name, binary.rsplit('/').next().unwrap_or_default()) {
            ("", "") => "<unknown>".into(),
            ("", base) => format!("[{base}]").into(),
            (name, _) => name.into(),
        }
    }
}
