//! What is built once from a data set.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, StackId, TaskId, TaskState};

use super::blocks::Blocks;
use super::counters::Counters;
use super::groups::{Grouping, add_task, buckets_for};
use super::load::{ALL, Kind, Load, LoadBuilder};
use super::marks::{MARKS, MarkTable};
use super::order::{Order, Orders};
use super::overlay::ByTask;
use super::phases;
use super::presence::Presence;
use super::search::Hits;
use super::threads;
use super::totals::TaskTotals;
use super::track::{Phase, TaskTrack};
use super::user_lanes::{TaskRegions, UserLanes};
use super::wakes::WakeIndex;
use super::workers::Runs;
use crate::api::{Mark, TimelineQuery};

/// 16 spans of a task between two sum points: 2.5 bytes a span.
const STRIDE_LOG2: u32 = 4;

/// Parts of the trace that the minimap can tell apart at least.
const MINIMAP_BUCKETS: usize = 4096;

/// What is built once from a data set, so that a query touches only what is visible.
#[derive(Debug, Default)]
pub struct TimelineIndex {
    pub(super) marks: MarkTable,
    pub(super) totals: TaskTotals,
    pub(super) by_entry: Grouping,
    by_parent: OnceLock<Grouping>,
    orders: RefCell<Orders>,
    pub(super) workers: Runs,
    threads: OnceLock<Runs>,
    user_lanes: OnceLock<UserLanes>,
    regions: OnceLock<TaskRegions>,
    presence: OnceLock<Presence>,
    depths: OnceLock<Vec<u8>>,
    /// Assists of each task.
    pub(super) assists: ByTask,
    samples: OnceLock<ByTask>,
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
    hits: RefCell<Option<Rc<Hits>>>,
}

impl TimelineIndex {
    /// Builds the index; takes a few passes over the spans.
    pub fn build(dataset: &Dataset) -> Self {
        let marks = MarkTable::build(dataset);
        let totals = TaskTotals::build(dataset);
        let by_entry = Grouping::by_entry(dataset, &totals);
        let load = load(dataset);
        Self {
            workers: Runs::of_workers(dataset, &by_entry),
            phases: phases::phases(dataset),
            gc_marks: phases::marks(dataset),
            ready_at_end: ready_at_end(dataset),
            counters: Counters::build(dataset, &load),
            blocks: task_blocks(dataset, &marks),
            assists: ByTask::assists(dataset),
            load,
            marks,
            totals,
            by_entry,
            ..Self::default()
        }
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> u64 {
        let parent = self.by_parent.get().map_or(0, Grouping::bytes);
        let threads = self.threads.get().map_or(0, Runs::bytes);
        let presence = self.presence.get().map_or(0, Presence::bytes);
        let grouped = self.by_entry.bytes() + parent + presence + self.assists.bytes();
        (self.blocks.bytes() + self.workers.bytes() + threads + self.load.bytes() + grouped) as u64
    }

    /// Tasks by the task that spawned them, made when first asked for.
    pub(super) fn by_parent(&self, dataset: &Dataset) -> &Grouping {
        self.by_parent.get_or_init(|| Grouping::by_parent(dataset, &self.totals))
    }

    /// The task lanes that `query` asks for, in order.
    pub(super) fn order(&self, dataset: &Dataset, query: &TimelineQuery) -> Rc<Order> {
        self.orders.borrow_mut().get(dataset, self, query)
    }

    /// What ran on each thread, made when first asked for.
    pub(super) fn threads(&self, dataset: &Dataset) -> &Runs {
        self.threads
            .get_or_init(|| Runs::build(dataset, &self.by_entry, Some(threads::runs_by_thread(dataset))))
    }

    /// Lanes of user tasks, made when first asked for.
    pub(super) fn user_lanes(&self, dataset: &Dataset) -> &UserLanes {
        self.user_lanes.get_or_init(|| UserLanes::build(dataset))
    }

    /// Regions under task lanes, made when first asked for.
    pub(super) fn regions(&self, dataset: &Dataset) -> &TaskRegions {
        self.regions.get_or_init(|| TaskRegions::build(dataset))
    }

    /// Who does something when, made when first asked for.
    pub(super) fn presence(&self, dataset: &Dataset) -> &Presence {
        self.presence.get_or_init(|| Presence::build(dataset))
    }

    /// CPU samples of each task, made when first asked for.
    pub(super) fn samples(&self, dataset: &Dataset) -> &ByTask {
        self.samples.get_or_init(|| ByTask::samples(dataset))
    }

    /// How deep the stacks of `task` are at most.
    pub(super) fn depth(&self, dataset: &Dataset, task: TaskId) -> usize {
        let depths = self.depths.get_or_init(|| depths(dataset));
        depths.get(task.index()).map_or(0, |&depth| usize::from(depth))
    }

    /// What matches `text`, found when first asked for and kept until the next text.
    pub(super) fn search(&self, dataset: &Dataset, text: &str) -> Rc<Hits> {
        let mut known = self.hits.borrow_mut();
        match known.as_ref().filter(|hits| hits.text == text) {
            Some(hits) => hits.clone(),
            None => known.insert(Rc::new(Hits::find(dataset, text))).clone(),
        }
    }

    /// The mark of a span.
    pub(super) fn mark_of(&self, dataset: &Dataset, id: SpanId) -> Mark {
        let row = id.index();
        match (dataset.spans.state.get(row), dataset.spans.reason.get(row)) {
            (Some(&state), Some(&reason)) => {
                MARKS.get(self.marks.class(state, reason)).copied().unwrap_or_default()
            }
            _ => Mark::Unknown,
        }
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

/// How many run, are ready and are in system calls, and how many workers have threads.
fn load(dataset: &Dataset) -> Load {
    let buckets = buckets_for(dataset.spans.len() as u64).max(MINIMAP_BUCKETS);
    let mut builder = LoadBuilder::new(dataset.facts.start_ns, dataset.facts.end_ns, buckets, ALL);
    for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
        add_task(dataset, task, &mut builder, 0, u64::MAX);
    }
    for span in &dataset.worker_spans {
        builder.add(Kind::Held, span.start_ns, span.end_ns);
    }
    builder.finish()
}

/// The deepest stack of each task.
fn depths(dataset: &Dataset) -> Vec<u8> {
    let depth = |stack: StackId| dataset.stacks.leaf_first(stack).take(usize::from(u8::MAX)).count() as u8;
    let stacks: Vec<u8> = (0..dataset.stacks.len()).map(StackId::from_index).map(depth).collect();
    let of_task = |task| {
        let stacks_of = dataset.spans.stack.get(dataset.spans.rows_of(task)).unwrap_or_default();
        stacks_of.iter().filter_map(|stack| stacks.get(stack.index())).copied().max().unwrap_or(0)
    };
    (0..dataset.tasks.len()).map(TaskId::from_index).map(of_task).collect()
}

fn ready_at_end(dataset: &Dataset) -> Vec<SpanId> {
    let tasks = (0..dataset.tasks.len()).map(TaskId::from_index);
    let last = tasks.filter_map(|task| dataset.spans.rows_of(task).last());
    last.filter(|&row| dataset.spans.state.get(row) == Some(&TaskState::Ready))
        .map(SpanId::from_index)
        .collect()
}
