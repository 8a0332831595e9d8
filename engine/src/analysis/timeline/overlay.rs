//! Boxes over the states of a task: collector assists, CPU samples, search hits.

use taskscope_proto::Dataset;
use taskscope_proto::model::{RangeScope, TaskId};

use super::walk::Window;

/// Go's name of the range in which a goroutine that allocates has to help marking.
const ASSIST: &str = "GC mark assist";

/// Rows of another table by task, in the table's order: 8 bytes a row.
#[derive(Debug, Default)]
pub(super) struct ByTask(Vec<(TaskId, u32)>);

impl ByTask {
    /// The assists among the ranges.
    pub(super) fn assists(dataset: &Dataset) -> Self {
        let of_task = |range: &taskscope_proto::model::Range| match range.scope {
            RangeScope::Task(task) if dataset.strings.get(range.name) == ASSIST => Some(task),
            _ => None,
        };
        Self::of_tasks(dataset.ranges.iter().map(of_task))
    }

    /// The CPU samples.
    pub(super) fn samples(dataset: &Dataset) -> Self {
        Self::of_tasks(dataset.samples.task.iter().take(dataset.samples.time_ns.len()).map(|task| task.get()))
    }

    fn of_tasks(tasks: impl Iterator<Item = Option<TaskId>>) -> Self {
        let mut rows: Vec<(TaskId, u32)> =
            tasks.zip(0..).filter_map(|(task, row)| Some((task?, row))).collect();
        rows.sort_unstable();
        Self(rows)
    }

    /// The rows of `task`.
    pub(super) fn of(&self, task: TaskId) -> &[(TaskId, u32)] {
        let first = self.0.partition_point(|&(of, _)| of < task);
        let end = first + self.0[first..].partition_point(|&(of, _)| of == task);
        &self.0[first..end]
    }

    /// How long the ranges of `task` are together.
    pub(super) fn time_of(&self, dataset: &Dataset, task: TaskId) -> u64 {
        let ranges = self.of(task).iter().filter_map(|&(_, row)| dataset.ranges.get(row as usize));
        ranges.fold(0, |sum, range| sum.saturating_add(range.end_ns.saturating_sub(range.start_ns)))
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.0.len() * 8
    }
}

/// Something that lies over a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over {
    /// First ns.
    pub(super) start_ns: u64,
    /// One past the last.
    pub(super) end_ns: u64,
    /// Its number; `u32::MAX` for several in one column.
    pub(super) item: u32,
}

/// Emits what of `len` things, in time order, lies in the window: at most one a column. Costs columns,
/// not things.
pub(super) fn thin(len: usize, of: impl Fn(usize) -> Over, window: &Window, mut emit: impl FnMut(Over)) {
    // They hardly overlap, so the one before may still reach into the window.
    let mut at = first_from(0, len, &of, window.t0).saturating_sub(1);
    while at < len {
        let mut over = of(at);
        if over.start_ns >= window.t1 {
            break;
        }
        let line = (over.start_ns.max(window.t0) / window.unit * window.unit).saturating_add(window.unit);
        let next = first_from(at + 1, len, &of, line);
        if next > at + 1 {
            over.end_ns = over.end_ns.max(of(next - 1).end_ns.min(line));
            over.item = u32::MAX;
        }
        if over.end_ns > window.t0 {
            emit(over);
        }
        at = next;
    }
}

/// The first from `at` on that begins at or after `time`: near ones first.
fn first_from(at: usize, len: usize, of: &impl Fn(usize) -> Over, time: u64) -> usize {
    let begins = |at: usize| of(at).start_ns;
    let mut step = 1;
    let mut low = at;
    while low + step <= len && begins(low + step - 1) < time {
        low += step;
        step *= 2;
    }
    let mut high = (low + step).min(len);
    while low < high {
        let middle = low + (high - low) / 2;
        if begins(middle) < time { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(starts: &[(u64, u64)], window: &Window) -> Vec<(u64, u64, u32)> {
        let of = |at: usize| Over { start_ns: starts[at].0, end_ns: starts[at].1, item: at as u32 };
        let mut seen = Vec::new();
        thin(starts.len(), of, window, |over| seen.push((over.start_ns, over.end_ns, over.item)));
        seen
    }

    #[test]
    fn one_a_column() {
        let window = Window { t0: 100, t1: 200, unit: 10 };
        assert_eq!(
            seen(&[(5, 7), (90, 105), (150, 150), (200, 210)], &window),
            [(90, 105, 1), (150, 150, 2)]
        );
        assert_eq!(
            seen(&[(120, 121), (123, 124), (129, 135), (131, 132)], &window),
            [(120, 130, u32::MAX), (131, 132, 3)]
        );
        assert_eq!(seen(&[], &window), []);
        let many: Vec<(u64, u64)> = (0..100_000).map(|at| (at, at + 1)).collect();
        assert_eq!(seen(&many, &window).len(), 10);
    }
}
