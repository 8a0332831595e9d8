//! The waker of whoever polls a task.

use std::mem::MaybeUninit;
use std::sync::PoisonError;
use std::task::Waker;

use crate::sync::{AtomicU32, Mutex, Ordering, UnsafeCell};

/// The waker of whoever polls the task. Nearly always it is the same in every poll; then keeping and
/// calling it takes no lock.
#[derive(Debug)]
pub(super) struct RealWaker {
    /// Which one counts.
    which: AtomicU32,
    /// Written once, before `which` leaves [`NONE`], and only read from then on.
    first: UnsafeCell<MaybeUninit<Waker>>,
    later: Mutex<Option<Waker>>,
}

const NONE: u32 = 0;
const FIRST: u32 = 1;
const LATER: u32 = 2;

// SAFETY: wakers are Send and Sync, and the cell is written by one thread before others read it.
unsafe impl Sync for RealWaker {}

impl RealWaker {
    /// None yet.
    pub(super) fn new() -> Self {
        Self {
            which: AtomicU32::new(NONE),
            first: UnsafeCell::new(MaybeUninit::uninit()),
            later: Mutex::new(None),
        }
    }

    /// Keeps `waker` as the one to call.
    ///
    /// # Safety
    /// Only the poll of the task does so: of two calls one must happen before the other.
    #[inline]
    pub(super) unsafe fn keep(&self, waker: &Waker) {
        // Relaxed: only polls write it.
        let same = self.which.load(Ordering::Relaxed) == FIRST
            // SAFETY: in this state the waker is there, and nobody writes.
            && self.first.with(|first| unsafe { (*first).assume_init_ref() }.will_wake(waker));
        if !same {
            self.replace(waker);
        }
    }

    #[cold]
    fn replace(&self, waker: &Waker) {
        if self.which.load(Ordering::Relaxed) == NONE {
            // SAFETY: others read the cell only in another state, which is set after this.
            self.first.with_mut(|first| unsafe { (*first).write(waker.clone()) });
            // Release: who sees the state finds the waker.
            return self.which.store(FIRST, Ordering::Release);
        }
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        if later.as_ref().is_some_and(|known| known.will_wake(waker)) {
            return;
        }
        let old = later.replace(waker.clone());
        // Release: as above; the lock would do as well.
        self.which.store(LATER, Ordering::Release);
        drop(later);
        // What a foreign waker does when it is dropped is not done under our lock.
        drop(old);
    }

    /// Wakes whoever polls the task.
    #[inline]
    pub(super) fn wake(&self) {
        // Acquire: pairs with `replace`.
        match self.which.load(Ordering::Acquire) {
            NONE => {}
            // SAFETY: in this state the waker is there, and nobody writes.
            FIRST => self.first.with(|first| unsafe { (*first).assume_init_ref() }.wake_by_ref()),
            _ => {
                let later = self.later.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(waker) = later {
                    waker.wake();
                }
            }
        }
    }
}

impl Drop for RealWaker {
    fn drop(&mut self) {
        // Relaxed: who drops is alone.
        if self.which.load(Ordering::Relaxed) != NONE {
            // SAFETY: past this state the waker is there; it is dropped once, here.
            self.first.with_mut(|first| unsafe { (*first).assume_init_drop() });
        }
    }
}
