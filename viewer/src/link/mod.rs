//! The bridge between the UI thread and the worker.
//!
//! Messages are postcard bytes in a transferred buffer; a `File` travels beside them by
//! structured clone, so the UI thread never reads one. See [`codec`] for the messages,
//! [`client`] for the UI side and [`host`] for the worker's.

pub mod address;
pub mod client;
pub mod codec;
pub mod host;
mod queue;
mod read;

pub use client::{Client, Note};
pub use codec::{FileId, PartRef, Phase};
