//! Profile samples: a stack, one value per column, labels, and time where it is known.

use super::ids::{StackId, StringId, TaskId, ThreadId, WorkerId};

/// One measured quantity of all samples, e.g. `cpu`/`nanoseconds`.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueColumn {
    /// What is counted (`samples`, `cpu`, `inuse_space`, …), as the file names it.
    pub kind: StringId,
    /// Its unit (`count`, `nanoseconds`, `bytes`, …), as the file names it.
    pub unit: StringId,
    /// One value a sample. Signed because pprof differences are.
    pub values: Vec<i64>,
}

/// A label of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// The label's key.
    pub key: StringId,
    /// Its value.
    pub value: LabelValue,
}

/// The value of a label: pprof knows text and numbers with a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LabelValue {
    /// Text.
    Text(StringId),
    /// A number and its unit, which may be empty.
    Number(i64, StringId),
}

/// All samples of a profile, or the CPU samples inside a trace.
///
/// `stack` and every value column have one entry a sample. `label_ends` is one end offset
/// a sample into `labels`. The context columns are empty for a pprof file; in a trace they have
/// one entry a sample, and `time_ns` ascends.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Where each sample was taken.
    pub stack: Vec<StackId>,
    /// The measured quantities; the last is the default one unless `default_column` says otherwise.
    pub columns: Vec<ValueColumn>,
    /// Index into `columns` of the column shown first.
    pub default_column: u32,
    /// Labels of all samples, one sample after the other.
    pub labels: Vec<Label>,
    /// End of each sample's labels; empty when no sample has one.
    pub label_ends: Vec<u32>,
    /// Trace only: when, in ns on the trace's clock.
    pub time_ns: Vec<u64>,
    /// Trace only: in which task, or `NONE` on a system stack.
    pub task: Vec<TaskId>,
    /// Trace only: on which worker, or `NONE`.
    pub worker: Vec<WorkerId>,
    /// Trace only: on which thread.
    pub thread: Vec<ThreadId>,
}

impl Samples {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.stack.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    /// The labels of sample `row`; none for a row out of range.
    pub fn labels_of(&self, row: usize) -> &[Label] {
        let Some(&end) = self.label_ends.get(row) else { return &[] };
        let start = row.checked_sub(1).map_or(0, |before| self.label_ends[before]);
        self.labels.get(start as usize..end as usize).unwrap_or(&[])
    }
}
