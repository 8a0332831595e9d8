//! What ran on each worker or thread, ready to be drawn in the colours of the tasks' groups.

use taskscope_proto::Dataset;
use taskscope_proto::model::{Csr, SpanId, TaskId};

use super::blocks::Blocks;
use super::groups::Grouping;
use super::names;
use super::track::{LAST_OF_TASK, WorkerTrack};

/// Class of a run of the garbage collector's workers; the classes below are `--fr-n`.
pub(super) const GC_RUN: usize = 7;

/// 8 runs between two sum points. Each run is a look-up elsewhere, so points are closer than in tasks.
const STRIDE_LOG2: u32 = 3;

/// A class byte for every run of a worker or thread, and sums over them.
#[derive(Debug)]
pub(super) struct Runs {
    /// Runs by thread; `None` for those by worker, which the data set holds.
    by_thread: Option<Csr<SpanId>>,
    classes: Vec<u8>,
    blocks: Blocks,
}

impl Default for Runs {
    fn default() -> Self {
        Self { by_thread: None, classes: Vec::new(), blocks: Blocks::new(STRIDE_LOG2) }
    }
}

impl Runs {
    /// Colours each run on a worker as the group of its task in `grouping`.
    pub(super) fn of_workers(dataset: &Dataset, grouping: &Grouping) -> Self {
        Self::build(dataset, grouping, None)
    }

    /// Likewise for runs by thread.
    pub(super) fn build(dataset: &Dataset, grouping: &Grouping, by_thread: Option<Csr<SpanId>>) -> Self {
        let by_span = classes_by_span(dataset, grouping);
        let class = |span: &SpanId| by_span.get(span.index()).copied().unwrap_or(LAST_OF_TASK);
        let mut runs = Self { by_thread, ..Self::default() };
        runs.classes = runs.csr(dataset).rows.iter().map(class).collect();
        let mut blocks = Blocks::new(STRIDE_LOG2);
        for row in 0..runs.csr(dataset).first.len().saturating_sub(1) as u32 {
            blocks.add(row, &runs.track(dataset, row));
        }
        runs.blocks = blocks;
        runs
    }

    fn csr<'a>(&'a self, dataset: &'a Dataset) -> &'a Csr<SpanId> {
        self.by_thread.as_ref().unwrap_or(&dataset.worker_runs)
    }

    /// The track of worker or thread row `row`.
    pub(super) fn track<'a>(&'a self, dataset: &'a Dataset, row: u32) -> WorkerTrack<'a> {
        let csr = self.csr(dataset);
        let runs = csr.group(row as usize);
        let first = csr.first.get(row as usize).map_or(0, |&first| first as usize);
        let classes = self.classes.get(first..first + runs.len()).unwrap_or_default();
        WorkerTrack::new(dataset, runs, classes, self.blocks.of(row))
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        let by_thread = self.by_thread.as_ref().map_or(0, |csr| csr.rows.len() * 4);
        by_thread + self.classes.len() + self.blocks.bytes()
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
