//! The most tasks that ran, and that were ready, at once.

use taskscope_proto::Dataset;
use taskscope_proto::model::TaskState;

use crate::analysis::selection::Selection;

/// Pieces whose edges are put in order at once, about.
const STRETCH: u64 = 1 << 20;

/// Stretches at most: each costs a look at every task.
const STRETCHES: u64 = 256;

/// At one moment, ends come before starts, so that what follows on itself counts once.
const END_RUNNING: u64 = 0;
const END_READY: u64 = 1;
const START_RUNNING: u64 = 2;
const START_READY: u64 = 3;

/// Most running and most ready tasks of a selection of so many `pieces`.
pub(super) fn peaks(dataset: &Dataset, selection: &Selection, pieces: u64) -> (u32, u32) {
    let stretches = pieces.div_ceil(STRETCH).clamp(1, STRETCHES);
    let length = (selection.t1 - selection.t0).div_ceil(stretches).max(1);
    let mut part = selection.clone();
    let mut most = (0, 0);
    let mut from = selection.t0;
    while from < selection.t1 {
        part.narrow(from, from.saturating_add(length).min(selection.t1));
        let (running, ready) = peaks_of(dataset, &part);
        most = (most.0.max(running), most.1.max(ready));
        from = part.t1;
    }
    most
}

fn peaks_of(dataset: &Dataset, selection: &Selection) -> (u32, u32) {
    let mut edges: Vec<u64> = Vec::new();
    let t0 = selection.t0;
    selection.visit(dataset, &mut |piece| {
        let (start, end) = match dataset.spans.state[piece.row] {
            TaskState::Running => (START_RUNNING, END_RUNNING),
            TaskState::Ready => (START_READY, END_READY),
            _ => return,
        };
        edges.push((piece.from_ns - t0) << 2 | start);
        edges.push((piece.to_ns - t0) << 2 | end);
    });
    edges.sort_unstable();
    let (mut running, mut ready, mut most) = (0_u32, 0_u32, (0, 0));
    for edge in edges {
        match edge & 3 {
            END_RUNNING => running = running.saturating_sub(1),
            END_READY => ready = ready.saturating_sub(1),
            START_RUNNING => running += 1,
            _ => ready += 1,
        }
        most = (most.0.max(running), most.1.max(ready));
    }
    most
}
