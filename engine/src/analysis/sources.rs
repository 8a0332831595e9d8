//! From what a flame graph is to weigh to the weight of every stack.

use taskscope_proto::Dataset;

use super::weights::{self, StackWeights};
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
    }
}

fn samples(dataset: &Dataset, column: u32, _scope: &Scope) -> Option<Sourced> {
    let kind = weights::sample_types(dataset).into_iter().nth(column as usize)?;
    let weights = StackWeights::build(dataset, column);
    Some(Sourced { kind, weights, samples: weights::sample_count(dataset) })
}
