//! The execution trace: events of all threads, written as a Go v2 trace while it runs.
//!
//! The way of an event: a task's state changes under a pinned generation (`writer`) → bytes in the
//! thread's chunk (`slot`, `chunk`) → handed over to the thread that records → one generation of the
//! file (`recorder`, `generation`). Nothing blocks the program: what cannot be kept ends the trace.
//!
//! Silent tasks are not told again in later generations: readers carry their state over, and the file
//! is never cut at its front.

mod chunk;
mod clock;
mod generation;
mod lanes;
mod names;
mod notes;
mod pinning;
mod recorder;
mod slot;
mod waits;
mod writer;

pub(crate) use recorder::{TraceOptions, record};
pub(crate) use waits::TaskTrace;
pub(crate) use writer::{Writer, is_off, pin};

/// A worker of a runtime is about to park: ProcStop. Only runtimes built by [`crate::runtime`] tell.
#[inline]
pub(crate) fn thread_parks() {
    if let Some(mut writer) = pin() {
        writer.park();
    }
}

/// It goes on: ProcStart.
#[inline]
pub(crate) fn thread_unparks() {
    if let Some(mut writer) = pin() {
        writer.unpark();
    }
}

/// A thread of a runtime, worker or not, is about to end.
pub(crate) fn thread_stops() {
    if let Some(mut writer) = pin() {
        writer.end_thread();
    }
}

/// This thread ends: its P goes to another.
fn leave(slot: &slot::Slot) {
    if let Some(mut writer) = Writer::of(slot) {
        writer.end_thread();
    }
}
