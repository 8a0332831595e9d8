//! Tasks under heads: by entry function, by spawning task, or all in one.

use std::cmp::Reverse;
use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{StringId, TaskId, TaskState};

use super::keys;
use super::load::{Kind, Load, LoadBuilder, TWO};
use super::names;
use super::totals::TaskTotals;
use crate::sorting::Sort;

/// A head and its tasks.
#[derive(Debug)]
pub(super) struct Group {
    /// Key of its lane.
    pub(super) key: u64,
    /// What the head says.
    pub(super) name: String,
    /// Which part of [`Grouping::order`] its tasks are.
    pub(super) tasks: std::ops::Range<u32>,
    /// Colour of its square and of its runs: `--fr-n`.
    pub(super) colour: u8,
    /// Running and ready over time; `None` for a group so small that its spans are read instead.
    pub(super) load: Option<Load>,
}

/// All tasks under heads: busy groups first, busy tasks first in each.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    /// The heads, from top to bottom.
    pub(super) groups: Vec<Group>,
    /// All tasks, group by group.
    pub(super) order: Vec<TaskId>,
    /// Row in `groups` of each task.
    pub(super) group_of: Vec<u32>,
}

/// A group of no more spans than this needs no curve of its own.
const SMALL_GROUP: u64 = 4096;

/// Colours for groups by falling activity; amber (3) is for small ones, and grey (0) is the runtime's.
const COLOURS: [u8; 6] = [2, 6, 4, 5, 1, 3];

/// What decides where a group stands.
struct Draft {
    key: u64,
    name: String,
    /// Runtime groups, and tasks of which nothing is known, come last.
    last: bool,
    running_ns: u64,
    spans: u64,
    tasks: Vec<TaskId>,
}

impl Grouping {
    /// Groups by the name of the entry function.
    pub(super) fn by_entry(dataset: &Dataset, totals: &TaskTotals) -> Self {
        let entry_of = |task| names::entry_id(dataset, task).0;
        Self::build(dataset, totals, entry_of, |entry| match dataset.strings.get(StringId(entry)) {
            "" => (keys::entry(StringId(entry)), "entry not known".into(), true),
            name => (keys::entry(StringId(entry)), name.into(), names::is_runtime(name)),
        })
    }

    /// Groups by the task that spawned.
    pub(super) fn by_parent(dataset: &Dataset, totals: &TaskTotals) -> Self {
        let parent_of = |task| dataset.tasks.get(task).map_or(TaskId::NONE, |task| task.parent).0;
        Self::build(dataset, totals, parent_of, |parent| match dataset.tasks.get(TaskId(parent)) {
            Some(_) => {
                let name = names::task_and_entry(dataset, TaskId(parent));
                (keys::parent(TaskId(parent)), name, false)
            }
            None => (keys::parent(TaskId(parent)), "spawned before the trace".into(), true),
        })
    }

    /// Puts tasks of the same `id_of` under one head: its key, its name, and whether it stands last.
    fn build(
        dataset: &Dataset,
        totals: &TaskTotals,
        id_of: impl Fn(TaskId) -> u32,
        head: impl Fn(u32) -> (u64, String, bool),
    ) -> Self {
        let mut rows: HashMap<u32, usize> = HashMap::new();
        let mut drafts: Vec<Draft> = Vec::new();
        for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
            let id = id_of(task);
            let row = *rows.entry(id).or_insert_with(|| {
                let (key, name, last) = head(id);
                drafts.push(Draft { key, name, last, running_ns: 0, spans: 0, tasks: Vec::new() });
                drafts.len() - 1
            });
            let draft = &mut drafts[row];
            draft.running_ns = draft.running_ns.saturating_add(totals.running_ns(task));
            draft.spans += dataset.spans.rows_of(task).len() as u64;
            draft.tasks.push(task);
        }
        drafts.order_by(|a, b| {
            (a.last, Reverse(a.running_ns), &a.name).cmp(&(b.last, Reverse(b.running_ns), &b.name))
        });
        Self::finish(dataset, totals, drafts)
    }

    fn finish(dataset: &Dataset, totals: &TaskTotals, drafts: Vec<Draft>) -> Self {
        let mut grouping = Self { group_of: vec![0; dataset.tasks.len()], ..Self::default() };
        for (row, mut draft) in drafts.into_iter().enumerate() {
            let id_of = |task: TaskId| dataset.tasks.get(task).map_or(0, |task| task.id);
            draft.tasks.sort_by_key(|&task| (Reverse(totals.running_ns(task)), id_of(task), task));
            let first = grouping.order.len() as u32;
            for &task in &draft.tasks {
                grouping.group_of[task.index()] = row as u32;
            }
            grouping.order.extend_from_slice(&draft.tasks);
            grouping.groups.push(Group {
                key: draft.key,
                name: draft.name,
                tasks: first..grouping.order.len() as u32,
                colour: if draft.last { 0 } else { colour_of_rank(row) },
                load: (draft.spans > SMALL_GROUP)
                    .then(|| load_of(dataset, &draft.tasks, buckets_for(draft.spans))),
            });
        }
        grouping
    }

    /// The tasks of `group`.
    pub(super) fn tasks_of(&self, group: &Group) -> &[TaskId] {
        self.order.get(group.tasks.start as usize..group.tasks.end as usize).unwrap_or_default()
    }

    /// The colour of `task`'s group.
    pub(super) fn colour_of(&self, task: TaskId) -> u8 {
        let group = self.group_of.get(task.index()).and_then(|&group| self.groups.get(group as usize));
        group.map_or(0, |group| group.colour)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        let loads: usize = self.groups.iter().filter_map(|group| group.load.as_ref()).map(Load::bytes).sum();
        loads + self.groups.len() * size_of::<Group>() + self.order.len() * 4 + self.group_of.len() * 4
    }
}

/// Past the sixth group the colours come round again, without amber.
fn colour_of_rank(rank: usize) -> u8 {
    match COLOURS.get(rank) {
        Some(&colour) => colour,
        None => COLOURS[(rank - COLOURS.len()) % (COLOURS.len() - 1)],
    }
}

/// The curves of `tasks` in `buckets` parts of the trace.
fn load_of(dataset: &Dataset, tasks: &[TaskId], buckets: usize) -> Load {
    let mut builder = LoadBuilder::new(dataset.facts.start_ns, dataset.facts.end_ns, buckets, TWO);
    for &task in tasks {
        add_task(dataset, task, &mut builder, 0, u64::MAX);
    }
    builder.finish()
}

/// A bucket for every sixteen spans: a byte a span.
pub(super) fn buckets_for(spans: u64) -> usize {
    (spans / 16).clamp(256, 1 << 16) as usize
}

/// Adds those spans of `task` that touch `t0` to `t1`.
pub(super) fn add_task(dataset: &Dataset, task: TaskId, builder: &mut LoadBuilder, t0: u64, t1: u64) {
    let rows = dataset.spans.rows_of(task);
    let (Some(starts), Some(states)) =
        (dataset.spans.start_ns.get(rows.clone()), dataset.spans.state.get(rows.clone()))
    else {
        return;
    };
    let first = starts.partition_point(|&start| start <= t0).saturating_sub(1);
    let end_of_task = dataset.end_of(task);
    for at in first..starts.len() {
        if starts[at] >= t1 {
            break;
        }
        let kind = match states[at] {
            TaskState::Running => Kind::Running,
            TaskState::Ready => Kind::Ready,
            TaskState::Syscall => Kind::Syscall,
            _ => continue,
        };
        let end = starts.get(at + 1).copied().unwrap_or(end_of_task);
        builder.add(kind, starts[at], end);
        if kind == Kind::Syscall && dataset.spans.worker.get(rows.start + at).is_some_and(|of| of.is_none()) {
            builder.add(Kind::Detached, starts[at], end);
        }
    }
}
