//! One user task: its family, the goroutines that worked for it, its regions and logs.

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState, UserTask};

use super::index::UserIndex;
use super::{rows, states};
use crate::analysis::timeline::names;
use crate::api::{TaskWorker, UserTaskPage, UserTaskQuery};
use crate::sorting::Sort;
use crate::units;

/// A goroutine's part in a user task.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Which goroutine.
    pub task: TaskId,
    /// First ns that it is known to work for the user task.
    pub start_ns: u64,
    /// One past the last.
    pub end_ns: u64,
    began: bool,
    inherited: bool,
    regions: u32,
    logs: u32,
}

/// Everything about one user task; `None` if there is no such row.
pub fn page(dataset: &Dataset, index: &UserIndex, query: UserTaskQuery) -> Option<UserTaskPage> {
    let task = rows::task(dataset, index, query.row)?;
    let row = dataset.user_tasks.get(query.row as usize)?;
    let (group, most) = (query.row as usize, query.count as usize);
    let mut children = index.children.group(group).to_vec();
    children.order_by_key(|&row| index.interval_of_task(dataset, row));
    let mut regions = index.regions_of_task.group(group).to_vec();
    regions.order_by_key(|&row| (index.interval_of_region(dataset, row), row));
    let workers = work(dataset, index, query.row);
    let logs = index.logs_of_task.group(group).iter().take(most);
    Some(UserTaskPage {
        parent: rows::task(dataset, index, row.parent.0),
        children: children.iter().take(most).filter_map(|&row| rows::task(dataset, index, row)).collect(),
        goroutines: workers.iter().take(most).map(|work| worker(dataset, work)).collect(),
        regions: regions.iter().take(most).filter_map(|&row| rows::region(dataset, index, row)).collect(),
        logs: logs.filter_map(|&row| rows::log(dataset, row, task.start_ns)).collect(),
        entry: names::entry(dataset, row.task).into(),
        task,
    })
}

/// Who worked for user task `row` and when, by when they first did.
pub fn work(dataset: &Dataset, index: &UserIndex, row: u32) -> Vec<Work> {
    let Some(user_task) = dataset.user_tasks.get(row as usize) else { return Vec::new() };
    let group = row as usize;
    let goroutines = index.workers_of_task.group(group);
    let mut all: Vec<Work> = goroutines.iter().map(|&task| nothing(TaskId(task))).collect();
    let slot = |task: TaskId| goroutines.binary_search(&task.0).ok();
    if let Some(at) = slot(user_task.task).filter(|_| user_task.start_ns.is_some()) {
        let (start, end) = began(dataset, user_task);
        all[at].began = true;
        all[at].extend(start, end);
    }
    for &region in index.regions_of_task.group(group) {
        let (Some((start, end)), Some(at)) =
            (index.interval_of_region(dataset, region), slot(dataset.regions[region as usize].task))
        else {
            continue;
        };
        all[at].regions += 1;
        all[at].extend(start, end);
    }
    for log in index.logs_of_task.group(group).iter().filter_map(|&log| dataset.logs.get(log as usize)) {
        if let Some(at) = slot(log.task) {
            all[at].logs += 1;
            all[at].extend(log.time_ns, log.time_ns);
        }
    }
    for &heir in index.heirs_of_task.group(group) {
        let created = dataset.tasks.get(TaskId(heir)).and_then(|task| task.created_ns);
        if let (Some(created), Some(at)) = (created, slot(TaskId(heir))) {
            all[at].inherited = true;
            all[at].extend(created, dataset.end_of(TaskId(heir)));
        }
    }
    // Who only ended a task that began before the trace has no time of its own in it.
    all.retain(|work| work.start_ns <= work.end_ns);
    all.order_by_key(|work| (work.start_ns, work.task));
    all
}

impl Work {
    fn extend(&mut self, start: u64, end: u64) {
        self.start_ns = self.start_ns.min(start);
        self.end_ns = self.end_ns.max(end);
    }
}

fn nothing(task: TaskId) -> Work {
    Work { task, start_ns: u64::MAX, end_ns: 0, began: false, inherited: false, regions: 0, logs: 0 }
}

/// When the goroutine that began a task works for it: to its end if that goroutine runs then, so that
/// it may well have ended it; else its beginning is all that is known.
fn began(dataset: &Dataset, task: &UserTask) -> (u64, u64) {
    let start = task.start_ns.unwrap_or(dataset.facts.start_ns);
    let end = task.end_ns.unwrap_or_else(|| dataset.end_of(task.task)).max(start);
    let whole = task.end_ns.is_none() || runs_at(dataset, task.task, end);
    (start, if whole { end } else { start })
}

/// Whether `task` runs just before `time`, or begins to run at it.
pub fn runs_at(dataset: &Dataset, task: TaskId, time: u64) -> bool {
    let rows = dataset.spans.rows_of(task);
    let Some(starts) = dataset.spans.start_ns.get(rows.clone()) else { return false };
    let after = starts.partition_point(|&start| start <= time);
    let here = rows.start..rows.start + after;
    let begun = here.rev().take_while(|&row| dataset.spans.start_ns[row] == time).count();
    let before = after - begun;
    let running = |row: usize| dataset.spans.state[row] == TaskState::Running;
    let now = rows.start + before.saturating_sub(1)..rows.start + after;
    dataset.end_of(task) >= time && now.into_iter().any(running)
}

fn worker(dataset: &Dataset, work: &Work) -> TaskWorker {
    let times = states::between(dataset, work.task, work.start_ns, work.end_ns);
    TaskWorker {
        goroutine: names::task(dataset, work.task),
        id: dataset.tasks.get(work.task).map_or(0, |task| task.id),
        entry: names::entry(dataset, work.task).into(),
        why: why(work),
        start_ns: work.start_ns,
        end_ns: work.end_ns,
        states: times.rows(dataset, work.end_ns - work.start_ns),
        place: rows::place(work.task, work.start_ns, work.end_ns),
    }
}

fn why(work: &Work) -> String {
    let some = |count: u32, what: &str| (count > 0).then(|| units::plural(count.into(), what));
    let began = work.began.then(|| "began the task".to_string());
    let inherited = work.inherited.then(|| "created in a region of it".to_string());
    let parts = [began, some(work.regions, "region"), some(work.logs, "log"), inherited];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
