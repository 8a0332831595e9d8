//! What the agent leaves on disk while it runs: the port file of gops, and beside it the registry
//! file that says all the rest. Both are written whole and readable for their user only.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::identity::{self, Identity};
use super::registry;

/// The files of this process.
#[derive(Debug)]
pub(super) struct Files {
    dir: PathBuf,
    identity: Identity,
    port: String,
    registry: String,
}

impl Files {
    /// Writes the files into `dir`, and removes those of processes that are gone.
    pub(super) fn publish(dir: PathBuf, address: SocketAddr, token: &str) -> io::Result<Self> {
        let identity = identity::own();
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        sweep(&dir, &identity);
        let registry = registry::text(&identity, address, token);
        let files = Self { dir, identity, port: address.port().to_string(), registry };
        files.write().inspect_err(|_| files.remove())?;
        Ok(files)
    }

    /// Port file and registry file.
    pub(super) fn paths(&self) -> [PathBuf; 2] {
        let pid = self.identity.pid;
        [self.dir.join(pid.to_string()), self.dir.join(registry::name(pid))]
    }

    /// Writes both; the port file last, because who finds it may look for the other one.
    pub(super) fn write(&self) -> io::Result<()> {
        let [port, registry] = self.paths();
        write_whole(&registry, self.registry.as_bytes())?;
        write_whole(&port, self.port.as_bytes())
    }

    /// Removes what is ours: another process with our pid, in a container with the same folder, may have
    /// replaced it.
    pub(super) fn remove(&self) {
        let ours = [&self.port, &self.registry];
        for (path, ours) in self.paths().iter().zip(ours) {
            if fs::read(path).is_ok_and(|content| content == ours.as_bytes()) {
                // Gone already, or not to be had: there is nothing else to do about it.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Where gops has its files: the first rule that matches. `None`: this user has no home.
pub(super) fn default_dir() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(dir) = var("GOPS_CONFIG_DIR") {
        return Some(dir);
    }
    let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let user = if cfg!(target_os = "macos") {
        home()?.join("Library/Application Support")
    } else {
        // A relative one is passed over, as Go does.
        let xdg = var("XDG_CONFIG_HOME").filter(|dir| dir.is_absolute());
        xdg.or_else(|| Some(home()?.join(".config")))?
    };
    Some(user.join("gops"))
}

/// Under a name that nobody looks for until it is whole. A link in its place is replaced, not followed.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    let _ = fs::remove_file(&part);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    let written = file.write_all(content).and_then(|()| fs::rename(&part, path));
    written.inspect_err(|_| drop(fs::remove_file(&part)))
}

/// Removes the files of processes that ended without doing so.
fn sweep(dir: &Path, own: &Identity) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Some(identity) = registry::read(&path) else { continue };
        if identity::is_gone(&identity, own) {
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(dir.join(identity.pid.to_string()));
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
#[allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_private_whole_and_removed() {
        let root = std::env::temp_dir().join(format!("taskscope-files-{}", std::process::id()));
        let dir = root.join("gops");
        let address = "127.0.0.1:4711".parse().unwrap();
        let gone = Identity { pid: 3_999_999_999, ..identity::own() };
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(registry::name(gone.pid)), registry::text(&gone, address, "x")).unwrap();
        fs::write(dir.join(gone.pid.to_string()), "1").unwrap();
        fs::write(dir.join("17"), "a Go agent's").unwrap();

        let files = Files::publish(dir.clone(), address, "secret").unwrap();
        let pid = std::process::id();
        let mut want = vec!["17".to_owned(), pid.to_string(), format!("{pid}.json")];
        want.sort();
        assert_eq!(names(&dir), want, "stale files are swept, others stay");
        assert_eq!(fs::read_to_string(dir.join(pid.to_string())).unwrap(), "4711");
        assert!(fs::read_to_string(dir.join(format!("{pid}.json"))).unwrap().contains("\"secret\""));
        for path in files.paths() {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(dir.join(pid.to_string()), "somebody else's").unwrap();
        files.remove();
        assert_eq!(names(&dir).len(), 2, "the registry file is gone, a foreign port file is not");
        fs::remove_dir_all(root).unwrap();
    }
}
