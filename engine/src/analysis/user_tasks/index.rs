//! What every question about user tasks and regions needs, built once a trace.

use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{Csr, FrameId, StackId, StringId, TaskId, UserTaskId};

use super::histogram::durations;
use super::nesting::{self, RegionTimes};
use super::states::Times;
use super::{rows, types};
use crate::analysis::timeline::names;
use crate::api::{Durations, Marked};

/// A type: tasks of one name, or regions of one name and root frame.
#[derive(Clone, Debug)]
pub(super) struct Type {
    pub(super) name: StringId,
    /// Root frame of the stack at the beginning; `NONE` for tasks.
    pub(super) root: FrameId,
    /// What the goroutines of its regions did; nothing for tasks.
    pub(super) times: Times,
    /// How many began or ended outside the trace.
    pub(super) incomplete: u32,
    /// Of complete tasks; of all regions, cut to the trace.
    pub(super) durations: Durations,
}

/// Types and which rows belong to them.
#[derive(Clone, Debug, Default)]
pub(super) struct Types {
    pub(super) rows: Vec<Type>,
    /// Type of each task or region.
    pub(super) of: Vec<u32>,
    /// Tasks or regions of each type.
    pub(super) members: Csr<u32>,
}

/// User tasks, regions and logs, by each other.
#[derive(Debug)]
pub struct UserIndex {
    pub(super) task_types: Types,
    pub(super) region_types: Types,
    pub(super) children: Csr<u32>,
    pub(super) regions_of_task: Csr<u32>,
    pub(super) logs_of_task: Csr<u32>,
    /// Goroutines created in a region of each task, or by such a goroutine.
    pub(super) heirs_of_task: Csr<u32>,
    /// Goroutines that worked for each task, each once, ascending.
    pub(super) workers_of_task: Csr<u32>,
    /// What the goroutine of each region did meanwhile, in short.
    pub(super) region_times: Vec<RegionTimes>,
}

impl UserIndex {
    /// Reads the tables of `dataset`.
    pub fn build(dataset: &Dataset) -> Self {
        let tasks = dataset.user_tasks.len();
        let regions = &dataset.regions;
        let task_types = task_types(dataset);
        let mut region_types = region_types(dataset);
        let by_goroutine = group(dataset.tasks.len(), regions.iter().map(|region| region.task.0));
        let (regions_of_goroutine, region_times) = nesting::measure(dataset, by_goroutine, &mut region_types);
        let heirs = heirs(dataset, &regions_of_goroutine, &region_times);
        let mut index = Self {
            task_types,
            region_types,
            children: group(tasks, dataset.user_tasks.iter().map(|task| task.parent.0)),
            regions_of_task: group(tasks, regions.iter().map(|region| region.user_task.0)),
            logs_of_task: group(tasks, dataset.logs.iter().map(|log| log.user_task.0)),
            heirs_of_task: group(tasks, heirs.iter().map(|task| task.0)),
            workers_of_task: workers(dataset, &heirs),
            region_times,
        };
        for marked in [Marked::Tasks, Marked::Regions] {
            index.measure(dataset, marked);
        }
        index
    }

    /// Adds the durations of each type.
    fn measure(&mut self, dataset: &Dataset, marked: Marked) {
        for kind in 0..types::of(self, marked).rows.len() {
            let members = types::of(self, marked).members.group(kind);
            let is_complete = |row: u32| rows::is_complete(dataset, marked, row);
            let incomplete = members.iter().filter(|&&row| !is_complete(row)).count();
            let counted = members.iter().filter(|&&row| marked == Marked::Regions || is_complete(row));
            let intervals = counted.map(|&row| rows::interval(dataset, self, marked, row));
            let mut lengths: Vec<u64> = intervals.map(|(start, end)| end - start).collect();
            let types = match marked {
                Marked::Tasks => &mut self.task_types,
                Marked::Regions => &mut self.region_types,
            };
            types.rows[kind].incomplete = incomplete as u32;
            types.rows[kind].durations = durations(&mut lengths);
        }
    }

    /// First ns inside the trace of user task `row`, and one past the last.
    pub fn interval_of_task(&self, dataset: &Dataset, row: u32) -> Option<(u64, u64)> {
        let task = dataset.user_tasks.get(row as usize)?;
        let start = task.start_ns.unwrap_or(dataset.facts.start_ns);
        Some((start, task.end_ns.unwrap_or(dataset.facts.end_ns).max(start)))
    }

    /// First ns inside the trace of region `row`, and one past the last.
    pub fn interval_of_region(&self, dataset: &Dataset, row: u32) -> Option<(u64, u64)> {
        dataset.regions.get(row as usize).map(|region| nesting::interval(dataset, region))
    }

    /// Regions by duration, longest first, of those whose name is `name`.
    pub fn slowest_regions(&self, dataset: &Dataset, name: &str) -> Vec<u32> {
        let Some(name) = dataset.strings.lookup(name) else { return Vec::new() };
        let named = dataset.regions.iter().enumerate().filter(|(_, region)| region.name == name);
        let length = |region| {
            let (start, end) = nesting::interval(dataset, region);
            end - start
        };
        let mut rows: Vec<(u64, u32)> = named.map(|(row, region)| (length(region), row as u32)).collect();
        rows.sort_unstable_by_key(|&(length, row)| (std::cmp::Reverse(length), row));
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// Rows `0..` grouped by their keys; a row whose key is no group is in none.
pub(super) fn group(groups: usize, keys: impl Iterator<Item = u32> + Clone) -> Csr<u32> {
    let mut first = vec![0_u32; groups + 1];
    for key in keys.clone().filter(|&key| (key as usize) < groups) {
        first[key as usize + 1] += 1;
    }
    for at in 1..first.len() {
        first[at] += first[at - 1];
    }
    let mut rows = vec![0_u32; first[groups] as usize];
    let mut next = first.clone();
    for (row, key) in keys.enumerate().filter(|&(_, key)| (key as usize) < groups) {
        rows[next[key as usize] as usize] = row as u32;
        next[key as usize] += 1;
    }
    Csr { first, rows }
}

fn task_types(dataset: &Dataset) -> Types {
    let keys = dataset.user_tasks.iter().map(|task| (task.name, FrameId::NONE));
    typed(dataset, keys)
}

fn region_types(dataset: &Dataset) -> Types {
    let mut roots: HashMap<StackId, FrameId> = HashMap::new();
    let mut root = |stack: StackId| {
        *roots
            .entry(stack)
            .or_insert_with(|| dataset.stacks.leaf_first(stack).last().unwrap_or(FrameId::NONE))
    };
    let keys: Vec<_> = dataset.regions.iter().map(|region| (region.name, root(region.stack))).collect();
    typed(dataset, keys.into_iter())
}

fn typed(dataset: &Dataset, keys: impl Iterator<Item = (StringId, FrameId)>) -> Types {
    let mut known: HashMap<(StringId, FrameId), u32> = HashMap::new();
    let mut types = Types::default();
    for (name, root) in keys {
        let next = types.rows.len() as u32;
        let of = *known.entry((name, root)).or_insert_with(|| {
            let (times, durations) = (Times::new(dataset), Durations::default());
            types.rows.push(Type { name, root, times, incomplete: 0, durations });
            next
        });
        types.of.push(of);
    }
    types.members = group(types.rows.len(), types.of.iter().copied());
    types
}

/// The user task that each goroutine inherits: that of its creator's innermost region when it was
/// created, or else the one its creator inherits. The runtime's own goroutines inherit none.
fn heirs(dataset: &Dataset, regions: &Csr<u32>, times: &[RegionTimes]) -> Vec<UserTaskId> {
    let mut heirs = vec![UserTaskId::NONE; dataset.tasks.len()];
    for (row, task) in dataset.tasks.rows.iter().enumerate() {
        let (parent, Some(created)) = (task.parent, task.created_ns) else { continue };
        let region = nesting::innermost(dataset, regions.group(parent.index()), times, created);
        let inherited = match region {
            Some(region) => dataset.regions[region as usize].user_task,
            None => heirs.get(parent.index()).copied().unwrap_or_default(),
        };
        if !inherited.is_none() && !names::is_runtime(names::entry(dataset, TaskId::from_index(row))) {
            heirs[row] = inherited;
        }
    }
    heirs
}

/// Goroutines by the tasks they began, had regions or logs for, or inherited.
fn workers(dataset: &Dataset, heirs: &[UserTaskId]) -> Csr<u32> {
    let began = dataset.user_tasks.iter().enumerate().map(|(row, task)| (row as u32, task.task.0));
    let regions = dataset.regions.iter().map(|region| (region.user_task.0, region.task.0));
    let logs = dataset.logs.iter().map(|log| (log.user_task.0, log.task.0));
    let heirs = heirs.iter().enumerate().map(|(row, task)| (task.0, row as u32));
    let known = |&(task, goroutine): &(u32, u32)| {
        (task as usize) < dataset.user_tasks.len() && (goroutine as usize) < dataset.tasks.len()
    };
    let mut pairs: Vec<(u32, u32)> = began.chain(regions).chain(logs).chain(heirs).filter(known).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let by_task = group(dataset.user_tasks.len(), pairs.iter().map(|&(task, _)| task));
    let rows = by_task.rows.iter().map(|&pair| pairs[pair as usize].1).collect();
    Csr { first: by_task.first, rows }
}
