//! The waker that a task's future sees: the record itself, so that it is the same in every poll.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{RawWaker, RawWakerVTable};

use super::record::{Record, THREAD};
use super::word::{State, Step};
use super::{here, watch};

impl Record {
    /// Somebody wakes the task.
    #[inline]
    pub(super) fn wake(&self) {
        if let Some(change) = self.step(Step::Wake) {
            let by =
                here::with_current(|record| record.id).unwrap_or_else(|| THREAD | u64::from(here::thread()));
            self.woken_by.store(by, Ordering::Relaxed);
            if change.before.state() == State::Waiting {
                self.since.store(watch::now_if_watched(), Ordering::Relaxed);
            } else if by == self.id {
                self.self_wakes.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.real.wake();
    }
}

/// What wakers do; one address, so that `will_wake` holds.
static PLAIN: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);
/// The same, for polls that take stacks: who keeps the waker is seen. They take turns, so that a leaf
/// which has the waker of one such poll keeps that of the next.
static CAPTURING: [RawWakerVTable; 2] = [
    RawWakerVTable::new(clone_even, wake, wake_by_ref, drop_waker),
    RawWakerVTable::new(clone_odd, wake, wake_by_ref, drop_waker),
];

/// A waker that borrows the record: it must not be dropped, see the callers' `ManuallyDrop`. `capture`:
/// the number of the poll that takes stacks, if it is one.
#[inline]
pub(super) fn borrowed(record: &Arc<Record>, capture: Option<u64>) -> RawWaker {
    let table = match capture {
        None => &PLAIN,
        Some(number) if number % 2 == 0 => &CAPTURING[0],
        Some(_) => &CAPTURING[1],
    };
    RawWaker::new(Arc::as_ptr(record).cast(), table)
}

// The functions take the pointer of an `Arc<Record>`: `borrowed` makes it from one that lives as long as
// the poll, the clones own one count for each waker they give.

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: as the caller's: a waker of ours.
    unsafe { counted(data, &PLAIN) }
}

unsafe fn clone_even(data: *const ()) -> RawWaker {
    super::capture::leaf(data.cast());
    // SAFETY: as the caller's: a waker of ours.
    unsafe { counted(data, &CAPTURING[0]) }
}

unsafe fn clone_odd(data: *const ()) -> RawWaker {
    super::capture::leaf(data.cast());
    // SAFETY: as the caller's: a waker of ours.
    unsafe { counted(data, &CAPTURING[1]) }
}

#[inline]
unsafe fn counted(data: *const (), table: &'static RawWakerVTable) -> RawWaker {
    // SAFETY: by the contract of wakers `data` is that of a live waker, so of a live Arc.
    let record = unsafe {
        Arc::increment_strong_count(data.cast::<Record>());
        &*data.cast::<Record>()
    };
    // Read first: after a task's first wait this stays a read. Relaxed: it only ever becomes true.
    if !record.registered.load(Ordering::Relaxed) {
        record.registered.store(true, Ordering::Relaxed);
    }
    RawWaker::new(data, table)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: a waker that is consumed gives its count back; it was taken by `clone`.
    let record = unsafe { Arc::from_raw(data.cast::<Record>()) };
    record.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the waker, and so the record, lives during the call.
    unsafe { &*data.cast::<Record>() }.wake();
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: gives back the count that `clone` took.
    drop(unsafe { Arc::from_raw(data.cast::<Record>()) });
}
