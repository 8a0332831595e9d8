//! How many tasks run and are ready in a window: of all tasks, and of each group that is visible.

use std::collections::BTreeMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, TaskState};

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
        let tracks = || (0..dataset.workers.len() as u32).map(|worker| index.workers.track(dataset, worker));
        let in_window = |track: &WorkerTrack<'_>| {
            (track.first_after(columns.t0), track.first_after(columns.t1).saturating_add(1).min(track.len()))
        };
        let runs: usize =
            tracks().map(|track| in_window(&track)).map(|(first, end)| end.saturating_sub(first)).sum();
        if runs > RUNS {
            return None;
        }
        let groups = wanted.iter().map(|&group| (group, builder())).collect();
        let mut activity = Self { all: builder(), groups };
        for track in tracks() {
            let (first, end) = in_window(&track);
            for at in first..(end + RUNS_AFTER).min(track.len()) {
                activity.add(dataset, grouping, track.span(at));
            }
        }
        for &id in &index.ready_at_end {
            activity.add_span(dataset, grouping, id, Kind::Ready);
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

    /// Counts a run, and the wait for a worker before it.
    fn add(&mut self, dataset: &Dataset, grouping: Option<&Grouping>, id: SpanId) {
        let Some(run) = dataset.span(id) else { return };
        if run.state == TaskState::Running {
            self.add_span(dataset, grouping, id, Kind::Running);
        }
        let before = id.index().checked_sub(1).filter(|&row| row >= dataset.spans.rows_of(run.task).start);
        if before.and_then(|row| dataset.spans.state.get(row)) == Some(&TaskState::Ready) {
            self.add_span(dataset, grouping, SpanId(id.0 - 1), Kind::Ready);
        }
    }

    fn add_span(&mut self, dataset: &Dataset, grouping: Option<&Grouping>, id: SpanId, kind: Kind) {
        let Some(span) = dataset.span(id) else { return };
        self.all.add(kind, span.start_ns, span.end_ns);
        let group = grouping.and_then(|grouping| grouping.group_of.get(span.task.index()));
        if let Some(builder) = group.and_then(|group| self.groups.get_mut(group)) {
            builder.add(kind, span.start_ns, span.end_ns);
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
