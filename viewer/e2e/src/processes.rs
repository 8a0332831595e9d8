//! The browser's processes, as Linux tells of them.

use std::collections::HashMap;
use std::fs;

/// The most memory that one descendant of process `root` has had in use, in bytes: a page with its worker is one
/// process, and by far the largest. `None` where the system does not tell.
pub fn largest_peak(root: u32) -> Option<u64> {
    let parents: HashMap<u32, u32> = fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((pid, field(pid, "PPid:")? as u32))
        })
        .collect();
    let below = |pid: &u32| {
        let ancestors = std::iter::successors(Some(*pid), |pid| parents.get(pid).copied());
        ancestors.take(64).any(|pid| pid == root)
    };
    parents.keys().filter(|pid| below(pid)).filter_map(|&pid| field(pid, "VmHWM:")).max().map(|kib| kib << 10)
}

/// A number in a process's status.
fn field(pid: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
