//! Heap profiles: an allocator that samples what passes through it.
//!
//! One line puts it around any allocator, in the program's crate:
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: taskscope_agent::heap::Allocator = taskscope_agent::heap::Allocator::system();
//! ```
//!
//! Until the agent listens (or [`start`] is called) it costs one load an allocation. From then on one
//! allocation in 512 KiB, drawn at random, is recorded with its stack, and forgotten when it is freed. All
//! memory that this needs is mapped at the start and has a fixed size.

mod export;
mod local;
mod lock;
mod tables;

pub(crate) use export::profile;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Bytes between two samples, on average, as in Go.
const DEFAULT_RATE: u64 = 512 << 10;

/// No allocation has passed through an [`Allocator`]: none is installed.
const ABSENT: u8 = 0;
/// Installed, and does nothing.
const OFF: u8 = 1;
const ON: u8 = 2;

/// One of the three above.
static STATE: AtomicU8 = AtomicU8::new(ABSENT);
/// Bytes between two samples; read while [`STATE`] is [`ON`].
static RATE: AtomicU64 = AtomicU64::new(DEFAULT_RATE);

/// Passes everything on to an allocator, and samples it for heap profiles.
#[derive(Debug)]
pub struct Allocator<A = System> {
    inner: A,
    rate: u64,
}

impl Allocator {
    /// Around the system's allocator.
    pub const fn system() -> Self {
        Self::new(System)
    }
}

impl<A> Allocator<A> {
    /// Around `inner`.
    pub const fn new(inner: A) -> Self {
        Self { inner, rate: DEFAULT_RATE }
    }

    /// Samples one allocation in `bytes` instead of 512 KiB. Fewer bytes make numbers of small programs
    /// more exact, and cost time in proportion.
    #[must_use]
    pub const fn sample_every(mut self, bytes: u64) -> Self {
        self.rate = if bytes == 0 { 1 } else { bytes };
        self
    }

    /// Whether there is anything to do. Relaxed: on and off need no order with other memory, since the
    /// tables are reached through a pointer of their own.
    #[inline(always)]
    fn is_on(&self) -> bool {
        match STATE.load(Ordering::Relaxed) {
            OFF => false,
            ON => true,
            _ => self.announce(),
        }
    }

    /// The first allocation of the program.
    #[cold]
    fn announce(&self) -> bool {
        RATE.store(self.rate, Ordering::Relaxed);
        let _ = STATE.compare_exchange(ABSENT, OFF, Ordering::Relaxed, Ordering::Relaxed);
        false
    }
}

// SAFETY: every block comes from `inner` and goes back to it unchanged; what is done beside that does not
// touch blocks, does not unwind, and allocates only where the flag of the thread keeps it from recursion.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Allocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: promised by the caller.
        let block = unsafe { self.inner.alloc(layout) };
        if self.is_on() {
            local::allocated(block, layout.size());
        }
        block
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: promised by the caller.
        let block = unsafe { self.inner.alloc_zeroed(layout) };
        if self.is_on() {
            local::allocated(block, layout.size());
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Before: another thread may get the same address at once.
        if self.is_on() {
            local::freed(block, layout.size());
        }
        // SAFETY: promised by the caller.
        unsafe { self.inner.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.is_on() {
            // SAFETY: promised by the caller.
            return unsafe { self.inner.realloc(block, layout, size) };
        }
        let old = local::forget(block);
        // SAFETY: promised by the caller.
        let new = unsafe { self.inner.realloc(block, layout, size) };
        local::resized(old, block, layout.size(), new, size);
        new
    }
}

/// Counts of an installed and started [`Allocator`], since it was started. What a thread did lately is
/// missing, up to 512 KiB of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Blocks handed out.
    pub(crate) mallocs: u64,
    /// Blocks taken back, those of before the start included.
    pub(crate) frees: u64,
    /// Bytes handed out.
    pub(crate) alloc_bytes: u64,
}

/// Starts sampling, if an [`Allocator`] is the program's; whether it is. The agent does it when it begins
/// to listen: only what is allocated after that is in the profile.
pub fn start() -> bool {
    if STATE.load(Ordering::Relaxed) == OFF {
        crate::native::prepare();
        if tables::prepare() && local::prepare() {
            // Release: who acquires the tables' pointer finds them; this only says that there is something to do.
            STATE.store(ON, Ordering::Release);
        }
    }
    is_on()
}

/// Whether an [`Allocator`] is installed and samples.
pub(crate) fn is_on() -> bool {
    STATE.load(Ordering::Relaxed) == ON
}

/// The counts; `None` while nothing is counted.
pub(crate) fn totals() -> Option<Totals> {
    is_on().then(local::totals)
}

/// In a forked child another thread may have held a lock of the tables at the fork, and never lets go.
fn stop_in_child() {
    let _ = STATE.compare_exchange(ON, OFF, Ordering::Relaxed, Ordering::Relaxed);
}
