//! Where signal handlers put what they saw: slots that are there before the first signal.

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::registers::Registers;
use crate::native::slots::SlotState;

/// The most bytes of a stack that are copied.
pub(crate) const STACK_BYTES: usize = 64 << 10;
/// Samples that may wait for the agent's thread.
pub(crate) const SLOTS: usize = 256;
/// How many slots a handler tries.
const TRIES: usize = 64;

/// What a handler saw. All but the stack's bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    /// The value its signal carried.
    pub(crate) tag: u64,
    /// The thread.
    pub(crate) tid: u32,
    /// How many signals of a timer it stands for: 1 and those that came while one was pending; 0 for a signal
    /// that we sent.
    pub(crate) weight: u32,
    /// Where the thread was.
    pub(crate) registers: Registers,
    /// The task that ran on it; 0 for none.
    pub(crate) task: u64,
    /// The number of that task's spawn site; 0 for none.
    pub(crate) site: u32,
    /// When it was, by CLOCK_MONOTONIC, ns.
    pub(crate) at_ns: u64,
    /// Bytes of the stack that were copied, from the stack pointer on; 0 if its end is not known.
    pub(crate) copied: u32,
}

struct Slot {
    state: SlotState,
    sample: UnsafeCell<Sample>,
}

// SAFETY: `state` says who may touch the sample; see `SlotState`.
unsafe impl Sync for Slot {}

static RING: [Slot; SLOTS] =
    [const { Slot { state: SlotState::new(), sample: UnsafeCell::new(Sample::NONE) } }; SLOTS];

/// `SLOTS` times `STACK_BYTES`, mapped once and never unmapped, since a handler may come late.
static STACKS: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Readers take turns: one must not look at a tag while another frees the slot.
static READING: Mutex<()> = Mutex::new(());

/// Samples for which no slot was free, since the start of the process.
static DROPPED: AtomicU64 = AtomicU64::new(0);

impl Sample {
    const NONE: Self =
        Self { tag: 0, tid: 0, weight: 0, registers: Registers::ZERO, task: 0, site: 0, at_ns: 0, copied: 0 };
}

/// Maps the stacks; false if there is no memory. Call it once at a time.
pub(super) fn prepare() -> bool {
    // Relaxed: callers exclude one another.
    if !STACKS.load(Ordering::Relaxed).is_null() {
        return true;
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh mapping touches nothing that is there.
    let place = unsafe { libc::mmap(ptr::null_mut(), SLOTS * STACK_BYTES, access, flags, -1, 0) };
    if place == libc::MAP_FAILED {
        return false;
    }
    // Release: handlers acquire it. (A fresh mapping is zero for all anyway.)
    STACKS.store(place.cast(), Ordering::Release);
    true
}

/// Gives the memory of the stacks back to the system; they stay usable. For when no session is on.
pub(super) fn release_memory() {
    let _alone = READING.lock().unwrap_or_else(PoisonError::into_inner);
    let place = STACKS.load(Ordering::Acquire);
    if !place.is_null() {
        // SAFETY: our own mapping. A handler that writes just now gets a fresh page; its sample belongs
        // to a session that is over, or has its stack cut.
        unsafe { libc::madvise(place.cast(), SLOTS * STACK_BYTES, libc::MADV_DONTNEED) };
    }
}

/// Samples for which no slot was free, since the start of the process.
pub(crate) fn dropped() -> u64 {
    // Relaxed: a count.
    DROPPED.load(Ordering::Relaxed)
}

/// Takes a slot, lets `fill` fill it with the place for stack bytes, and publishes it. For handlers.
pub(super) fn put(tid: u32, fill: impl FnOnce(&mut Sample, *mut u8)) {
    let stacks = STACKS.load(Ordering::Acquire);
    if stacks.is_null() {
        return;
    }
    let start = usize::try_from(tid).unwrap_or(0).wrapping_mul(37);
    for index in (0..TRIES).map(|step| start.wrapping_add(step) % SLOTS) {
        let Some(slot) = RING.get(index).filter(|slot| slot.state.claim()) else { continue };
        // SAFETY: this handler claimed the slot; `index` is below `SLOTS`, so the place is in the mapping.
        unsafe { fill(&mut *slot.sample.get(), stacks.add(index * STACK_BYTES)) };
        slot.state.publish();
        return;
    }
    // Relaxed: a count.
    DROPPED.fetch_add(1, Ordering::Relaxed);
}

/// Gives every waiting sample that `wanted` accepts to `take`, with its stack, and frees its slot.
pub(super) fn drain(wanted: impl Fn(u64) -> bool, mut take: impl FnMut(&Sample, &[u8])) {
    let _alone = READING.lock().unwrap_or_else(PoisonError::into_inner);
    let stacks = STACKS.load(Ordering::Acquire);
    for (index, slot) in RING.iter().enumerate() {
        if !slot.state.is_ready() {
            continue;
        }
        // SAFETY: the slot is ready, so no handler touches it, and we are the only reader.
        let sample = unsafe { &*slot.sample.get() };
        if !wanted(sample.tag) {
            continue;
        }
        let copied = usize::try_from(sample.copied).unwrap_or(0).min(STACK_BYTES);
        // SAFETY: as above; the handler initialised that many bytes of the slot's part of the mapping.
        let stack = unsafe { std::slice::from_raw_parts(stacks.add(index * STACK_BYTES), copied) };
        take(sample, stack);
        slot.state.free();
    }
}
