//! CPU profiles: every thread is sampled by the CPU time it uses.
//!
//! Each thread has a timer on its own CPU clock that signals it while it runs; the handler copies the
//! stack, the agent's thread unwinds it. So it needs no registration of threads, no frame pointers and no
//! lock in the program, and a thread is seen as often as it ran.

#[cfg_attr(
    any(loom, not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))),
    path = "elsewhere.rs"
)]
mod linux;

pub(crate) use linux::{Sampler, profile};

use std::time::Duration;

/// How to profile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuOptions {
    /// Samples a second of CPU time.
    pub(crate) hz: u32,
    /// For how long.
    pub(crate) duration: Duration,
}

/// One sample.
#[derive(Debug)]
pub(crate) struct CpuSample<'a> {
    /// The thread.
    pub(crate) tid: u32,
    /// Its name; empty if it has ended already.
    pub(crate) thread: &'a str,
    /// The task that ran on it; 0 for none.
    pub(crate) task: u64,
    /// The number of that task's spawn site; 0 for none.
    pub(crate) site: u32,
    /// How many intervals of CPU time it stands for.
    pub(crate) weight: u32,
    /// When, by CLOCK_MONOTONIC, ns.
    pub(crate) at_ns: u64,
    /// The stack, leaf first; the instruction alone if the stack could not be copied.
    pub(crate) pcs: &'a [u64],
    /// Whether the root is missing.
    pub(crate) truncated: bool,
}
