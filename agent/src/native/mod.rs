//! Native code: which binaries are mapped, which threads there are, and what stands on their stacks.
//!
//! Unwinding needs no frame pointers and no file: the unwind tables of every module are mapped with
//! its code. Stacks of other threads are copied by a signal handler and unwound afterwards, on the
//! agent's thread. Linux on x86_64 and aarch64; elsewhere stacks are empty and marked as cut.

pub(crate) mod modules;
pub(crate) mod raw;
mod slots;
pub(crate) mod symbol;
pub(crate) mod text;
pub(crate) mod threads;

#[cfg_attr(
    any(loom, not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))),
    path = "elsewhere.rs"
)]
pub(crate) mod linux;

pub(crate) use linux::{Symbols, capture_here, capture_into, modules, prepare, thread_stacks};
pub(crate) use modules::{Module, Modules};
pub(crate) use raw::RawStack;
