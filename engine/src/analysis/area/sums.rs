//! Time by state and reason, and how long spans of each state were.

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState};

use crate::analysis::gc::Histogram;
use crate::analysis::selection::Piece;
use crate::analysis::timeline::marks::mark_of_wait;
use crate::analysis::user_tasks::histogram::{bucket_of, edge};
use crate::api::{AreaHistogram, AreaShare, Mark};
use crate::sorting::Sort;
use crate::units;

const RUNNING: usize = 0;
const READY: usize = 1;
const SYSCALL: usize = 2;
const NO_WORKER: usize = 3;
const UNKNOWN: usize = 4;
/// Blocks without a reason; those with one follow.
const BLOCKED: usize = 5;

/// Time of a selection by slot: a state, or a reason to be blocked.
#[derive(Debug)]
pub(super) struct Sums {
    slots: Vec<Slot>,
    tasks: Vec<bool>,
    pieces: u64,
}

/// A state and what was spent in it.
#[derive(Debug)]
struct Slot {
    mark: Mark,
    state: String,
    ns: u64,
    spans: u64,
    last_row: usize,
    min_ns: u64,
    /// Longest whole span and its row.
    longest: (u64, usize),
    lengths: Option<Box<Histogram>>,
}

/// The slot of a row of the spans.
pub(super) fn slot_of(dataset: &Dataset, row: usize) -> usize {
    let spans = &dataset.spans;
    match spans.state[row] {
        TaskState::Running => RUNNING,
        TaskState::Ready => READY,
        TaskState::Syscall if spans.worker[row].is_none() => NO_WORKER,
        TaskState::Syscall => SYSCALL,
        TaskState::Unknown | TaskState::Gone => UNKNOWN,
        TaskState::Blocked => match usize::from(spans.reason[row]) {
            reason if reason < dataset.reasons.len() => BLOCKED + 1 + reason,
            _ => BLOCKED,
        },
    }
}

/// Mark and words of each slot.
pub(super) fn states(dataset: &Dataset) -> Vec<(Mark, String)> {
    let fixed = [
        (Mark::Running, "Running"),
        (Mark::Ready, "Ready"),
        (Mark::Syscall, "Syscall"),
        (Mark::Syscall, "Syscall, P taken away"),
        (Mark::Unknown, "Unknown"),
        (Mark::Unknown, "Blocked"),
    ];
    let reasons = dataset
        .reasons
        .iter()
        .map(|reason| (mark_of_wait(reason.kind), format!("Blocked: {}", dataset.strings.get(reason.text))));
    fixed.into_iter().map(|(mark, words)| (mark, words.to_owned())).chain(reasons).collect()
}

impl Sums {
    pub(super) fn new(dataset: &Dataset) -> Self {
        let slot = |(mark, state)| Slot {
            mark,
            state,
            ns: 0,
            spans: 0,
            last_row: usize::MAX,
            min_ns: u64::MAX,
            longest: (0, usize::MAX),
            lengths: None,
        };
        let slots = states(dataset).into_iter().map(slot).collect();
        Self { slots, tasks: vec![false; dataset.tasks.len()], pieces: 0 }
    }

    pub(super) fn add(&mut self, dataset: &Dataset, piece: &Piece) {
        self.pieces += 1;
        self.tasks[piece.task.index()] = true;
        let Some(slot) = self.slots.get_mut(slot_of(dataset, piece.row)) else { return };
        slot.ns = slot.ns.saturating_add(piece.ns());
        // A span that several regions cut comes in several pieces.
        if slot.last_row != piece.row {
            slot.last_row = piece.row;
            slot.spans += 1;
            if !is_open(dataset, piece.row, piece.task) {
                slot.count(piece.end_ns - piece.start_ns, piece.row);
            }
        }
    }

    pub(super) fn pieces(&self) -> u64 {
        self.pieces
    }

    pub(super) fn tasks(&self) -> u32 {
        self.tasks.iter().filter(|&&there| there).count() as u32
    }

    pub(super) fn total(&self) -> u64 {
        self.slots.iter().fold(0, |sum, slot| sum.saturating_add(slot.ns))
    }

    pub(super) fn running(&self) -> u64 {
        self.slots[RUNNING].ns
    }

    pub(super) fn ready(&self) -> u64 {
        self.slots[READY].ns
    }

    /// States with time in them, largest first.
    pub(super) fn shares(&self) -> Vec<AreaShare> {
        let mut slots: Vec<&Slot> = self.slots.iter().filter(|slot| slot.ns > 0).collect();
        slots.order_by_key(|slot| (std::cmp::Reverse(slot.ns), &slot.state));
        let parts: Vec<u64> = slots.iter().map(|slot| slot.ns).collect();
        let share = |(slot, per_mille): (&&Slot, u32)| AreaShare {
            mark: slot.mark,
            state: slot.state.clone(),
            ns: slot.ns,
            per_mille,
            spans: slot.spans,
        };
        slots.iter().zip(units::largest_remainder(&parts, 1000)).map(share).collect()
    }

    /// Lengths of the spans of each state that has some, in the order of the states.
    pub(super) fn histograms(&self) -> Vec<AreaHistogram> {
        self.slots.iter().filter_map(Slot::histogram).collect()
    }
}

impl Slot {
    fn count(&mut self, ns: u64, row: usize) {
        self.min_ns = self.min_ns.min(ns);
        if self.longest.1 == usize::MAX || ns > self.longest.0 {
            self.longest = (ns, row);
        }
        self.lengths.get_or_insert_default().add(ns);
    }

    fn histogram(&self) -> Option<AreaHistogram> {
        let lengths = self.lengths.as_ref()?;
        let (first, last) = (bucket_of(self.min_ns), bucket_of(self.longest.0));
        let edges_ns: Vec<u64> = (first..=last).map(edge).collect();
        // What is below the first edge is 0 ns, or in the first bucket by less than 1/128.
        let edges: Vec<u64> = std::iter::once(0).chain(edges_ns.iter().skip(1).copied()).collect();
        Some(AreaHistogram {
            mark: self.mark,
            state: self.state.clone(),
            spans: lengths.count(),
            min_ns: self.min_ns,
            median_ns: lengths.quantile(500),
            p99_ns: lengths.quantile(990),
            max_ns: self.longest.0,
            longest: u32::try_from(self.longest.1).unwrap_or(u32::MAX),
            counts: lengths.between(&edges),
            edges_ns,
        })
    }
}

/// Whether the span of `row` was still going on as the trace ended.
fn is_open(dataset: &Dataset, row: usize, task: TaskId) -> bool {
    let living = dataset.tasks.get(task).is_none_or(|task| task.ended_ns.is_none());
    living && row + 1 == dataset.spans.rows_of(task).end
}
