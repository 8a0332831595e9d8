//! From what a flame graph is to weigh to the weight of every stack.

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, WorkerId};

use super::blocking;
use super::selection::Selection;
use super::weights::{self, StackWeights};
use super::why::Why;
use crate::api::{BlockingKind, FlameSource, SampleType, Scope};

/// Weights, and what they are of.
#[derive(Clone, Debug)]
pub struct Sourced {
    /// Name and unit of what is weighed.
    pub kind: SampleType,
    /// The weight of every stack.
    pub weights: StackWeights,
    /// How many samples, or waits, are weighed.
    pub samples: u64,
}

/// Weighs `source` in `scope`; `None` if the part has no such source.
pub fn weigh(dataset: &Dataset, source: FlameSource, scope: &Scope) -> Option<Sourced> {
    match source {
        FlameSource::Samples(column) => samples(dataset, column, scope),
        FlameSource::Blocking(kind) => waits(dataset, kind, "delay", "nanoseconds", scope),
        FlameSource::Contentions(kind) => waits(dataset, kind, "contentions", "count", scope),
        // What it takes is the session's: see [`path`].
        FlameSource::CriticalPath(_) => None,
    }
}

/// Weighs the critical path of an interval that was explained.
pub fn path(dataset: &Dataset, why: &Why) -> Sourced {
    let mut weights = StackWeights::empty(dataset);
    let mut samples = 0;
    for (stack, ns) in why.path_weights(dataset) {
        weights.add(stack, i64::try_from(ns).unwrap_or(i64::MAX));
        samples += 1;
    }
    let kind = SampleType { kind: "critical path".into(), unit: "nanoseconds".into() };
    Sourced { kind, weights: weights.finish(dataset), samples }
}

fn samples(dataset: &Dataset, column: u32, scope: &Scope) -> Option<Sourced> {
    let kind = weights::sample_types(dataset).into_iter().nth(column as usize)?;
    // Samples of a profile know neither time nor task, so that every scope has all of them.
    if scope.is_all() || dataset.samples.time_ns.is_empty() {
        let weights = StackWeights::build(dataset, column);
        return Some(Sourced { kind, weights, samples: weights::sample_count(dataset) });
    }
    let selection = Selection::new(dataset, scope);
    let mut weights = StackWeights::empty(dataset);
    let mut count = 0;
    for (row, (stack, value)) in weights::samples(dataset, column).enumerate() {
        if takes_sample(dataset, &selection, row) {
            weights.add(stack, value);
            count += 1;
        }
    }
    Some(Sourced { kind, weights: weights.finish(dataset), samples: count })
}

/// Whether CPU sample `row` of a trace was taken in `selection`.
pub fn takes_sample(dataset: &Dataset, selection: &Selection, row: usize) -> bool {
    let samples = &dataset.samples;
    let task = samples.task.get(row).copied().unwrap_or(TaskId::NONE);
    let worker = samples.worker.get(row).copied().unwrap_or(WorkerId::NONE);
    samples.time_ns.get(row).is_some_and(|&time| selection.covers(task, worker, time))
}

fn waits(dataset: &Dataset, wait: BlockingKind, kind: &str, unit: &str, scope: &Scope) -> Option<Sourced> {
    if dataset.spans.is_empty() {
        return None;
    }
    let by_time = unit == "nanoseconds";
    let mut weights = StackWeights::empty(dataset);
    let mut count = 0;
    blocking::visit(dataset, &Selection::new(dataset, scope), wait, &mut |stack, ns| {
        weights.add(stack, if by_time { i64::try_from(ns).unwrap_or(i64::MAX) } else { 1 });
        count += 1;
    });
    let kind = SampleType { kind: kind.into(), unit: unit.into() };
    Some(Sourced { kind, weights: weights.finish(dataset), samples: count })
}
