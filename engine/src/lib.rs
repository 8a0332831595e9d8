//! What the Taskscope viewer knows without a browser: analysis of a data set, pictures as data,
//! and the session that owns open files. The collector prints from the same functions, so its
//! numbers equal the viewer's to the digit.

pub mod analysis;
pub mod api;
pub mod open_error;
pub mod report;
pub mod scene;
pub mod session;
mod sorting;
#[cfg(test)]
mod testing;
pub mod units;

pub use session::{FileHandle, Opening, Session};
