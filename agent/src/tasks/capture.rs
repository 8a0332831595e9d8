//! Stacks of waiting tasks: a poll with a waker that sees who keeps it.
//!
//! Every leaf that a pending future waits on must keep the waker of the last poll. This poll's waker
//! is another one than before, so each leaf clones it, and the clone takes the stack: from the leaf to
//! the task's own future. A poll that nothing was waiting for is legal; what is waited for is not touched.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::Poll;

use super::clock;
use super::record::Record;
use crate::native::{self, RawStack};

/// Leaves of one task that are taken: a join of a thousand futures tells enough by some.
const LEAVES: usize = 16;
/// Frames that belong to the capture itself: [`leaf`], the vtable's function.
const OURS: u32 = 2;

/// What a poll that takes stacks saw.
#[derive(Debug, Default)]
pub(crate) struct Captured {
    /// A stack of each place that waits, leaf first, without what is below the task's future.
    pub(crate) stacks: Vec<RawStack>,
    /// How many places kept a waker, those without stack included.
    pub(crate) leaves: u32,
    /// Whether the poll gave Pending and nobody woke the task meanwhile: else the stacks are no wait.
    pub(crate) pending: bool,
    /// Polls of the task, this one included: while the count is the same, so is the stack.
    pub(crate) polls: u64,
    /// When, by [`clock`].
    pub(crate) at: u64,
}

struct Capture {
    record: *const Record,
    captured: Captured,
}

thread_local! {
    /// The capture that runs on this thread.
    static CAPTURE: Cell<*mut Capture> = const { Cell::new(ptr::null_mut()) };
}

/// The number of the capture that begins, for its waker.
#[cold]
pub(super) fn begin(record: &Record) -> u64 {
    // Relaxed: only polls of the task do this, one after the other.
    record.captures.fetch_add(1, Ordering::Relaxed)
}

/// Does `poll`, and keeps what its leaves showed in the record. `unwoken`: nobody woke the task, so it was
/// polled for this only.
#[cold]
#[inline(never)]
pub(super) fn poll<T>(record: &Record, unwoken: bool, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
    let mut capture = Capture { record, captured: Captured::default() };
    let base = native::capture_here(0);
    let guard = Restore(CAPTURE.replace(&raw mut capture));
    let result = poll();
    drop(guard);
    let mut captured = capture.captured;
    captured.stacks.iter_mut().for_each(|stack| trim(stack, &base));
    captured.pending = result.is_pending();
    captured.at = clock::now();
    captured.polls = record.polls.load(Ordering::Relaxed) + 1;
    let old = record.captured.lock().unwrap_or_else(PoisonError::into_inner).replace(Arc::new(captured));
    drop(old);
    if unwoken && result.is_pending() {
        record.looks.fetch_add(1, Ordering::Relaxed);
    }
    // Last: who sees it finds what was asked for. Also the pair of the Acquire in `is_wanted`.
    record.wanted.store(false, Ordering::Release);
    result
}

/// Puts the outer capture back, also in a panic.
struct Restore(*mut Capture);

impl Drop for Restore {
    fn drop(&mut self) {
        CAPTURE.set(self.0);
    }
}

/// Somebody keeps the waker of `record`.
#[inline(never)]
pub(super) fn leaf(record: *const Record) {
    let capture = CAPTURE.get();
    // SAFETY: the cell is set only while `poll` is further out on this thread's stack.
    let Some(capture) = (unsafe { capture.as_mut() }) else { return };
    if !ptr::eq(capture.record, record) {
        return;
    }
    capture.captured.leaves = capture.captured.leaves.saturating_add(1);
    if capture.captured.stacks.len() < LEAVES {
        let stack = native::capture_here(OURS);
        capture.captured.stacks.push(stack);
    }
}

/// Leaves out what the stack has in common with `base`, the stack of the poll: the runtime. The frame of
/// [`poll`] stays: the future's own code is inlined into it.
fn trim(stack: &mut RawStack, base: &RawStack) {
    if stack.truncated {
        return;
    }
    let common =
        stack.pcs.iter().rev().zip(base.pcs.iter().rev()).take_while(|(one, other)| one == other).count();
    let keep = stack.pcs.len() - common;
    stack.pcs = stack.pcs.get(..keep).unwrap_or_default().into();
}

impl Record {
    /// What its last poll that took stacks saw.
    pub(crate) fn captured(&self) -> Option<Arc<Captured>> {
        self.captured.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks for its stacks: at its next poll, which this brings about if it waits.
    pub(crate) fn want_capture(&self) {
        // Relaxed: it is a request; the answer goes through a lock.
        self.wanted.store(true, Ordering::Relaxed);
        if self.state.load().state() == super::word::State::Waiting {
            self.real.wake();
        }
    }

    /// Whether the poll that takes its stacks is still to come; it never comes for one that is over.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Acquire) && self.state.load().state() != super::word::State::Ended
    }

    /// Lets go of what was seen.
    pub(crate) fn forget_capture(&self) {
        let old = self.captured.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(old);
    }

    /// Takes the request back.
    pub(crate) fn cancel_capture(&self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}
