//! What boxes say, each distinct text once.

use std::collections::HashMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::{FrameId, ReasonId, StackId, StringId, TaskId, TaskState};

use super::names;

/// A box without label.
pub(super) const NO_LABEL: u32 = u32::MAX;

/// The labels of an answer.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Distinct texts.
    pub(super) texts: Vec<String>,
    known: HashMap<Source, u32>,
}

/// What a label is made from; two boxes with the same source have the same label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Running(StackId),
    Ready,
    Syscall(StackId),
    Blocked(ReasonId, StackId),
    Run(TaskId),
    Text(StringId),
    Frame(FrameId),
}

impl Labels {
    /// The label of a box that shows span row `row` of its task, whose rows end at `end`.
    pub(super) fn of_span(&mut self, dataset: &Dataset, row: usize, end: usize) -> u32 {
        let spans = &dataset.spans;
        let (Some(state), Some(&stack)) = (spans.state.get(row), spans.stack.get(row)) else {
            return NO_LABEL;
        };
        let source = match state {
            TaskState::Running => match running_stack(dataset, row, end) {
                Some(stack) => Source::Running(stack),
                None => return NO_LABEL,
            },
            TaskState::Ready => Source::Ready,
            TaskState::Syscall => Source::Syscall(stack),
            TaskState::Blocked => Source::Blocked(spans.reason_of(row), stack),
            TaskState::Unknown | TaskState::Gone => return NO_LABEL,
        };
        self.intern(dataset, source)
    }

    /// The label of a run of `task` on a worker lane.
    pub(super) fn of_run(&mut self, dataset: &Dataset, task: TaskId) -> u32 {
        self.intern(dataset, Source::Run(task))
    }

    /// A text of the trace.
    pub(super) fn of_text(&mut self, dataset: &Dataset, text: StringId) -> u32 {
        self.intern(dataset, Source::Text(text))
    }

    /// A function on a stack.
    pub(super) fn of_frame(&mut self, dataset: &Dataset, frame: FrameId) -> u32 {
        self.intern(dataset, Source::Frame(frame))
    }

    /// A text that hardly occurs twice.
    pub(super) fn push(&mut self, text: String) -> u32 {
        self.texts.push(text);
        self.texts.len() as u32 - 1
    }

    fn intern(&mut self, dataset: &Dataset, source: Source) -> u32 {
        if let Some(&label) = self.known.get(&source) {
            return label;
        }
        let text = text_of(dataset, source);
        let label = if text.is_empty() { NO_LABEL } else { self.push(text) };
        self.known.insert(source, label);
        label
    }
}

/// Where a run ended: the stack with which the task then blocked, called the system or was stopped.
/// No event says where a task is while it runs.
pub(super) fn running_stack(dataset: &Dataset, row: usize, end: usize) -> Option<StackId> {
    let next = row + 1;
    let stopped =
        matches!(dataset.spans.state.get(next)?, TaskState::Blocked | TaskState::Syscall | TaskState::Ready);
    (next < end && stopped).then(|| dataset.spans.stack[next].get()).flatten()
}

fn text_of(dataset: &Dataset, source: Source) -> String {
    match source {
        Source::Ready => "ready".into(),
        Source::Running(stack) => own_function(dataset, stack),
        Source::Syscall(stack) => with_function("syscall", dataset, stack),
        Source::Blocked(reason, stack) => {
            let reason =
                dataset.reasons.get(reason.index()).map_or("", |reason| dataset.strings.get(reason.text));
            with_function(if reason.is_empty() { "blocked" } else { reason }, dataset, stack)
        }
        Source::Text(text) => dataset.strings.get(text).into(),
        Source::Frame(frame) => names::without_package(&dataset.frame_name(frame)).into(),
        Source::Run(task) => {
            let name = names::task(dataset, task);
            match names::without_package(names::entry(dataset, task)) {
                "" => name,
                entry => format!("{name} · {entry}"),
            }
        }
    }
}

fn with_function(what: &str, dataset: &Dataset, stack: StackId) -> String {
    match own_function(dataset, stack).as_str() {
        "" => what.into(),
        function => format!("{what} · {function}"),
    }
}

/// The innermost function of the program's own, without its package.
fn own_function(dataset: &Dataset, stack: StackId) -> String {
    let frame = names::own_frame(dataset, stack);
    frame.map_or_else(String::new, |frame| names::without_package(&dataset.frame_name(frame)).into())
}
