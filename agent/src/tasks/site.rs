//! Where tasks are spawned.

use std::panic::Location;
use std::sync::atomic::AtomicU64;

/// A place in the program that spawns tasks of one type; lives as long as the process.
#[derive(Debug)]
pub(crate) struct Site {
    /// Dense, from 1, in the order in which sites were first seen.
    pub(crate) number: u32,
    /// The call of `spawn`.
    pub(crate) location: &'static Location<'static>,
    /// The future's type, as the compiler names it.
    pub(crate) type_name: &'static str,
    /// The future's size.
    pub(crate) bytes: u64,
    /// Tasks spawned here since the start of the process.
    pub(crate) spawned: AtomicU64,
    /// Those that ended.
    pub(crate) ended: AtomicU64,
}
