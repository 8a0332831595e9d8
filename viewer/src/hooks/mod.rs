//! Hooks that views share.

mod address;
mod answer;
mod commands;
mod memory;
mod shared;
mod window_event;

pub use address::Address;
pub use answer::{Answers, use_answer};
pub use commands::{CommandBus, use_commands};
pub use memory::{Memory, use_memory};
pub use shared::{Shared, use_shared};
pub use window_event::use_window_event;
