//! `gc`: Rust collects no garbage, but its allocator keeps freed memory, and can be asked to give it back.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often it was done. A statistic, so Relaxed is enough.
static DONE: AtomicU64 = AtomicU64::new(0);

/// How often memory was given back on request.
pub(super) fn times() -> u64 {
    DONE.load(Ordering::Relaxed)
}

/// Gives memory back to the system and answers as Go's agent does.
pub(super) fn give_back() -> &'static str {
    trim();
    DONE.fetch_add(1, Ordering::Relaxed);
    "ok"
}

/// glibc holds freed memory in its arenas; other allocators give theirs back by themselves.
fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it takes a number, locks what it needs, and touches only memory that nobody uses.
    unsafe {
        libc::malloc_trim(0);
    }
}
