//! The registry file of an agent in a Rust program: beside its port file, `<config dir>/<pid>.json`.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::places::Place;
use super::procfs::Process;

/// What the agent of a Rust program says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Registry {
    taskscope_agent: u32,
    start_time: u64,
    /// Where it listens, as the program sees it.
    pub addr: std::net::SocketAddr,
    /// What makes the agent answer people whom the kernel does not vouch for.
    pub token: String,
}

/// The version of the file that this reader knows.
const FORMAT: u32 = 1;

/// The first registry file that belongs to this very process, not to an earlier one with its pid.
pub fn find(places: &[Place], process: &Process) -> Option<(PathBuf, Registry)> {
    let files = places.iter().map(|place| place.path.with_extension("json"));
    files.into_iter().find_map(|path| Some((path.clone(), read(&path, process)?)))
}

fn read(path: &Path, process: &Process) -> Option<Registry> {
    // Not followed into a device or a pipe: the folder is somebody else's.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(64 << 10).read_to_string(&mut text).ok()?;
    let registry: Registry = serde_json::from_str(&text).ok()?;
    let known = registry.taskscope_agent == FORMAT;
    (known && process.start_time() == Some(registry.start_time)).then_some(registry)
}
