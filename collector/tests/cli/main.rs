//! The real binary against agents that behave and peers that do not, and over real files.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
#![cfg(unix)]

mod answers;
mod collections;
mod files;
mod frames;
mod go;
mod help;
mod leaks_live;
mod marks;
mod peers;
mod rust;
mod saving;
mod scoped;
mod support;
mod targets;
mod view;
