//! A Chromium with one page of the viewer in it, and what a user can do with and see on it.

pub mod collector;
mod driver;
mod log;
mod page;
pub mod processes;
mod server;

pub use page::{Grid, Page};

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The bytes of a fixture, by its name below `proto/tests/data`.
pub fn fixture(name: &str) -> Result<Vec<u8>> {
    let file = fixture_path(name);
    std::fs::read(&file).with_context(|| format!("reading {}", file.display()))
}

/// Where a fixture is.
pub fn fixture_path(name: &str) -> PathBuf {
    repository().join("proto/tests/data").join(name)
}

/// The built viewer: `$TASKSCOPE_DIST`, or `dist/`, which `cargo xtask app` builds.
pub fn dist() -> PathBuf {
    std::env::var_os("TASKSCOPE_DIST").map_or_else(|| repository().join("dist"), PathBuf::from)
}

/// Where screenshots go: `$TASKSCOPE_SCREENSHOTS`, or `target/screenshots`.
pub fn screenshots() -> PathBuf {
    std::env::var_os("TASKSCOPE_SCREENSHOTS")
        .map_or_else(|| repository().join("target/screenshots"), PathBuf::from)
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
