//! What a thread does for an allocation: count, and now and then take a sample.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::tables::{self, Block};
use super::{RATE, Totals, stop_in_child};
use crate::native::capture_into;
use crate::native::raw::Frames;

/// Frees after which a thread that allocates nothing reports its counts.
const REPORT: u64 = 1 << 12;
/// Frames of our own on top of every stack: the capture, and [`sample`].
const OURS: u32 = 2;

/// Never dropped, so usable to a thread's last moment.
struct Local {
    /// Bytes to the next sample.
    countdown: Cell<i64>,
    /// Set while a sample is taken: what is allocated meanwhile is ours.
    busy: Cell<bool>,
    random: Cell<u64>,
    mallocs: Cell<u64>,
    frees: Cell<u64>,
    alloc_bytes: Cell<u64>,
}

thread_local! {
    static LOCAL: Local = const { Local {
        countdown: Cell::new(0),
        busy: Cell::new(false),
        random: Cell::new(0),
        mallocs: Cell::new(0),
        frees: Cell::new(0),
        alloc_bytes: Cell::new(0),
    } };
}

static MALLOCS: AtomicU64 = AtomicU64::new(0);
static FREES: AtomicU64 = AtomicU64::new(0);
static ALLOC_BYTES: AtomicU64 = AtomicU64::new(0);
/// The key whose destructor reports the counts of a thread that ends, plus 1; 0 for none.
static KEY: AtomicU32 = AtomicU32::new(0);

/// Makes ready what samples need; false if the system refuses. Call it once.
pub(super) fn prepare() -> bool {
    let mut key: libc::pthread_key_t = 0;
    // SAFETY: the destructor is a function of this program that accepts any value.
    if unsafe { libc::pthread_key_create(&raw mut key, Some(ended)) } == 0 {
        KEY.store(key.wrapping_add(1), Ordering::Relaxed);
    }
    unsafe extern "C" fn child() {
        stop_in_child();
    }
    // SAFETY: the function does what is allowed in a forked child: one atomic operation.
    unsafe { libc::pthread_atfork(None, None, Some(child)) == 0 }
}

/// Runs `action` without taking samples of what it allocates: for the agent's own answers.
pub(super) fn unsampled<T>(action: impl FnOnce() -> T) -> T {
    LOCAL.with(|local| {
        let before = local.busy.replace(true);
        let result = action();
        local.busy.set(before);
        result
    })
}

/// The counts of all threads.
pub(super) fn totals() -> Totals {
    LOCAL.with(report);
    Totals {
        mallocs: MALLOCS.load(Ordering::Relaxed),
        frees: FREES.load(Ordering::Relaxed),
        alloc_bytes: ALLOC_BYTES.load(Ordering::Relaxed),
    }
}

/// A block was allocated, unless it is null.
#[inline]
pub(super) fn allocated(block: *mut u8, size: usize) {
    LOCAL.with(|local| {
        let left = local.countdown.get().wrapping_sub_unsigned(size as u64);
        local.countdown.set(left);
        local.mallocs.set(local.mallocs.get().wrapping_add(1));
        local.alloc_bytes.set(local.alloc_bytes.get().wrapping_add(size as u64));
        if left < 0 {
            sample(local, block, size);
        }
    });
}

/// A block is going to be freed.
#[inline]
pub(super) fn freed(block: *mut u8, _size: usize) {
    LOCAL.with(|local| {
        let frees = local.frees.get().wrapping_add(1);
        local.frees.set(frees);
        if frees >= REPORT {
            report(local);
        }
    });
    if let Some(known) = forget(block) {
        tables::free(known);
    }
}

/// What is known of a block that is going to be freed or to move.
#[inline]
pub(super) fn forget(block: *mut u8) -> Option<Block> {
    let address = block as u64;
    if tables::may_be_sampled(address) { tables::take(address) } else { None }
}

/// A block has a new size and perhaps a new place; where `new` is null it stayed as it was.
#[inline]
pub(super) fn resized(old: Option<Block>, block: *mut u8, _old_size: usize, new: *mut u8, size: usize) {
    if new.is_null() {
        if let Some(known) = old {
            tables::put_back(block as u64, known);
        }
        return;
    }
    if let Some(known) = old {
        tables::free(known);
    }
    LOCAL.with(|local| local.frees.set(local.frees.get().wrapping_add(1)));
    allocated(new, size);
}

/// The countdown is over: takes a sample, and begins another.
#[cold]
#[inline(never)]
fn sample(local: &Local, block: *mut u8, size: usize) {
    if local.busy.replace(true) {
        return;
    }
    let first = local.random.get() == 0;
    if first {
        begin(local);
    }
    report(local);
    local.countdown.set(gap(local));
    // The first countdown of a thread began at 0, not at a random place.
    if !first || local.countdown.get() < i64::try_from(size).unwrap_or(i64::MAX) {
        if !block.is_null() {
            let mut frames = Frames::new(OURS);
            capture_into(&mut frames);
            tables::insert(block as u64, size as u64, frames.pcs());
        }
        local.countdown.set(gap(local));
    } else {
        local.countdown.set(local.countdown.get().wrapping_sub_unsigned(size as u64));
    }
    local.busy.set(false);
}

/// The first sample of a thread.
fn begin(local: &Local) {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let seed = ptr::from_ref(local) as u64 ^ time.tv_nsec.cast_unsigned().rotate_left(32);
    local.random.set(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    if let Some(key) = KEY.load(Ordering::Relaxed).checked_sub(1) {
        // SAFETY: the key exists; any value but null has the destructor called.
        unsafe { libc::pthread_setspecific(key, ptr::without_provenance(1)) };
    }
}

/// Bytes to the next sample: exponentially distributed, so that every byte has the same chance.
fn gap(local: &Local) -> i64 {
    let mut random = local.random.get();
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    local.random.set(random);
    // 53 random bits: in (0, 1].
    let uniform = ((random >> 11) + 1) as f64 / (1u64 << 53) as f64;
    let rate = RATE.load(Ordering::Relaxed) as f64;
    (-uniform.ln() * rate).clamp(1.0, rate * 40.0) as i64
}

/// Adds what this thread counted to the counts of all.
fn report(local: &Local) {
    for (own, all) in [(&local.mallocs, &MALLOCS), (&local.frees, &FREES), (&local.alloc_bytes, &ALLOC_BYTES)]
    {
        // Relaxed: counts.
        all.fetch_add(own.replace(0), Ordering::Relaxed);
    }
}

unsafe extern "C" fn ended(_value: *mut c_void) {
    LOCAL.with(report);
}
