//! What a thread needs to write events, and how the recorder ends a generation under its hands.
//!
//! A thread *pins* the generation while it changes a task's state and writes the event: it says in its
//! slot which one it is in, and looks whether that still runs. The recorder begins the next generation and
//! waits until no slot says the old one: from then on what was written in it is the recorder's. A
//! slot has two halves, so that the next generation begins meanwhile.

use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};

use super::chunk::Chunk;
use super::lanes::Lane;
use super::pinning;

/// The generation that is being written; 0 while none is.
pub(super) static GENERATION: AtomicU32 = AtomicU32::new(0);
/// The first generation of the trace.
pub(super) static FIRST: AtomicU32 = AtomicU32::new(0);
/// The first generation that lost events since too much was on its way.
pub(super) static OVERFLOW: AtomicU32 = AtomicU32::new(u32::MAX);

/// Events of one thread in one generation, counted as they were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) spawned: u64,
    pub(super) polls: u64,
    pub(super) wakes: u64,
    pub(super) woken_in_poll: u64,
    pub(super) unwoken_polls: u64,
    pub(super) ended: u64,
    pub(super) dropped: u64,
    pub(super) panicked: u64,
    pub(super) resumed: u64,
}

/// What a thread wrote in one generation and has not handed over.
#[derive(Debug, Default)]
pub(super) struct Half {
    pub(super) generation: u32,
    pub(super) events: Option<Box<Chunk>>,
    pub(super) notes: Option<Box<Chunk>>,
    pub(super) counts: Counts,
}

impl Half {
    fn is_empty(&self) -> bool {
        self.events.is_none() && self.notes.is_none() && self.counts == Counts::default()
    }
}

/// What only the thread itself looks at.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// First generation of the trace that all of this is about.
    pub(super) trace: u32,
    /// The generation in which the statuses of its P and task are told.
    pub(super) generation: u32,
    /// The kernel's number of the thread.
    pub(super) thread: u32,
    /// Its P.
    pub(super) lane: Option<Lane>,
    /// The task that the file has on this thread; 0 for none.
    pub(super) on: u64,
    /// Time of its last event.
    pub(super) last: u64,
}

/// A thread's place.
#[derive(Debug)]
pub(super) struct Slot {
    /// The generation in which the thread writes just now; 0: none.
    pin: AtomicU32,
    /// Whether the thread has gone.
    gone: AtomicBool,
    own: UnsafeCell<Own>,
    halves: [UnsafeCell<Half>; 2],
}

// SAFETY: `own` is for the slot's thread alone. A half is for that thread while `pin` says the half's
// generation, and for the recorder once it is past: see `Slot::hold` and `Slot::is_held`.
unsafe impl Sync for Slot {}
// SAFETY: as above; nothing in it belongs to a thread by its address.
unsafe impl Send for Slot {}

impl Slot {
    fn new(thread: u32) -> Self {
        let own = UnsafeCell::new(Own { thread, ..Own::default() });
        Self { pin: AtomicU32::new(0), gone: AtomicBool::new(false), own, halves: Default::default() }
    }

    /// Pins the generation that is written now; `None` if none is.
    #[inline]
    pub(super) fn hold(&self) -> Option<u32> {
        let load = || GENERATION.load(Ordering::Relaxed);
        // Release: who sees that this thread is in a later generation sees all that it wrote in the one before.
        let say = |generation| self.pin.store(generation, Ordering::Release);
        // Pairs with the fence of `begin`.
        pinning::hold(load, say, || fence(Ordering::SeqCst))
    }

    /// Lets go of the generation.
    #[inline]
    pub(super) fn release(&self) {
        // Release: the recorder, which reads it with Acquire, sees what was written.
        self.pin.store(0, Ordering::Release);
    }

    /// Whether the thread writes.
    #[inline]
    pub(super) fn is_pinned(&self) -> bool {
        self.pin.load(Ordering::Relaxed) != 0
    }

    /// Whether the thread still writes in `generation`, which is past.
    pub(super) fn is_held(&self, generation: u32) -> bool {
        self.pin.load(Ordering::Acquire) == generation
    }

    /// The thread's own part.
    ///
    /// # Safety
    /// Only for the slot's thread, and not while another such reference is used.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the cell is the thread's own")]
    pub(super) unsafe fn own(&self) -> &mut Own {
        // SAFETY: by this function's contract nobody else has a reference.
        unsafe { &mut *self.own.get() }
    }

    /// The half of `generation`.
    ///
    /// # Safety
    /// For the slot's thread while it holds the generation; for the recorder once the generation is past
    /// and not held. Not while another such reference is used.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the cell belongs to whoever may call this")]
    pub(super) unsafe fn half(&self, generation: u32) -> &mut Half {
        // SAFETY: by this function's contract nobody else has a reference.
        unsafe { &mut *self.halves[generation as usize % 2].get() }
    }
}

static SLOTS: Mutex<Vec<Arc<Slot>>> = Mutex::new(Vec::new());

/// All slots, in the order in which their threads came.
pub(super) fn slots() -> Vec<Arc<Slot>> {
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Forgets the slots of threads that have gone, once nothing is left in them.
pub(super) fn forget_gone() {
    let mut slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner);
    slots.retain(|slot| {
        // Acquire: what the thread wrote before it left is seen.
        let gone = slot.gone.load(Ordering::Acquire);
        // SAFETY: the thread has left, so both halves are the recorder's, which is the caller.
        !gone || [0, 1].into_iter().any(|half| !unsafe { slot.half(half) }.is_empty())
    });
}

/// Begins `generation` (0: none) for all threads.
pub(super) fn begin(generation: u32) {
    GENERATION.store(generation, Ordering::SeqCst);
    // Pairs with the fence of `hold`.
    fence(Ordering::SeqCst);
}

/// Ends the trace at once: too much is on its way.
#[cold]
pub(super) fn overflow(generation: u32) {
    OVERFLOW.fetch_min(generation, Ordering::SeqCst);
    begin(0);
}

thread_local! {
    /// This thread's slot; null before its first event, [`GONE`] while it is torn down.
    static SLOT: Cell<*const Slot> = const { Cell::new(ptr::null()) };
    /// Keeps it alive until then.
    static KEEPER: Keeper = const { Keeper(Cell::new(None)) };
}

/// A thread in its last destructors.
static GONE: u8 = 0;

fn gone() -> *const Slot {
    (&raw const GONE).cast()
}

struct Keeper(Cell<Option<Arc<Slot>>>);

impl Drop for Keeper {
    fn drop(&mut self) {
        SLOT.set(gone());
        if let Some(slot) = self.0.take() {
            super::leave(&slot);
            slot.leave();
        }
    }
}

impl Slot {
    /// Its thread writes no more.
    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Release);
    }
}

/// The slot of this thread. While it is torn down: one for a single use, to be [left](Slot::leave) after.
#[inline]
pub(super) fn here() -> *const Slot {
    let slot = SLOT.get();
    if slot.is_null() { arrive() } else { slot }
}

/// Whether `slot` says that the thread is being torn down.
#[inline]
pub(super) fn is_gone(slot: *const Slot) -> bool {
    ptr::eq(slot, gone())
}

#[cold]
fn arrive() -> *const Slot {
    // Without a keeper no destructor will run any more: as if gone.
    let slot = KEEPER.try_with(|keeper| {
        let slot = register();
        let at = Arc::as_ptr(&slot);
        keeper.0.set(Some(slot));
        at
    });
    SLOT.set(slot.unwrap_or(gone()));
    SLOT.get()
}

/// A new slot for this thread, which the recorder knows.
#[cold]
pub(super) fn register() -> Arc<Slot> {
    let slot = Arc::new(Slot::new(crate::tasks::here::thread()));
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&slot));
    slot
}
