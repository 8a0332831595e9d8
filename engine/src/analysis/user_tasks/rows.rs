//! One task, region or log as a row.

use taskscope_proto::Dataset;
use taskscope_proto::model::TaskId;

use super::index::UserIndex;
use super::states;
use crate::analysis::timeline::{keys, names};
use crate::api::{LogRow, Marked, Place, RegionRow, UserTaskRow};

/// Whether a task or region began and ended inside the trace.
pub(super) fn is_complete(dataset: &Dataset, marked: Marked, row: u32) -> bool {
    let ends = match marked {
        Marked::Tasks => dataset.user_tasks.get(row as usize).map(|task| (task.start_ns, task.end_ns)),
        Marked::Regions => dataset.regions.get(row as usize).map(|region| (region.start_ns, region.end_ns)),
    };
    matches!(ends, Some((Some(_), Some(_))))
}

/// First ns inside the trace and one past the last; nothing for a row that does not exist.
pub(super) fn interval(dataset: &Dataset, index: &UserIndex, marked: Marked, row: u32) -> (u64, u64) {
    let interval = match marked {
        Marked::Tasks => index.interval_of_task(dataset, row),
        Marked::Regions => index.interval_of_region(dataset, row),
    };
    interval.unwrap_or((0, 0))
}

/// The name of a task's type, or what stands for one that was not seen.
pub(super) fn task_name(dataset: &Dataset, row: u32) -> String {
    let task = dataset.user_tasks.get(row as usize);
    match task.map_or("", |task| dataset.strings.get(task.name)) {
        "" if task.is_some_and(|task| task.start_ns.is_none()) => "(began before the trace)".into(),
        name => name.into(),
    }
}

/// One user task; `None` if there is no such row.
pub(super) fn task(dataset: &Dataset, index: &UserIndex, row: u32) -> Option<UserTaskRow> {
    let task = dataset.user_tasks.get(row as usize)?;
    let (start_ns, end_ns) = index.interval_of_task(dataset, row)?;
    let count = |of: &taskscope_proto::model::Csr<u32>| of.group(row as usize).len() as u32;
    Some(UserTaskRow {
        row,
        id: task.id,
        name: task_name(dataset, row),
        start_ns,
        end_ns,
        complete: is_complete(dataset, Marked::Tasks, row),
        begun: task.start_ns.is_some(),
        ended: task.end_ns.is_some(),
        goroutine: names::task(dataset, task.task),
        goroutines: count(&index.workers_of_task),
        regions: count(&index.regions_of_task),
        logs: count(&index.logs_of_task),
        children: count(&index.children),
        place: place(task.task, start_ns, end_ns),
    })
}

/// One region; `None` if there is no such row.
pub(super) fn region(dataset: &Dataset, index: &UserIndex, row: u32) -> Option<RegionRow> {
    let region = dataset.regions.get(row as usize)?;
    let (start_ns, end_ns) = index.interval_of_region(dataset, row)?;
    let user_task = dataset.user_tasks.get(region.user_task.index());
    let times = states::between(dataset, region.task, start_ns, end_ns);
    Some(RegionRow {
        row,
        name: dataset.strings.get(region.name).into(),
        goroutine: names::task(dataset, region.task),
        goroutine_id: dataset.tasks.get(region.task).map_or(0, |task| task.id),
        entry: names::entry(dataset, region.task).into(),
        task: user_task.map(|task| (region.user_task.0, task.id)),
        start_ns,
        end_ns,
        complete: is_complete(dataset, Marked::Regions, row),
        depth: index.region_times.get(row as usize).map_or(0, |times| times.depth),
        states: times.rows(dataset, end_ns - start_ns),
        place: place(region.task, start_ns, end_ns),
    })
}

/// One log of a task that began at `start_ns`; `None` if there is no such row.
pub(super) fn log(dataset: &Dataset, row: u32, start_ns: u64) -> Option<LogRow> {
    let log = dataset.logs.get(row as usize)?;
    Some(LogRow {
        time_ns: log.time_ns,
        since_ns: log.time_ns.saturating_sub(start_ns),
        goroutine: names::task(dataset, log.task),
        category: dataset.strings.get(log.category).into(),
        message: dataset.strings.get(log.message).into(),
        place: Place {
            span: span_at(dataset, log.task, log.time_ns),
            ..place(log.task, log.time_ns, log.time_ns)
        },
    })
}

/// A stretch on a goroutine's lane.
pub(super) fn place(task: TaskId, t0_ns: u64, t1_ns: u64) -> Place {
    Place { t0_ns, t1_ns, lane: task.get().map(keys::task), span: None }
}

/// The last span of `task` that began by `time`.
fn span_at(dataset: &Dataset, task: TaskId, time: u64) -> Option<u32> {
    let rows = dataset.spans.rows_of(task);
    let starts = dataset.spans.start_ns.get(rows.clone())?;
    let begun = starts.partition_point(|&start| start <= time).checked_sub(1)?;
    u32::try_from(rows.start + begun).ok()
}
