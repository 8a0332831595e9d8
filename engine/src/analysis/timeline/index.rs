//! What is built once from a data set.

use std::sync::OnceLock;

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, TaskId, TaskState};

use super::blocks::Blocks;
use super::counters::Counters;
use super::groups::{Grouping, buckets_for, load_of};
use super::load::Load;
use super::marks::MarkTable;
use super::phases;
use super::totals::TaskTotals;
use super::track::{Phase, TaskTrack};
use super::wakes::WakeIndex;
use super::workers::WorkerRuns;

/// 32 spans of a task between two sum points: 1.25 bytes a span.
const STRIDE_LOG2: u32 = 5;

/// Parts of the trace that the minimap can tell apart at least.
const MINIMAP_BUCKETS: usize = 4096;

/// What is built once from a data set, so that a query touches only what is visible.
#[derive(Debug, Default)]
pub struct TimelineIndex {
    pub(super) marks: MarkTable,
    pub(super) totals: TaskTotals,
    pub(super) by_entry: Grouping,
    by_parent: OnceLock<Grouping>,
    /// Tasks in one row, made when first asked for.
    pub(super) flat: OnceLock<Vec<TaskId>>,
    pub(super) workers: WorkerRuns,
    /// Mark phases cut by stops of the world, for the GC lane.
    pub(super) phases: Vec<Phase>,
    /// Mark phases whole, for the minimap.
    pub(super) gc_marks: Vec<(u64, u64)>,
    /// All tasks.
    pub(super) load: Load,
    /// Last spans of tasks that were ready when the trace or their life ended: no run follows them.
    pub(super) ready_at_end: Vec<SpanId>,
    pub(super) counters: Counters,
    blocks: Blocks,
    wakes: OnceLock<WakeIndex>,
}

impl TimelineIndex {
    /// Builds the index; takes a few passes over the spans.
    pub fn build(dataset: &Dataset) -> Self {
        let marks = MarkTable::build(dataset);
        let totals = TaskTotals::build(dataset);
        let by_entry = Grouping::by_entry(dataset, &totals);
        Self {
            workers: WorkerRuns::build(dataset, &by_entry),
            phases: phases::phases(dataset),
            gc_marks: phases::marks(dataset),
            load: load_of(
                dataset,
                &by_entry.order,
                buckets_for(dataset.spans.len() as u64).max(MINIMAP_BUCKETS),
            ),
            ready_at_end: ready_at_end(dataset),
            counters: Counters::build(dataset),
            blocks: task_blocks(dataset, &marks),
            by_parent: OnceLock::new(),
            flat: OnceLock::new(),
            wakes: OnceLock::new(),
            marks,
            totals,
            by_entry,
        }
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> u64 {
        let parent = self.by_parent.get().map_or(0, Grouping::bytes);
        let grouped = self.by_entry.bytes() + parent;
        (self.blocks.bytes() + self.workers.bytes() + self.load.bytes() + grouped) as u64
    }

    /// Tasks by the task that spawned them, made when first asked for.
    pub(super) fn by_parent(&self, dataset: &Dataset) -> &Grouping {
        self.by_parent.get_or_init(|| Grouping::by_parent(dataset, &self.totals))
    }

    /// Wakes by waker, made when first asked for.
    pub(super) fn wakes(&self, dataset: &Dataset) -> &WakeIndex {
        self.wakes.get_or_init(|| WakeIndex::build(dataset))
    }

    /// The states of `task`.
    pub(super) fn task<'a>(&'a self, dataset: &'a Dataset, task: TaskId) -> TaskTrack<'a> {
        TaskTrack::new(dataset, &self.marks, task, self.blocks.of(task.0))
    }
}

fn task_blocks(dataset: &Dataset, marks: &MarkTable) -> Blocks {
    let mut blocks = Blocks::new(STRIDE_LOG2);
    for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
        blocks.add(task.0, &TaskTrack::new(dataset, marks, task, Default::default()));
    }
    blocks
}

fn ready_at_end(dataset: &Dataset) -> Vec<SpanId> {
    let tasks = (0..dataset.tasks.len()).map(TaskId::from_index);
    let last = tasks.filter_map(|task| dataset.spans.rows_of(task).last());
    last.filter(|&row| dataset.spans.state.get(row) == Some(&TaskState::Ready))
        .map(SpanId::from_index)
        .collect()
}
