//! Blocking profiles: how long goroutines waited, and how often, by the stack where they began to.
//!
//! Equal to `go tool trace -pprof=net|sync|syscall|sched`: a wait counts for the stack of the event
//! that began it (for the scheduler that is the waker's or creator's), as far as it lies after the
//! goroutine first ran, and only if it ended before the trace did.

use taskscope_proto::Dataset;
use taskscope_proto::model::{StackId, TaskId, TaskState};

use super::selection::{Piece, Selection};
use super::sources::takes_sample;
use crate::api::{BlockingAnswer, BlockingKind, BlockingTotal, Scope};

/// All kinds, in the order in which answers have them.
pub const KINDS: [BlockingKind; 4] =
    [BlockingKind::Network, BlockingKind::Sync, BlockingKind::Syscall, BlockingKind::Scheduler];

/// Waits at one stack, or in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waited {
    /// How many ended.
    pub count: u64,
    /// How long they took inside the selection, ns.
    pub ns: u64,
}

/// Shows stack and ns of every wait of `kind` in `selection`.
pub fn visit(
    dataset: &Dataset,
    selection: &Selection,
    kind: BlockingKind,
    see: &mut dyn FnMut(StackId, u64),
) {
    let waits = Waits::new(dataset, kind);
    let mut last = Last { task: TaskId::NONE, ran_ns: 0, wait: None };
    let mut show = |piece: &Piece| {
        if piece.task != last.task {
            last.end(see);
            last = Last { task: piece.task, ran_ns: first_run(dataset, piece.task), wait: None };
        }
        last.take(dataset, &waits, piece, see);
    };
    selection.visit(dataset, &mut show);
    last.end(see);
}

/// What each of the four profiles sums to, and the CPU samples beside them.
pub fn totals(dataset: &Dataset, scope: &Scope) -> BlockingAnswer {
    let selection = Selection::new(dataset, scope);
    let total = |kind| {
        let (stacks, rootless) = by_stack(dataset, &selection, kind);
        let waited = stacks.iter().chain([&rootless]).filter(|waited| waited.count > 0);
        let none = BlockingTotal { kind, ..BlockingTotal::default() };
        waited.fold(none, |sum, waited| BlockingTotal {
            kind,
            contentions: sum.contentions + waited.count,
            delay_ns: sum.delay_ns.saturating_add(waited.ns),
            stacks: sum.stacks + 1,
        })
    };
    let samples = (0..dataset.samples.time_ns.len()).filter(|&row| takes_sample(dataset, &selection, row));
    BlockingAnswer { kinds: KINDS.map(total).into(), samples: samples.count() as u64 }
}

/// All waits of `kind` by stack, and those without one.
pub fn by_stack(dataset: &Dataset, selection: &Selection, kind: BlockingKind) -> (Vec<Waited>, Waited) {
    let (mut stacks, mut rootless) = (vec![Waited::default(); dataset.stacks.len()], Waited::default());
    visit(dataset, selection, kind, &mut |stack, ns| {
        let sum = stacks.get_mut(stack.index()).unwrap_or(&mut rootless);
        (sum.count, sum.ns) = (sum.count + 1, sum.ns.saturating_add(ns));
    });
    (stacks, rootless)
}

/// Which spans are waits of a kind.
struct Waits {
    state: TaskState,
    /// By row of the reasons; empty if reasons do not matter.
    reasons: Vec<bool>,
}

impl Waits {
    fn new(dataset: &Dataset, kind: BlockingKind) -> Self {
        let reasons = |wanted: fn(&str) -> bool| {
            dataset.reasons.iter().map(|reason| wanted(dataset.strings.get(reason.text))).collect()
        };
        match kind {
            BlockingKind::Network => {
                Self { state: TaskState::Blocked, reasons: reasons(|text| text == "network") }
            }
            BlockingKind::Sync => Self { state: TaskState::Blocked, reasons: reasons(is_sync) },
            BlockingKind::Syscall => Self { state: TaskState::Syscall, reasons: Vec::new() },
            BlockingKind::Scheduler => Self { state: TaskState::Ready, reasons: Vec::new() },
        }
    }

    fn has(&self, dataset: &Dataset, row: usize) -> bool {
        let spans = &dataset.spans;
        let of_kind = || {
            let reason = spans.reason.get(row).map_or(usize::MAX, |&reason| usize::from(reason));
            self.state != TaskState::Blocked || self.reasons.get(reason) == Some(&true)
        };
        spans.state.get(row) == Some(&self.state) && of_kind()
    }
}

/// Go's tool looks for parts of words, so that reasons of later versions count too.
fn is_sync(reason: &str) -> bool {
    ["chan", "sync", "select"].iter().any(|part| reason.contains(part))
}

/// The wait being read. A system call whose P was taken is two spans, and one wait.
struct Last {
    task: TaskId,
    /// When the task first ran.
    ran_ns: u64,
    wait: Option<Wait>,
}

struct Wait {
    stack: StackId,
    /// One past the last row of spans that belong to it.
    next_row: usize,
    ns: u64,
}

impl Last {
    fn take(&mut self, dataset: &Dataset, waits: &Waits, piece: &Piece, see: &mut dyn FnMut(StackId, u64)) {
        if !waits.has(dataset, piece.row) || is_open(dataset, waits, piece) {
            return;
        }
        let ns = piece.to_ns.saturating_sub(piece.from_ns.max(self.ran_ns));
        // Pieces of one span come together, and so do both spans of a system call.
        match &mut self.wait {
            Some(wait) if wait.next_row == piece.row + 1 => wait.ns = wait.ns.saturating_add(ns),
            Some(wait) if wait.next_row == piece.row && waits.state == TaskState::Syscall => {
                wait.ns = wait.ns.saturating_add(ns);
                wait.next_row += 1;
            }
            _ => {
                self.end(see);
                let stack = entering_stack(dataset, waits, piece);
                self.wait = Some(Wait { stack, next_row: piece.row + 1, ns });
            }
        }
    }

    fn end(&mut self, see: &mut dyn FnMut(StackId, u64)) {
        if let Some(wait) = self.wait.take().filter(|wait| wait.ns > 0) {
            see(wait.stack, wait.ns);
        }
    }
}

/// Whether the wait of `piece` was not seen to end: it is the last thing that the task does, or
/// the file lost sight of the task.
fn is_open(dataset: &Dataset, waits: &Waits, piece: &Piece) -> bool {
    let rows = dataset.spans.rows_of(piece.task);
    let mut next = piece.row + 1;
    while next < rows.end && waits.state == TaskState::Syscall && waits.has(dataset, next) {
        next += 1;
    }
    if next < rows.end {
        return dataset.spans.state.get(next) == Some(&TaskState::Unknown);
    }
    dataset.tasks.get(piece.task).is_none_or(|task| task.ended_ns.is_none())
}

/// The stack of the event that began the wait of `piece`.
fn entering_stack(dataset: &Dataset, waits: &Waits, piece: &Piece) -> StackId {
    let first = dataset.spans.rows_of(piece.task).start;
    let mut row = piece.row;
    while row > first && waits.state == TaskState::Syscall && waits.has(dataset, row - 1) {
        row -= 1;
    }
    dataset.spans.stack.get(row).copied().unwrap_or(StackId::NONE)
}

/// When `task` first ran; 0 for one that never did, of which all counts.
fn first_run(dataset: &Dataset, task: TaskId) -> u64 {
    let mut rows = dataset.spans.rows_of(task);
    let first = rows.find(|&row| dataset.spans.state.get(row) == Some(&TaskState::Running));
    first.and_then(|row| dataset.spans.start_ns.get(row).copied()).unwrap_or(0)
}
