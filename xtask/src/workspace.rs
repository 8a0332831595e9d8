//! Where things are: this repository, its build output, and the per-user cache of tools.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository's top folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where our own build output goes, whatever `CARGO_TARGET_DIR` says: the collector embeds from here.
pub fn target() -> PathBuf {
    root().join("target")
}

/// Where Cargo puts what it builds.
pub fn cargo_target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(target, |dir| root().join(dir))
}

/// The cache of installed tools: `$TASKSCOPE_CACHE`, or `taskscope` in the user's cache folder. It is shared by
/// all clones of one user, so that a fresh clone need not install anything again.
pub fn cache() -> Result<PathBuf> {
    if let Some(dir) = non_empty("TASKSCOPE_CACHE") {
        return Ok(std::path::absolute(dir)?);
    }
    if let Some(dir) = non_empty("XDG_CACHE_HOME") {
        return Ok(dir.join("taskscope"));
    }
    let home = non_empty("HOME").context("HOME is not set; set TASKSCOPE_CACHE to a folder for tools")?;
    Ok(home.join(".cache/taskscope"))
}

/// The version of a package in `Cargo.lock`, where it is a dependency at all.
pub fn locked_version(package: &str) -> Result<Option<String>> {
    let path = root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \""));
    Ok(version.map(|version| version.trim_end_matches('"').to_owned()))
}

fn non_empty(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
