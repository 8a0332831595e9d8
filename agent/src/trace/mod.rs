//! The execution trace: events of all threads, written as a Go v2 trace while it runs.

use crate::tasks::record::Record;
use crate::tasks::word::{Change, Pin};

/// What the trace keeps in every task, besides the generation and sequence number in its state word.
#[derive(Debug, Default)]
pub(crate) struct TaskTrace {}

/// Holds the generation still, and writes events of this thread, until it is dropped.
///
/// Every method is told the [`Change`] of the task's state word. Its numbered events (GoUnblock,
/// GoStart) end at `change.after.sequence()`: GoStart from Waiting and `resume` write GoUnblock with
/// the number before it, then GoStart with it. If `change.before.generation()` is not this generation,
/// the status of the word before goes first (a nested one as Waiting); if it is older than the trace,
/// the trace does not know the task at all yet.
pub(crate) struct Writer {
    generation: u32,
}

/// The writer of this thread while a trace is written; one relaxed load where none is. Once a thread
/// has seen a generation (in a state word, read with Acquire), it never gets an older one.
#[inline]
pub(crate) fn pin() -> Option<Writer> {
    None
}

/// A worker of a runtime is about to park: ProcStop. Only runtimes built by [`crate::runtime`] tell.
pub(crate) fn thread_parks() {}

/// It goes on: ProcStart.
pub(crate) fn thread_unparks() {}

/// A thread of a runtime, worker or not, is about to end.
pub(crate) fn thread_stops() {}

impl Pin for Writer {
    fn generation(&self) -> u32 {
        self.generation
    }
}

impl Writer {
    /// GoCreate: `task` was spawned by what runs on this thread. It is runnable; its word has this
    /// generation and sequence number 0.
    pub(crate) fn create(&mut self, _task: &Record) {}

    /// GoStart: its poll begins. From Waiting: no wake was seen, so a GoUnblock goes before.
    pub(crate) fn start(&mut self, _task: &Record, _change: Change) {}

    /// GoBlock: its poll ended with Pending and nobody woke it meanwhile.
    pub(crate) fn block(&mut self, _task: &Record, _change: Change) {}

    /// GoStop: its poll ended with Pending and it is runnable again already.
    pub(crate) fn stop(&mut self, _task: &Record, _change: Change) {}

    /// GoDestroy: it ended (Ready, panic, or the end of its drop, see [`Record::outcome`]).
    pub(crate) fn destroy(&mut self, _task: &Record, _change: Change) {}

    /// GoUnblock: this thread made it runnable.
    pub(crate) fn unblock(&mut self, _task: &Record, _change: Change) {}

    /// GoBlock: its poll called the poll of another task, which starts on this thread now.
    pub(crate) fn suspend(&mut self, _task: &Record, _change: Change) {}

    /// GoUnblock and GoStart: that poll ended, this one goes on.
    pub(crate) fn resume(&mut self, _task: &Record, _change: Change) {}
}
