//! A scope as applied to a data set: which spans of which tasks lie in it, and how much of each.

use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, StringId, TaskId, TaskState, WorkerId};

use super::search::Matcher;
use super::timeline::{keys, names};
use crate::api::{Scope, ScopeTasks};

/// What a scope stands for in one data set.
#[derive(Clone, Debug)]
pub struct Selection {
    /// First ns.
    pub t0: u64,
    /// One past the last ns.
    pub t1: u64,
    /// When the spans of tasks that live on end.
    end: u64,
    /// Which tasks; `None` for all.
    tasks: Option<Vec<bool>>,
    /// Workers of which what ran on them counts, whatever the task.
    workers: Vec<WorkerId>,
    /// Outermost regions by task, by start; `None` if regions do not matter.
    regions: Option<HashMap<TaskId, Vec<(u64, u64)>>>,
}

/// A span, or what of it lies in one region, in a selection.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// Row of the span.
    pub row: usize,
    /// Whose.
    pub task: TaskId,
    /// First ns of the whole span.
    pub start_ns: u64,
    /// One past its last ns.
    pub end_ns: u64,
    /// First ns in the selection.
    pub from_ns: u64,
    /// One past the last ns in the selection.
    pub to_ns: u64,
}

impl Piece {
    /// How long it is inside the selection.
    pub fn ns(&self) -> u64 {
        self.to_ns - self.from_ns
    }
}

impl Selection {
    /// Finds what `scope` names. A window that ends before it begins is empty.
    pub fn new(dataset: &Dataset, scope: &Scope) -> Self {
        let facts = &dataset.facts;
        let t0 =
            scope.t0_ns.unwrap_or(facts.start_ns).clamp(facts.start_ns, facts.end_ns.max(facts.start_ns));
        let t1 = scope.t1_ns.unwrap_or(facts.end_ns).clamp(t0, facts.end_ns.max(t0));
        let (tasks, workers) = chosen(dataset, &scope.tasks);
        let regions = scope.region.as_deref().map(|name| outermost(dataset, name));
        Self { t0, t1, end: facts.end_ns, tasks, workers, regions }
    }

    /// Lets what reaches to the end of the trace last one ns more: Go's tool ends every trace with
    /// a Sync event after the last one, and counts up to that.
    pub fn until_closing_sync(mut self) -> Self {
        if self.t1 == self.end {
            self.t1 = self.t1.saturating_add(1);
        }
        self.end = self.end.saturating_add(1);
        self
    }

    /// Goes on with a part of the window.
    pub fn narrow(&mut self, t0: u64, t1: u64) {
        (self.t0, self.t1) = (t0, t1.max(t0));
    }

    /// Whether `task` is chosen, apart from what it does on chosen workers.
    pub fn has(&self, task: TaskId) -> bool {
        self.tasks.as_ref().is_none_or(|tasks| tasks.get(task.index()).copied().unwrap_or(false))
    }

    /// Whether all of the trace is selected.
    pub fn is_all(&self, dataset: &Dataset) -> bool {
        let window = (dataset.facts.start_ns, dataset.facts.end_ns);
        self.tasks.is_none() && self.regions.is_none() && (self.t0, self.t1) == window
    }

    /// The chosen tasks, by row.
    pub fn tasks<'a>(&'a self, dataset: &Dataset) -> impl Iterator<Item = TaskId> + 'a {
        let all = (0..dataset.tasks.len()).map(TaskId::from_index);
        all.filter(|&task| self.has(task))
    }

    /// Whether something that `task` does on `worker` at `time` is selected.
    pub fn covers(&self, task: TaskId, worker: WorkerId, time: u64) -> bool {
        let chosen = self.has(task) || self.workers.contains(&worker);
        let inside = self.t0 <= time && (time < self.t1 || self.t1 == self.end);
        chosen && inside && self.in_region(task, time)
    }

    fn in_region(&self, task: TaskId, time: u64) -> bool {
        let Some(regions) = &self.regions else { return true };
        let Some(regions) = regions.get(&task) else { return false };
        let after = regions.partition_point(|&(start, _)| start <= time);
        after.checked_sub(1).and_then(|at| regions.get(at)).is_some_and(|&(_, end)| time < end)
    }

    /// Shows every piece of the selection, task by task and in time order within one; then what
    /// other tasks ran on the chosen workers.
    pub fn visit(&self, dataset: &Dataset, see: &mut dyn FnMut(&Piece)) {
        for task in self.tasks(dataset) {
            self.visit_task(dataset, task, see);
        }
        self.visit_workers(dataset, see);
    }

    /// Shows what tasks that are not chosen ran on the chosen workers.
    pub fn visit_workers(&self, dataset: &Dataset, see: &mut dyn FnMut(&Piece)) {
        for &worker in &self.workers {
            self.visit_worker(dataset, worker, see);
        }
    }

    /// Shows every piece of `task`.
    pub fn visit_task(&self, dataset: &Dataset, task: TaskId, see: &mut dyn FnMut(&Piece)) {
        let rows = dataset.spans.rows_of(task);
        let Some(starts) = dataset.spans.start_ns.get(rows.clone()) else { return };
        let last_end = self.end_of(dataset, task);
        let first = starts.partition_point(|&start| start <= self.t0).saturating_sub(1);
        for (at, &start_ns) in starts.iter().enumerate().skip(first) {
            if start_ns >= self.t1 {
                break;
            }
            let end_ns = starts.get(at + 1).copied().unwrap_or(last_end).max(start_ns);
            let (from_ns, to_ns) = (start_ns.max(self.t0), end_ns.min(self.t1));
            let piece = Piece { row: rows.start + at, task, start_ns, end_ns, from_ns, to_ns };
            if from_ns < to_ns && dataset.spans.state[piece.row] != TaskState::Gone {
                self.show(piece, see);
            }
        }
    }

    fn visit_worker(&self, dataset: &Dataset, worker: WorkerId, see: &mut dyn FnMut(&Piece)) {
        let runs = dataset.worker_runs.group(worker.index());
        let start = |span: &SpanId| dataset.spans.start_ns.get(span.index()).copied().unwrap_or(u64::MAX);
        let first = runs.partition_point(|span| start(span) <= self.t0).saturating_sub(1);
        for &id in runs.iter().skip(first).take_while(|span| start(span) < self.t1) {
            let Some(span) = dataset.span(id).filter(|span| !self.has(span.task)) else { continue };
            let (from_ns, to_ns) = (span.start_ns.max(self.t0), span.end_ns.min(self.t1));
            if from_ns < to_ns {
                let (start_ns, end_ns) = (span.start_ns, span.end_ns);
                self.show(Piece { row: id.index(), task: span.task, start_ns, end_ns, from_ns, to_ns }, see);
            }
        }
    }

    /// When `task` ended, or the end of the trace.
    pub fn end_of(&self, dataset: &Dataset, task: TaskId) -> u64 {
        dataset.tasks.get(task).and_then(|task| task.ended_ns).unwrap_or(self.end)
    }

    /// How much of the time between two moments in the life of `task` is selected, ns.
    pub fn overlap(&self, task: TaskId, from_ns: u64, to_ns: u64) -> u64 {
        let (from_ns, to_ns) = (from_ns.max(self.t0), to_ns.min(self.t1));
        let mut ns = 0_u64;
        if self.has(task) && from_ns < to_ns {
            let piece = Piece { row: 0, task, start_ns: from_ns, end_ns: to_ns, from_ns, to_ns };
            self.show(piece, &mut |piece| ns = ns.saturating_add(piece.ns()));
        }
        ns
    }

    /// Shows what of `piece` lies in regions, or all of it.
    fn show(&self, piece: Piece, see: &mut dyn FnMut(&Piece)) {
        let Some(regions) = &self.regions else { return see(&piece) };
        let Some(regions) = regions.get(&piece.task) else { return };
        let first = regions.partition_point(|&(_, end)| end <= piece.from_ns);
        for &(start, end) in regions.iter().skip(first).take_while(|(start, _)| *start < piece.to_ns) {
            let (from_ns, to_ns) = (piece.from_ns.max(start), piece.to_ns.min(end));
            if from_ns < to_ns {
                see(&Piece { from_ns, to_ns, ..piece });
            }
        }
    }
}

/// Marks of the tasks, `None` for all, and the workers.
fn chosen(dataset: &Dataset, tasks: &ScopeTasks) -> (Option<Vec<bool>>, Vec<WorkerId>) {
    let marks = |wanted: &dyn Fn(TaskId) -> bool| {
        Some((0..dataset.tasks.len()).map(|row| wanted(TaskId::from_index(row))).collect())
    };
    match tasks {
        ScopeTasks::All => (None, Vec::new()),
        ScopeTasks::Entry(name) => {
            let text = |task| dataset.strings.get(names::entry_id(dataset, task));
            (marks(&|task| text(task) == name), Vec::new())
        }
        ScopeTasks::Tasks(rows) => {
            let rows: std::collections::HashSet<u32> = rows.iter().copied().collect();
            (marks(&|task| rows.contains(&task.0)), Vec::new())
        }
        ScopeTasks::Lanes(lanes) => {
            let lanes: std::collections::HashSet<u64> = lanes.iter().copied().collect();
            let on_lane = |task| {
                let parent = dataset.tasks.get(task).map_or(TaskId::NONE, |task| task.parent);
                lanes.contains(&keys::task(task))
                    || lanes.contains(&keys::entry(names::entry_id(dataset, task)))
                    || lanes.contains(&keys::parent(parent))
            };
            let workers = (0..dataset.workers.len()).map(WorkerId::from_index);
            let on =
                |worker: &WorkerId| lanes.contains(&keys::WORKERS) || lanes.contains(&keys::worker(worker.0));
            (marks(&on_lane), workers.filter(on).collect())
        }
    }
}

/// Regions of type `name` by task, without those inside another one, as Go's tool takes them.
fn outermost(dataset: &Dataset, name: &str) -> HashMap<TaskId, Vec<(u64, u64)>> {
    let (mut known, mut wanted): (StringId, bool) = (StringId(u32::MAX), false);
    let mut by_task: HashMap<TaskId, Vec<(u64, u64)>> = HashMap::new();
    for region in &dataset.regions {
        if region.name != known {
            (known, wanted) = (region.name, dataset.strings.get(region.name) == name);
        }
        if wanted {
            let start = region.start_ns.unwrap_or(dataset.facts.start_ns);
            let end = region.end_ns.unwrap_or(dataset.facts.end_ns).max(start);
            by_task.entry(region.task).or_default().push((start, end));
        }
    }
    for intervals in by_task.values_mut() {
        intervals.sort_unstable();
        let mut last = 0;
        intervals.retain(|&(start, end)| {
            let outer = last <= start;
            last = if outer { end } else { last };
            outer
        });
    }
    by_task
}

/// The tasks whose entry function matches `field` (text or `/regex/`); all for an empty field.
/// The error says why a regular expression is none.
pub fn entries_matching(dataset: &Dataset, field: &str) -> Result<ScopeTasks, String> {
    let matcher = Matcher::new(field)?;
    if matcher.is_empty() {
        return Ok(ScopeTasks::All);
    }
    let mut known: HashMap<StringId, bool> = HashMap::new();
    let mut matches = |task: &TaskId| {
        let entry = names::entry_id(dataset, *task);
        *known.entry(entry).or_insert_with(|| matcher.matches(dataset.strings.get(entry)))
    };
    let tasks = (0..dataset.tasks.len()).map(TaskId::from_index);
    Ok(ScopeTasks::Tasks(tasks.filter(|task| matches(task)).map(|task| task.0).collect()))
}
