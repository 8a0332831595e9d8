//! Go execution traces, format v2 (Go 1.22 and later).

mod reader;
mod version;

pub use reader::{Reader, StepResult};
pub use version::{Version, version};
