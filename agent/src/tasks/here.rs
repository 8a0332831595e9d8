//! What this thread does: one cell without destructor, readable in signal handlers and while the
//! thread is torn down.

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::record::Record;

/// Ids that a thread takes at a time.
const BLOCK: u64 = 64;

/// The first id that no thread took.
static NEXT: AtomicU64 = AtomicU64::new(0);

struct Here {
    /// The task whose poll (or closure, or drop) runs here; the innermost.
    current: Cell<*const Record>,
    /// The kernel's number of this thread; 0 until asked.
    thread: Cell<u32>,
    /// The last id this thread gave, and the last one it may give.
    ids: Cell<(u64, u64)>,
}

thread_local! {
    static HERE: Here = const { Here {
        current: Cell::new(ptr::null()),
        thread: Cell::new(0),
        ids: Cell::new((0, 0)),
    } };
}

/// The task that runs on a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CurrentTask {
    /// Its id.
    pub(crate) id: u64,
    /// The number of its spawn site.
    pub(crate) site: u32,
}

/// The task that runs on this thread; callable from signal handlers.
#[inline]
pub(crate) fn current() -> Option<CurrentTask> {
    with_current(|record| CurrentTask { id: record.id, site: record.site.number })
}

/// The same, with all that is known of it.
#[inline]
pub(crate) fn with_current<T>(look: impl FnOnce(&Record) -> T) -> Option<T> {
    let current = HERE.with(|here| here.current.get());
    // SAFETY: a pointer is in the cell only between `enter` and `leave` of a `Running`, which borrows
    // the record; and only this thread (or a signal handler on it) reads the cell.
    unsafe { current.as_ref() }.map(look)
}

/// The record of the task that runs on this thread; null if none does.
#[inline]
pub(super) fn current_record() -> *const Record {
    HERE.with(|here| here.current.get())
}

/// Makes `record` the task of this thread (null: none).
#[inline]
pub(super) fn replace(record: *const Record) {
    HERE.with(|here| here.current.set(record));
}

/// The kernel's number of this thread.
#[inline]
pub(crate) fn thread() -> u32 {
    HERE.with(|here| match here.thread.get() {
        0 => {
            here.thread.set(thread_number());
            here.thread.get()
        }
        known => known,
    })
}

/// An id for a task: from 1, never used twice. Threads take blocks, so ids have gaps.
#[inline]
pub(super) fn next_id() -> u64 {
    HERE.with(|here| {
        let (mut last, mut end) = here.ids.get();
        if last == end {
            // Relaxed: only that nobody gets the same block matters.
            last = NEXT.fetch_add(BLOCK, Ordering::Relaxed);
            end = last + BLOCK;
        }
        here.ids.set((last + 1, end));
        last + 1
    })
}

#[cfg(target_os = "linux")]
#[cold]
fn thread_number() -> u32 {
    // SAFETY: gettid has no arguments and cannot fail.
    unsafe { libc::gettid() }.cast_unsigned()
}

#[cfg(not(target_os = "linux"))]
#[cold]
fn thread_number() -> u32 {
    use std::sync::atomic::AtomicU32;
    static THREADS: AtomicU32 = AtomicU32::new(1);
    THREADS.fetch_add(1, Ordering::Relaxed)
}
