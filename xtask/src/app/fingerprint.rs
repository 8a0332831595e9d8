//! Whether anything that goes into `dist/` changed. Trunk cannot tell: it runs wasm-bindgen again each time.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace;

/// Files and folders that the viewer is built from. The last one is how it is built.
const INPUTS: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "index.html",
    "proto/src",
    "proto/Cargo.toml",
    "engine/src",
    "engine/Cargo.toml",
    "viewer",
    "xtask/src/app",
];

/// Folders below those that do not matter: tests, and a workspace of its own.
const IGNORED: [&str; 3] = ["tests", "e2e", "target"];

/// A line that changes with the content of any input, and with whether `wasm-opt` runs.
pub fn of_viewer(wasm_opt: bool) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in INPUTS {
        hash(&workspace::root().join(input), &mut hasher)?;
    }
    Ok(format!("{:016x} wasm-opt={wasm_opt}\n", hasher.finish()))
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    path.strip_prefix(workspace::root()).unwrap_or(path).hash(hasher);
    if !path.is_dir() {
        let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        content.hash(hasher);
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("reading {}", path.display()))?;
    let mut children = entries.collect::<std::io::Result<Vec<_>>>()?;
    children.retain(|child| !IGNORED.iter().any(|name| child.file_name() == *name));
    children.sort_by_key(fs::DirEntry::file_name);
    children.iter().try_for_each(|child| hash(&child.path(), hasher))
}
