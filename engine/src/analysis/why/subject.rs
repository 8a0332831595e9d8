//! What is asked about: whose time, and from when to when.

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, TaskId};

use super::pieces::class_of;
use crate::analysis::timeline::names;
use crate::analysis::user_tasks::{self, UserIndex, Work};
use crate::api::WhySubject;

/// An interval to be explained.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) title: String,
    pub(super) start: u64,
    pub(super) end: u64,
    /// The task that the path ends in.
    pub(super) task: TaskId,
    /// Those at work for a user task; empty for others.
    pub(super) work: Vec<Work>,
}

/// Finds the interval; `None` if there is no such thing, or it is empty.
pub(super) fn find(dataset: &Dataset, index: &UserIndex, subject: WhySubject) -> Option<Subject> {
    let found = match subject {
        WhySubject::Span(row) => span(dataset, row),
        WhySubject::Goroutine { id, t0_ns, t1_ns } => goroutine(dataset, id, t0_ns, t1_ns),
        WhySubject::UserTask(row) => user_task(dataset, index, row),
        WhySubject::Region(row) => region(dataset, index, row),
    };
    found.filter(|subject| subject.start < subject.end && dataset.tasks.get(subject.task).is_some())
}

fn span(dataset: &Dataset, row: u32) -> Option<Subject> {
    let span = dataset.span(SpanId(row))?;
    let (_, state) = class_of(dataset, row as usize).words(dataset);
    let title = format!("{} · {state}", names::task(dataset, span.task));
    Some(Subject { title, start: span.start_ns, end: span.end_ns, task: span.task, work: Vec::new() })
}

fn goroutine(dataset: &Dataset, id: u64, t0: Option<u64>, t1: Option<u64>) -> Option<Subject> {
    let task = TaskId::from_index(dataset.tasks.rows.iter().position(|task| task.id == id)?);
    let born = dataset.tasks.get(task)?.created_ns.unwrap_or(dataset.facts.start_ns);
    let died = dataset.end_of(task);
    let title = names::task_and_entry(dataset, task);
    let start = t0.unwrap_or(born).max(born);
    Some(Subject { title, start, end: t1.unwrap_or(died).min(died), task, work: Vec::new() })
}

fn region(dataset: &Dataset, index: &UserIndex, row: u32) -> Option<Subject> {
    let region = dataset.regions.get(row as usize)?;
    let (start, end) = index.interval_of_region(dataset, row)?;
    let name = dataset.strings.get(region.name);
    let title = format!("Region {name} on {}", names::task(dataset, region.task));
    Some(Subject { title, start, end, task: region.task, work: Vec::new() })
}

fn user_task(dataset: &Dataset, index: &UserIndex, row: u32) -> Option<Subject> {
    let task = dataset.user_tasks.get(row as usize)?;
    let (start, end) = index.interval_of_task(dataset, row)?;
    let name = dataset.strings.get(task.name);
    let title =
        if name.is_empty() { format!("Task {}", task.id) } else { format!("Task {name} {}", task.id) };
    let work = user_tasks::work(dataset, index, row);
    Some(Subject { title, start, end, task: last_at_work(dataset, &work, task.task, end), work })
}

/// Who ended a user task is not recorded, but it ran then. Of those at work that did, the one that
/// began it comes first, then who began to work last; if none ran, the last that was there counts.
fn last_at_work(dataset: &Dataset, work: &[Work], creator: TaskId, end: u64) -> TaskId {
    if user_tasks::runs_at(dataset, creator, end) {
        return creator;
    }
    let latest = work.iter().rev().map(|work| work.task);
    let running = latest.clone().find(|&task| user_tasks::runs_at(dataset, task, end));
    let living = latest.clone().find(|&task| dataset.end_of(task) >= end);
    running.or(living).unwrap_or(creator)
}
