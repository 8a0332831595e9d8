//! What is weighed: the sample types of a part, and the weight of every stack in one of them.
//!
//! A profile weighs by its value columns, a dump by its tasks, a trace by the CPU samples in it.

use taskscope_proto::Dataset;
use taskscope_proto::model::{StackId, ValueColumn};

use crate::api::SampleType;

/// The sample types of a part, in file order; empty if it weighs nothing.
pub fn sample_types(dataset: &Dataset) -> Vec<SampleType> {
    let text = |id| dataset.strings.get(id).to_string();
    let columns = &dataset.samples.columns;
    columns.iter().map(|column| SampleType { kind: text(column.kind), unit: text(column.unit) }).collect()
}

/// The sample type shown first: what the file says, if it has that many.
pub fn default_sample_type(dataset: &Dataset) -> u32 {
    let last = sample_types(dataset).len().saturating_sub(1) as u32;
    dataset.samples.default_column.min(last)
}

/// Stack and value of every sample of a sample type; nothing for one that does not exist.
pub fn samples(dataset: &Dataset, sample_type: u32) -> impl Iterator<Item = (StackId, i64)> + '_ {
    let values = dataset.samples.columns.get(sample_type as usize).map_or(&[][..], |column| &column.values);
    dataset.samples.stack.iter().copied().zip(values.iter().copied())
}

/// How many samples were taken: a row of a CPU profile stands for several, and says for how many.
pub fn sample_count(dataset: &Dataset) -> u64 {
    let text = |id| dataset.strings.get(id);
    let counts = |column: &&ValueColumn| text(column.kind) == "samples" && text(column.unit) == "count";
    match dataset.samples.columns.iter().find(counts) {
        Some(column) => column.values.iter().fold(0, |sum, value| sum.saturating_add(value.unsigned_abs())),
        None => dataset.samples.len() as u64,
    }
}

/// Weights of every stack in one sample type. All columns have an entry a stack.
///
/// Differences of profiles hold negative values. A box cannot be less than nothing wide, so widths
/// are sizes (sums of absolute values) while the numbers beside them keep their sign.
#[derive(Clone, Debug, Default)]
pub struct StackWeights {
    /// Signed weight of samples that end in this stack.
    pub own: Vec<i64>,
    /// Their size.
    pub own_size: Vec<u64>,
    /// Signed weight of samples in this stack and all below it.
    pub sum: Vec<i64>,
    /// Their size.
    pub sum_size: Vec<u64>,
    /// Signed weight of samples without a stack.
    pub rootless: i64,
    /// Size of samples without a stack.
    pub rootless_size: u64,
    /// Size of all samples: what `go tool pprof` calls the total.
    pub total: u64,
}

impl StackWeights {
    /// Weighs every stack. Sums stop at the largest number instead of wrapping round.
    pub fn build(dataset: &Dataset, sample_type: u32) -> Self {
        let mut weights = Self::empty(dataset);
        for (stack, value) in samples(dataset, sample_type) {
            weights.add(stack, value);
        }
        weights.finish(dataset)
    }

    /// No weight on any stack yet; see [`Self::add`] and [`Self::finish`].
    pub fn empty(dataset: &Dataset) -> Self {
        let stacks = dataset.stacks.len();
        Self { own: vec![0; stacks], own_size: vec![0; stacks], ..Self::default() }
    }

    /// Sums up what was added, from leaves to roots.
    pub fn finish(mut self, dataset: &Dataset) -> Self {
        self.sum = self.own.clone();
        self.sum_size = self.own_size.clone();
        self.accumulate(dataset);
        self
    }

    /// Adds a sample; one of no known stack counts for the total alone.
    pub fn add(&mut self, stack: StackId, value: i64) {
        let size = value.unsigned_abs();
        self.total = self.total.saturating_add(size);
        match (self.own.get_mut(stack.index()), self.own_size.get_mut(stack.index())) {
            (Some(own), Some(own_size)) => {
                *own = own.saturating_add(value);
                *own_size = own_size.saturating_add(size);
            }
            _ => {
                self.rootless = self.rootless.saturating_add(value);
                self.rootless_size = self.rootless_size.saturating_add(size);
            }
        }
    }

    /// Parents come before children: one pass backwards carries every weight to its root.
    fn accumulate(&mut self, dataset: &Dataset) {
        for row in (0..self.sum.len()).rev() {
            let parent = dataset.stacks.parent(StackId::from_index(row)).index();
            if parent < row {
                self.sum[parent] = self.sum[parent].saturating_add(self.sum[row]);
                self.sum_size[parent] = self.sum_size[parent].saturating_add(self.sum_size[row]);
            }
        }
    }
}
