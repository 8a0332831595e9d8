//! The timeline as tables: lanes of a window, and the spans of one lane.

use std::ops::Range;

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, TaskId};

use super::index::TimelineIndex;
use super::labels::Labels;
use super::marks::{MARKS, words};
use super::track::Track;
use super::walk::sums_between;
use super::{keys, names};
use crate::api::{LaneRow, LaneTable, LaneTableQuery, Mark, SpanRow, SpanTable, SpanTableQuery};

/// Rows of one answer at most.
const MOST_ROWS: u32 = 1_000;

/// The task lanes of a window as rows, in the order of the lanes; folded ones included.
pub fn lane_table(dataset: &Dataset, index: &TimelineIndex, query: &LaneTableQuery) -> LaneTable {
    let order = index.order(dataset, &query.lanes);
    let grouping = match query.lanes.grouping {
        crate::api::LaneGrouping::Flat => None,
        crate::api::LaneGrouping::Entry => Some(&index.by_entry),
        crate::api::LaneGrouping::Parent => Some(index.by_parent(dataset)),
    };
    let (first, count) = (query.first as usize, query.count.min(MOST_ROWS) as usize);
    let mut rows = Vec::new();
    let mut at = 0;
    for (group, range) in &order.groups {
        let head = group.and_then(|row| grouping?.groups.get(row as usize)).map_or("", |group| &group.name);
        let wanted = first.saturating_sub(at)..(first + count).saturating_sub(at).min(range.len());
        let tasks = order.tasks.get(range.clone()).and_then(|tasks| tasks.get(wanted)).unwrap_or_default();
        rows.extend(tasks.iter().map(|&task| lane_row(dataset, index, query, task, head)));
        at += range.len();
    }
    let columns = MARKS.iter().map(|&mark| (mark, words(mark).to_string())).collect();
    LaneTable { columns, rows, all: order.tasks.len() as u32 }
}

fn lane_row(
    dataset: &Dataset,
    index: &TimelineIndex,
    query: &LaneTableQuery,
    task: TaskId,
    group: &str,
) -> LaneRow {
    let (t0, t1) = (query.lanes.t0_ns, query.lanes.t1_ns.max(query.lanes.t0_ns.saturating_add(1)));
    let track = index.task(dataset, task);
    let sums = sums_between(&track, t0, t1);
    let ran = names::share(sums[Mark::Running as usize], t1 - t0);
    LaneRow {
        key: keys::task(task),
        name: names::task(dataset, task),
        group: group.into(),
        fact: format!("ran {ran}"),
        ns: sums[..MARKS.len()].to_vec(),
        spans: between(&track, t0, t1).len() as u32,
    }
}

/// The spans of a task, worker or thread lane that touch a window, as rows.
pub fn span_table(dataset: &Dataset, index: &TimelineIndex, query: &SpanTableQuery) -> SpanTable {
    let (kind, row) = keys::parts(query.lane);
    match kind {
        keys::WORKER => {
            let track = index.workers.track(dataset, row);
            table_of(dataset, index, query, &track, |at| track.span(at))
        }
        keys::THREAD => {
            let track = index.threads(dataset).track(dataset, row);
            table_of(dataset, index, query, &track, |at| track.span(at))
        }
        _ => {
            let Some(task) = keys::task_of(query.lane) else { return SpanTable::default() };
            let first = dataset.spans.rows_of(task).start;
            table_of(dataset, index, query, &index.task(dataset, task), |at| SpanId::from_index(first + at))
        }
    }
}

fn table_of(
    dataset: &Dataset,
    index: &TimelineIndex,
    query: &SpanTableQuery,
    track: &impl Track,
    span: impl Fn(usize) -> SpanId,
) -> SpanTable {
    let Range { start: first, end } = between(track, query.t0_ns, query.t1_ns);
    let from = first.saturating_add(query.first as usize).min(end);
    let to = from.saturating_add(query.count.min(MOST_ROWS) as usize).min(end);
    let rows = (from..to).filter_map(|at| span_row(dataset, index, span(at), kind_of(query.lane)));
    SpanTable { rows: rows.collect(), all: (end - first) as u32 }
}

/// The intervals of `track` that touch a window.
fn between(track: &impl Track, t0: u64, t1: u64) -> Range<usize> {
    let first = track.first_after(t0);
    let last = track.first_after(t1.saturating_sub(1));
    // The one at the end is in the window only if it begins before that.
    let reaches = last < track.len() && track.start(last) < t1;
    first..(last + usize::from(reaches)).max(first)
}

/// Whether a lane shows one task: then rows need not say which.
fn kind_of(lane: u64) -> bool {
    keys::task_of(lane).is_some()
}

fn span_row(dataset: &Dataset, index: &TimelineIndex, id: SpanId, one_task: bool) -> Option<SpanRow> {
    let span = dataset.span(id)?;
    let mark = index.mark_of(dataset, id);
    let text = match one_task {
        true => words_of(dataset, index, id.0),
        false => names::task_and_entry(dataset, span.task),
    };
    let (start_ns, ns) = (span.start_ns, span.end_ns - span.start_ns);
    Some(SpanRow { span: id.0, mark, state: words(mark).into(), start_ns, ns, text })
}

/// What the box of a span says; its state where the box says nothing.
pub(super) fn words_of(dataset: &Dataset, index: &TimelineIndex, span: u32) -> String {
    let mut labels = Labels::default();
    let Some(of) = dataset.span(SpanId(span)) else { return String::new() };
    let label = labels.of_span(dataset, span as usize, dataset.spans.rows_of(of.task).end);
    match labels.texts.get(label as usize) {
        Some(text) => text.clone(),
        None => words(index.mark_of(dataset, SpanId(span))).into(),
    }
}
