//! How long each task ran in all; decides the order of lanes.

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState};

/// Running time by task.
#[derive(Debug, Default)]
pub(super) struct TaskTotals {
    running_ns: Vec<u64>,
}

impl TaskTotals {
    /// Adds up every span.
    pub(super) fn build(dataset: &Dataset) -> Self {
        let tasks = (0..dataset.tasks.len()).map(TaskId::from_index);
        Self { running_ns: tasks.map(|task| running_ns(dataset, task)).collect() }
    }

    /// How long `task` ran.
    pub(super) fn running_ns(&self, task: TaskId) -> u64 {
        self.running_ns.get(task.index()).copied().unwrap_or(0)
    }
}

fn running_ns(dataset: &Dataset, task: TaskId) -> u64 {
    let rows = dataset.spans.rows_of(task);
    let (Some(starts), Some(states)) =
        (dataset.spans.start_ns.get(rows.clone()), dataset.spans.state.get(rows))
    else {
        return 0;
    };
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(dataset.end_of(task)));
    let running = starts.iter().zip(ends).zip(states).filter(|(_, state)| **state == TaskState::Running);
    running.map(|((start, end), _)| end.saturating_sub(*start)).fold(0, u64::saturating_add)
}
