//! How the number of tasks of each spawn site changed during a trace.

use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::StringId;

use super::Places;
use crate::api::LeakGrowth;

/// Parts of the trace that a sparkline shows.
const PARTS: usize = 60;
/// Parts in which steady growth shows.
const COARSE: usize = 6;
/// In so many of them the number must have grown.
const GROWN: usize = 3;
/// Of a site that grows, at most this part of the tasks spawned has ended, in per cent.
const ENDED_PERCENT: u64 = 10;

/// By place of the spawn site and name of the entry function.
pub type Growths = HashMap<(u32, StringId), LeakGrowth>;

/// Counts tasks site by site.
pub fn growths(dataset: &Dataset, places: &mut Places) -> Growths {
    let (t0, length) = (dataset.facts.start_ns, super::trace_ns(dataset));
    let part = |time: u64| {
        let at = u128::from(time.saturating_sub(t0)) * PARTS as u128 / u128::from(length.max(1));
        (at as usize).min(PARTS - 1)
    };
    let mut growths = Growths::new();
    for task in &dataset.tasks.rows {
        let entry = dataset.functions.get(task.entry).map_or(StringId::NONE, |function| function.name);
        let growth = growths.entry((places.of(dataset, task.spawn_stack), entry)).or_default();
        growth.living.resize(PARTS, 0);
        // Changes for now: summed up below. A task that was there before the trace begins with it.
        let change = |growth: &mut LeakGrowth, part: usize, by: u32| {
            growth.living[part] = growth.living[part].wrapping_add(by);
        };
        change(growth, task.created_ns.map_or(0, part), 1);
        growth.spawned += u64::from(task.created_ns.is_some());
        if let Some(ended) = task.ended_ns {
            change(growth, part(ended), u32::MAX);
            growth.ended += 1;
        }
    }
    growths.values_mut().for_each(sum_up);
    growths
}

/// Whether at least `several` were spawned, and next to none of them ended.
pub fn grows(growth: &LeakGrowth, several: u64) -> bool {
    growth.spawned >= several && growth.ended * 100 <= growth.spawned * ENDED_PERCENT
}

/// In how many parts of the trace, or from look to look, their number grew, and how many parts there are;
/// if it grew in enough of them that this is no single burst.
pub fn steady(growth: &LeakGrowth) -> Option<(usize, usize)> {
    if growth.living.len() < PARTS {
        let steps = growth.living.len().saturating_sub(1);
        let grown = growth.living.windows(2).filter(|pair| pair[0] < pair[1]).count();
        return (grown == steps && steps > 1).then_some((grown, steps));
    }
    let ends: Vec<u32> =
        growth.living.chunks(PARTS / COARSE).filter_map(|part| part.last().copied()).collect();
    let first = growth.living.first().copied().unwrap_or(0);
    let before = [first].into_iter().chain(ends.iter().copied());
    let grown = before.zip(&ends).filter(|(before, end)| before < *end).count();
    (grown >= GROWN).then_some((grown, COARSE))
}

fn sum_up(growth: &mut LeakGrowth) {
    let mut living = 0_u32;
    for part in &mut growth.living {
        living = living.wrapping_add(*part);
        *part = living;
    }
}
