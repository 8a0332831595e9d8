//! Minimum mutator utilisation, exact: the least share of the CPU that the program has in any window
//! of a length.
//!
//! The share of a window is linear between the moments at which one of its edges meets a step of
//! utilisation, so the least one has an edge at a step. Bands of the trace give lower bounds, and
//! windows are tried only in bands whose bound is below the least share so far.

use super::percentiles;
use super::utilisation::Utilisation;
use super::work::Work;
use crate::analysis::timeline::keys;
use crate::api::{GcWork, MmuAnswer, MmuPercentile, MmuQuery, MmuWindow, Place};
use crate::sorting::Sort;

/// Window lengths on the curve.
const LENGTHS: u32 = 100;
/// Bands that lower bounds are computed for.
const BANDS: u64 = 1000;
/// Windows in the list of the worst.
const WORST: usize = 10;
/// Length of those windows unless asked for.
const WORST_OF_NS: u64 = 10_000_000;

/// The curve and the worst windows.
pub fn mmu(work: &Work, query: &MmuQuery) -> MmuAnswer {
    let (t0, t1) = super::clip(query.window_ns, work.t0_ns, work.t1_ns);
    let all = match query.per_worker {
        true => Utilisation::each(work, query.work, (t0, t1)),
        false => vec![Utilisation::whole(work, query.work, (t0, t1))],
    };
    let solvers: Vec<Solver<'_>> = all.iter().map(Solver::new).collect();
    let least = |length| solvers.iter().map(|solver| solver.minimum(length)).fold(1.0, f64::min);
    let lengths_ns = if query.round { round_lengths(t1 - t0) } else { lengths(t1 - t0, least) };
    let worst_of_ns = query.worst_of_ns.unwrap_or(WORST_OF_NS).clamp(1, (t1 - t0).max(1));
    MmuAnswer {
        t0_ns: t0,
        t1_ns: t1,
        minimum: lengths_ns.iter().map(|&length| least(length)).collect(),
        percentiles: if query.percentiles { curves(&all, &lengths_ns, least) } else { Vec::new() },
        lengths_ns,
        mean: all.iter().map(Utilisation::mean).sum::<f64>() / all.len().max(1) as f64,
        max_pause_ns: all.iter().map(Utilisation::longest_pause).max().unwrap_or(0),
        worst_of_ns,
        worst: worst(&all, worst_of_ns),
        counted: counted(query.work),
    }
}

/// The least share of `utilisation` in any window of `length`, by a look at every window that could
/// have it.
#[derive(Debug)]
pub struct Solver<'a> {
    of: &'a Utilisation,
    /// Utilised time up to each edge of the bands, which is one more than there are bands.
    edges: Vec<(u64, f64)>,
    /// Least utilisation in each band.
    least: Vec<f64>,
}

impl<'a> Solver<'a> {
    /// Cuts `utilisation` into bands.
    pub fn new(of: &'a Utilisation) -> Self {
        let (start, length) = (of.start_ns(), of.length_ns());
        let bands = BANDS.min(length).max(1);
        let edge = |band| start + (u128::from(length) * u128::from(band) / u128::from(bands)) as u64;
        let edges: Vec<(u64, f64)> = (0..=bands).map(edge).map(|time| (time, of.area_up_to(time))).collect();
        let least = edges.windows(2).map(|pair| least_value(of, pair[0].0, pair[1].0)).collect();
        Self { of, edges, least }
    }

    /// The least share of any window of `length` ns, 0 to 1; of all where that is shorter, and 0 for
    /// no length.
    pub fn minimum(&self, length: u64) -> f64 {
        let length = length.min(self.of.length_ns());
        if length == 0 {
            return if self.of.length_ns() == 0 { 1.0 } else { 0.0 };
        }
        let last_start = self.of.end_ns - length;
        let mut bands = self.bounds(length, last_start);
        bands.order_by(|a, b| a.0.total_cmp(&b.0));
        let mut least = f64::INFINITY;
        for (bound, from, to) in bands {
            if bound >= least {
                break;
            }
            each_window(self.of, length, (from, to), |_, area| least = least.min(area));
        }
        (least / length as f64).clamp(0.0, 1.0)
    }

    /// Bands that windows of `length` can start in, with the least utilised time they could have: that
    /// between the end of the band and the earliest end of a window from it; for windows that end in the
    /// next band at the latest also the least utilisation of the two.
    fn bounds(&self, length: u64, last_start: u64) -> Vec<(f64, u64, u64)> {
        let mut bands = Vec::with_capacity(self.edges.len());
        for (band, pair) in self.edges.windows(2).enumerate() {
            let [(from, _), (to, area)] = *pair else { continue };
            if from > last_start {
                break;
            }
            let between = self.of.area_up_to(from + length) - area;
            let near =
                to.saturating_add(length) <= self.edges.get(band + 2).map_or(self.of.end_ns, |edge| edge.0);
            let pair = self.least.get(band..(band + 2).min(self.least.len())).unwrap_or(&[]);
            let least = pair.iter().copied().fold(1.0, f64::min);
            let bound = if near { least * length as f64 } else { 0.0 };
            bands.push((between.max(bound), from, to.min(last_start)));
        }
        bands
    }
}

/// The least utilisation anywhere in `from..=to`.
fn least_value(of: &Utilisation, from: u64, to: u64) -> f64 {
    let steps = of.value.get(of.step_at(from)..=of.step_at(to)).unwrap_or(&[]);
    steps.iter().copied().fold(1.0, f64::min)
}

/// Calls `see` with the start and the utilised time of every window of `length` that could be an
/// extreme: those that start in `from..=to` with an edge at a step, and the two outermost.
pub(super) fn each_window(
    of: &Utilisation,
    length: u64,
    (from, to): (u64, u64),
    mut see: impl FnMut(u64, f64),
) {
    for start in [from, to] {
        see(start, of.area_up_to(start + length) - of.area_up_to(start));
    }
    let mut last = of.step_at(from + length);
    for first in of.step_at(from) + 1..of.time_ns.len() {
        let start = of.time_ns[first];
        if start > to {
            break;
        }
        last = seek(of, last, start + length);
        see(start, of.area_in_step(last, start + length) - of.area[first]);
    }
    let mut first = of.step_at(from);
    for last in of.step_at(from + length) + 1..of.time_ns.len() {
        let start = of.time_ns[last] - length;
        if start > to {
            break;
        }
        first = seek(of, first, start);
        see(start, of.area[last] - of.area_in_step(first, start));
    }
}

/// The step of `time`, not before `step`.
fn seek(of: &Utilisation, mut step: usize, time: u64) -> usize {
    while of.time_ns.get(step + 1).is_some_and(|&start| start <= time) {
        step += 1;
    }
    step
}

/// Window lengths from where the program gets next to nothing, as far as that is from 1 µs to 1 s, up
/// to the whole.
fn lengths(whole: u64, least: impl Fn(u64) -> f64) -> Vec<u64> {
    let shortest = [1_000_000_000, 1_000_000].into_iter().find(|&ns| ns < whole && least(ns) < 1e-4);
    let (from, to) = (shortest.unwrap_or(1_000).min(whole.max(1)), whole.max(1));
    let step = (to as f64 / from as f64).powf(1.0 / f64::from(LENGTHS - 1));
    let inner = (0..LENGTHS - 1).map(|row| (from as f64 * step.powi(row as i32)).round() as u64);
    let mut lengths: Vec<u64> = inner.chain([to]).collect();
    lengths.dedup();
    lengths
}

/// 10 µs, 20 µs, 50 µs, … and the whole.
fn round_lengths(whole: u64) -> Vec<u64> {
    let steps = (4..19).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    steps.take_while(|&length| length < whole).chain([whole.max(1)]).collect()
}

fn curves(all: &[Utilisation], lengths: &[u64], least: impl Fn(u64) -> f64) -> Vec<MmuPercentile> {
    const NAMED: [(&str, f64); 3] = [("99.9 %", 0.001), ("99 %", 0.01), ("95 %", 0.05)];
    let shares = NAMED.map(|(_, share)| share);
    let reached = |&length: &u64| {
        let least = least(length);
        percentiles::reached(all, length, shares).map(|value| value.max(least))
    };
    let rows: Vec<[f64; 3]> = lengths.iter().map(reached).collect();
    let curve = |column: usize| rows.iter().map(|row| row[column]).collect();
    let named = NAMED.iter().enumerate();
    named.map(|(column, (name, _))| MmuPercentile { name: (*name).into(), values: curve(column) }).collect()
}

/// Disjoint windows by rising share; windows in which the collector did nothing are none.
pub fn worst(all: &[Utilisation], length: u64) -> Vec<MmuWindow> {
    let mut windows: Vec<(f64, u64)> = Vec::new();
    for of in all.iter().filter(|of| of.length_ns() >= length) {
        each_window(of, length, (of.start_ns(), of.end_ns - length), |start, area| {
            windows.push((area / length as f64, start));
        });
    }
    windows.retain(|(share, _)| *share < 1.0 - 1e-9);
    windows.order_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut chosen: Vec<MmuWindow> = Vec::new();
    for (share, t0_ns) in windows {
        let t1_ns = t0_ns + length;
        if chosen.iter().all(|known| known.place.t1_ns <= t0_ns || t1_ns <= known.place.t0_ns) {
            let place = Place { t0_ns, t1_ns, lane: Some(keys::GC), span: None };
            chosen.push(MmuWindow { place, utilisation: share.clamp(0.0, 1.0) });
            if chosen.len() == WORST {
                break;
            }
        }
    }
    chosen
}

fn counted(work: GcWork) -> String {
    let parts = [
        (work.all_stops, "all stops of the world"),
        (work.stops && !work.all_stops, "stops of the world for GC"),
        (work.background, "background workers"),
        (work.assist, "assists"),
        (work.sweep, "sweeping"),
    ];
    let named: Vec<&str> = parts.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
    if named.is_empty() { "nothing".into() } else { named.join(", ") }
}
