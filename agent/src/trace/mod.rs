//! The execution trace: events of all threads, written as a Go v2 trace while it runs.

use crate::tasks::record::Record;

/// What the trace keeps in every task: the generation of its last status, and its sequence number.
#[derive(Debug, Default)]
pub(crate) struct TaskTrace {}

/// Holds the generation still, and writes events of this thread, until it is dropped.
pub(crate) struct Writer {}

/// The writer of this thread while a trace is written; one relaxed load where none is.
#[inline]
pub(crate) fn pin() -> Option<Writer> {
    None
}

impl Writer {
    /// GoCreate: `task` was spawned by what runs on this thread. It is runnable.
    pub(crate) fn create(&mut self, _task: &Record) {}

    /// GoStart: its poll begins. `waiting`: no wake was seen, so a GoUnblock goes before.
    pub(crate) fn start(&mut self, _task: &Record, _waiting: bool) {}

    /// GoBlock: its poll ended with Pending and nobody woke it meanwhile.
    pub(crate) fn block(&mut self, _task: &Record) {}

    /// GoStop: its poll ended with Pending and it is runnable again already.
    pub(crate) fn stop(&mut self, _task: &Record) {}

    /// GoDestroy: it ended (Ready, panic, or the end of its drop).
    pub(crate) fn destroy(&mut self, _task: &Record) {}

    /// GoUnblock: this thread made it runnable.
    pub(crate) fn unblock(&mut self, _task: &Record) {}
}
