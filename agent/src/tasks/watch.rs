//! Whether anybody ever looked. Before, a task reads the clock only when it begins to wait; after, at
//! every change, so that times of running and of waiting for a worker are known too.

use std::sync::atomic::{AtomicBool, Ordering};

use super::clock;

static WATCHED: AtomicBool = AtomicBool::new(false);

/// From now on somebody looks.
pub(crate) fn begin() {
    // Relaxed: it may take effect a little later.
    WATCHED.store(true, Ordering::Relaxed);
}

/// The time if somebody looks, else 0.
#[inline]
pub(super) fn now_if_watched() -> u64 {
    if WATCHED.load(Ordering::Relaxed) { clock::now() } else { 0 }
}
