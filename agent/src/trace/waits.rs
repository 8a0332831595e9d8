//! Stacks of tasks by number: those that every thread can work out, and those that were captured.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::tasks::record::Record;

/// Reasons of a block in Go's words, each under its string id, from 1.
pub(super) const REASONS: &[&str] =
    &["sleep", "network", "chan receive", "chan send", "sync", "select", "runtime.Gosched"];
/// The reason of a task that is runnable again at once.
pub(super) const YIELD: u64 = REASONS.len() as u64;

/// Kinds of stack ids: the low bits.
const SITE: u64 = 1;
const NAMED: u64 = 2;
const CAPTURED: u64 = 3;

/// The stack of one frame that says what a task is: its name, or its future's type, at its spawn site.
#[inline]
pub(super) fn entry(task: &Record) -> u64 {
    if task.name.is_some() { named(task.id) } else { site(task.site.number) }
}

/// The entry stack of unnamed tasks of a site.
#[inline]
pub(super) fn site(number: u32) -> u64 {
    u64::from(number) << 2 | SITE
}

/// The entry stack of a task with a name.
#[inline]
pub(super) fn named(id: u64) -> u64 {
    id << 2 | NAMED
}

/// The id of captured stack `index`.
#[inline]
pub(super) fn captured(index: u32) -> u64 {
    u64::from(index) << 2 | CAPTURED
}

/// What the trace keeps in every task, besides the generation and sequence number in its state word:
/// why and where it was last seen to wait, and in which trace. `trace << 32 | reason << 24 | index`.
#[derive(Debug, Default)]
pub(crate) struct TaskTrace(AtomicU64);

const REASON_SHIFT: u32 = 24;
/// Different stacks of waits in a trace; every generation has all of them.
pub(super) const MOST_STACKS: u32 = 1 << 12;
/// Different stacks of CPU samples in a trace.
pub(super) const MOST_SAMPLED: u32 = 1 << 16;

impl TaskTrace {
    /// It waits for `reason`, an id of [`REASONS`] or 0, at captured stack `index`.
    pub(super) fn saw(&self, trace: u32, reason: u8, index: u32) {
        let low = u32::from(reason) << REASON_SHIFT | index;
        // Release: who reads it finds the stack in the recorder's table by the end of its generation.
        self.0.store(u64::from(trace) << 32 | u64::from(low), Ordering::Release);
    }

    /// Whether `trace` saw it wait.
    pub(super) fn is_seen(&self, trace: u32) -> bool {
        self.0.load(Ordering::Relaxed) >> 32 == u64::from(trace)
    }
}

/// Reason and stack of a block of `task`: those of its last capture, since not every poll is captured.
#[inline]
pub(super) fn last_seen(task: &Record, trace: u32) -> (u64, u64) {
    let word = task.trace.0.load(Ordering::Acquire);
    if word >> 32 != u64::from(trace) {
        return (0, entry(task));
    }
    let low = word as u32;
    (u64::from(low >> REASON_SHIFT), captured(low & ((1 << REASON_SHIFT) - 1)))
}
