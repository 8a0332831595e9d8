//! Writes Go v2 traces (header 1.26): varints, batches, and the tables of a generation.
//!
//! A trace is [`HEADER`], then generations. A generation is [`batch`]es of timed events, one or more for
//! each thread in the order written, then [`sync`], [`Tables`], CPU samples and sidecar batches in any
//! order, then [`END_OF_GENERATION`]. `read(write(x)) = x` holds with [`super::Reader`].

mod tables;

pub use tables::Tables;

use super::sidecar;
use super::spec::kind;

/// The first bytes of a trace.
pub const HEADER: [u8; 16] = *b"go 1.26 trace\0\0\0";
/// The last byte of a generation.
pub const END_OF_GENERATION: u8 = kind::END_OF_GENERATION;
/// The most bytes of a batch without its header.
pub const MAX_PAYLOAD: usize = 65536;
/// Longest string and deepest stack that readers take.
pub const MAX_STRING: usize = 1024;
/// See [`MAX_STRING`].
pub const MAX_FRAMES: usize = 128;
/// The thread of batches that belong to none; the P of a CPU sample without one.
pub const NONE: u64 = u64::MAX;
/// Most bytes of a varint.
pub const MAX_VARINT: usize = 10;

/// Status of a goroutine in GoStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum GoStatus {
    /// Waits for a P.
    Runnable = 1,
    /// On a P.
    Running = 2,
    /// Waits.
    Waiting = 4,
}

/// Status of a P in ProcStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum ProcStatus {
    /// Has a thread.
    Running = 1,
    /// Has none.
    Idle = 2,
}

/// A CPU sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When, in units of the trace's clock.
    pub time: u64,
    /// Thread.
    pub thread: u64,
    /// P, or [`NONE`].
    pub p: u64,
    /// Goroutine, or 0.
    pub g: u64,
    /// Stack id of this generation.
    pub stack: u64,
}

/// The clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Units a second of the trace's clock; not 0.
    pub frequency: u64,
    /// The moment on the trace's clock, in its units.
    pub time: u64,
    /// On the monotonic clock, ns.
    pub mono_ns: u64,
    /// Unix time, ns.
    pub wall_ns: u64,
}

/// Writes `value` to the beginning of `bytes`; how many bytes it took. Whatever does not fit is lost.
#[inline]
pub fn put_varint(bytes: &mut [u8], mut value: u64) -> usize {
    let mut at = 0;
    while value >= 0x80 && at < bytes.len() {
        bytes[at] = value as u8 | 0x80;
        value >>= 7;
        at += 1;
    }
    if let Some(last) = bytes.get_mut(at) {
        *last = value as u8;
        at += 1;
    }
    at
}

/// Appends `value`.
pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a batch of at most [`MAX_PAYLOAD`] bytes: timed events of `thread`, or a table.
pub fn batch(out: &mut Vec<u8>, generation: u64, thread: u64, time: u64, payload: &[u8]) {
    out.push(kind::EVENT_BATCH);
    head(out, generation, thread, time, payload);
}

/// Appends a batch of a trace's sidecar.
pub fn sidecar_batch(out: &mut Vec<u8>, generation: u64, time: u64, message: &sidecar::Sidecar) {
    out.extend([kind::EXPERIMENTAL_BATCH, sidecar::EXPERIMENT]);
    head(out, generation, NONE, time, &sidecar::encode(message));
}

fn head(out: &mut Vec<u8>, generation: u64, thread: u64, time: u64, payload: &[u8]) {
    debug_assert!(payload.len() <= MAX_PAYLOAD, "readers take no batch of {} bytes", payload.len());
    for field in [generation, thread, time, payload.len() as u64] {
        varint(out, field);
    }
    out.extend_from_slice(payload);
}

/// Appends the batch with frequency and clocks; every generation needs one.
pub fn sync(out: &mut Vec<u8>, generation: u64, clocks: &Clocks) {
    let mut payload = vec![kind::SYNC, kind::FREQUENCY];
    varint(&mut payload, clocks.frequency.max(1));
    payload.push(kind::CLOCK_SNAPSHOT);
    let (seconds, ns) = (clocks.wall_ns / 1_000_000_000, clocks.wall_ns % 1_000_000_000);
    for field in [0, clocks.mono_ns, seconds, ns] {
        varint(&mut payload, field);
    }
    batch(out, generation, NONE, clocks.time, &payload);
}

/// Appends one event without room for doubt: its kind, then its arguments, `dt` first.
pub fn event(out: &mut Vec<u8>, kind: u8, args: &[u64]) {
    out.push(kind);
    args.iter().for_each(|&arg| varint(out, arg));
}

/// Appends the CPU samples of a generation.
pub fn samples(out: &mut Vec<u8>, generation: u64, time: u64, samples: &[Sample]) {
    const LARGEST: usize = 1 + 5 * MAX_VARINT;
    for part in samples.chunks((MAX_PAYLOAD - 1) / LARGEST) {
        let mut payload = vec![kind::CPU_SAMPLES];
        for sample in part {
            let fields = [sample.time, sample.thread, sample.p, sample.g, sample.stack];
            event(&mut payload, kind::CPU_SAMPLE, &fields);
        }
        batch(out, generation, NONE, time, &payload);
    }
}
