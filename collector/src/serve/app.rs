//! The built viewer: embedded in this program, or a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Report, plain};

/// The viewer's files by name, all in memory: about two megabytes.
#[derive(Clone, Debug, Default)]
pub struct App {
    files: BTreeMap<String, Vec<u8>>,
}

#[cfg(feature = "app")]
const EMBEDDED: Option<&[u8]> =
    Some(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/viewer-app.zip")));
#[cfg(not(feature = "app"))]
const EMBEDDED: Option<&[u8]> = None;

impl App {
    /// The viewer in `folder` if one is named, else the embedded one, else `dist` of this
    /// source tree.
    pub fn find(folder: Option<&Path>) -> Result<Self, Failure> {
        if let Some(folder) = folder {
            return Self::from_folder(folder);
        }
        if let Some(zip) = EMBEDDED {
            return Self::from_zip(zip);
        }
        let dist = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../dist"));
        if dist.join("index.html").is_file() { Self::from_folder(&dist) } else { Err(absent()) }
    }

    /// The content of a file; names use `/` and do not begin with it.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    fn from_zip(bytes: &[u8]) -> Result<Self, Failure> {
        let broken = |error: &dyn std::fmt::Display| {
            Failure::failed(format!("the embedded viewer is damaged: {error}"))
        };
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
        let mut files = BTreeMap::new();
        for index in 0..zip.len() {
            let mut member = zip.by_index(index).map_err(|error| broken(&error))?;
            let mut content = Vec::new();
            member.read_to_end(&mut content).map_err(|error| broken(&error))?;
            files.insert(member.name().to_owned(), content);
        }
        Ok(Self { files })
    }

    fn from_folder(folder: &Path) -> Result<Self, Failure> {
        let mut files = BTreeMap::new();
        read_below(folder, "", &mut files).map_err(|error| unreadable(folder, &plain(&error)))?;
        if !files.contains_key("index.html") {
            return Err(unreadable(folder, "it has no index.html"));
        }
        Ok(Self { files })
    }
}

fn read_below(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_below(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn unreadable(folder: &Path, why: &str) -> Failure {
    Report::new(format!("cannot use the viewer in {}: {why}", folder.display()))
        .and("Name a folder that `cargo xtask app` made, with --app or TASKSCOPE_APP.")
        .into()
}

fn absent() -> Failure {
    Report::new("this collector was built without the viewer")
        .and("Build it with the viewer inside: cargo xtask demo does so;")
        .and("or name the folder of a built one: collector view --app DIR FILE, or TASKSCOPE_APP=DIR;")
        .and("or drop the file on any hosted copy of the viewer's page.")
        .into()
}
