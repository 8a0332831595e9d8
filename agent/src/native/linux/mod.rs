//! Linux.

mod bounds;
mod phdr;
mod registers;
mod unwind;

pub(crate) use unwind::{capture_here, capture_into, modules};
