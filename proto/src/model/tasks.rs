//! Who works: tasks (goroutines, tokio tasks), workers (P) and threads (M).

use super::ids::{FunctionId, StackId, StringId, TaskId};

/// A goroutine or tokio task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// The runtime's id, as people see it in dumps.
    pub id: u64,
    /// Its entry function: the root frame of its stacks; `NONE` if no stack was seen.
    pub entry: FunctionId,
    /// A name of its own (tokio); empty otherwise.
    pub name: StringId,
    /// The task that spawned it; `NONE` if that was not seen.
    pub parent: TaskId,
    /// Stack of the spawner at the spawn site; `NONE` if it was not seen.
    pub spawn_stack: StackId,
    /// When it was spawned, on the trace's clock; `None` if before the trace.
    pub created_ns: Option<u64>,
    /// When it ended; `None` if it lived at the end.
    pub ended_ns: Option<u64>,
}

/// All tasks of a file, in the order first met; a runtime id names one task.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    /// One row a task.
    pub rows: Vec<Task>,
}

impl Tasks {
    /// The task of `id`; `None` for an id that names no row.
    pub fn get(&self, id: TaskId) -> Option<&Task> {
        self.rows.get(id.index())
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// A P or a tokio worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Its number in the runtime.
    pub id: u64,
}

/// An OS thread (M).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The system's thread id; a pthread address on macOS.
    pub id: u64,
    /// Its name; empty when unknown.
    pub name: StringId,
}
