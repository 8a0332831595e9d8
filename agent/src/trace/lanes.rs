//! Which thread has which P: workers for good, other threads while they have something to do with tasks.
//!
//! Numbers are dense: every reader draws each of them. A thread that ends leaves its P to another.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A P, in the hands of one thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    /// Its number.
    pub(super) p: u64,
    /// The generation of its last status; 0: none in this trace.
    pub(super) generation: u32,
    /// The last sequence number of that generation.
    pub(super) sequence: u64,
    /// Whether the file has it running.
    pub(super) running: bool,
    /// Whether it runs on between two polls: that of a worker.
    pub(super) worker: bool,
}

/// Who got a P, for the sidecar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// The number of the P.
    pub(super) p: u64,
    /// The kernel's number of the thread.
    pub(super) thread: u32,
    /// Whether it is a worker's.
    pub(super) worker: bool,
}

#[derive(Debug)]
struct Lanes {
    /// First generation of the trace that it is about.
    trace: u32,
    next: u64,
    free: Vec<Lane>,
    given: Vec<Given>,
}

/// Taken once for each thread and trace.
static LANES: Mutex<Lanes> = Mutex::new(Lanes { trace: 0, next: 0, free: Vec::new(), given: Vec::new() });

fn lanes(trace: u32) -> Option<MutexGuard<'static, Lanes>> {
    let lanes = LANES.lock().unwrap_or_else(PoisonError::into_inner);
    (lanes.trace == trace).then_some(lanes)
}

/// A new trace begins, which has no P yet.
pub(super) fn reset(trace: u32) {
    let mut lanes = LANES.lock().unwrap_or_else(PoisonError::into_inner);
    *lanes = Lanes { trace, next: 0, free: Vec::new(), given: Vec::new() };
}

/// A P for `thread`; `None` if the trace is over.
pub(super) fn give(trace: u32, thread: u32, worker: bool) -> Option<Lane> {
    let mut lanes = lanes(trace)?;
    let lane = match lanes.free.pop() {
        Some(lane) => Lane { worker, ..lane },
        None => {
            lanes.next += 1;
            Lane { p: lanes.next - 1, generation: 0, sequence: 0, running: false, worker }
        }
    };
    lanes.given.push(Given { p: lane.p, thread, worker });
    Some(lane)
}

/// Takes an idle P back.
pub(super) fn take_back(trace: u32, lane: Lane) {
    if let Some(mut lanes) = lanes(trace) {
        lanes.free.push(lane);
    }
}

/// Who got one since the last call.
pub(super) fn given(trace: u32) -> Vec<Given> {
    lanes(trace).map(|mut lanes| std::mem::take(&mut lanes.given)).unwrap_or_default()
}
