//! Hooks that views share.

mod address;
mod answer;
mod commands;
mod copy;
mod kept;
mod memory;
mod rows;
mod shared;
mod window_event;

pub use address::Address;
pub use answer::{Answers, use_answer};
pub use commands::{CommandBus, use_commands};
pub use copy::copy_text;
pub use kept::use_kept;
pub use memory::{Memory, use_memory};
pub use rows::{Picked, use_row_keys};
pub use shared::{Shared, use_shared};
pub use window_event::use_window_event;
