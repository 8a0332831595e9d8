//! What a stretch of a task's time was spent on.

use taskscope_proto::Dataset;
use taskscope_proto::model::WaitKind;

use crate::analysis::timeline::marks::mark_of_wait;
use crate::api::Mark;

/// A kind of time. From [`Class::BLOCKED`] on, a reason each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Class(pub(super) u32);

impl Class {
    /// On a P.
    pub(super) const RUNNING: Self = Self(0);
    /// On a P, marking for the collector.
    pub(super) const ASSIST: Self = Self(1);
    /// On a P, with the world stopped by this task.
    pub(super) const STOPPING: Self = Self(2);
    /// In a system call, with its P.
    pub(super) const SYSCALL: Self = Self(3);
    /// Waiting for a P.
    pub(super) const READY: Self = Self(4);
    /// Waiting for a P while the world was stopped.
    pub(super) const STOPPED: Self = Self(5);
    /// In a system call that lost its P.
    pub(super) const SYSCALL_BLOCKED: Self = Self(6);
    /// Not known, or the task was not there.
    pub(super) const UNKNOWN: Self = Self(7);
    /// Of a user task: no goroutine is known to work for it.
    pub(super) const NOBODY: Self = Self(8);
    /// Past the limit of what is followed.
    pub(super) const UNFOLLOWED: Self = Self(9);
    /// The first wait; its raw reason is added.
    pub(super) const BLOCKED: u32 = 16;

    /// Blocked for the raw `reason` of a span.
    pub(super) fn blocked(reason: u16) -> Self {
        Self(Self::BLOCKED + u32::from(reason))
    }

    /// Whether the task makes progress of its own.
    pub(super) fn is_active(self) -> bool {
        self <= Self::SYSCALL
    }

    /// Whether the task waits for an event.
    pub(super) fn is_blocked(self) -> bool {
        self.0 >= Self::BLOCKED
    }

    /// Its mark and words.
    pub(super) fn words(self, dataset: &Dataset) -> (Mark, String) {
        let (mark, words) = match self {
            Self::RUNNING => (Mark::Running, "running"),
            Self::ASSIST => (Mark::Gc, "GC assist"),
            Self::STOPPING => (Mark::StopTheWorld, "stopping the world"),
            Self::SYSCALL => (Mark::Syscall, "syscall"),
            Self::READY => (Mark::Ready, "ready (waiting for a P)"),
            Self::STOPPED => (Mark::StopTheWorld, "stopped world"),
            Self::SYSCALL_BLOCKED => (Mark::Syscall, "syscall without P"),
            Self::NOBODY => (Mark::Unknown, "no goroutine at work"),
            Self::UNFOLLOWED => (Mark::Unknown, "not followed"),
            _ => return self.wait(dataset),
        };
        (mark, words.into())
    }

    fn wait(self, dataset: &Dataset) -> (Mark, String) {
        let reason = self.0.checked_sub(Self::BLOCKED).and_then(|row| dataset.reasons.get(row as usize));
        let Some(reason) = reason else {
            let words = if self.is_blocked() { "blocked" } else { "unknown" };
            return (Mark::Unknown, words.into());
        };
        let text = dataset.strings.get(reason.text);
        let words = match reason.kind {
            WaitKind::Sleep => text.into(),
            _ if text.is_empty() => "blocked".into(),
            _ => format!("blocked: {text}"),
        };
        (mark_of_wait(reason.kind), words)
    }
}
