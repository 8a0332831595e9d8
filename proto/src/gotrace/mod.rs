//! Go execution traces: format v2 (Go 1.22 and later) here, v1 (Go 1.11 to 1.21) in `v1`.
//!
//! The way of the bytes, a file a stage: `batch` frames them, `tables` and `timed` decode them,
//! `ahead` puts the threads' events in order of time, `order` merges them by `rules` over the `emulator`'s state, which fills the columns of
//! `staging` and of the data set, and `finish` sorts those. `QUIRKS.md` lists the corner cases.

mod ahead;
mod batch;
#[cfg(feature = "threads")]
mod beside;
mod clock;
mod counts;
mod emulator;
mod finish;
mod notes;
mod order;
mod reader;
mod rules;
mod sort;
pub mod spec;
mod staging;
mod state;
mod tables;
mod timed;
mod v1;
mod version;

pub use reader::{Reader, StepResult};
pub use v1::OldReader;
pub use version::{Version, version};
