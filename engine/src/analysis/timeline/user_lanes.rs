//! Lanes of what the program itself marked: user tasks by type, and regions of goroutines.

use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{Region, StringId, TaskId, UserTask};

use super::intervals::{Interval, Rows};

/// More tasks of one type at a time than this are not drawn.
const MOST_ROWS: usize = 256;
/// How deep regions are drawn.
pub(super) const MOST_DEPTH: usize = 6;
/// Colours by order of appearance; amber (3) and the grey of 0 are left to others.
const COLOURS: [u8; 5] = [2, 5, 1, 4, 6];

/// Lanes of user tasks, and of the regions inside them.
#[derive(Debug, Default)]
pub(super) struct UserLanes {
    /// Types of tasks, by the first start.
    pub(super) types: Vec<TaskType>,
    /// All rows, type by type.
    pub(super) rows: Rows,
    /// What each row is.
    pub(super) kinds: Vec<RowKind>,
}

/// What a row of [`UserLanes`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// User tasks.
    Tasks,
    /// Regions of the tasks in the row above.
    Regions,
}

/// All user tasks of one type.
#[derive(Debug)]
pub(super) struct TaskType {
    /// Its name.
    pub(super) name: StringId,
    /// How many tasks.
    pub(super) count: u32,
    /// Which rows are theirs.
    pub(super) rows: std::ops::Range<u32>,
}

impl UserLanes {
    /// Packs the user tasks of each type, and under each row the regions of its tasks.
    pub(super) fn build(dataset: &Dataset) -> Self {
        let mut by_type: Vec<(StringId, Vec<u32>)> = Vec::new();
        let mut known: HashMap<StringId, usize> = HashMap::new();
        for (row, task) in dataset.user_tasks.iter().enumerate() {
            let at = *known.entry(task.name).or_insert_with(|| {
                by_type.push((task.name, Vec::new()));
                by_type.len() - 1
            });
            by_type[at].1.push(row as u32);
        }
        let mut regions: Vec<(u32, u32)> = (0_u32..)
            .zip(&dataset.regions)
            .filter_map(|(row, region)| Some((region.user_task.get()?.0, row)))
            .collect();
        regions.sort_unstable();
        let mut lanes = Self::default();
        let mut colours = Colours::default();
        for (name, tasks) in by_type {
            lanes.add_type(dataset, name, &tasks, &regions, &mut colours);
        }
        lanes
    }

    /// The row that shows user task `item`.
    pub(super) fn row_of(&self, item: u32) -> Option<u32> {
        let holds = |row: &usize| {
            self.kinds.get(*row) == Some(&RowKind::Tasks)
                && self.rows.row(*row).iter().any(|interval| interval.item == item)
        };
        (0..self.rows.len()).find(holds).map(|row| row as u32)
    }

    fn add_type(
        &mut self,
        dataset: &Dataset,
        name: StringId,
        tasks: &[u32],
        regions: &[(u32, u32)],
        colours: &mut Colours,
    ) {
        let class = colours.of(name);
        let interval = |&row: &u32| {
            let (start_ns, end_ns) = extent_of_task(dataset, dataset.user_tasks.get(row as usize)?);
            Some(Interval { start_ns, end_ns, item: row, class })
        };
        let mut packed = Rows::default();
        packed.pack(tasks.iter().filter_map(interval).collect(), MOST_ROWS);
        let first = self.rows.len() as u32;
        for row in 0..packed.len() {
            let tasks = packed.row(row).to_vec();
            let inside: Vec<Interval> = tasks
                .iter()
                .flat_map(|task| {
                    let from = regions.partition_point(|&(user_task, _)| user_task < task.item);
                    let theirs = regions[from..].iter().take_while(|&&(user_task, _)| user_task == task.item);
                    theirs.filter_map(|&(_, row)| region(dataset, row, colours)).collect::<Vec<_>>()
                })
                .collect();
            self.rows.pack(tasks, 1);
            self.kinds.push(RowKind::Tasks);
            let depth = self.rows.pack(inside, MOST_DEPTH);
            self.kinds.extend(std::iter::repeat_n(RowKind::Regions, depth));
        }
        self.types.push(TaskType { name, count: tasks.len() as u32, rows: first..self.rows.len() as u32 });
    }
}

/// Rows of regions under the lanes of their goroutines.
#[derive(Debug, Default)]
pub(super) struct TaskRegions {
    /// Tasks that have any, ascending, and where their rows begin.
    first: Vec<(TaskId, u32)>,
    /// All rows, task by task.
    pub(super) rows: Rows,
}

impl TaskRegions {
    /// Packs the regions of each goroutine.
    pub(super) fn build(dataset: &Dataset) -> Self {
        let mut by_task: Vec<(TaskId, u32)> =
            dataset.regions.iter().zip(0..).map(|(region, row)| (region.task, row)).collect();
        by_task.retain(|(task, _)| task.index() < dataset.tasks.len());
        by_task.sort_unstable();
        let mut all = Self::default();
        let mut colours = Colours::default();
        for group in by_task.chunk_by(|a, b| a.0 == b.0) {
            let first = all.rows.len() as u32;
            let intervals = group.iter().filter_map(|&(_, row)| region(dataset, row, &mut colours)).collect();
            if all.rows.pack(intervals, MOST_DEPTH) > 0 {
                all.first.push((group[0].0, first));
            }
        }
        all
    }

    /// Whether no goroutine has any.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// The rows of `task`.
    pub(super) fn of(&self, task: TaskId) -> std::ops::Range<usize> {
        let Ok(at) = self.first.binary_search_by_key(&task, |&(task, _)| task) else { return 0..0 };
        let end = self.first.get(at + 1).map_or(self.rows.len(), |&(_, first)| first as usize);
        self.first[at].1 as usize..end
    }
}

/// A colour for each name, by order of appearance.
#[derive(Debug, Default)]
struct Colours(HashMap<StringId, u8>);

impl Colours {
    fn of(&mut self, name: StringId) -> u8 {
        let next = COLOURS[self.0.len() % COLOURS.len()];
        *self.0.entry(name).or_insert(next)
    }
}

fn region(dataset: &Dataset, row: u32, colours: &mut Colours) -> Option<Interval> {
    let region = dataset.regions.get(row as usize)?;
    let (start_ns, end_ns) = extent_of_region(dataset, region);
    Some(Interval { start_ns, end_ns, item: row, class: colours.of(region.name) })
}

/// When a user task was there, inside the trace.
pub(super) fn extent_of_task(dataset: &Dataset, task: &UserTask) -> (u64, u64) {
    (task.start_ns.unwrap_or(dataset.facts.start_ns), task.end_ns.unwrap_or(dataset.facts.end_ns))
}

/// When a region was open, inside the trace; an open one ends with its goroutine.
pub(super) fn extent_of_region(dataset: &Dataset, region: &Region) -> (u64, u64) {
    let start = region.start_ns.unwrap_or(dataset.facts.start_ns);
    (start, region.end_ns.unwrap_or_else(|| dataset.end_of(region.task)))
}
