//! Statistics of a selection: where its time went, how long spans were, what was waited for.
//!
//! One pass over the spans of the selection; only the maxima of running and ready tasks need their
//! edges in order, which a second pass reads a stretch of time after the other.

mod peaks;
mod sums;
mod waits;
mod wakes;

use taskscope_proto::Dataset;

use super::selection::Selection;
use super::sources::takes_sample;
use crate::api::{AreaAnswer, AreaQuery};
use sums::Sums;
use waits::Waits;

/// The statistics that `query` asks for.
pub fn area(dataset: &Dataset, query: &AreaQuery) -> AreaAnswer {
    let selection = Selection::new(dataset, &query.scope);
    let mut sums = Sums::new(dataset);
    let mut waits = Waits::new(dataset);
    selection.visit(dataset, &mut |piece| {
        sums.add(dataset, piece);
        waits.add(dataset, piece);
    });
    let (running_max, ready_max) = peaks::peaks(dataset, &selection, sums.pieces());
    let length = selection.t1.saturating_sub(selection.t0).max(1) as f64;
    AreaAnswer {
        t0_ns: selection.t0,
        t1_ns: selection.t1,
        tasks: sums.tasks(),
        total_ns: sums.total(),
        running_max,
        ready_max,
        running_mean: sums.running() as f64 / length,
        ready_mean: sums.ready() as f64 / length,
        histograms: sums.histograms(),
        waits_all: waits.len(),
        waits: waits.largest(dataset, query.waits),
        wakes: wakes::wakes(dataset, &selection),
        samples: samples(dataset, &selection),
        shares: sums.shares(),
    }
}

/// CPU samples in the selection.
fn samples(dataset: &Dataset, selection: &Selection) -> u64 {
    let times = &dataset.samples.time_ns;
    let first = times.partition_point(|&time| time < selection.t0);
    let last = times.partition_point(|&time| time <= selection.t1);
    (first..last).filter(|&row| takes_sample(dataset, selection, row)).count() as u64
}
