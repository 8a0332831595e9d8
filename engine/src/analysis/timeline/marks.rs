//! Which mark stands for which state.

use taskscope_proto::model::{Dataset, TaskState, WaitKind};

use crate::api::Mark;

/// How many classes a track tells apart when it sums time.
pub(super) const CLASSES: usize = 8;

/// The class of time in which a task is not there.
pub(super) const NOTHING: usize = CLASSES;

/// The marks of task states by class: `MARKS[class] as usize == class`.
pub(super) const MARKS: [Mark; CLASSES] = [
    Mark::Running,
    Mark::Ready,
    Mark::Sync,
    Mark::Network,
    Mark::Sleep,
    Mark::Syscall,
    Mark::Gc,
    Mark::Unknown,
];

/// The class of each state and reason, looked up once a span.
#[derive(Debug, Default)]
pub(super) struct MarkTable {
    /// Class of a blocked span, by reason.
    blocked: Vec<u8>,
}

impl MarkTable {
    /// The table for the reasons of `dataset`.
    pub(super) fn build(dataset: &Dataset) -> Self {
        Self { blocked: dataset.reasons.iter().map(|reason| mark_of_wait(reason.kind) as u8).collect() }
    }

    /// The class of a span in `state` with the raw `reason` of its row.
    #[inline]
    pub(super) fn class(&self, state: TaskState, reason: u16) -> usize {
        match state {
            TaskState::Running => Mark::Running as usize,
            TaskState::Ready => Mark::Ready as usize,
            TaskState::Syscall => Mark::Syscall as usize,
            TaskState::Unknown => Mark::Unknown as usize,
            TaskState::Gone => NOTHING,
            TaskState::Blocked => self
                .blocked
                .get(usize::from(reason))
                .map_or(Mark::Unknown as usize, |&class| usize::from(class)),
        }
    }
}

/// The mark of a wait. The runtime's own idle goroutines rest as sleepers do: nobody waits for them.
/// A yield is no wait, the task could run at once.
pub(in crate::analysis) fn mark_of_wait(kind: WaitKind) -> Mark {
    match kind {
        WaitKind::Sync => Mark::Sync,
        WaitKind::Network => Mark::Network,
        WaitKind::Sleep | WaitKind::Idle => Mark::Sleep,
        WaitKind::Gc => Mark::Gc,
        WaitKind::Yield => Mark::Ready,
        WaitKind::Other => Mark::Unknown,
    }
}

/// A state in words, as the legend has it.
pub(super) fn words(mark: Mark) -> &'static str {
    match mark {
        Mark::Running | Mark::Run => "running",
        Mark::Ready => "ready",
        Mark::Sync => "blocked: sync",
        Mark::Network => "blocked: network, I/O",
        Mark::Sleep => "sleep",
        Mark::Syscall => "syscall",
        Mark::Gc => "GC",
        Mark::Unknown => "unknown",
        Mark::StopTheWorld => "stop the world",
        Mark::Sweep => "sweep",
        Mark::Tick => "CPU sample",
        Mark::Match => "search hit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_the_marks_numbers() {
        for (class, mark) in MARKS.into_iter().enumerate() {
            assert_eq!(mark as usize, class);
        }
    }
}
