//! Every byte format and wire that Taskscope reads or writes, and the one data model that all
//! loaders fill.
//!
//! The way of the data: bytes → [`sniff`](sniff::sniff) → decoder → [`Dataset`](model::Dataset).
//! Decoders take bytes and give tables and notices. Nothing here does I/O, knows the time,
//! or panics on input; it builds natively and for wasm32. Only the feature `threads` starts one, for large traces.

//!
//! The feature `load` (on by default) has everything that reads files. Without it only the wires
//! and what a program writes about itself are left: that is what the agent carries.

pub mod agent;
pub mod cursor;
pub mod error;
#[cfg(feature = "load")]
pub mod godump;
pub mod gops;
pub mod gotrace;
#[cfg(feature = "load")]
mod layers;
#[cfg(feature = "load")]
pub mod load;
#[cfg(feature = "load")]
pub mod model;
#[cfg(feature = "load")]
pub mod pprof;
#[cfg(feature = "load")]
pub mod sniff;
pub mod task_labels;
pub mod task_waits;
pub mod wire;

pub use error::{Notice, ParseError, Phase};
#[cfg(feature = "load")]
pub use model::Dataset;
