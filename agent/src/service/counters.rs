//! What the agent did and could not do: it reports that, it never prints.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the start. All are statistics: nothing depends on their order, so Relaxed is enough.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Connections that were accepted.
    pub(crate) connections: Count,
    /// Questions that were answered whole.
    pub(crate) answered: Count,
    /// Questions that were refused or failed.
    pub(crate) refused: Count,
    /// Connections closed because they asked nothing in time, or nothing that can be answered.
    pub(crate) dropped: Count,
    /// Clients turned away because nobody vouches for them.
    pub(crate) denied: Count,
    /// Times that the system could not accept a connection, or start a thread for it.
    pub(crate) system_errors: Count,
    /// Panics of the agent, caught.
    pub(crate) panics: Count,
    last: Mutex<String>,
}

/// One count.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// One more.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// So far.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    /// Remembers what went wrong last.
    pub(crate) fn note(&self, what: String) {
        if let Ok(mut last) = self.last.lock() {
            *last = what;
        }
    }

    /// What went wrong last; empty for nothing.
    pub(crate) fn last(&self) -> String {
        self.last.lock().map(|last| last.clone()).unwrap_or_default()
    }
}
