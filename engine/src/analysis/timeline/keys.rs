//! Keys of lanes: what kind of lane in the top byte, which one in the rest.

use taskscope_proto::model::{StringId, TaskId};

/// Head of the counters.
pub(super) const COUNTERS: u64 = 1 << 56;
/// The GC lane.
pub(super) const GC: u64 = 3 << 56;
/// Head of the workers.
pub(super) const WORKERS: u64 = 4 << 56;

/// A counter.
pub(super) fn counter(number: u32) -> u64 {
    2 << 56 | u64::from(number)
}

/// The worker of row `row`.
pub(super) fn worker(row: u32) -> u64 {
    5 << 56 | u64::from(row)
}

/// The group of the tasks whose entry function has this name.
pub(super) fn entry(name: StringId) -> u64 {
    6 << 56 | u64::from(name.0)
}

/// The group of the tasks that this one spawned.
pub(super) fn parent(task: TaskId) -> u64 {
    7 << 56 | u64::from(task.0)
}

/// A task.
pub(super) fn task(task: TaskId) -> u64 {
    8 << 56 | u64::from(task.0)
}
