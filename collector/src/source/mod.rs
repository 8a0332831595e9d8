//! Where bytes come from: a running program's agent, or a file.

pub mod file;
pub mod gops;
