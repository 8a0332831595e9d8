//! How many tasks run and are ready in a window: of all tasks, and of each group that is visible.

use std::collections::BTreeMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState};

use super::groups::{Group, Grouping, add_task};
use super::index::TimelineIndex;
use super::load::{Kind, LoadBuilder, TWO};
use super::track::{Track, WorkerTrack};

/// How many runs are read one by one; where a window has more, the prebuilt curves are fine enough.
const RUNS: usize = 8192;

/// How many runs after the window are asked whether their task became ready in it.
const RUNS_AFTER: usize = 64;

/// A window cut into columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    /// First ns.
    pub(super) t0: u64,
    /// One past the last ns; greater than `t0`.
    pub(super) t1: u64,
    /// How many.
    pub(super) count: u32,
}

/// One value a column: running, ready.
pub(super) type Averages = (Vec<f32>, Vec<f32>);

/// Running and ready tasks, read exactly from the runs in a window.
pub(super) struct Activity {
    all: LoadBuilder,
    groups: BTreeMap<u32, LoadBuilder>,
}

impl Activity {
    /// Reads the runs of all workers in the window; `None` if they are too many.
    pub(super) fn read(
        dataset: &Dataset,
        index: &TimelineIndex,
        grouping: Option<&Grouping>,
        wanted: &[u32],
        columns: Columns,
    ) -> Option<Self> {
        let builder = || LoadBuilder::new(columns.t0, columns.t1, columns.count as usize, TWO);
        let tracks = (0..dataset.workers.len() as u32).map(|worker| index.workers.track(dataset, worker));
        let in_window = |track: &WorkerTrack<'_>| {
            (track.first_after(columns.t0), track.first_after(columns.t1).saturating_add(1).min(track.len()))
        };
        let tracks: Vec<_> = tracks.map(|track| (in_window(&track), track)).collect();
        let runs: usize = tracks.iter().map(|((first, end), _)| end.saturating_sub(*first)).sum();
        if runs > RUNS {
            return None;
        }
        let groups = wanted.iter().map(|&group| (group, builder())).collect();
        let mut activity = Self { all: builder(), groups };
        for ((first, end), track) in &tracks {
            for at in *first..(end + RUNS_AFTER).min(track.len()) {
                activity.add(dataset, grouping, track, at);
            }
        }
        for span in index.ready_at_end.iter().filter_map(|&id| dataset.span(id)) {
            activity.count(grouping, span.task, Kind::Ready, (span.start_ns, span.end_ns));
        }
        Some(activity)
    }

    /// The average of each column over all tasks.
    pub(super) fn all(&self) -> Averages {
        both(&self.all)
    }

    /// The average of each column over the tasks of `group`, if it was wanted.
    pub(super) fn group(&self, group: u32) -> Option<Averages> {
        Some(both(self.groups.get(&group)?))
    }

    /// Counts run `at` of a worker, and the wait for it before. Thousands of them lie far apart in
    /// memory, so no more columns are read than are needed, and the task is found once.
    fn add(&mut self, dataset: &Dataset, grouping: Option<&Grouping>, track: &WorkerTrack<'_>, at: usize) {
        let (start, end, _) = track.interval(at);
        let (id, spans) = (track.span(at), &dataset.spans);
        let (row, task) = (id.index(), dataset.task_of_span(id));
        if spans.state.get(row) == Some(&TaskState::Running) {
            self.count(grouping, task, Kind::Running, (start, end));
        }
        let before = row.checked_sub(1).filter(|&before| before >= spans.rows_of(task).start);
        let ready = before.filter(|&before| spans.state.get(before) == Some(&TaskState::Ready));
        if let Some(&since) = ready.and_then(|before| spans.start_ns.get(before)) {
            self.count(grouping, task, Kind::Ready, (since, start));
        }
    }

    fn count(&mut self, grouping: Option<&Grouping>, task: TaskId, kind: Kind, (start, end): (u64, u64)) {
        self.all.add(kind, start, end);
        let group = grouping.and_then(|grouping| grouping.group_of.get(task.index()));
        if let Some(builder) = group.and_then(|group| self.groups.get_mut(group)) {
            builder.add(kind, start, end);
        }
    }
}

/// Running and ready tasks of `group`: from its spans if it is small, else from the runs in the
/// window, else from its curve.
pub(super) fn of_group(
    dataset: &Dataset,
    grouping: &Grouping,
    row: u32,
    group: &Group,
    activity: Option<&Activity>,
    columns: Columns,
) -> Averages {
    if let Some(load) = &group.load {
        let exact = activity.and_then(|activity| activity.group(row));
        let average = |kind| load.averages(kind, columns.t0, columns.t1, columns.count);
        return exact.unwrap_or_else(|| (average(Kind::Running), average(Kind::Ready)));
    }
    let mut builder = LoadBuilder::new(columns.t0, columns.t1, columns.count as usize, TWO);
    for &task in grouping.tasks_of(group) {
        add_task(dataset, task, &mut builder, columns.t0, columns.t1);
    }
    both(&builder)
}

fn both(builder: &LoadBuilder) -> Averages {
    (builder.averages(Kind::Running), builder.averages(Kind::Ready))
}
