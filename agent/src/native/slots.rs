//! The life of a slot that a signal handler fills and the agent's thread empties.

use crate::sync::{AtomicU32, Ordering};

const FREE: u32 = 0;
const WRITING: u32 = 1;
const READY: u32 = 2;

/// Who may touch what belongs to the slot: nobody, the one handler that claimed it, or the one reader.
#[derive(Debug)]
pub(crate) struct SlotState(AtomicU32);

impl SlotState {
    /// Free.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(FREE))
    }

    /// Free.
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(FREE))
    }

    /// Takes a free slot for writing. Never waits: signal handlers call it.
    pub(crate) fn claim(&self) -> bool {
        // Acquire: what the reader read before it freed the slot stays before what is written now.
        self.0.compare_exchange(FREE, WRITING, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Hands a claimed slot to the reader.
    pub(crate) fn publish(&self) {
        // Release: what was written is seen by the reader's acquire.
        self.0.store(READY, Ordering::Release);
    }

    /// Whether it is the reader's.
    pub(crate) fn is_ready(&self) -> bool {
        // Acquire: see `publish`.
        self.0.load(Ordering::Acquire) == READY
    }

    /// Gives a slot that was ready back.
    pub(crate) fn free(&self) {
        // Release: see `claim`.
        self.0.store(FREE, Ordering::Release);
    }
}

#[cfg(all(loom, test))]
mod tests {
    use super::*;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;

    struct Shared {
        state: SlotState,
        value: UnsafeCell<u64>,
    }

    fn write(shared: &Shared, value: u64) -> bool {
        let claimed = shared.state.claim();
        if claimed {
            shared.value.with_mut(|place| unsafe { *place = value });
            shared.state.publish();
        }
        claimed
    }

    fn read(shared: &Shared) -> Option<u64> {
        shared.state.is_ready().then(|| {
            let value = shared.value.with(|place| unsafe { *place });
            shared.state.free();
            value
        })
    }

    #[test]
    fn loom_a_slot_has_one_owner_at_a_time() {
        loom::model(|| {
            let shared = Arc::new(Shared { state: SlotState::new(), value: UnsafeCell::new(0) });
            let writers: Vec<_> = [1, 2]
                .map(|value| {
                    let shared = shared.clone();
                    thread::spawn(move || write(&shared, value))
                })
                .into();
            let mut seen: Vec<u64> = read(&shared).into_iter().collect();
            let written = writers.into_iter().filter(|_| true).map(|writer| writer.join().unwrap());
            let written = written.filter(|&claimed| claimed).count();
            seen.extend(read(&shared));
            assert_eq!(seen.len(), written, "what was written is read once");
        });
    }
}
