//! Boxes that are no spans: collector phases, user tasks, regions, assists, CPU samples.

use taskscope_proto::Dataset;
use taskscope_proto::model::{StackId, TaskId};

use super::index::TimelineIndex;
use super::phases::is_stop;
use super::search::span_at;
use super::track::{STOPPED, SWEEP};
use super::user_lanes::{RowKind, extent_of_region, extent_of_task};
use super::{keys, names};
use crate::analysis::text;
use crate::api::{ItemDetails, ItemQuery, Mark};
use crate::units;

/// Everything about a box that is no span; `None` if there is none of this number.
pub fn item_details(dataset: &Dataset, index: &TimelineIndex, query: &ItemQuery) -> Option<ItemDetails> {
    let (kind, row) = keys::parts(query.lane);
    let mut details = match (query.mark, kind) {
        (Mark::Gc, keys::TASK) => assist(dataset, query.item)?,
        (Mark::Tick, _) => sample(dataset, query.item)?,
        (_, keys::GC_LANE) => phase(dataset, index, query.item)?,
        (_, keys::USER_ROW) => match index.user_lanes(dataset).kinds.get(row as usize)? {
            RowKind::Tasks => user_task(dataset, query.item)?,
            RowKind::Regions => region(dataset, query.item)?,
        },
        (_, keys::REGION) => region(dataset, query.item)?,
        _ => return None,
    };
    details.lane = query.lane;
    Some(details)
}

/// A box with its place; the rest is filled in by kind.
fn item(dataset: &Dataset, title: String, mark: Mark, (start_ns, end_ns): (u64, u64)) -> ItemDetails {
    let start = units::moment(start_ns.saturating_sub(dataset.facts.start_ns));
    ItemDetails {
        title,
        mark,
        colour: 0,
        lane: 0,
        start_ns,
        end_ns,
        facts: vec![("Start".into(), start)],
        user_task: None,
        span: None,
        stack: Vec::new(),
    }
}

fn fact(details: &mut ItemDetails, label: &str, value: String) {
    if !value.is_empty() {
        details.facts.push((label.into(), value));
    }
}

fn phase(dataset: &Dataset, index: &TimelineIndex, number: u32) -> Option<ItemDetails> {
    let phase = index.phases.get(number as usize)?;
    let (mark, title) = match phase.class {
        STOPPED => (Mark::StopTheWorld, "Stop the world".into()),
        SWEEP => (Mark::Sweep, format!("GC {} · sweep", phase.number)),
        _ => (Mark::Gc, format!("GC {} · mark", phase.number)),
    };
    let mut details = item(dataset, title, mark, (phase.start_ns, phase.end_ns));
    if phase.class == STOPPED {
        let inside = |start: u64| (phase.start_ns..phase.end_ns).contains(&start);
        for range in dataset.ranges.iter().filter(|range| inside(range.start_ns)) {
            let name = dataset.strings.get(range.name);
            if is_stop(name) {
                let why = name.split_once('(').map_or(name, |(_, why)| why.trim_end_matches(')'));
                fact(&mut details, "Why", why.into());
                details.stack = text::stack(dataset, range.stack);
            }
        }
    }
    Some(details)
}

fn assist(dataset: &Dataset, row: u32) -> Option<ItemDetails> {
    let range = dataset.ranges.get(row as usize)?;
    let mut details = item(dataset, "GC assist".into(), Mark::Gc, (range.start_ns, range.end_ns));
    if let taskscope_proto::model::RangeScope::Task(task) = range.scope {
        of_task(dataset, &mut details, task);
    }
    details.stack = text::stack(dataset, range.stack);
    Some(details)
}

fn sample(dataset: &Dataset, row: u32) -> Option<ItemDetails> {
    let row = row as usize;
    let time = *dataset.samples.time_ns.get(row)?;
    let mut details = item(dataset, "CPU sample".into(), Mark::Tick, (time, time));
    if let Some(&task) = dataset.samples.task.get(row) {
        of_task(dataset, &mut details, task);
    }
    let worker = dataset.samples.worker.get(row).and_then(|worker| worker.get());
    fact(&mut details, "Worker", worker.map_or_else(String::new, |worker| names::worker(dataset, worker.0)));
    details.stack = text::stack(dataset, dataset.samples.stack.get(row).copied().unwrap_or(StackId::NONE));
    Some(details)
}

fn user_task(dataset: &Dataset, row: u32) -> Option<ItemDetails> {
    let task = dataset.user_tasks.get(row as usize)?;
    let name = dataset.strings.get(task.name);
    let title = if name.is_empty() { "User task".into() } else { name.to_string() };
    let mut details = item(dataset, title, Mark::Run, extent_of_task(dataset, task));
    details.user_task = Some(row);
    fact(&mut details, "Task", units::count_u64(task.id));
    if let Some(parent) = task.parent.get().and_then(|parent| dataset.user_tasks.get(parent.index())) {
        fact(&mut details, "Parent", format!("{} {}", dataset.strings.get(parent.name), parent.id));
    }
    open_ends(&mut details, task.start_ns.is_some(), task.end_ns.is_some());
    of_task(dataset, &mut details, task.task);
    let logs = dataset.logs.iter().filter(|log| log.user_task.0 == row).count();
    fact(&mut details, "Logs", if logs == 0 { String::new() } else { units::count_u64(logs as u64) });
    Some(details)
}

fn region(dataset: &Dataset, row: u32) -> Option<ItemDetails> {
    let region = dataset.regions.get(row as usize)?;
    let title = dataset.strings.get(region.name).to_string();
    let mut details = item(dataset, title, Mark::Run, extent_of_region(dataset, region));
    if let Some(task) = region.user_task.get().and_then(|task| dataset.user_tasks.get(task.index())) {
        details.user_task = Some(region.user_task.0);
        fact(&mut details, "Task", format!("{} {}", dataset.strings.get(task.name), task.id));
    }
    open_ends(&mut details, region.start_ns.is_some(), region.end_ns.is_some());
    of_task(dataset, &mut details, region.task);
    details.stack = text::stack(dataset, region.stack);
    Some(details)
}

/// Says whose it is, and where to go from there.
fn of_task(dataset: &Dataset, details: &mut ItemDetails, task: TaskId) {
    fact(details, "Goroutine", names::task_and_entry(dataset, task));
    details.span = span_at(dataset, task, details.start_ns);
}

fn open_ends(details: &mut ItemDetails, started: bool, ended: bool) {
    let text = match (started, ended) {
        (true, true) => "",
        (false, true) => "began before the trace",
        (true, false) => "had not ended when the trace did",
        (false, false) => "open all the trace long",
    };
    fact(details, "Note", text.into());
}
