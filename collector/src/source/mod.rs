//! Where bytes come from: a running program's agent, or a file.

pub mod agent;
pub mod file;
pub mod gops;
