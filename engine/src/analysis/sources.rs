//! From what a flame graph is to weigh to the weight of every stack.

use taskscope_proto::Dataset;

use super::weights::{self, StackWeights};
use super::why::Why;
use crate::api::{FlameSource, SampleType, Scope};

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
        FlameSource::Blocking(_) | FlameSource::Contentions(_) => None,
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

fn samples(dataset: &Dataset, column: u32, _scope: &Scope) -> Option<Sourced> {
    let kind = weights::sample_types(dataset).into_iter().nth(column as usize)?;
    let weights = StackWeights::build(dataset, column);
    Some(Sourced { kind, weights, samples: weights::sample_count(dataset) })
}
