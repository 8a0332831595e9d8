//! The times of every goroutine in a scope: one pass over the spans.

use taskscope_proto::Dataset;
use taskscope_proto::model::{RangeScope, StringId, TaskId, TaskState, WorkerId};

use crate::analysis::selection::{Piece, Selection};
use crate::api::{GoroutineTimes, Scope};

/// The reason after which nothing comes.
const FOREVER: &str = "forever";

/// The times of one goroutine that every goroutine has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fixed {
    pub(super) total: u64,
    pub(super) running: u64,
    pub(super) ready: u64,
    pub(super) syscall: u64,
    pub(super) syscall_blocked: u64,
    pub(super) blocked: u64,
    pub(super) unknown: u64,
}

/// Times of which most goroutines have few: a slot and ns each, by task.
#[derive(Clone, Debug, Default)]
struct Sparse {
    first: Vec<u32>,
    slot: Vec<u16>,
    ns: Vec<u64>,
}

/// The times of every goroutine in a scope.
#[derive(Clone, Debug)]
pub struct Table {
    /// First ns of the scope.
    pub t0_ns: u64,
    /// One past its last ns.
    pub t1_ns: u64,
    /// Reasons of waits in the scope, by name.
    pub reasons: Vec<String>,
    /// Names of special ranges in the scope, by name.
    pub ranges: Vec<String>,
    pub(super) fixed: Vec<Fixed>,
    pub(super) present: Vec<bool>,
    by_reason: Sparse,
    by_range: Sparse,
}

impl Table {
    /// Adds up the spans and ranges of `scope`.
    pub fn build(dataset: &Dataset, scope: &Scope) -> Self {
        let selection = Selection::new(dataset, scope);
        let (t0_ns, t1_ns) = (selection.t0, selection.t1);
        let selection = selection.until_closing_sync();
        let waits = Slots::of_reasons(dataset);
        let mut sums = Sums::new(dataset, &waits);
        let whole = selection.t0 <= dataset.facts.start_ns && selection.t1 > dataset.facts.end_ns;
        for task in selection.tasks(dataset) {
            selection.visit_task(dataset, task, &mut |piece| sums.add(dataset, piece));
            let there = whole && !dataset.spans.rows_of(task).is_empty();
            sums.present[task.index()] |= there && scope.region.is_none();
            sums.flush(task);
        }
        selection.visit_workers(dataset, &mut |piece| sums.add(dataset, piece));
        let Sums { fixed, present, mut by_reason, .. } = sums;
        by_reason.close(dataset.tasks.len());
        let (ranges, by_range) = special_ranges(dataset, &selection);
        let reasons = by_reason.keep(waits.names);
        Self { t0_ns, t1_ns, reasons, ranges, fixed, present, by_reason, by_range }
    }

    /// Whether `task` was there in the scope.
    pub fn has(&self, task: TaskId) -> bool {
        self.present.get(task.index()).copied().unwrap_or(false)
    }

    /// No times, with a slot for every reason and range.
    pub(super) fn nothing(&self) -> GoroutineTimes {
        GoroutineTimes {
            reasons_ns: vec![0; self.reasons.len()],
            ranges_ns: vec![0; self.ranges.len()],
            ..GoroutineTimes::default()
        }
    }

    /// Adds the times of `task` to `times`.
    pub fn add(&self, task: TaskId, times: &mut GoroutineTimes) {
        let Some(fixed) = self.fixed.get(task.index()) else { return };
        times.count = times.count.saturating_add(1);
        let columns = [
            (&mut times.total_ns, fixed.total),
            (&mut times.running_ns, fixed.running),
            (&mut times.ready_ns, fixed.ready),
            (&mut times.syscall_ns, fixed.syscall),
            (&mut times.syscall_blocked_ns, fixed.syscall_blocked),
            (&mut times.blocked_ns, fixed.blocked),
            (&mut times.unknown_ns, fixed.unknown),
        ];
        columns.into_iter().for_each(|(sum, ns)| *sum = sum.saturating_add(ns));
        self.by_reason.add(task, &mut times.reasons_ns);
        self.by_range.add(task, &mut times.ranges_ns);
    }

    /// Time of `task` for the reason in slot `slot`.
    pub(super) fn reason_ns(&self, task: TaskId, slot: usize) -> u64 {
        self.by_reason.get(task, slot)
    }

    /// Time of `task` in ranges of slot `slot`.
    pub(super) fn range_ns(&self, task: TaskId, slot: usize) -> u64 {
        self.by_range.get(task, slot)
    }
}

/// Names by slot, and the slot of each row of another table.
struct Slots {
    names: Vec<String>,
    of_row: Vec<u16>,
    forever: Vec<bool>,
}

impl Slots {
    /// One slot a distinct reason, by name; slot 0 is for none.
    fn of_reasons(dataset: &Dataset) -> Self {
        let text = |id: StringId| dataset.strings.get(id);
        let mut names: Vec<String> = dataset.reasons.iter().map(|reason| text(reason.text).into()).collect();
        names.push(String::new());
        names.sort();
        names.dedup();
        let slot = |name: &str| names.binary_search_by(|known| known.as_str().cmp(name)).unwrap_or(0) as u16;
        let of_row = dataset.reasons.iter().map(|reason| slot(text(reason.text))).collect();
        let forever = dataset.reasons.iter().map(|reason| text(reason.text) == FOREVER).collect();
        Self { names, of_row, forever }
    }
}

/// The table in the making.
struct Sums<'a> {
    waits: &'a Slots,
    fixed: Vec<Fixed>,
    present: Vec<bool>,
    by_reason: Sparse,
    /// Of the task being read: time by slot, and which slots have any.
    scratch: Vec<u64>,
    touched: Vec<u16>,
}

impl<'a> Sums<'a> {
    fn new(dataset: &Dataset, waits: &'a Slots) -> Self {
        let tasks = dataset.tasks.len();
        Self {
            waits,
            fixed: vec![Fixed::default(); tasks],
            present: vec![false; tasks],
            by_reason: Sparse::default(),
            scratch: vec![0; waits.names.len()],
            touched: Vec::new(),
        }
    }

    fn add(&mut self, dataset: &Dataset, piece: &Piece) {
        let (spans, ns) = (&dataset.spans, piece.ns());
        let reason = usize::from(spans.reason[piece.row]);
        let sums = &mut self.fixed[piece.task.index()];
        let sum = match spans.state[piece.row] {
            TaskState::Running => &mut sums.running,
            TaskState::Ready => &mut sums.ready,
            TaskState::Syscall if spans.worker[piece.row].is_none() => &mut sums.syscall_blocked,
            TaskState::Syscall => &mut sums.syscall,
            TaskState::Unknown => &mut sums.unknown,
            TaskState::Gone => return,
            TaskState::Blocked => {
                if self.waits.forever.get(reason) == Some(&true) {
                    return;
                }
                let slot = self.waits.of_row.get(reason).copied().unwrap_or(0);
                let here = &mut self.scratch[usize::from(slot)];
                if *here == 0 {
                    self.touched.push(slot);
                }
                *here = here.saturating_add(ns);
                &mut sums.blocked
            }
        };
        *sum = sum.saturating_add(ns);
        sums.total = sums.total.saturating_add(ns);
        self.present[piece.task.index()] = true;
    }

    /// Ends `task`.
    fn flush(&mut self, task: TaskId) {
        self.touched.sort_unstable();
        for slot in self.touched.drain(..) {
            let ns = std::mem::take(&mut self.scratch[usize::from(slot)]);
            self.by_reason.push(task, slot, ns);
        }
    }
}

impl Sparse {
    /// Adds an entry of a task that is not before those already there.
    fn push(&mut self, task: TaskId, slot: u16, ns: u64) {
        while self.first.len() <= task.index() {
            self.first.push(self.slot.len() as u32);
        }
        self.slot.push(slot);
        self.ns.push(ns);
    }

    /// Ends the table after `tasks` tasks.
    fn close(&mut self, tasks: usize) {
        while self.first.len() <= tasks {
            self.first.push(self.slot.len() as u32);
        }
    }

    fn of(&self, task: TaskId) -> impl Iterator<Item = (usize, u64)> + '_ {
        let bound = |at: usize| self.first.get(at).map_or(0, |&row| row as usize);
        let rows = bound(task.index())..bound(task.index() + 1);
        let slots = self.slot.get(rows.clone()).unwrap_or(&[]);
        let ns = self.ns.get(rows).unwrap_or(&[]);
        slots.iter().map(|&slot| usize::from(slot)).zip(ns.iter().copied())
    }

    fn get(&self, task: TaskId, slot: usize) -> u64 {
        self.of(task).find(|&(known, _)| known == slot).map_or(0, |(_, ns)| ns)
    }

    fn add(&self, task: TaskId, sums: &mut [u64]) {
        for (slot, ns) in self.of(task) {
            if let Some(sum) = sums.get_mut(slot) {
                *sum = sum.saturating_add(ns);
            }
        }
    }

    /// Numbers the slots that occur anew; gives their names.
    fn keep(&mut self, names: Vec<String>) -> Vec<String> {
        let mut used = vec![false; names.len()];
        self.slot.iter().for_each(|&slot| used[usize::from(slot)] = true);
        let mut next = 0_u16;
        let renumbered: Vec<u16> = used
            .iter()
            .map(|&used| {
                next += u16::from(used);
                next.saturating_sub(1)
            })
            .collect();
        self.slot.iter_mut().for_each(|slot| *slot = renumbered[usize::from(*slot)]);
        names.into_iter().zip(used).filter_map(|(name, used)| used.then_some(name)).collect()
    }
}

/// Names of the ranges in the selection, and each task's time in them.
fn special_ranges(dataset: &Dataset, selection: &Selection) -> (Vec<String>, Sparse) {
    let mut names: Vec<String> =
        dataset.ranges.iter().map(|range| dataset.strings.get(range.name).to_owned()).collect();
    names.sort();
    names.dedup();
    names.truncate(usize::from(u16::MAX));
    let mut entries: Vec<(TaskId, u16, u64)> = Vec::new();
    for range in &dataset.ranges {
        let task = match range.scope {
            RangeScope::Global => continue,
            RangeScope::Task(task) => task,
            RangeScope::Worker(worker) => match stayed_on(dataset, worker, range.start_ns, range.end_ns) {
                Some(task) => task,
                None => continue,
            },
        };
        // A range that is still open ends with the closing Sync, as its goroutine does.
        let open = range.end_ns >= dataset.facts.end_ns;
        let end = if open { u64::MAX } else { range.end_ns }.min(selection.end_of(dataset, task));
        let ns = selection.overlap(task, range.start_ns, end);
        let name = dataset.strings.get(range.name);
        if let Ok(slot) = names.binary_search_by(|known| known.as_str().cmp(name)) {
            entries.extend((ns > 0).then_some((task, slot as u16, ns)));
        }
    }
    entries.sort_unstable_by_key(|&(task, slot, _)| (task, slot));
    let mut sparse = Sparse::default();
    for same in entries.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let ns = same.iter().fold(0, |sum: u64, &(_, _, ns)| sum.saturating_add(ns));
        sparse.push(same[0].0, same[0].1, ns);
    }
    sparse.close(dataset.tasks.len());
    (sparse.keep(names), sparse)
}

/// The task that was on `worker` at both moments.
fn stayed_on(dataset: &Dataset, worker: WorkerId, start_ns: u64, end_ns: u64) -> Option<TaskId> {
    let runs = dataset.worker_runs.group(worker.index());
    let at = |time: u64| {
        let start = |at: usize| runs.get(at).and_then(|span| dataset.spans.start_ns.get(span.index()));
        let after = runs.partition_point(|span| {
            dataset.spans.start_ns.get(span.index()).is_some_and(|&start| start <= time)
        });
        let last = after.checked_sub(1).filter(|&at| start(at).is_some())?;
        dataset.span(runs[last]).filter(|span| time <= span.end_ns).map(|span| span.task)
    };
    let task = at(start_ns)?;
    (at(end_ns) == Some(task)).then_some(task)
}
