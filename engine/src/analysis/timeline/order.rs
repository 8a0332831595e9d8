//! Which task lanes there are and in which order: grouped, sorted, filtered.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState};

use super::groups::Grouping;
use super::index::TimelineIndex;
use super::names;
use crate::analysis::search::Matcher;
use crate::api::{LaneColumn, LaneGrouping, LaneSort, Mark, TimelineQuery};
use crate::sorting::Sort;

/// Orders kept: those of the last few choices.
const KEPT: usize = 4;

/// Task lanes from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Row of the group, if there are heads, and its part of `tasks`.
    pub(super) groups: Vec<(Option<u32>, Range<usize>)>,
    /// Tasks, group by group.
    pub(super) tasks: Vec<TaskId>,
}

/// What an order is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Choice {
    grouping: LaneGrouping,
    sort: LaneSort,
    filter: String,
}

/// The last orders made.
#[derive(Debug, Default)]
pub(super) struct Orders(Vec<(Choice, Rc<Order>)>);

impl Orders {
    /// The order that `query` asks for, made if it is not known yet.
    pub(super) fn get(
        &mut self,
        dataset: &Dataset,
        index: &TimelineIndex,
        query: &TimelineQuery,
    ) -> Rc<Order> {
        let choice = Choice { grouping: query.grouping, sort: query.sort, filter: query.filter.clone() };
        if let Some((_, order)) = self.0.iter().find(|(known, _)| *known == choice) {
            return order.clone();
        }
        let order = Rc::new(Order::build(dataset, index, &choice));
        self.0.truncate(KEPT - 1);
        self.0.insert(0, (choice, order.clone()));
        order
    }
}

impl Order {
    fn build(dataset: &Dataset, index: &TimelineIndex, choice: &Choice) -> Self {
        let grouping = match choice.grouping {
            LaneGrouping::Flat => None,
            LaneGrouping::Entry => Some(&index.by_entry),
            LaneGrouping::Parent => Some(index.by_parent(dataset)),
        };
        let mut order = match grouping {
            None => Self::flat(dataset, index),
            Some(grouping) => Self::grouped(grouping),
        };
        if choice.sort != LaneSort::default() {
            order.sort(dataset, index, grouping, choice.sort);
        }
        // A bad expression filters nothing; whoever typed it is told where it was typed.
        if let Some(matcher) = Matcher::new(&choice.filter).ok().filter(|matcher| !matcher.is_empty()) {
            order.filter(dataset, &matcher);
        }
        order
    }

    /// All tasks, the busiest first; the runtime's own last.
    fn flat(dataset: &Dataset, index: &TimelineIndex) -> Self {
        let mut tasks = index.by_entry.order.clone();
        tasks.sort_by_cached_key(|&task| {
            let runtime = names::is_runtime(names::entry(dataset, task));
            (runtime, Reverse(index.totals.running_ns(task)), task)
        });
        Self { groups: vec![(None, 0..tasks.len())], tasks }
    }

    fn grouped(grouping: &Grouping) -> Self {
        let range = |range: &Range<u32>| range.start as usize..range.end as usize;
        let groups = grouping.groups.iter().enumerate();
        Self {
            groups: groups.map(|(row, group)| (Some(row as u32), range(&group.tasks))).collect(),
            tasks: grouping.order.clone(),
        }
    }

    /// Sorts the tasks of each group, then the groups. What is equal stays as it was.
    fn sort(
        &mut self,
        dataset: &Dataset,
        index: &TimelineIndex,
        grouping: Option<&Grouping>,
        sort: LaneSort,
    ) {
        if sort.column == LaneColumn::Name {
            return self.sort_by_name(dataset, grouping, sort.reversed);
        }
        let values = values(dataset, index, sort.column);
        let value = |task: &TaskId| values.get(task.index()).copied().unwrap_or(0);
        let ascends = matches!(sort.column, LaneColumn::Id | LaneColumn::Created);
        let mut weights: Vec<u64> = Vec::with_capacity(self.groups.len());
        for (_, range) in &self.groups {
            let tasks = &mut self.tasks[range.clone()];
            match ascends != sort.reversed {
                true => tasks.sort_by_key(value),
                false => tasks.sort_by_key(|task| Reverse(value(task))),
            }
            weights.push(match ascends {
                true => tasks.first().map_or(0, value),
                false => tasks.iter().map(value).fold(0, u64::saturating_add),
            });
        }
        self.sort_groups(|a, b| match ascends != sort.reversed {
            true => weights[a].cmp(&weights[b]),
            false => weights[b].cmp(&weights[a]),
        });
    }

    fn sort_by_name(&mut self, dataset: &Dataset, grouping: Option<&Grouping>, reversed: bool) {
        let id_of = |task: TaskId| dataset.tasks.get(task).map_or(0, |task| task.id);
        let name = |row: usize| {
            let group = self.groups[row].0.and_then(|row| grouping?.groups.get(row as usize));
            group.map_or("", |group| group.name.as_str()).to_string()
        };
        let names: Vec<String> = (0..self.groups.len()).map(name).collect();
        for (_, range) in &self.groups {
            let tasks = &mut self.tasks[range.clone()];
            tasks.sort_by(|&a, &b| {
                let of = |task| {
                    (names::entry(dataset, task), dataset.tasks.get(task).map(|task| task.name.0 != 0))
                };
                of(a).cmp(&of(b)).then(id_of(a).cmp(&id_of(b)))
            });
            if reversed {
                tasks.reverse();
            }
        }
        self.sort_groups(|a, b| if reversed { names[b].cmp(&names[a]) } else { names[a].cmp(&names[b]) });
    }

    fn sort_groups(&mut self, compare: impl Fn(usize, usize) -> std::cmp::Ordering) {
        let mut rows: Vec<usize> = (0..self.groups.len()).collect();
        rows.order_by(|&a, &b| compare(a, b));
        self.groups = rows.into_iter().map(|row| self.groups[row].clone()).collect();
    }

    /// Only tasks of which the name, the entry function or the id matches.
    fn filter(&mut self, dataset: &Dataset, matcher: &Matcher) {
        let mut entries = HashMap::new();
        let mut matches = |task: TaskId| {
            let entry = names::entry_id(dataset, task);
            let by_entry =
                entries.entry(entry).or_insert_with(|| matcher.matches(dataset.strings.get(entry)));
            *by_entry || matcher.matches(&names::task(dataset, task))
        };
        let mut kept = Vec::new();
        for (_, range) in &mut self.groups {
            let first = kept.len();
            kept.extend(self.tasks[range.clone()].iter().copied().filter(|&task| matches(task)));
            *range = first..kept.len();
        }
        self.tasks = kept;
    }
}

/// The value of each task in `column`.
fn values(dataset: &Dataset, index: &TimelineIndex, column: LaneColumn) -> Vec<u64> {
    let start = dataset.facts.start_ns;
    let tasks = (0..dataset.tasks.len()).map(TaskId::from_index);
    let value = |task: TaskId| {
        let row = dataset.tasks.get(task);
        let created = row.and_then(|row| row.created_ns).unwrap_or(start);
        match column {
            LaneColumn::Id | LaneColumn::Name => row.map_or(0, |row| row.id),
            LaneColumn::Created => created,
            LaneColumn::Total => dataset.end_of(task).saturating_sub(created.max(start)),
            LaneColumn::Running => index.totals.running_ns(task),
            LaneColumn::Spans => dataset.spans.rows_of(task).len() as u64,
            LaneColumn::Assist => index.assists.time_of(dataset, task),
            LaneColumn::Ready => time_in(dataset, task, |row| dataset.spans.state[row] == TaskState::Ready),
            LaneColumn::Syscall => {
                time_in(dataset, task, |row| dataset.spans.state[row] == TaskState::Syscall)
            }
            LaneColumn::Blocked => {
                time_in(dataset, task, |row| dataset.spans.state[row] == TaskState::Blocked)
            }
            LaneColumn::Sync => time_blocked(dataset, index, task, Mark::Sync),
            LaneColumn::Network => time_blocked(dataset, index, task, Mark::Network),
            LaneColumn::Sleep => time_blocked(dataset, index, task, Mark::Sleep),
            LaneColumn::GcWait => time_blocked(dataset, index, task, Mark::Gc),
        }
    };
    tasks.map(value).collect()
}

fn time_blocked(dataset: &Dataset, index: &TimelineIndex, task: TaskId, mark: Mark) -> u64 {
    let spans = &dataset.spans;
    time_in(dataset, task, |row| {
        spans.state[row] == TaskState::Blocked
            && spans
                .reason
                .get(row)
                .is_some_and(|&reason| index.marks.class(spans.state[row], reason) == mark as usize)
    })
}

/// Time of those spans of `task` that `counts` wants, by row.
fn time_in(dataset: &Dataset, task: TaskId, counts: impl Fn(usize) -> bool) -> u64 {
    let rows = dataset.spans.rows_of(task);
    let starts = &dataset.spans.start_ns;
    let last = rows.end;
    let end = |row: usize| if row + 1 < last { starts[row + 1] } else { dataset.end_of(task) };
    let wanted = rows.filter(|&row| row < dataset.spans.state.len() && counts(row));
    wanted.fold(0_u64, |sum, row| sum.saturating_add(end(row).saturating_sub(starts[row])))
}
