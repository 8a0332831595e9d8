//! Keys of lanes: what kind of lane in the top byte, which one in the rest.

use taskscope_proto::model::{StringId, TaskId};

/// Head of the counters.
pub(in crate::analysis) const COUNTERS: u64 = 1 << 56;
/// The GC lane.
pub(in crate::analysis) const GC: u64 = 3 << 56;
/// Head of the workers.
pub(in crate::analysis) const WORKERS: u64 = 4 << 56;

/// A counter.
pub(in crate::analysis) fn counter(number: u32) -> u64 {
    2 << 56 | u64::from(number)
}

/// The worker of row `row`.
pub(in crate::analysis) fn worker(row: u32) -> u64 {
    5 << 56 | u64::from(row)
}

/// The group of the tasks whose entry function has this name.
pub(in crate::analysis) fn entry(name: StringId) -> u64 {
    6 << 56 | u64::from(name.0)
}

/// The group of the tasks that this one spawned.
pub(in crate::analysis) fn parent(task: TaskId) -> u64 {
    7 << 56 | u64::from(task.0)
}

/// A task.
pub(in crate::analysis) fn task(task: TaskId) -> u64 {
    8 << 56 | u64::from(task.0)
}
