//! Search over time: which spans, tasks, logs, regions and user tasks match a text.
//!
//! Distinct functions and reasons are matched once, then one pass over the spans finds those that
//! name them. Hits stay in table order; stepping through them in time order is a pass over them.

use taskscope_proto::Dataset;
use taskscope_proto::model::{FunctionId, StackId, TaskId};

use super::index::TimelineIndex;
use super::user_lanes::{extent_of_region, extent_of_task};
use super::{keys, names};
use crate::analysis::search::Matcher;
use crate::api::{SearchAnswer, SearchHit, SearchKind, SearchPlace, SearchQuery, SearchStep};
use crate::units;

/// Everything that matches one text.
#[derive(Debug, Default)]
pub(super) struct Hits {
    /// The text, as typed.
    pub(super) text: String,
    error: String,
    /// Matching reasons.
    reasons: Vec<bool>,
    /// Spans by their reason or stack, ascending: those of a task are a slice.
    spans: Vec<u32>,
    spans_by_reason: u32,
    tasks: Vec<u32>,
    logs: Vec<u32>,
    regions: Vec<u32>,
    user_tasks: Vec<u32>,
}

/// Kinds of hits, in the order of [`SearchKind`], as they are counted.
const KINDS: [(SearchKind, &str); 6] = [
    (SearchKind::Task, "goroutines"),
    (SearchKind::Reason, "reasons"),
    (SearchKind::Function, "functions"),
    (SearchKind::Log, "logs"),
    (SearchKind::Region, "regions"),
    (SearchKind::UserTask, "user tasks"),
];

impl Hits {
    /// Finds what matches `text`.
    pub(super) fn find(dataset: &Dataset, text: &str) -> Self {
        let mut hits = Self { text: text.into(), ..Self::default() };
        let matcher = match Matcher::new(text) {
            Ok(matcher) if !matcher.is_empty() => matcher,
            Ok(_) => return hits,
            Err(error) => return Self { error, ..hits },
        };
        let named = |name| matcher.matches(dataset.strings.get(name));
        hits.tasks = tasks(dataset, text, &matcher);
        // A number is meant as an id; as a part of names it would find anything.
        let stacks = if id_of(text).is_some() { Vec::new() } else { stacks(dataset, &matcher) };
        hits.reasons = dataset.reasons.iter().map(|reason| named(reason.text)).collect();
        hits.find_spans(dataset, &stacks);
        hits.logs = rows(&dataset.logs, |log| named(log.message) || named(log.category));
        hits.regions = rows(&dataset.regions, |region| named(region.name));
        hits.user_tasks = rows(&dataset.user_tasks, |task| named(task.name));
        hits
    }

    fn find_spans(&mut self, dataset: &Dataset, stacks: &[bool]) {
        let any_reason = self.reasons.contains(&true);
        if !any_reason && !stacks.contains(&true) {
            return;
        }
        let spans = &dataset.spans;
        for (row, (stack, &reason)) in (0_u32..).zip(spans.stack.iter().zip(&spans.reason)) {
            let by_reason = any_reason && self.reasons.get(usize::from(reason)) == Some(&true);
            if by_reason || stacks.get(stack.index()) == Some(&true) {
                self.spans.push(row);
                self.spans_by_reason += u32::from(by_reason);
            }
        }
    }

    /// Matching spans of `task`.
    pub(super) fn of_task(&self, dataset: &Dataset, task: TaskId) -> &[u32] {
        let rows = dataset.spans.rows_of(task);
        let place = |row: usize| self.spans.partition_point(|&span| (span as usize) < row);
        &self.spans[place(rows.start)..place(rows.end)]
    }

    fn counts(&self) -> [u32; KINDS.len()] {
        let by_stack = self.spans.len() as u32 - self.spans_by_reason;
        let of = |rows: &[u32]| rows.len() as u32;
        let (tasks, logs) = (of(&self.tasks), of(&self.logs));
        [tasks, self.spans_by_reason, by_stack, logs, of(&self.regions), of(&self.user_tasks)]
    }

    /// Places of all hits, in no order.
    fn places<'a>(&'a self, dataset: &'a Dataset) -> impl Iterator<Item = SearchPlace> + 'a {
        let start = dataset.facts.start_ns;
        let place = |kind| move |(at_ns, row)| SearchPlace { at_ns, kind, row };
        let tasks = self.tasks.iter().map(move |&row| {
            let first = dataset.spans.rows_of(TaskId(row)).start;
            (dataset.spans.start_ns.get(first).copied().unwrap_or(start).max(start), row)
        });
        let spans = self.spans.iter().map(move |&row| {
            let reason = dataset.spans.reason.get(row as usize).copied().unwrap_or(u16::MAX);
            let by_reason = self.reasons.get(usize::from(reason)) == Some(&true);
            SearchPlace {
                at_ns: dataset.spans.start_ns.get(row as usize).copied().unwrap_or(start),
                kind: if by_reason { SearchKind::Reason } else { SearchKind::Function },
                row,
            }
        });
        let logs = self.logs.iter().map(move |&row| (dataset.logs[row as usize].time_ns, row));
        let regions = self
            .regions
            .iter()
            .map(move |&row| (extent_of_region(dataset, &dataset.regions[row as usize]).0, row));
        let user_tasks = self
            .user_tasks
            .iter()
            .map(move |&row| (extent_of_task(dataset, &dataset.user_tasks[row as usize]).0, row));
        tasks
            .map(place(SearchKind::Task))
            .chain(spans)
            .chain(logs.map(place(SearchKind::Log)))
            .chain(regions.map(place(SearchKind::Region)))
            .chain(user_tasks.map(place(SearchKind::UserTask)))
    }
}

/// Counts what matches, and finds the hit that is wanted. A pass over the hits.
pub fn search(dataset: &Dataset, index: &TimelineIndex, query: &SearchQuery) -> SearchAnswer {
    let hits = index.search(dataset, &query.text);
    let counts = hits.counts();
    let kinds = KINDS.iter().zip(counts).filter(|&(_, count)| count > 0);
    SearchAnswer {
        error: hits.error.clone(),
        kinds: kinds.map(|((_, name), count)| ((*name).to_string(), count)).collect(),
        total: counts.iter().fold(0, |sum: u32, &count| sum.saturating_add(count)),
        hit: step(dataset, &hits, query.step).and_then(|place| hit(dataset, index, &hits, place)),
        marks: marks(dataset, &hits, query.columns.min(super::minimap::MAX_COLUMNS)),
    }
}

fn step(dataset: &Dataset, hits: &Hits, step: SearchStep) -> Option<SearchPlace> {
    let places = || hits.places(dataset);
    match step {
        SearchStep::Count => None,
        SearchStep::From(time) => {
            places().filter(|place| place.at_ns >= time).min().or_else(|| places().min())
        }
        SearchStep::Next(from) => places().filter(|&place| place > from).min().or_else(|| places().min()),
        SearchStep::Previous(from) => places().filter(|&place| place < from).max().or_else(|| places().max()),
    }
}

fn hit(dataset: &Dataset, index: &TimelineIndex, hits: &Hits, place: SearchPlace) -> Option<SearchHit> {
    let number = hits.places(dataset).filter(|&other| other <= place).count() as u32;
    let row = place.row as usize;
    let span_of = |task: TaskId| span_at(dataset, task, place.at_ns);
    let end_of = |span: Option<u32>| {
        let span = span.and_then(|span| dataset.span(taskscope_proto::model::SpanId(span)));
        span.map_or(place.at_ns, |span| span.end_ns)
    };
    let (lane, span, end_ns, text) = match place.kind {
        SearchKind::Task => {
            let task = TaskId(place.row);
            let span = span_of(task);
            (keys::task(task), span, dataset.end_of(task), names::task_and_entry(dataset, task))
        }
        SearchKind::Reason | SearchKind::Function => {
            let span = dataset.span(taskscope_proto::model::SpanId(place.row))?;
            let task = names::task(dataset, span.task);
            let text = format!("{} · {task}", super::table::words_of(dataset, index, place.row));
            (keys::task(span.task), Some(place.row), span.end_ns, text)
        }
        SearchKind::Log => {
            let log = dataset.logs.get(row)?;
            let span = span_of(log.task);
            (keys::task(log.task), span, end_of(span), dataset.strings.get(log.message).to_string())
        }
        SearchKind::Region => {
            let region = dataset.regions.get(row)?;
            let end = extent_of_region(dataset, region).1;
            (keys::task(region.task), span_of(region.task), end, dataset.strings.get(region.name).to_string())
        }
        SearchKind::UserTask => {
            let task = dataset.user_tasks.get(row)?;
            let lane = index.user_lanes(dataset).row_of(place.row).map_or(0, keys::user_row);
            let text = format!("{} {}", dataset.strings.get(task.name), units::count_u64(task.id));
            (lane, None, extent_of_task(dataset, task).1, text)
        }
    };
    Some(SearchHit { place, number, text, end_ns, lane, span })
}

/// The span of `task` at `time`.
pub(super) fn span_at(dataset: &Dataset, task: TaskId, time: u64) -> Option<u32> {
    let rows = dataset.spans.rows_of(task);
    let starts = dataset.spans.start_ns.get(rows.clone())?;
    let after = starts.partition_point(|&start| start <= time).max(1);
    (!starts.is_empty()).then(|| (rows.start + after - 1) as u32)
}

/// Hits in each of `columns` equal parts of the trace.
fn marks(dataset: &Dataset, hits: &Hits, columns: u32) -> Vec<u32> {
    let mut marks = vec![0_u32; columns as usize];
    if columns == 0 {
        return marks;
    }
    let (start, length) =
        (dataset.facts.start_ns, dataset.facts.end_ns.saturating_sub(dataset.facts.start_ns));
    let columns_per_ns = f64::from(columns) / length.max(1) as f64;
    for place in hits.places(dataset) {
        let column = (place.at_ns.saturating_sub(start) as f64 * columns_per_ns) as usize;
        marks[column.min(columns as usize - 1)] += 1;
    }
    marks
}

/// The goroutine that `1893` or `G 1893` names.
fn id_of(text: &str) -> Option<u64> {
    text.trim().trim_start_matches(['G', 'g']).trim_start().parse().ok()
}

/// Tasks whose id is the number typed, or whose name or entry function matches.
fn tasks(dataset: &Dataset, text: &str, matcher: &Matcher) -> Vec<u32> {
    if let Some(id) = id_of(text) {
        return rows(&dataset.tasks.rows, |task| task.id == id);
    }
    let functions = functions(dataset, matcher);
    let matches = |task: &taskscope_proto::model::Task| {
        let named = task.name != taskscope_proto::model::Strings::EMPTY
            && matcher.matches(dataset.strings.get(task.name));
        named || functions.get(task.entry.index()) == Some(&true)
    };
    rows(&dataset.tasks.rows, matches)
}

/// Which functions match.
fn functions(dataset: &Dataset, matcher: &Matcher) -> Vec<bool> {
    let name = |row| dataset.functions.get(FunctionId::from_index(row)).map(|function| function.name);
    (0..dataset.functions.len())
        .map(|row| name(row).is_some_and(|name| matcher.matches(dataset.strings.get(name))))
        .collect()
}

/// Which stacks hold a function that matches: parents stand before their children.
fn stacks(dataset: &Dataset, matcher: &Matcher) -> Vec<bool> {
    let functions = functions(dataset, matcher);
    let mut matching: Vec<bool> = Vec::with_capacity(dataset.stacks.len());
    for stack in (0..dataset.stacks.len()).map(StackId::from_index) {
        let frame = dataset.frames.get(dataset.stacks.frame(stack));
        let here = frame.is_some_and(|frame| functions.get(frame.function.index()) == Some(&true));
        let above = matching.get(dataset.stacks.parent(stack).index()) == Some(&true);
        matching.push(here || above);
    }
    matching
}

fn rows<T>(table: &[T], wanted: impl Fn(&T) -> bool) -> Vec<u32> {
    (0_u32..).zip(table).filter(|(_, row)| wanted(row)).map(|(at, _)| at).collect()
}
