//! Go execution traces: format v2 (Go 1.22 and later) here, v1 (Go 1.11 to 1.21) in `v1`.
//!
//! The way of the bytes, a file a stage: `batch` frames them, `tables` and `timed` decode them,
//! `ahead` puts the threads' events in order of time, `order` merges them by `rules` over the
//! `emulator`'s state, which fills the columns of `staging` and of the data set, and `finish` sorts
//! those. `QUIRKS.md` lists the corner cases.

#[cfg(feature = "load")]
mod ahead;
#[cfg(feature = "load")]
mod batch;
#[cfg(feature = "threads")]
mod beside;
#[cfg(feature = "load")]
mod clock;
#[cfg(feature = "load")]
mod counts;
#[cfg(feature = "load")]
mod emulator;
#[cfg(feature = "load")]
mod finish;
#[cfg(feature = "load")]
mod notes;
#[cfg(feature = "load")]
mod order;
#[cfg(feature = "load")]
mod reader;
#[cfg(feature = "load")]
mod rules;
#[cfg(feature = "load")]
mod rust;
pub mod sidecar;
#[cfg(feature = "load")]
mod sort;
pub mod spec;
#[cfg(feature = "load")]
mod staging;
#[cfg(feature = "load")]
mod state;
#[cfg(feature = "load")]
mod tables;
#[cfg(feature = "load")]
mod timed;
#[cfg(feature = "load")]
mod v1;
mod version;
pub mod write;

#[cfg(feature = "load")]
pub use reader::{Reader, StepResult};
#[cfg(feature = "load")]
pub use v1::OldReader;
pub use version::{Version, version};
