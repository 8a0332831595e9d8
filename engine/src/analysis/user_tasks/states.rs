//! Time by state in Go's words, so that numbers can be held beside `go tool trace`.

use std::ops::Range;

use taskscope_proto::Dataset;
use taskscope_proto::model::{Reason, TaskId, TaskState, WorkerId};

use crate::analysis::timeline::marks::mark_of_wait;
use crate::api::{Mark, MarkState};
use crate::sorting::Sort;
use crate::units;

/// Reasons that are told apart. Go knows some twenty.
const REASONS: usize = 96;

/// Slots before those of the reasons.
const RUNNING: usize = 0;
const READY: usize = 1;
const SYSCALL: usize = 2;
const SYSCALL_BLOCKED: usize = 3;
const UNKNOWN: usize = 4;
const FIRST_REASON: usize = 5;

/// Slots in all; the last is for blocks without a reason, or with one past those told apart.
pub(super) const SLOTS: usize = FIRST_REASON + REASONS + 1;

/// Time in each state: a slot for running, ready and so on, and one a reason.
#[derive(Clone, Debug)]
pub(super) struct Times {
    slots: Vec<u64>,
}

impl Times {
    /// No time at all, with the slots that the reasons of `dataset` need.
    pub(super) fn new(dataset: &Dataset) -> Self {
        let reasons = dataset.reasons.len();
        let slots = if reasons < REASONS { FIRST_REASON + reasons + 1 } else { SLOTS };
        Self { slots: vec![0; slots] }
    }

    /// The slot of a row of the spans; `None` where the task is not there.
    fn slot(&self, state: TaskState, reason: u16, worker: WorkerId) -> Option<usize> {
        let last = self.slots.len() - 1;
        Some(match state {
            TaskState::Running => RUNNING,
            TaskState::Ready => READY,
            TaskState::Syscall if worker.is_none() => SYSCALL_BLOCKED,
            TaskState::Syscall => SYSCALL,
            TaskState::Unknown => UNKNOWN,
            TaskState::Blocked => last.min(FIRST_REASON + usize::from(reason)),
            TaskState::Gone => return None,
        })
    }

    fn add_row(&mut self, dataset: &Dataset, row: usize, ns: u64) {
        let spans = &dataset.spans;
        if let Some(slot) = self.slot(spans.state[row], spans.reason[row], spans.worker[row]) {
            self.slots[slot] = self.slots[slot].saturating_add(ns);
        }
    }

    /// Adds what passed between `earlier` and `later`, two readings of one clock.
    pub(super) fn add_between(&mut self, earlier: &Self, later: &Self) {
        let passed =
            later.slots.iter().zip(&earlier.slots).map(|(later, earlier)| later.saturating_sub(*earlier));
        for (slot, ns) in self.slots.iter_mut().zip(passed) {
            *slot = slot.saturating_add(ns);
        }
    }

    /// Takes over the times of `other`, of the same data set.
    pub(super) fn set(&mut self, other: &Self) {
        self.slots.copy_from_slice(&other.slots);
    }

    /// Whether no time has passed.
    pub(super) fn is_nothing(&self) -> bool {
        self.slots.iter().all(|&ns| ns == 0)
    }

    /// Time on a P.
    pub(super) fn running(&self) -> u64 {
        self.slots[RUNNING]
    }

    /// Time waiting for a P.
    pub(super) fn ready(&self) -> u64 {
        self.slots[READY]
    }

    /// Time blocked, in system calls that lost their P included.
    pub(super) fn blocked(&self) -> u64 {
        self.slots[FIRST_REASON..].iter().fold(self.slots[SYSCALL_BLOCKED], |sum, &ns| sum.saturating_add(ns))
    }

    /// The states with time in them, as people read them: running, ready and system calls first,
    /// then waits by length. Time that is not accounted for becomes `Unknown time`, so that the
    /// whole is `whole_ns`.
    pub(super) fn rows(&self, dataset: &Dataset, whole_ns: u64) -> Vec<MarkState> {
        let known = self.slots.iter().fold(0, |sum: u64, &ns| sum.saturating_add(ns));
        let mut slots: Vec<(usize, u64)> = self.slots.iter().copied().enumerate().collect();
        slots[UNKNOWN].1 = slots[UNKNOWN].1.saturating_add(whole_ns.saturating_sub(known));
        slots.retain(|&(_, ns)| ns > 0);
        slots.order_by_key(|&(slot, ns)| match slot {
            UNKNOWN => (2, 0, slot),
            RUNNING..FIRST_REASON => (0, 0, slot),
            _ => (1, u64::MAX - ns, slot),
        });
        let parts: Vec<u64> = slots.iter().map(|&(_, ns)| ns).collect();
        let per_mille = units::largest_remainder(&parts, 1000);
        let row = |(&(slot, ns), per_mille)| {
            let (mark, state) = words(dataset, slot);
            MarkState { mark, state, ns, per_mille }
        };
        slots.iter().zip(per_mille).map(row).collect()
    }
}

fn words(dataset: &Dataset, slot: usize) -> (Mark, String) {
    let (mark, words) = match slot {
        RUNNING => (Mark::Running, "Execution time"),
        READY => (Mark::Ready, "Sched wait time"),
        SYSCALL => (Mark::Syscall, "Syscall execution time"),
        SYSCALL_BLOCKED => (Mark::Syscall, "Block time (syscall)"),
        UNKNOWN => (Mark::Unknown, "Unknown time"),
        _ => return blocked(dataset, dataset.reasons.get(slot - FIRST_REASON).filter(|_| slot + 1 < SLOTS)),
    };
    (mark, words.into())
}

fn blocked(dataset: &Dataset, reason: Option<&Reason>) -> (Mark, String) {
    let text = reason.map_or("", |reason| dataset.strings.get(reason.text));
    let mark = reason.map_or(Mark::Unknown, |reason| mark_of_wait(reason.kind));
    (mark, format!("Block time ({text})"))
}

/// A clock of one task: moved on span by span, it knows the time in each state up to then.
#[derive(Debug)]
pub(super) struct Clock<'a> {
    dataset: &'a Dataset,
    rows: Range<usize>,
    /// When the task ends.
    end: u64,
    now: u64,
    /// Time up to now.
    pub(super) times: Times,
}

impl<'a> Clock<'a> {
    /// The clock of `task` at `start`.
    pub(super) fn new(dataset: &'a Dataset, task: TaskId, start: u64) -> Self {
        let rows = dataset.spans.rows_of(task);
        let starts = dataset.spans.start_ns.get(rows.clone()).unwrap_or(&[]);
        let begun = starts.partition_point(|&at| at <= start).saturating_sub(1);
        let rows = rows.start + begun..rows.end;
        Self { dataset, rows, end: dataset.end_of(task), now: start, times: Times::new(dataset) }
    }

    /// Moves on to `time`; a time that is past already does nothing.
    pub(super) fn advance(&mut self, time: u64) {
        while self.rows.start < self.rows.end {
            let row = self.rows.start;
            let last = self.rows.len() == 1;
            let row_end = if last { self.end } else { self.dataset.spans.start_ns[row + 1] };
            let from = self.now.max(self.dataset.spans.start_ns[row]);
            let to = row_end.min(time);
            if to > from {
                self.times.add_row(self.dataset, row, to - from);
                self.now = to;
            }
            if row_end > time || last {
                return;
            }
            self.rows.start += 1;
        }
    }
}

/// What `task` did between two times.
pub(super) fn between(dataset: &Dataset, task: TaskId, start: u64, end: u64) -> Times {
    let mut clock = Clock::new(dataset, task, start);
    clock.advance(end);
    clock.times
}
