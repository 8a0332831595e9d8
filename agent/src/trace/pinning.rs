//! How a thread pins a generation, apart from where its words stand, so that loom can try it.

/// Pins the generation that is written now; `None` if none is. `load` reads it (Relaxed will do), `say`
/// stores what this thread is in (Release: the store before it may have ended another generation), `fence`
/// is sequentially consistent.
///
/// Who ends a generation stores the next one, then has such a fence, too, and then looks who says the old
/// one: either it sees what was said here, or `load` sees the next generation, and this tries again.
#[inline]
pub(super) fn hold(load: impl Fn() -> u32, say: impl Fn(u32), fence: impl Fn()) -> Option<u32> {
    loop {
        let generation = load();
        say(generation);
        fence();
        if load() == generation {
            return (generation != 0).then_some(generation);
        }
    }
}

#[cfg(all(test, loom))]
mod tests {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicU32, Ordering, fence};
    use loom::thread;

    use super::hold;

    /// What a thread and the recorder share, as `slot` has it.
    struct Shared {
        generation: AtomicU32,
        pin: AtomicU32,
        /// Events of each generation: loom sees who touches them at the same time.
        halves: [UnsafeCell<u32>; 2],
    }

    impl Shared {
        /// Writes an event; gives the generation that has it.
        fn write(&self) -> u32 {
            let load = || self.generation.load(Ordering::Relaxed);
            let held = hold(load, |now| self.pin.store(now, Ordering::Release), || fence(Ordering::SeqCst));
            let generation = held.expect("a trace runs");
            // SAFETY: loom checks that it is alone.
            self.halves[generation as usize % 2].with_mut(|half| unsafe { *half += 1 });
            self.pin.store(0, Ordering::Release);
            generation
        }

        /// Ends generation 1; gives its events.
        fn end(&self) -> u32 {
            self.generation.store(2, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            while self.pin.load(Ordering::Acquire) == 1 {
                thread::yield_now();
            }
            // SAFETY: loom checks that nobody writes.
            self.halves[1].with(|half| unsafe { *half })
        }
    }

    #[test]
    fn loom_a_generation_ends_with_all_its_events() {
        loom::model(|| {
            let halves = [UnsafeCell::new(0), UnsafeCell::new(0)];
            let shared = Arc::new(Shared { generation: AtomicU32::new(1), pin: AtomicU32::new(0), halves });
            let other = shared.clone();
            let thread = thread::spawn(move || [other.write(), other.write()]);
            let events = shared.end();
            let written = thread.join().expect("no panic");
            let first = written.iter().filter(|&&generation| generation == 1).count();
            assert_eq!(events as usize, first, "written in {written:?}");
        });
    }
}
