//! The agent lives in a Rust program and tells the collector what its tasks do, on stable Rust,
//! in a default release build.

pub(crate) mod native;
pub(crate) mod tasks;
pub(crate) mod trace;
