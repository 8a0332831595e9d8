//! Lists of tasks and regions: filtered, sorted, a window of them.

use taskscope_proto::Dataset;

use super::histogram::durations;
use super::index::UserIndex;
use super::{rows, types};
use crate::analysis::search::Matcher;
use crate::api::{Durations, MarkSort, Marked, MarksAnswer, MarksQuery};

/// Rows that pass a query's filters, in its order. Asking for another window of them is cheap.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    query: MarksQuery,
    rows: Vec<u32>,
    durations: Durations,
    search_error: String,
}

impl Listing {
    /// Filters and sorts.
    pub fn run(dataset: &Dataset, index: &UserIndex, query: &MarksQuery) -> Self {
        let mut listing = Self { query: query.clone(), ..Self::default() };
        let filter = match Filter::new(dataset, index, query) {
            Ok(filter) => filter,
            Err(error) => {
                listing.search_error = error;
                return listing;
            }
        };
        let mut rows: Vec<u32> =
            candidates(index, query).into_iter().filter(|&row| filter.passes(row)).collect();
        let mut lengths: Vec<u64> = rows.iter().filter_map(|&row| filter.latency(row)).collect();
        listing.durations = durations(&mut lengths);
        sort(dataset, index, query, &mut rows);
        listing.rows = rows;
        listing
    }

    /// Whether this is the answer to `query`, whatever its window.
    pub fn answers(&self, query: &MarksQuery) -> bool {
        let window = |query: &MarksQuery| MarksQuery { first: 0, count: 0, ..query.clone() };
        window(&self.query) == window(query)
    }

    /// The rows that pass, in order.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// A window of the list.
    pub fn window(&self, dataset: &Dataset, index: &UserIndex, first: u32, count: u32) -> MarksAnswer {
        let shown = self.rows.iter().skip(first as usize).take(count as usize).copied();
        let mut answer = MarksAnswer {
            all: types::of(index, self.query.marked).of.len() as u32,
            matching: self.rows.len() as u32,
            durations: self.durations.clone(),
            search_error: self.search_error.clone(),
            ..MarksAnswer::default()
        };
        match self.query.marked {
            Marked::Tasks => answer.tasks = shown.filter_map(|row| rows::task(dataset, index, row)).collect(),
            Marked::Regions => {
                answer.regions = shown.filter_map(|row| rows::region(dataset, index, row)).collect();
            }
        }
        answer
    }
}

/// The rows that the query's type or task leaves.
fn candidates(index: &UserIndex, query: &MarksQuery) -> Vec<u32> {
    let types = types::of(index, query.marked);
    match (query.of_task, query.of_type) {
        (Some(task), kind) if query.marked == Marked::Regions => {
            let of_type = |row: &&u32| kind.is_none_or(|kind| types.of.get(**row as usize) == Some(&kind));
            index.regions_of_task.group(task as usize).iter().filter(of_type).copied().collect()
        }
        (_, Some(kind)) => types.members.group(kind as usize).to_vec(),
        _ => (0..types.of.len() as u32).collect(),
    }
}

struct Filter<'a> {
    dataset: &'a Dataset,
    index: &'a UserIndex,
    query: &'a MarksQuery,
    name: Matcher,
    log: Matcher,
}

impl<'a> Filter<'a> {
    fn new(dataset: &'a Dataset, index: &'a UserIndex, query: &'a MarksQuery) -> Result<Self, String> {
        let (name, log) = (Matcher::new(&query.search)?, Matcher::new(&query.log)?);
        Ok(Self { dataset, index, query, name, log })
    }

    fn passes(&self, row: u32) -> bool {
        self.passes_ends(row) && self.passes_name(row) && self.passes_log(row)
    }

    fn passes_ends(&self, row: u32) -> bool {
        let query = self.query;
        let complete = rows::is_complete(self.dataset, query.marked, row);
        if query.complete.is_some_and(|wanted| wanted != complete) {
            return false;
        }
        let bounded = query.min_ns.is_some() || query.max_ns.is_some();
        let bounds = query.min_ns.unwrap_or(0)..=query.max_ns.unwrap_or(u64::MAX);
        !bounded || self.latency(row).is_some_and(|ns| bounds.contains(&ns))
    }

    /// How long it took; incomplete tasks have no latency, regions are cut to the trace.
    fn latency(&self, row: u32) -> Option<u64> {
        let marked = self.query.marked;
        let counts = marked == Marked::Regions || rows::is_complete(self.dataset, marked, row);
        let (start, end) = rows::interval(self.dataset, self.index, marked, row);
        counts.then_some(end - start)
    }

    fn passes_name(&self, row: u32) -> bool {
        self.name.is_empty() || self.name.matches(&name(self.dataset, self.query.marked, row))
    }

    fn passes_log(&self, row: u32) -> bool {
        let text = |id| self.dataset.strings.get(id);
        let logs = match self.query.marked {
            Marked::Tasks => self.index.logs_of_task.group(row as usize),
            Marked::Regions => return self.log.is_empty(),
        };
        let logs = logs.iter().filter_map(|&log| self.dataset.logs.get(log as usize));
        let hit = |log: &taskscope_proto::model::Log| {
            self.log.matches(text(log.message)) || self.log.matches(text(log.category))
        };
        self.log.is_empty() || logs.into_iter().any(hit)
    }
}

fn name(dataset: &Dataset, marked: Marked, row: u32) -> String {
    match marked {
        Marked::Tasks => rows::task_name(dataset, row),
        Marked::Regions => {
            let region = dataset.regions.get(row as usize);
            region.map_or_else(String::new, |region| dataset.strings.get(region.name).into())
        }
    }
}

fn sort(dataset: &Dataset, index: &UserIndex, query: &MarksQuery, rows: &mut [u32]) {
    let marked = query.marked;
    let interval = |row: u32| rows::interval(dataset, index, marked, row);
    if query.sort == MarkSort::Name {
        rows.sort_by_cached_key(|&row| (name(dataset, marked, row), interval(row).0, row));
    } else {
        rows.sort_by_cached_key(|&row| (number(dataset, index, query, row), interval(row).0, row));
    }
    if query.reversed {
        rows.reverse();
    }
}

/// What to sort by, the smallest first; large ones first where [`MarkSort`] says so.
fn number(dataset: &Dataset, index: &UserIndex, query: &MarksQuery, row: u32) -> u64 {
    let largest = |value: u64| u64::MAX - value;
    let (start, end) = rows::interval(dataset, index, query.marked, row);
    let listed = |of: &taskscope_proto::model::Csr<u32>| match query.marked {
        Marked::Tasks => of.group(row as usize).len() as u64,
        Marked::Regions => 0,
    };
    let times = index.region_times.get(row as usize).filter(|_| query.marked == Marked::Regions);
    match query.sort {
        MarkSort::Duration => largest(end - start),
        MarkSort::Start | MarkSort::Name => start,
        MarkSort::Id => id(dataset, query.marked, row),
        MarkSort::Logs => largest(listed(&index.logs_of_task)),
        MarkSort::Regions => largest(listed(&index.regions_of_task)),
        MarkSort::Goroutines => largest(listed(&index.workers_of_task)),
        MarkSort::Running => largest(times.map_or(0, |times| times.running)),
        MarkSort::Ready => largest(times.map_or(0, |times| times.ready)),
        MarkSort::Blocked => largest(times.map_or(0, |times| times.blocked)),
    }
}

fn id(dataset: &Dataset, marked: Marked, row: u32) -> u64 {
    match marked {
        Marked::Tasks => dataset.user_tasks.get(row as usize).map_or(0, |task| task.id),
        Marked::Regions => {
            let region = dataset.regions.get(row as usize);
            region.and_then(|region| dataset.tasks.get(region.task)).map_or(0, |task| task.id)
        }
    }
}
