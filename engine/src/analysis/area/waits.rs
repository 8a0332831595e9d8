//! The largest waits, by state and the stack where they began.

use std::cmp::Reverse;
use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{StackId, TaskState};

use super::sums::{slot_of, states};
use crate::analysis::selection::Piece;
use crate::analysis::text;
use crate::analysis::timeline::names;
use crate::api::{AreaWait, Mark};
use crate::sorting::Sort;

/// Waits by state and stack.
#[derive(Debug)]
pub(super) struct Waits {
    states: Vec<(Mark, String)>,
    by_place: HashMap<(u32, StackId), Sum>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: u64,
    ns: u64,
    max_ns: u64,
    longest: u32,
    last_row: usize,
}

impl Waits {
    pub(super) fn new(dataset: &Dataset) -> Self {
        Self { states: states(dataset), by_place: HashMap::new() }
    }

    /// Takes a wait in: a block, or a system call.
    pub(super) fn add(&mut self, dataset: &Dataset, piece: &Piece) {
        let spans = &dataset.spans;
        if !matches!(spans.state[piece.row], TaskState::Blocked | TaskState::Syscall) {
            return;
        }
        let place = (slot_of(dataset, piece.row) as u32, spans.stack[piece.row]);
        let sum = self.by_place.entry(place).or_insert(Sum { last_row: usize::MAX, ..Sum::default() });
        sum.count += u64::from(sum.last_row != piece.row);
        sum.last_row = piece.row;
        sum.ns = sum.ns.saturating_add(piece.ns());
        if sum.count == 1 || piece.ns() > sum.max_ns {
            (sum.max_ns, sum.longest) = (piece.ns(), u32::try_from(piece.row).unwrap_or(u32::MAX));
        }
    }

    pub(super) fn len(&self) -> u32 {
        self.by_place.len() as u32
    }

    /// The `most` largest.
    pub(super) fn largest(self, dataset: &Dataset, most: u32) -> Vec<AreaWait> {
        let mut places: Vec<((u32, StackId), Sum)> = self.by_place.into_iter().collect();
        places.order_by_key(|&(place, sum)| (Reverse(sum.ns), place));
        let wait = |((slot, stack), sum): ((u32, StackId), Sum)| {
            let (mark, state) = self.states.get(slot as usize).cloned().unwrap_or_default();
            let own = names::own_frame(dataset, stack).or_else(|| dataset.stacks.leaf_first(stack).next());
            AreaWait {
                mark,
                state,
                count: sum.count,
                ns: sum.ns,
                max_ns: sum.max_ns,
                longest: sum.longest,
                at: own.map_or_else(String::new, |frame| place(dataset, frame)),
                stack: text::stack(dataset, stack),
            }
        };
        places.into_iter().take(most as usize).map(wait).collect()
    }
}

fn place(dataset: &Dataset, frame: taskscope_proto::model::FrameId) -> String {
    let name = dataset.frame_name(frame).into_owned();
    match text::location(dataset, frame, 1) {
        location if location.is_empty() => name,
        location => format!("{name} · {location}"),
    }
}
