//! The stack that tells most about a segment of the path.

use taskscope_proto::Dataset;
use taskscope_proto::model::{FunctionId, StackId, TaskState};

use super::class::Class;
use super::path::{Link, Segment};
use crate::analysis::timeline::names;

/// Where a segment's task was. Nothing is recorded while a task runs; what is nearest is where it woke
/// or created the next task of the path, or where its run ended. A ready task is where it blocked.
pub(super) fn stack(dataset: &Dataset, segment: &Segment) -> StackId {
    let row = segment.span.index();
    let rows = dataset.spans.rows_of(segment.task);
    let of_row = |row: usize| dataset.spans.stack.get(row).copied().filter(|_| rows.contains(&row));
    let next = || of_row(row.saturating_add(1));
    let before = || row.checked_sub(1).filter(|&row| is_own(dataset, row)).and_then(of_row);
    let found = match segment.class {
        Class::RUNNING | Class::ASSIST | Class::STOPPING => match segment.link {
            Link::GoesOn => next().or_else(before),
            Link::Wakes => dataset.spans.stack.get(segment.woken.index()).copied(),
            Link::Creates => spawn_stack(dataset, segment),
        },
        Class::READY | Class::STOPPED if is_own(dataset, row) => of_row(row),
        Class::READY | Class::STOPPED => before(),
        _ => of_row(row),
    };
    found.unwrap_or_default()
}

/// Whether the event that began a span was the task's own: a wait or system call, or a yield.
fn is_own(dataset: &Dataset, row: usize) -> bool {
    match dataset.spans.state.get(row) {
        Some(TaskState::Blocked | TaskState::Syscall) => true,
        Some(TaskState::Ready) => !dataset.spans.reason_of(row).is_none(),
        _ => false,
    }
}

fn spawn_stack(dataset: &Dataset, segment: &Segment) -> Option<StackId> {
    let created = dataset.span(segment.woken)?.task;
    dataset.tasks.get(created).map(|task| task.spawn_stack)
}

/// The function of the program's own code on a segment's stack, else the entry function of its task.
pub(super) fn function(dataset: &Dataset, segment: &Segment, stack: StackId) -> FunctionId {
    let own = names::own_frame(dataset, stack).and_then(|frame| dataset.frames.get(frame));
    let entry = || dataset.tasks.get(segment.task).map_or(FunctionId::NONE, |task| task.entry);
    own.map_or_else(entry, |frame| frame.function)
}
