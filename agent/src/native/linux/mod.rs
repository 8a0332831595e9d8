//! Linux.

mod bounds;
mod dump;
mod elf;
mod phdr;
pub(crate) mod reach;
mod registers;
pub(crate) mod ring;
pub(crate) mod signal;
mod stacks;
mod symbols;
mod threads;
mod unwind;

pub(crate) use dump::{sample_frames, thread_stacks};
pub(crate) use symbols::Symbols;
pub(crate) use threads::cpu_clock;
pub(crate) use unwind::{Cache, Table, capture_here, capture_into, modules, prepare, table};
