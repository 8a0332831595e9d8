//! Platforms without unwinding: stacks are empty and say that they are cut.

use super::modules::Modules;
use super::raw::{Frames, RawStack};

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
