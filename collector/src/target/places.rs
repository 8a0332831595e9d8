//! Where a gops agent may have left its port file: `<config dir>/<pid>`, port in decimal.
//!
//! Source: gops `internal/internal.go`; reference gops-protocol §2.2 and §2.3.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::procfs::Process;
use crate::failure::{Failure, Report, plain};

/// A path that may be the port file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path as this process can open it.
    pub path: PathBuf,
    /// Why it is looked at.
    pub why: &'static str,
}

/// What decides the config directory: three variables and where relative paths start.
pub struct Surroundings<'a> {
    /// Value of a variable.
    pub var: &'a dyn Fn(&str) -> Option<OsString>,
    /// Home from the password database.
    pub home: Option<PathBuf>,
    /// Where a relative `GOPS_CONFIG_DIR` starts.
    pub cwd: PathBuf,
}

/// The config directory by gops' rules; the first rule that matches decides.
pub fn config_dir(of: &Surroundings<'_>) -> Option<PathBuf> {
    let var = |name: &str| (of.var)(name).filter(|value| !value.is_empty());
    if let Some(dir) = var("GOPS_CONFIG_DIR") {
        return Some(of.cwd.join(dir));
    }
    let user = user_config_dir(&var).or_else(|| of.home.as_ref().map(|home| home.join(".config")));
    user.map(|dir| dir.join("gops"))
}

/// Go's `os.UserConfigDir`: a relative `XDG_CONFIG_HOME` is an error, so `HOME` is not looked at.
fn user_config_dir(var: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if cfg!(windows) {
        return var("AppData").map(PathBuf::from);
    }
    let home = || var("HOME").map(PathBuf::from);
    if cfg!(any(target_os = "macos", target_os = "ios")) {
        return home().map(|home| home.join("Library/Application Support"));
    }
    match var("XDG_CONFIG_HOME").map(PathBuf::from) {
        Some(dir) => dir.is_absolute().then_some(dir),
        None => home().map(|home| home.join(".config")),
    }
}

/// Every place to look for the port file of `pid`, in order, each once.
pub fn for_process(pid: u32, process: Option<&Process>) -> Vec<Place> {
    let mut places = Vec::new();
    let mut add = |dir: Option<PathBuf>, pid: u32, why| {
        let Some(path) = dir.map(|dir| dir.join(pid.to_string())) else { return };
        if !places.iter().any(|place: &Place| place.path == path) {
            places.push(Place { path, why });
        }
    };
    add(config_dir(&own()), pid, "from the environment of this command");
    if let Some(process) = process {
        let inner = process.inner_pid();
        for (dir, why) in target_dirs(process) {
            add(Some(process.seen_from_here(&dir)), inner, why);
        }
    }
    places
}

/// The first port that a place names; a file that is there but unreadable is an error.
pub fn first_port(places: &[Place]) -> Result<Option<(PathBuf, u16)>, Failure> {
    for place in places {
        match read_port(&place.path) {
            Ok(port) => return Ok(Some((place.path.clone(), port))),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(unreadable(&place.path, &error)),
        }
    }
    Ok(None)
}

fn own() -> Surroundings<'static> {
    // Where this process has no working directory any more, relative paths stay relative.
    let cwd = std::env::current_dir().unwrap_or_default();
    Surroundings { var: &|name| std::env::var_os(name), home: std::env::home_dir(), cwd }
}

/// By the target's own environment, and by its user's home where the environment is not readable.
fn target_dirs(process: &Process) -> Vec<(PathBuf, &'static str)> {
    let home = process.home();
    let plain_home = home.clone().map(|home| home.join(".config/gops"));
    let environment = process.environment();
    let by_environment = environment.as_deref().and_then(|environment| {
        let var = |name: &str| variable(environment, name);
        config_dir(&Surroundings { var: &var, home, cwd: process.cwd() })
    });
    let by_environment = by_environment.map(|dir| (dir, "from the environment of the target"));
    let by_home = plain_home.map(|dir| (dir, "in the home of the target's user"));
    by_environment.into_iter().chain(by_home).collect()
}

/// The value of `name` in the NUL-separated block of `/proc/PID/environ`.
fn variable(environment: &[u8], name: &str) -> Option<OsString> {
    let entry = environment
        .split(|&byte| byte == 0)
        .find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    Some(os_string(entry))
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    OsStr::new(String::from_utf8_lossy(bytes).as_ref()).to_owned()
}

/// Reads at most a few bytes: the file is somebody else's.
fn read_port(path: &Path) -> io::Result<u16> {
    let mut text = String::new();
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a file"));
    }
    File::open(path)?.take(64).read_to_string(&mut text)?;
    let port = text.trim().parse().ok().filter(|&port| port != 0);
    port.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it holds no port number"))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let report = Report::new(format!("cannot read the port file {}: {}", path.display(), plain(error)));
    let denied = error.kind() == io::ErrorKind::PermissionDenied;
    let advice = "Run this as the user of the target or as root, or give the agent's host:port.";
    report.and(if denied { advice } else { "Give the agent's host:port instead of the pid." }).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let var = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        let home = Some(PathBuf::from("/pw/home"));
        config_dir(&Surroundings { var: &var, home, cwd: "/cwd".into() })
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_first_rule_that_matches_decides() {
        let home = ("HOME", "/home/a");
        assert_eq!(dir(&[("GOPS_CONFIG_DIR", "/g"), home]), Some("/g".into()));
        assert_eq!(dir(&[("GOPS_CONFIG_DIR", "rel"), home]), Some("/cwd/rel".into()));
        assert_eq!(dir(&[("GOPS_CONFIG_DIR", ""), home]), Some("/home/a/.config/gops".into()));
        assert_eq!(dir(&[("XDG_CONFIG_HOME", "/x"), home]), Some("/x/gops".into()));
        assert_eq!(dir(&[("XDG_CONFIG_HOME", "x"), home]), Some("/pw/home/.config/gops".into()));
        assert_eq!(dir(&[]), Some("/pw/home/.config/gops".into()));
    }

    #[test]
    fn variables_are_found_by_their_whole_name() {
        let block = b"MY_HOME=/no\0HOME=/home/a\0EMPTY=\0";
        assert_eq!(variable(block, "HOME"), Some("/home/a".into()));
        assert_eq!(variable(block, "EMPTY"), Some("".into()));
        assert_eq!(variable(block, "XDG_CONFIG_HOME"), None);
    }

    #[test]
    fn port_files_may_end_in_a_newline() {
        let dir = tempfile::tempdir().unwrap();
        let port_of = |content: &str| {
            let path = dir.path().join("1");
            fs::write(&path, content).unwrap();
            read_port(&path).map_err(|error| error.to_string())
        };
        assert_eq!(port_of("45377"), Ok(45377));
        assert_eq!(port_of(" 45377\n"), Ok(45377));
        assert!(port_of("").is_err());
        assert!(port_of("0").is_err());
        assert!(port_of("99999").is_err());
        assert!(read_port(dir.path()).is_err());
        assert!(is_absent(&read_port(&dir.path().join("1/2")).unwrap_err()));
    }
}
