//! What a dump saw at one moment: which task waits where, for what, and since when.

use super::ids::{ReasonId, StackId, StringId, TaskId};
use super::timeline::TaskState;

/// One task, or several that cannot be told apart, as a dump saw them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Which task; `NONE` where the format gives counts only (debug=1).
    pub task: TaskId,
    /// How many tasks this row stands for; 1 unless `task` is `NONE`.
    pub count: u64,
    /// Its state, mapped to the model's.
    pub state: TaskState,
    /// The file's own words for the state ("chan receive (nil chan)"); `NONE` if it gives none.
    pub reason: ReasonId,
    /// How long it has waited, in ns; `None` if the file does not say. Go counts whole minutes
    /// from the first GC that saw the goroutine blocked, so this is a lower bound.
    pub wait_ns: Option<u64>,
    /// Where it waits.
    pub stack: StackId,
    /// Where it was spawned (`created by`): a stack of one frame, or of the ancestors.
    pub spawn_stack: StackId,
    /// The task named as its creator; `NONE` if the file does not say.
    pub parent: TaskId,
    /// Go's leak profile proved that nothing can wake it: ` (leaked)`.
    pub leaked: bool,
    /// Locked to its OS thread.
    pub locked: bool,
    /// Labels as the file prints them, `k=v` joined by commas; empty if none.
    pub labels: StringId,
}

/// All observations of one dump.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    /// One row a task or group, in file order.
    pub rows: Vec<Observation>,
}
