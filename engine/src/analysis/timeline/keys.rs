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

/// What [`parts`] gives for the GC lane.
pub(super) const GC_LANE: u8 = 3;
/// Likewise for a task.
pub(super) const TASK: u8 = 8;
/// Likewise for a worker.
pub(super) const WORKER: u8 = 5;
/// Likewise for a thread.
pub(super) const THREAD: u8 = 11;
/// Likewise for a row of user tasks.
pub(super) const USER_ROW: u8 = 13;
/// Likewise for regions of a task.
pub(super) const REGION: u8 = 14;

/// Head of the threads.
pub(super) const THREADS: u64 = 10 << 56;

/// The thread of row `row`.
pub(super) fn thread(row: u32) -> u64 {
    11 << 56 | u64::from(row)
}

/// Head of the user tasks of this type.
pub(super) fn task_type(name: StringId) -> u64 {
    12 << 56 | u64::from(name.0)
}

/// A row of user tasks, or of the regions in them.
pub(super) fn user_row(row: u32) -> u64 {
    13 << 56 | u64::from(row)
}

/// Regions of a task at a depth.
pub(super) fn region(task: TaskId, depth: u8) -> u64 {
    14 << 56 | u64::from(depth) << 32 | u64::from(task.0)
}

/// Frames of a task's stacks at a depth.
pub(super) fn stack(task: TaskId, depth: u8) -> u64 {
    15 << 56 | u64::from(depth) << 32 | u64::from(task.0)
}

/// The line for lanes of the group `head` that are folded; of all lanes where there are no heads.
pub(super) fn idle(head: Option<u64>) -> u64 {
    let head = head.unwrap_or(0);
    9 << 56 | (head >> 56) << 32 | head & 0xffff_ffff
}

/// The task of a task lane.
pub(super) fn task_of(key: u64) -> Option<TaskId> {
    (parts(key).0 == TASK).then_some(TaskId(key as u32))
}

/// What kind of lane, and which one.
pub(super) fn parts(key: u64) -> (u8, u32) {
    ((key >> 56) as u8, key as u32)
}
