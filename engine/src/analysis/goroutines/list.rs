//! The rows of the table: grouped, filtered, sorted, a window of them.

use std::cmp::Reverse;
use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{StringId, TaskId};

use super::table::{Fixed, Table};
use crate::analysis::search::Matcher;
use crate::analysis::timeline::{keys, names};
use crate::api::{
    GoroutineRow, GoroutineRows, GoroutineSort, GoroutineTimes, GoroutinesAnswer, GoroutinesQuery,
};
use crate::sorting::Sort;

/// What Go's tool calls goroutines of which no stack was seen.
const INACTIVE: &str = "(Inactive, no stack trace sampled)";

/// Rows that pass a query's filter, in its order. Asking for another window of them is cheap.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    query: GoroutinesQuery,
    all: u32,
    rows: Rows,
    longest_ns: u64,
    sum: GoroutineTimes,
    filter_error: String,
}

#[derive(Clone, Debug)]
enum Rows {
    Groups(Vec<Group>),
    Each(Vec<TaskId>),
}

impl Default for Rows {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

/// All goroutines of one entry function.
#[derive(Clone, Debug)]
struct Group {
    entry: StringId,
    first_id: u64,
    times: GoroutineTimes,
}

impl Listing {
    /// Groups, filters and sorts what is in `table`.
    pub fn run(dataset: &Dataset, table: &Table, query: &GoroutinesQuery) -> Self {
        let mut listing = Self { query: query.clone(), sum: table.nothing(), ..Self::default() };
        let filter = match Filter::new(&query.filter) {
            Ok(filter) => filter,
            Err(error) => {
                listing.filter_error = error;
                return listing;
            }
        };
        let present = (0..dataset.tasks.len()).map(TaskId::from_index).filter(|&task| table.has(task));
        match query.rows {
            GoroutineRows::Groups => listing.take_groups(dataset, groups(dataset, table, present), &filter),
            GoroutineRows::Each => listing.take_each(dataset, table, present.collect(), &filter),
        }
        listing.sort(dataset, table);
        listing
    }

    /// Whether this is the answer to `query`, whatever its window.
    pub fn answers(&self, query: &GoroutinesQuery) -> bool {
        let window = |query: &GoroutinesQuery| GoroutinesQuery { first: 0, count: 0, ..query.clone() };
        window(&self.query) == window(query)
    }

    /// A window of the rows.
    pub fn window(&self, dataset: &Dataset, table: &Table, first: u32, count: u32) -> GoroutinesAnswer {
        let (first, count) = (first as usize, count as usize);
        let (matching, rows) = match &self.rows {
            Rows::Groups(groups) => (
                groups.len(),
                groups.iter().skip(first).take(count).map(|group| head(dataset, group)).collect(),
            ),
            Rows::Each(tasks) => {
                let shown = tasks.iter().skip(first).take(count);
                (tasks.len(), shown.filter_map(|&task| single(dataset, table, task)).collect())
            }
        };
        GoroutinesAnswer {
            t0_ns: table.t0_ns,
            t1_ns: table.t1_ns,
            reasons: table.reasons.clone(),
            ranges: table.ranges.clone(),
            matching: matching as u32,
            all: self.all,
            longest_ns: self.longest_ns,
            sum: self.sum.clone(),
            rows,
            filter_error: self.filter_error.clone(),
        }
    }

    fn take_groups(&mut self, dataset: &Dataset, mut groups: Vec<Group>, filter: &Filter) {
        self.all = groups.len() as u32;
        groups.retain(|group| filter.passes(dataset.strings.get(group.entry), None));
        for Group { times, .. } in &groups {
            self.longest_ns = self.longest_ns.max(times.total_ns);
            add_times(&mut self.sum, times);
        }
        self.rows = Rows::Groups(groups);
    }

    fn take_each(&mut self, dataset: &Dataset, table: &Table, mut tasks: Vec<TaskId>, filter: &Filter) {
        self.all = tasks.len() as u32;
        tasks.retain(|&task| filter.passes(names::entry(dataset, task), Some(id_of(dataset, task))));
        for &task in &tasks {
            self.longest_ns = self.longest_ns.max(table.fixed[task.index()].total);
            table.add(task, &mut self.sum);
        }
        self.rows = Rows::Each(tasks);
    }

    fn sort(&mut self, dataset: &Dataset, table: &Table) {
        let column = Column::of(&self.query.sort, table);
        match &mut self.rows {
            Rows::Groups(groups) => {
                let name = |group: &Group| dataset.strings.get(group.entry);
                groups.order_by(|a, b| match column {
                    Column::Name => name(a).cmp(name(b)),
                    Column::Id => a.first_id.cmp(&b.first_id),
                    _ => (Reverse(column.of_times(&a.times)), name(a))
                        .cmp(&(Reverse(column.of_times(&b.times)), name(b))),
                });
                if self.query.reverse {
                    groups.reverse();
                }
            }
            Rows::Each(tasks) => {
                let id = |task: TaskId| id_of(dataset, task);
                let name = |task: TaskId| names::entry(dataset, task);
                match column {
                    Column::Name => tasks.sort_by(|&a, &b| (name(a), id(a)).cmp(&(name(b), id(b)))),
                    Column::Id => tasks.sort_by_key(|&task| id(task)),
                    _ => tasks.sort_by_cached_key(|&task| (Reverse(column.of_task(table, task)), id(task))),
                }
                if self.query.reverse {
                    tasks.reverse();
                }
            }
        }
    }
}

/// What rows are sorted by.
#[derive(Clone, Copy)]
enum Column {
    Name,
    Id,
    Count,
    Fixed(fn(&Fixed) -> u64, fn(&GoroutineTimes) -> u64),
    Reason(usize),
    Range(usize),
}

impl Column {
    /// Reasons and ranges that the table does not have sort by name.
    fn of(sort: &GoroutineSort, table: &Table) -> Self {
        let slot = |names: &[String], name: &str| names.iter().position(|known| known == name);
        match sort {
            GoroutineSort::Name => Self::Name,
            GoroutineSort::Id => Self::Id,
            GoroutineSort::Count => Self::Count,
            GoroutineSort::Total => Self::Fixed(|row| row.total, |row| row.total_ns),
            GoroutineSort::Running => Self::Fixed(|row| row.running, |row| row.running_ns),
            GoroutineSort::Ready => Self::Fixed(|row| row.ready, |row| row.ready_ns),
            GoroutineSort::Syscall => Self::Fixed(|row| row.syscall, |row| row.syscall_ns),
            GoroutineSort::SyscallBlocked => {
                Self::Fixed(|row| row.syscall_blocked, |row| row.syscall_blocked_ns)
            }
            GoroutineSort::Blocked => Self::Fixed(|row| row.blocked, |row| row.blocked_ns),
            GoroutineSort::Unknown => Self::Fixed(|row| row.unknown, |row| row.unknown_ns),
            GoroutineSort::Reason(name) => slot(&table.reasons, name).map_or(Self::Name, Self::Reason),
            GoroutineSort::Range(name) => slot(&table.ranges, name).map_or(Self::Name, Self::Range),
        }
    }

    fn of_times(self, times: &GoroutineTimes) -> u64 {
        match self {
            Self::Name | Self::Id | Self::Count => u64::from(times.count),
            Self::Fixed(_, of) => of(times),
            Self::Reason(slot) => times.reasons_ns.get(slot).copied().unwrap_or(0),
            Self::Range(slot) => times.ranges_ns.get(slot).copied().unwrap_or(0),
        }
    }

    fn of_task(self, table: &Table, task: TaskId) -> u64 {
        match self {
            Self::Name | Self::Id | Self::Count => 1,
            Self::Fixed(of, _) => table.fixed.get(task.index()).map_or(0, of),
            Self::Reason(slot) => table.reason_ns(task, slot),
            Self::Range(slot) => table.range_ns(task, slot),
        }
    }
}

/// Text or a regular expression for names; a number is an id too.
struct Filter {
    matcher: Matcher,
    id: Option<u64>,
}

impl Filter {
    fn new(field: &str) -> Result<Self, String> {
        let digits = field.trim().trim_start_matches(['G', 'g']).trim_start();
        Ok(Self { matcher: Matcher::new(field)?, id: digits.parse().ok() })
    }

    fn passes(&self, entry: &str, id: Option<u64>) -> bool {
        let numbered = id.is_some() && self.id == id;
        self.matcher.is_empty() || numbered || self.matcher.matches(shown(entry))
    }
}

fn groups(dataset: &Dataset, table: &Table, tasks: impl Iterator<Item = TaskId>) -> Vec<Group> {
    let mut rows: HashMap<StringId, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for task in tasks {
        let (entry, id) = (names::entry_id(dataset, task), id_of(dataset, task));
        let row = *rows.entry(entry).or_insert_with(|| {
            groups.push(Group { entry, first_id: id, times: table.nothing() });
            groups.len() - 1
        });
        let group = &mut groups[row];
        group.first_id = group.first_id.min(id);
        table.add(task, &mut group.times);
    }
    groups
}

fn head(dataset: &Dataset, group: &Group) -> GoroutineRow {
    let entry = dataset.strings.get(group.entry);
    GoroutineRow {
        entry: entry.into(),
        name: shown(entry).into(),
        id: group.first_id,
        task: None,
        lane: keys::entry(group.entry),
        system: is_system(entry),
        created_ns: None,
        ended_ns: None,
        times: group.times.clone(),
    }
}

fn single(dataset: &Dataset, table: &Table, id: TaskId) -> Option<GoroutineRow> {
    let task = dataset.tasks.get(id)?;
    let entry = names::entry(dataset, id);
    let mut times = table.nothing();
    table.add(id, &mut times);
    Some(GoroutineRow {
        entry: entry.into(),
        name: shown(entry).into(),
        id: task.id,
        task: Some(id.0),
        lane: keys::task(id),
        system: is_system(entry),
        created_ns: task.created_ns,
        ended_ns: task.ended_ns,
        times,
    })
}

fn id_of(dataset: &Dataset, task: TaskId) -> u64 {
    dataset.tasks.get(task).map_or(0, |task| task.id)
}

fn shown(entry: &str) -> &str {
    if entry.is_empty() { INACTIVE } else { entry }
}

/// As Go's tool tells them: by the entry function, `runtime.main` apart.
fn is_system(entry: &str) -> bool {
    entry.is_empty() || (entry != "runtime.main" && entry.starts_with("runtime."))
}

fn add_times(sum: &mut GoroutineTimes, times: &GoroutineTimes) {
    let columns = [
        (&mut sum.total_ns, times.total_ns),
        (&mut sum.running_ns, times.running_ns),
        (&mut sum.ready_ns, times.ready_ns),
        (&mut sum.syscall_ns, times.syscall_ns),
        (&mut sum.syscall_blocked_ns, times.syscall_blocked_ns),
        (&mut sum.blocked_ns, times.blocked_ns),
        (&mut sum.unknown_ns, times.unknown_ns),
    ];
    let reasons = sum.reasons_ns.iter_mut().zip(times.reasons_ns.iter().copied());
    let ranges = sum.ranges_ns.iter_mut().zip(times.ranges_ns.iter().copied());
    columns.into_iter().chain(reasons).chain(ranges).for_each(|(sum, ns)| *sum = sum.saturating_add(ns));
    sum.count = sum.count.saturating_add(times.count);
}
