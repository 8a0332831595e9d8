//! All tasks that are alive.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::record::Record;

/// Each with its own lock: a power of two.
const SHARDS: usize = 64;

/// The records of a shard. Each is alive: the future that owns it takes it out before it lets go.
struct Shard(Vec<*const Record>);

// SAFETY: records are Send and Sync, and the pointers are only followed under the shard's lock.
unsafe impl Send for Shard {}

static REGISTRY: [Mutex<Shard>; SHARDS] = [const { Mutex::new(Shard(Vec::new())) }; SHARDS];

/// Neighbours in a block of ids come from one thread: they share a shard, threads do not.
fn shard(id: u64) -> MutexGuard<'static, Shard> {
    let at = (id / 64) as usize % SHARDS;
    REGISTRY[at].lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes in a new task. Its owner must call [`remove`] before it lets go of its Arc.
#[inline]
pub(super) fn insert(record: &Arc<Record>) {
    let mut shard = shard(record.id);
    record.slot.store(u32::try_from(shard.0.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
    shard.0.push(Arc::as_ptr(record));
}

/// Takes out a task that ended.
#[inline]
pub(super) fn remove(record: &Record) {
    let mut shard = shard(record.id);
    let slot = record.slot.load(Ordering::Relaxed) as usize;
    if shard.0.get(slot).is_none_or(|&known| !std::ptr::eq(known, record)) {
        return;
    }
    shard.0.swap_remove(slot);
    if let Some(&moved) = shard.0.get(slot) {
        // SAFETY: it is in the registry, so alive, see `Shard`.
        unsafe { &*moved }.slot.store(slot as u32, Ordering::Relaxed);
    }
    if shard.0.len() * 4 < shard.0.capacity() && shard.0.capacity() > 1024 {
        let keep = shard.0.len() * 2;
        shard.0.shrink_to(keep);
    }
}

/// Visits all tasks that are alive, without a lock while visiting. Tasks that come or go meanwhile may
/// be seen or not.
pub(crate) fn live(visit: &mut dyn FnMut(&Arc<Record>)) {
    let mut records = Vec::new();
    for shard in &REGISTRY {
        {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            records.reserve(shard.0.len());
            for &record in &shard.0 {
                // SAFETY: the pointer is from an Arc that is alive, see `Shard`; the count is ours.
                records.push(unsafe {
                    Arc::increment_strong_count(record);
                    Arc::from_raw(record)
                });
            }
        }
        records.drain(..).for_each(|record| visit(&record));
    }
}

/// How many there are.
pub(crate) fn count() -> u64 {
    REGISTRY.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).0.len() as u64).sum()
}
