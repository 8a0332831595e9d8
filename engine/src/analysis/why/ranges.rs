//! Stops of the world and GC assists, ready to be looked up by time.

use std::collections::BTreeMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{RangeScope, StringId, TaskId};

/// Go's name of the range in which a task that allocates has to help marking.
const ASSIST: &str = "GC mark assist";
/// How the names of stops begin.
const STOP: &str = "stop-the-world";

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Stops and assists.
#[derive(Debug, Default)]
pub struct Ranges {
    /// Stops, in order and without overlaps.
    stops: Vec<Stretch>,
    /// Stops that each task made.
    stopping: BTreeMap<TaskId, Vec<Stretch>>,
    /// Assists of each task.
    assists: BTreeMap<TaskId, Vec<Stretch>>,
}

impl Ranges {
    /// Reads the ranges of `dataset`.
    pub fn build(dataset: &Dataset) -> Self {
        let mut kinds: BTreeMap<StringId, Option<bool>> = BTreeMap::new();
        let mut ranges = Self::default();
        for range in dataset.ranges.iter().filter(|range| range.start_ns < range.end_ns) {
            let is_stop = *kinds.entry(range.name).or_insert_with(|| {
                let name = dataset.strings.get(range.name);
                if name == ASSIST { Some(false) } else { name.starts_with(STOP).then_some(true) }
            });
            let stretch = Stretch { start: range.start_ns, end: range.end_ns };
            match (is_stop, range.scope) {
                (Some(true), scope) => {
                    ranges.stops.push(stretch);
                    if let RangeScope::Task(task) = scope {
                        ranges.stopping.entry(task).or_default().push(stretch);
                    }
                }
                (Some(false), RangeScope::Task(task)) => {
                    ranges.assists.entry(task).or_default().push(stretch);
                }
                _ => {}
            }
        }
        merge(&mut ranges.stops);
        ranges.stopping.values_mut().chain(ranges.assists.values_mut()).for_each(merge);
        ranges
    }

    /// All stops.
    pub(super) fn stops(&self) -> &[Stretch] {
        &self.stops
    }

    /// Stops that `task` made.
    pub(super) fn stopping(&self, task: TaskId) -> &[Stretch] {
        self.stopping.get(&task).map_or(&[], Vec::as_slice)
    }

    /// Assists of `task`.
    pub(super) fn assists(&self, task: TaskId) -> &[Stretch] {
        self.assists.get(&task).map_or(&[], Vec::as_slice)
    }
}

/// Puts stretches in order and joins those that overlap.
fn merge(stretches: &mut Vec<Stretch>) {
    stretches.sort_unstable();
    stretches.dedup_by(|later, earlier| {
        let joined = later.start <= earlier.end;
        if joined {
            earlier.end = earlier.end.max(later.end);
        }
        joined
    });
}

/// Those of `stretches` (in order, without overlaps) that meet `start..end`, cut to it.
pub(super) fn within(
    stretches: &[Stretch],
    start: u64,
    end: u64,
) -> impl DoubleEndedIterator<Item = Stretch> {
    let first = stretches.partition_point(|stretch| stretch.end <= start);
    let rest = &stretches[first..];
    let count = rest.partition_point(|stretch| stretch.start < end);
    rest[..count]
        .iter()
        .map(move |stretch| Stretch { start: stretch.start.max(start), end: stretch.end.min(end) })
}
