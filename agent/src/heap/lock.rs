//! A lock for a few instructions, usable inside an allocator.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

/// Turns that are waited for the lock before the thread lets others run.
const SPINS: u32 = 64;

/// A value that one thread at a time may touch. All zero is unlocked, around a value of zeros.
#[repr(C)]
pub(super) struct Lock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `with` lets one thread at a time reach the value.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// Runs `action` alone. It must neither allocate nor panic.
    pub(super) fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> R {
        let mut spins = 0;
        // Acquire and release: what one thread did is seen by the next.
        while self.taken.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            spins += 1;
            if spins % SPINS == 0 {
                // SAFETY: no arguments, no effect but that others run.
                unsafe { libc::sched_yield() };
            } else {
                std::hint::spin_loop();
            }
        }
        // SAFETY: the flag was free and is ours.
        let result = action(unsafe { &mut *self.value.get() });
        self.taken.store(false, Ordering::Release);
        result
    }
}
