//! The agent lives in a Rust program and tells the collector what its tasks do, on stable Rust,
//! in a default release build.

mod answers;
#[cfg(feature = "macros")]
pub mod attributes;
mod builder;
pub(crate) mod cpu;
pub mod heap;
pub mod leak;
pub(crate) mod native;
mod pprof;
pub mod runtime;
pub(crate) mod service;
mod sync;
pub(crate) mod tasks;
pub(crate) mod trace;

pub use runtime::block_on;
pub use tasks::future::{Instrumented, instrument};
pub use tasks::join_set::JoinSetExt;
pub use tasks::spawn::{spawn, spawn_blocking, spawn_local, spawn_named, spawn_on};

#[cfg(feature = "macros")]
pub use taskscope_agent_macros::{main, test};

/// What the attributes write calls; no part of the interface.
#[cfg(feature = "macros")]
#[doc(hidden)]
pub use attributes as __private;

pub use builder::{Agent, Builder, ListenError};
