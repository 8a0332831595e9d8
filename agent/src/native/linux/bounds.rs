//! Where the stack of this thread is.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ops::Range;

thread_local! {
    /// Neither is ever dropped nor initialised lazily, so it may be read at any point of a thread's life.
    static BOUNDS: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// The addresses of this thread's stack, empty if the system does not tell. The first call of a
/// thread may allocate.
pub(super) fn of_this_thread() -> Range<u64> {
    let (mut low, mut high) = BOUNDS.get();
    if high == 0 {
        (low, high) = ask().unwrap_or((1, 1));
        BOUNDS.set((low, high));
    }
    low..high
}

fn ask() -> Option<(u64, u64)> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: the thread is alive, it is the one that asks; the place is large enough for the answer.
    let status = unsafe { libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) };
    if status != 0 {
        return None;
    }
    let (mut start, mut size) = (std::ptr::null_mut(), 0usize);
    // SAFETY: the attributes were filled in above, and are destroyed once.
    let status = unsafe {
        let status = libc::pthread_attr_getstack(attributes.as_ptr(), &mut start, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        status
    };
    let low = start as u64;
    (status == 0).then(|| (low, low.saturating_add(size as u64)))
}
