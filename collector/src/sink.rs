//! Files that appear whole or not at all, and never in the place of another one.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::NamedTempFile;

use crate::failure::{Failure, Report, plain};

/// Where a result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output, as it comes.
    Stdout,
    /// A file that is named here.
    File {
        /// Its path.
        path: PathBuf,
        /// Whether one that exists is replaced.
        force: bool,
    },
    /// A file with a default name in this folder; a number is added if it exists.
    Folder {
        /// The folder.
        dir: PathBuf,
        /// `search-api-4711-20260914T091502Z`.
        stem: String,
        /// `trace`, `cpu.pb.gz`, …; empty for none.
        kind: &'static str,
    },
}

impl Destination {
    /// From `-o` and `--force`: nothing, `-`, a folder or a file.
    pub fn of(output: Option<&Path>, force: bool, stem: &str, kind: &'static str) -> Self {
        let stem = || format!("{stem}-{}", utc_stamp(SystemTime::now()));
        match output {
            None => Self::Folder { dir: PathBuf::new(), stem: stem(), kind },
            Some(path) if path == Path::new("-") => Self::Stdout,
            Some(path) if path.is_dir() => Self::Folder { dir: path.to_owned(), stem: stem(), kind },
            Some(path) => Self::File { path: path.to_owned(), force },
        }
    }

    fn dir(&self) -> &Path {
        match self {
            Self::Stdout => Path::new(""),
            Self::File { path, .. } => path.parent().unwrap_or(Path::new("")),
            Self::Folder { dir, .. } => dir,
        }
    }
}

/// Takes the bytes of one result. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct Sink {
    destination: Destination,
    file: Option<NamedTempFile>,
    bytes: u64,
}

/// A result that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where; `None` on stdout.
    pub path: Option<PathBuf>,
    /// How much.
    pub bytes: u64,
}

impl Sink {
    /// Makes sure that the result can be kept, before anything is asked for.
    pub fn open(destination: Destination) -> Result<Self, Failure> {
        let file = match &destination {
            Destination::Stdout => refuse_terminal().map(|()| None)?,
            Destination::File { path, force } => {
                refuse_existing(path, *force)?;
                Some(temporary(destination.dir())?)
            }
            Destination::Folder { dir, .. } => Some(temporary(dir)?),
        };
        Ok(Self { destination, file, bytes: 0 })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => io::stdout().lock().write_all(bytes),
        };
        written.map_err(|error| self.failed(&error))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// How much was written.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Brings everything to disk and gives the file its name.
    pub fn keep(mut self) -> Result<Saved, Failure> {
        let bytes = self.bytes;
        let Some(mut file) = self.file.take() else {
            io::stdout().lock().flush().map_err(|error| self.failed(&error))?;
            return Ok(Saved { path: None, bytes });
        };
        file.as_file_mut().sync_all().map_err(|error| self.failed(&error))?;
        let path = name(file, &self.destination)?;
        sync_folder(self.destination.dir());
        Ok(Saved { path: Some(path), bytes })
    }

    fn failed(&self, error: &io::Error) -> Failure {
        match &self.file {
            None if self.destination == Destination::Stdout => Failure::writing("to standard output", error),
            _ => Failure::writing(format_args!("in {}", shown(self.destination.dir()).display()), error),
        }
    }
}

/// `20260914T091502Z`.
pub fn utc_stamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string().replace(['-', ':'], "")
}

fn refuse_terminal() -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        return Err(Failure::Usage(
            "-o - would write bytes to the terminal; redirect stdout or name a file".into(),
        ));
    }
    Ok(())
}

/// Asked for before the result is, so that nobody waits 30 s for a file that cannot be kept.
fn refuse_existing(path: &Path, force: bool) -> Result<(), Failure> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.is_file() && !metadata.is_symlink() {
        let report = Report::new(format!("{} is no ordinary file and is not replaced", path.display()));
        return Err(report.and("Use -o - and redirect stdout.").into());
    }
    if force { Ok(()) } else { Err(exists(path)) }
}

fn exists(path: &Path) -> Failure {
    Report::new(format!("{} exists and is not replaced", path.display()))
        .and("Choose another name with -o, or replace it with --force.")
        .into()
}

/// A hidden file in the folder of the result, so that naming it later is one step.
fn temporary(dir: &Path) -> Result<NamedTempFile, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".collector-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any program that saves a file: what the umask leaves.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(shown(dir)).map_err(|error| cannot_create(dir, &error))
}

fn cannot_create(dir: &Path, error: &io::Error) -> Failure {
    let dir = shown(dir).display();
    Report::new(format!("cannot create a file in {dir}: {}", plain(error)))
        .and("Choose another place with -o.")
        .into()
}

/// `.` for the folder that an empty path means.
fn shown(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() { Path::new(".") } else { dir }
}

fn name(file: NamedTempFile, destination: &Destination) -> Result<PathBuf, Failure> {
    match destination {
        Destination::Stdout => Err(Failure::failed("standard output has no name")),
        Destination::File { path, force } => name_as(file, path, *force).map_err(|(_, failure)| failure),
        Destination::Folder { dir, stem, kind } => name_first_free(file, dir, stem, kind),
    }
}

fn name_first_free(mut file: NamedTempFile, dir: &Path, stem: &str, kind: &str) -> Result<PathBuf, Failure> {
    let dot = if kind.is_empty() { "" } else { "." };
    let mut number = 1_u32;
    loop {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let path = dir.join(format!("{stem}{suffix}{dot}{kind}"));
        match name_as(file, &path, false) {
            Ok(path) => return Ok(path),
            Err((Some(back), _)) if number < 100 => file = back,
            Err((_, failure)) => return Err(failure),
        }
        number += 1;
    }
}

/// Gives the file its name; gives it back where that name is taken.
fn name_as(
    file: NamedTempFile,
    path: &Path,
    force: bool,
) -> Result<PathBuf, (Option<NamedTempFile>, Failure)> {
    let named = if force { file.persist(path) } else { file.persist_noclobber(path) };
    match named {
        Ok(_) => Ok(path.to_owned()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err((Some(error.file), exists(path)))
        }
        Err(error) => Err((None, Failure::writing(path.display(), &error.error))),
    }
}

/// Makes the new name last; a folder that cannot be synced still has it until a power cut.
fn sync_folder(dir: &Path) {
    if cfg!(unix) {
        let _ = File::open(shown(dir)).and_then(|dir| dir.sync_all());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn listing(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn times_in_names_sort_and_need_no_quotes() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_789_377_302);
        assert_eq!(utc_stamp(time), "20260914T091502Z");
    }

    #[test]
    fn a_dropped_sink_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut sink = Sink::open(Destination::File { path: dir.path().join("a"), force: false }).unwrap();
        sink.write(b"half").unwrap();
        assert_eq!(listing(dir.path()).len(), 1);
        drop(sink);
        assert!(listing(dir.path()).is_empty());
    }

    #[test]
    fn nothing_is_replaced_without_force() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let open = |force| Sink::open(Destination::File { path: path.clone(), force });
        let late = open(false).unwrap();
        fs::write(&path, "mine").unwrap();
        assert!(late.keep().unwrap_err().to_string().contains("not replaced"));
        assert!(open(false).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        let mut forced = open(true).unwrap();
        forced.write(b"new").unwrap();
        forced.keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(listing(dir.path()), ["a"]);
    }

    #[test]
    fn default_names_step_aside() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..3 {
            let folder = Destination::Folder { dir: dir.path().into(), stem: "p-1".into(), kind: "trace" };
            Sink::open(folder).unwrap().keep().unwrap();
        }
        assert_eq!(listing(dir.path()), ["p-1-2.trace", "p-1-3.trace", "p-1.trace"]);
    }

    #[test]
    fn folders_are_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        assert!(refuse_existing(dir.path(), true).is_err());
    }
}
