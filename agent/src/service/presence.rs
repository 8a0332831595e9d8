//! What makes the agent findable: its files, and who removes them in the end.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::cleanup::Cleanup;
use super::files::{self, Files};

/// Where the files go, and who else removes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Where {
    /// Instead of gops' folder.
    pub(crate) dir: Option<PathBuf>,
    /// Whether signals that end the program remove them.
    pub(crate) cleanup: bool,
}

/// The files while they are there; dropping it removes them.
#[derive(Debug)]
pub(crate) struct Presence {
    files: Option<Files>,
    cleanup: Option<Cleanup>,
    /// What could not be done; a sentence each.
    pub(crate) notices: Vec<String>,
    process: u32,
}

impl Presence {
    /// Writes the files. The agent is of use without them, so what fails is a notice.
    pub(crate) fn publish(place: &Where, address: SocketAddr, token: &str) -> Self {
        let mut presence =
            Self { files: None, cleanup: None, notices: Vec::new(), process: std::process::id() };
        let Some(dir) = place.dir.clone().or_else(files::default_dir) else {
            presence.notices.push("no port file: this user has no home folder".into());
            return presence;
        };
        match Files::publish(dir.clone(), address, token) {
            Ok(files) => presence.files = Some(files),
            Err(error) => presence.notices.push(format!("no port file in {}: {error}", dir.display())),
        }
        if place.cleanup {
            presence.install();
        }
        presence
    }

    /// The port file, if it was written.
    pub(crate) fn port_file(&self) -> Option<PathBuf> {
        self.files.as_ref().map(|files| files.paths()[0].clone())
    }

    fn install(&mut self) {
        let Some(files) = &self.files else { return };
        let installed: io::Result<_> = Cleanup::install(&files.paths());
        match installed {
            Ok(cleanup) => self.cleanup = Some(cleanup),
            Err(error) => self.notices.push(format!("signals will not remove the port file: {error}")),
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        drop(self.cleanup.take());
        // A forked child has the value too, but the files are its parent's.
        if let Some(files) = self.files.take().filter(|_| self.process == std::process::id()) {
            files.remove();
        }
    }
}
