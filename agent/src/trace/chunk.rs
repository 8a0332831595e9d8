//! Pieces of memory that go from the threads of the program to the one that records.
//!
//! A thread fills a chunk on its own and hands it over by one compare-and-swap. What is on its way is
//! bounded: where nothing may be taken any more the trace ends, and the program goes on.

use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Bytes of a chunk of events.
const EVENTS: usize = 32 << 10;
/// Bytes of a chunk of notes: few, one at a task's birth.
const NOTES: usize = 4 << 10;
/// Chunks kept for reuse.
const POOL: usize = 256;
/// All that may be on its way, by default.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// What is in a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Events as they go into the file.
    Events,
    /// What the recorder needs to know about tasks, see `notes`.
    Notes,
}

/// Bytes of one thread in one generation.
#[derive(Debug)]
pub(super) struct Chunk {
    next: *mut Chunk,
    /// What they are.
    pub(super) content: Content,
    /// In which generation.
    pub(super) generation: u32,
    /// Whose.
    pub(super) thread: u32,
    /// From when the first event counts.
    pub(super) time: u64,
    len: usize,
    /// What it counts for.
    size: usize,
    bytes: Box<[u8]>,
}

// SAFETY: `next` is used by the queue only, which owns what it points to.
unsafe impl Send for Chunk {}

static OUT: AtomicUsize = AtomicUsize::new(0);
static POOLED: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());
static QUEUE: AtomicPtr<Chunk> = AtomicPtr::new(ptr::null_mut());

impl Chunk {
    /// An empty chunk; `None` when too much is on its way already.
    pub(super) fn take(content: Content, generation: u32, thread: u32, time: u64) -> Option<Box<Self>> {
        let size = if content == Content::Events { EVENTS } else { NOTES };
        // Relaxed: a limit, which need not be exact.
        if OUT.fetch_add(size, Ordering::Relaxed) + size > MOST_BYTES {
            OUT.fetch_sub(size, Ordering::Relaxed);
            return None;
        }
        let pooled = if content == Content::Events {
            POOLED.try_lock().ok().and_then(|mut pool| pool.pop())
        } else {
            None
        };
        let bytes = pooled.unwrap_or_else(|| vec![0; size].into_boxed_slice());
        Some(Box::new(Self { next: ptr::null_mut(), content, generation, thread, time, len: 0, size, bytes }))
    }

    /// What was written.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The room that is left.
    #[inline]
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.len..).unwrap_or_default()
    }

    /// So many bytes of the room were written.
    #[inline]
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.len = (self.len + bytes).min(self.bytes.len());
    }

    /// Gives it to the recorder.
    pub(super) fn hand_over(self: Box<Self>) {
        let chunk = Box::into_raw(self);
        let mut head = QUEUE.load(Ordering::Relaxed);
        loop {
            // SAFETY: the chunk is ours until the swap succeeds.
            unsafe { (*chunk).next = head };
            // Release: the recorder, which takes all with Acquire, sees what was written.
            match QUEUE.compare_exchange_weak(head, chunk, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// All chunks that were handed over, in that order.
    pub(super) fn handed_over() -> Vec<Self> {
        let mut next = QUEUE.swap(ptr::null_mut(), Ordering::Acquire);
        let mut chunks = Vec::new();
        while !next.is_null() {
            // SAFETY: `hand_over` made it from a Box, and the swap took it out of everybody's sight.
            let chunk = unsafe { Box::from_raw(next) };
            next = chunk.next;
            chunks.push(*chunk);
        }
        chunks.reverse();
        chunks
    }

    /// Keeps its memory for the next one.
    pub(super) fn recycle(mut self) {
        if self.content == Content::Events
            && let Ok(mut pool) = POOLED.try_lock()
            && pool.len() < POOL
        {
            pool.push(std::mem::take(&mut self.bytes));
        }
    }

    /// Gives the pool's memory back.
    pub(super) fn empty_pool() {
        if let Ok(mut pool) = POOLED.try_lock() {
            pool.clear();
            pool.shrink_to_fit();
        }
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        OUT.fetch_sub(self.size, Ordering::Relaxed);
    }
}
