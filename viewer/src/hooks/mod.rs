//! Hooks that views share.

mod answer;
mod commands;
mod memory;
mod window_event;

pub use answer::{Answers, use_answer};
pub use commands::{CommandBus, use_commands};
pub use memory::{Memory, use_memory};
pub use window_event::use_window_event;
