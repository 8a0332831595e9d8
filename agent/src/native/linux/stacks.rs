//! Where the stacks of threads are: a table that the agent writes and signal handlers read.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Threads that fit; the stacks of others are not copied.
const PLACES: usize = 8192;
/// How far from its first place an entry may be.
const REACH: usize = 64;

struct Entry {
    tid: AtomicU32,
    low: AtomicU64,
    high: AtomicU64,
}

static TABLE: [Entry; PLACES] =
    [const { Entry { tid: AtomicU32::new(0), low: AtomicU64::new(0), high: AtomicU64::new(0) } }; PLACES];

/// Writers take turns.
static WRITING: Mutex<()> = Mutex::new(());

fn places(tid: u32) -> impl Iterator<Item = &'static Entry> {
    let start = usize::try_from(tid).unwrap_or(0);
    (start..start + REACH).filter_map(|place| TABLE.get(place % PLACES))
}

/// The stack of a thread, if it is known. For handlers: no locks, no waiting.
pub(super) fn of(tid: u32) -> Option<Range<u64>> {
    let entry = places(tid).find(|entry| entry.tid.load(Ordering::Acquire) == tid)?;
    // Acquire and the second look: `set` makes `high` 0 before it changes `low`, so equal values that are
    // not 0 belong to the `low` in between.
    let high = entry.high.load(Ordering::Acquire);
    let low = entry.low.load(Ordering::Acquire);
    let again = entry.high.load(Ordering::Acquire);
    (high != 0 && high == again).then_some(low..high)
}

/// Notes the stack of a thread.
pub(super) fn set(tid: u32, stack: &Range<u64>) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let known = places(tid).find(|entry| entry.tid.load(Ordering::Relaxed) == tid);
    let Some(entry) = known.or_else(|| places(tid).find(|entry| entry.tid.load(Ordering::Relaxed) == 0))
    else {
        return;
    };
    // SeqCst: see `of`; a handler that sees the new `low` sees that `high` is 0, or the new `high`.
    entry.high.store(0, Ordering::SeqCst);
    entry.low.store(stack.start, Ordering::SeqCst);
    entry.tid.store(tid, Ordering::SeqCst);
    entry.high.store(stack.end, Ordering::SeqCst);
}

/// Forgets threads that are gone.
pub(super) fn retain(alive: impl Fn(u32) -> bool) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    for entry in &TABLE {
        let tid = entry.tid.load(Ordering::Relaxed);
        if tid != 0 && !alive(tid) {
            entry.high.store(0, Ordering::SeqCst);
            entry.tid.store(0, Ordering::SeqCst);
        }
    }
}

/// The writable mappings of the process, ascending.
pub(super) struct Maps(Vec<Range<u64>>);

impl Maps {
    /// As they are now; empty if the system does not tell.
    pub(super) fn read() -> Self {
        let text = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        Self(text.lines().filter_map(writable).collect())
    }

    /// The mapping that `address` is in.
    pub(super) fn around(&self, address: u64) -> Option<Range<u64>> {
        let after = self.0.partition_point(|range| range.start <= address);
        self.0.get(after.checked_sub(1)?).filter(|range| range.contains(&address)).cloned()
    }
}

fn writable(line: &str) -> Option<Range<u64>> {
    let mut words = line.split(' ');
    let (start, end) = words.next()?.split_once('-')?;
    words.next()?.starts_with("rw").then_some(())?;
    Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_change_and_go() {
        let tid = 4_000_000_001;
        assert_eq!(of(tid), None);
        set(tid, &(16..32));
        assert_eq!(of(tid), Some(16..32));
        set(tid, &(48..64));
        assert_eq!(of(tid), Some(48..64));
        retain(|other| other != tid);
        assert_eq!(of(tid), None);
    }

    #[test]
    fn this_stack_is_in_a_writable_mapping() {
        let here = 0u64;
        let address = (&raw const here) as u64;
        let range = Maps::read().around(address).expect("mapped");
        assert!(range.contains(&address));
        assert!(Maps::read().around(1).is_none());
    }
}
