//! What ran on each worker, ready to be drawn in the colours of the tasks' groups.

use taskscope_proto::Dataset;
use taskscope_proto::model::TaskId;

use super::blocks::Blocks;
use super::groups::Grouping;
use super::names;
use super::track::{LAST_OF_TASK, WorkerTrack};

/// Class of a run of the garbage collector's workers; the classes below are `--fr-n`.
pub(super) const GC_RUN: usize = 7;

/// 16 runs between two sum points. Each run is a look-up elsewhere, so points are closer than in tasks.
const STRIDE_LOG2: u32 = 4;

/// A class byte for every run, and sums over them.
#[derive(Debug)]
pub(super) struct WorkerRuns {
    classes: Vec<u8>,
    blocks: Blocks,
}

impl Default for WorkerRuns {
    fn default() -> Self {
        Self { classes: Vec::new(), blocks: Blocks::new(STRIDE_LOG2) }
    }
}

impl WorkerRuns {
    /// Colours each run of `dataset` as the group of its task in `grouping`.
    pub(super) fn build(dataset: &Dataset, grouping: &Grouping) -> Self {
        let by_span = classes_by_span(dataset, grouping);
        let class = |span: &taskscope_proto::model::SpanId| {
            by_span.get(span.index()).copied().unwrap_or(LAST_OF_TASK)
        };
        let mut runs =
            Self { classes: dataset.worker_runs.rows.iter().map(class).collect(), ..Self::default() };
        let mut blocks = Blocks::new(STRIDE_LOG2);
        for worker in 0..dataset.workers.len() as u32 {
            blocks.add(worker, &runs.track(dataset, worker));
        }
        runs.blocks = blocks;
        runs
    }

    /// The track of worker row `worker`.
    pub(super) fn track<'a>(&'a self, dataset: &'a Dataset, worker: u32) -> WorkerTrack<'a> {
        let row = worker as usize;
        let runs = dataset.worker_runs.group(row);
        let first = dataset.worker_runs.first.get(row).map_or(0, |&first| first as usize);
        let classes = self.classes.get(first..first + runs.len()).unwrap_or_default();
        WorkerTrack::new(dataset, runs, classes, self.blocks.of(worker))
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.classes.len() + self.blocks.bytes()
    }
}

/// The class of every span's task, the last span of a task marked.
fn classes_by_span(dataset: &Dataset, grouping: &Grouping) -> Vec<u8> {
    let mut classes = vec![0; dataset.spans.len()];
    for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
        let class = match names::entry(dataset, task) {
            "runtime.gcBgMarkWorker" => GC_RUN as u8,
            _ => grouping.colour_of(task),
        };
        if let Some([spans @ .., last]) = classes.get_mut(dataset.spans.rows_of(task)) {
            spans.fill(class);
            *last = class | LAST_OF_TASK;
        }
    }
    classes
}
