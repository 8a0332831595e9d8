//! Regions inside regions, and what their goroutines did meanwhile, in one pass over each goroutine.

use taskscope_proto::Dataset;
use taskscope_proto::model::ids::NONE;
use taskscope_proto::model::{Csr, Region, TaskId};

use super::index::Types;
use super::states::{Clock, Times};

/// Open regions of a goroutine that are measured; a program that never ends its regions has more.
const MOST_OPEN: usize = 256;

/// A region's time in short, and what encloses it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RegionTimes {
    pub(super) running: u64,
    pub(super) ready: u64,
    pub(super) blocked: u64,
    /// The region that it was opened in; `u32::MAX` for none.
    pub(super) outer: u32,
    /// How many were open then.
    pub(super) depth: u32,
}

const UNMEASURED: RegionTimes = RegionTimes { running: 0, ready: 0, blocked: 0, outer: NONE, depth: 0 };

/// First ns inside the trace of `region`, and one past the last: its own end, or that of its goroutine.
pub(super) fn interval(dataset: &Dataset, region: &Region) -> (u64, u64) {
    let start = region.start_ns.unwrap_or(dataset.facts.start_ns);
    let end = region.end_ns.unwrap_or_else(|| dataset.end_of(region.task));
    (start, end.max(start))
}

/// Measures every region: its own times in short, those of its type in full. Regions of a goroutine
/// come back in order of their starts, enclosing ones first.
pub(super) fn measure(
    dataset: &Dataset,
    mut by_goroutine: Csr<u32>,
    types: &mut Types,
) -> (Csr<u32>, Vec<RegionTimes>) {
    let mut measured = vec![UNMEASURED; dataset.regions.len()];
    let interval = |row: u32| interval(dataset, &dataset.regions[row as usize]);
    for goroutine in 0..by_goroutine.first.len().saturating_sub(1) {
        let group = by_goroutine.first[goroutine] as usize..by_goroutine.first[goroutine + 1] as usize;
        let regions = &mut by_goroutine.rows[group];
        regions.sort_unstable_by_key(|&row| (interval(row).0, std::cmp::Reverse(interval(row).1), row));
        if !regions.is_empty() {
            measure_goroutine(dataset, TaskId::from_index(goroutine), regions, types, &mut measured);
        }
    }
    (by_goroutine, measured)
}

/// The innermost of a goroutine's regions that is open at `time`.
pub(super) fn innermost(dataset: &Dataset, regions: &[u32], times: &[RegionTimes], time: u64) -> Option<u32> {
    let interval = |row: u32| interval(dataset, &dataset.regions[row as usize]);
    let begun = regions.partition_point(|&row| interval(row).0 <= time);
    let mut row = *regions.get(begun.checked_sub(1)?)?;
    for _ in 0..MOST_OPEN {
        if interval(row).1 > time {
            return Some(row);
        }
        row = times.get(row as usize).map(|times| times.outer).filter(|&outer| outer != NONE)?;
    }
    None
}

fn measure_goroutine(
    dataset: &Dataset,
    task: TaskId,
    regions: &[u32],
    types: &mut Types,
    measured: &mut [RegionTimes],
) {
    let edges = edges(dataset, regions);
    let mut clock = Clock::new(dataset, task, edges.first().map_or(0, |edge| edge.0));
    let mut open: Vec<(u32, Times)> = Vec::new();
    let mut spare: Vec<Times> = Vec::new();
    for (time, begins, at) in edges {
        clock.advance(time);
        let row = regions[at as usize];
        if begins && open.len() < MOST_OPEN {
            let (outer, depth) = (open.last().map_or(NONE, |(outer, _)| *outer), open.len() as u32);
            measured[row as usize] = RegionTimes { outer, depth, ..UNMEASURED };
            let mut before = spare.pop().unwrap_or_else(|| clock.times.clone());
            before.set(&clock.times);
            open.push((row, before));
        } else if !begins && let Some(found) = open.iter().rposition(|&(other, _)| other == row) {
            let (_, before) = open.remove(found);
            close(types, measured, row, &before, &clock.times);
            spare.push(before);
        }
    }
}

/// Beginnings and ends in order of time; of those at one time the ends first, unless of an empty region.
fn edges(dataset: &Dataset, regions: &[u32]) -> Vec<(u64, bool, u32)> {
    let mut edges = Vec::with_capacity(regions.len() * 2);
    for (at, &row) in regions.iter().enumerate() {
        let (start, end) = interval(dataset, &dataset.regions[row as usize]);
        if start < end {
            edges.push((start, true, at as u32));
            edges.push((end, false, at as u32));
        }
    }
    edges.sort_unstable();
    edges
}

fn close(types: &mut Types, measured: &mut [RegionTimes], row: u32, before: &Times, now: &Times) {
    let kind = types.of[row as usize] as usize;
    types.rows[kind].times.add_between(before, now);
    let own = &mut measured[row as usize];
    own.running = now.running().saturating_sub(before.running());
    own.ready = now.ready().saturating_sub(before.ready());
    own.blocked = now.blocked().saturating_sub(before.blocked());
}
