//! Which process this is, so that what it leaves behind is not taken for another one's.

use std::fs;
use std::path::PathBuf;

/// A process, told apart from every other one that has or had its pid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// As the process sees itself.
    pub(super) pid: u32,
    /// In ticks of the kernel since boot; 0 where nobody tells.
    pub(super) start_time: u64,
    /// Drawn anew at every boot; empty where nobody tells.
    pub(super) boot: String,
    /// Where `pid` counts: containers have their own.
    pub(super) pid_namespace: String,
}

/// This process.
pub(super) fn own() -> Identity {
    let pid = std::process::id();
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    Identity {
        pid,
        start_time: start_time("self").unwrap_or(0),
        boot: fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned(),
        pid_namespace: link.to_string_lossy().into_owned(),
    }
}

/// Whether `other` is certainly gone, as far as `own` can see.
pub(super) fn is_gone(other: &Identity, own: &Identity) -> bool {
    if own.boot.is_empty() || other.boot.is_empty() {
        return false;
    }
    if other.boot != own.boot {
        return true;
    }
    other.pid_namespace == own.pid_namespace && start_time(&other.pid.to_string()) != Some(other.start_time)
}

/// The program's file.
pub(super) fn executable() -> PathBuf {
    std::env::current_exe().unwrap_or_default()
}

/// Field 22 of `stat`; the name in field 2 may hold anything, so it is counted from the last `)`.
fn start_time(process: &str) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.get(stat.rfind(')')? + 1..)?.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_by_its_start() {
        let own = own();
        assert!(own.start_time > 0 && !own.boot.is_empty());
        assert!(!is_gone(&own, &own));
        assert!(is_gone(&Identity { start_time: own.start_time + 1, ..own.clone() }, &own));
        assert!(is_gone(&Identity { pid: u32::MAX, ..own.clone() }, &own));
        assert!(is_gone(&Identity { boot: "another".into(), ..own.clone() }, &own));
        let elsewhere = Identity { pid: u32::MAX, pid_namespace: "pid:[1]".into(), ..own.clone() };
        assert!(!is_gone(&elsewhere, &own), "another container's process cannot be looked up");
    }
}
