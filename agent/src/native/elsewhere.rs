//! Platforms without unwinding: stacks are empty and say that they are cut.

use super::modules::{Module, Modules};
use super::raw::{Frames, RawStack};
use super::symbol::Symbol;
use super::threads::ThreadSnapshot;

/// No modules are known here.
pub(crate) fn modules() -> Modules {
    Modules::default()
}

/// An empty stack.
pub(crate) fn capture_here(_skip: u32) -> RawStack {
    RawStack { pcs: Box::default(), truncated: true }
}

/// Takes nothing.
pub(crate) fn capture_into(frames: &mut Frames) {
    frames.truncated = true;
}

/// Nothing to do.
pub(crate) fn prepare() {}

/// No threads are known here.
pub(crate) fn thread_stacks(_signals: bool) -> (Vec<ThreadSnapshot>, Vec<String>) {
    (Vec::new(), vec!["threads are not listed on this system".into()])
}

/// Names nothing.
#[derive(Debug)]
pub(crate) struct Symbols;

impl Symbols {
    /// Knows nothing.
    pub(crate) fn new() -> Self {
        Self
    }

    /// `None`.
    pub(crate) fn module(&self, _pc: u64) -> Option<&Module> {
        None
    }

    /// `None`.
    pub(crate) fn name_of(&mut self, _pc: u64) -> Option<Symbol> {
        None
    }
}
