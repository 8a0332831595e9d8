//! Every byte format and wire that Taskscope reads or writes, and the one data model that all
//! loaders fill.
//!
//! The way of the data: bytes → [`sniff`](sniff::sniff) → decoder → [`Dataset`](model::Dataset).
//! Decoders take bytes and give tables and notices. Nothing here does I/O, knows the time,
//! or panics on input; it builds natively and for wasm32. Only the feature `threads` starts one, for large traces.

pub mod cursor;
pub mod error;
pub mod godump;
pub mod gops;
pub mod gotrace;
mod layers;
pub mod load;
pub mod model;
pub mod pprof;
pub mod sniff;
pub mod wire;

pub use error::{Notice, ParseError, Phase};
pub use model::Dataset;
