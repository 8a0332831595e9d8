//! Where the file of a module may be, and its debug information.

use std::path::{Path, PathBuf};

/// Places of the file itself, the surest first.
pub(super) fn of_file(pid: Option<u32>, path: &str) -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Some(pid) = pid {
        let exe = PathBuf::from(format!("/proc/{pid}/exe"));
        let target = std::fs::read_link(&exe).unwrap_or_default();
        let target = target.to_string_lossy();
        if target.strip_suffix(" (deleted)").unwrap_or(&target) == path {
            places.push(exe);
        }
        // The same path in another container is another file.
        if let Some(below) = path.strip_prefix('/') {
            places.push(Path::new(&format!("/proc/{pid}/root")).join(below));
        }
    }
    if path.starts_with('/') {
        places.push(path.into());
    }
    places
}

/// Places of a separate file with the debug information.
pub(super) fn of_debug_file(path: &str, build_id: &str) -> Vec<PathBuf> {
    let mut places = Vec::new();
    if let Some((first, rest)) = build_id.split_at_checked(2).filter(|(_, rest)| !rest.is_empty()) {
        places.push(format!("/usr/lib/debug/.build-id/{first}/{rest}.debug").into());
        if let Some(cache) = debuginfod_cache() {
            places.push(cache.join(build_id).join("debuginfo"));
        }
    }
    if path.starts_with('/') {
        places.push(format!("{path}.debug").into());
        places.push(format!("/usr/lib/debug{path}.debug").into());
    }
    places
}

fn debuginfod_cache() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("DEBUGINFOD_CACHE_PATH") {
        return Some(named.into());
    }
    Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/debuginfod_client"))
}
