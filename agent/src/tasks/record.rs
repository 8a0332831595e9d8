//! One task.

use std::sync::atomic::{AtomicU8, AtomicU64};

use super::site::Site;
use crate::trace::TaskTrace;

/// What a task does; the low bits of [`Record::state`].
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Waits for a wake.
    Waiting,
    /// Woken (or new), waits for a worker.
    Runnable,
    /// Is being polled.
    Running,
    /// Is being polled and was woken meanwhile.
    RunningWoken,
    /// Over.
    Ended,
}

/// One task, from its spawn until the last one lets go of it.
#[derive(Debug)]
pub(crate) struct Record {
    /// Ours: dense, from 1, never used twice.
    pub(crate) id: u64,
    /// The task that spawned it; 0 for none known.
    pub(crate) parent: u64,
    /// Where it was spawned.
    pub(crate) site: &'static Site,
    /// Its name, if it was given one.
    pub(crate) name: Option<Box<str>>,
    /// A [`State`]. Whoever changes it writes the event of the change, see `trace`.
    pub(crate) state: AtomicU8,
    /// Polls so far.
    pub(crate) polls: AtomicU64,
    /// What the trace keeps about it.
    pub(crate) trace: TaskTrace,
}
