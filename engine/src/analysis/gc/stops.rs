//! Stops of the world by kind.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use taskscope_proto::Dataset;

use super::work::{Stop, Work};
use crate::analysis::timeline::keys;
use crate::api::{Place, StopKind};
use crate::sorting::Sort;

/// Kinds that are listed; Go has twenty.
const KINDS: usize = 50;

/// Stops that begin in `t0` to `t1`, by kind, the longest sum first.
pub fn by_kind(dataset: &Dataset, work: &Work, (t0, t1): (u64, u64)) -> Vec<StopKind> {
    let mut kinds: BTreeMap<&str, Vec<&Stop>> = BTreeMap::new();
    for stop in work.stops.iter().filter(|stop| (t0..=t1).contains(&stop.start_ns)) {
        kinds.entry(kind(dataset, stop)).or_default().push(stop);
    }
    let mut rows: Vec<StopKind> = kinds.into_iter().filter_map(|(kind, stops)| row(kind, stops)).collect();
    rows.order_by_key(|row| Reverse(row.total_ns));
    rows.truncate(KINDS);
    rows
}

/// Go's word for why the world stopped: `GC mark termination`.
pub fn kind<'a>(dataset: &'a Dataset, stop: &Stop) -> &'a str {
    let name = dataset.ranges.get(stop.range as usize).map_or("", |range| dataset.strings.get(range.name));
    name.split_once('(').map_or(name, |(_, kind)| kind.trim_end_matches(')'))
}

/// Where a stop is.
pub fn place(stop: &Stop) -> Place {
    Place { t0_ns: stop.start_ns, t1_ns: stop.end_ns, lane: Some(keys::GC), span: None }
}

fn row(kind: &str, mut stops: Vec<&Stop>) -> Option<StopKind> {
    let length = |stop: &Stop| stop.end_ns.saturating_sub(stop.start_ns);
    stops.order_by_key(|stop| length(stop));
    let nth = |per_mille: usize| stops.get((stops.len() * per_mille).div_ceil(1000).max(1) - 1);
    let longest = stops.last()?;
    Some(StopKind {
        kind: kind.into(),
        gc: longest.gc,
        count: stops.len() as u64,
        total_ns: stops.iter().map(|stop| length(stop)).fold(0, u64::saturating_add),
        median_ns: length(nth(500)?),
        p99_ns: length(nth(990)?),
        max_ns: length(longest),
        longest: place(longest),
    })
}
