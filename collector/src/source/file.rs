//! Files and standard input, whole.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use crate::failure::{Failure, Report, plain};

/// Bytes from which on two threads read a file: half of that time, the system makes room.
const LARGE: u64 = 16 << 20;

/// The bytes of a file, or of stdin for `-`.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        return io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map(|_| bytes)
            .map_err(|error| failed(path, &error));
    }
    match fs::metadata(path) {
        // What changes in length meanwhile is read anew.
        Ok(meta) if meta.is_file() && meta.len() >= LARGE => {
            read_halves(path, meta.len()).or_else(|_| fs::read(path))
        }
        _ => fs::read(path),
    }
    .map_err(|error| failed(path, &error))
}

/// The bytes of a file of so many, on two threads.
fn read_halves(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    let mut content = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
    let (first, second) = content.split_at_mut(usize::try_from(bytes / 2).map_err(io::Error::other)?);
    let (mut file, mut rest) = (File::open(path)?, File::open(path)?);
    rest.seek(SeekFrom::Start(bytes / 2))?;
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, || file.read_exact(first))?;
        rest.read_exact(second)?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })?;
    rest.read_to_end(&mut content)?;
    Ok(content)
}

/// The name to show for a file.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") {
        return "standard input".into();
    }
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    let report = Report::new(format!("cannot read {}: {}", path.display(), plain(error)));
    let absent = error.kind() == io::ErrorKind::NotFound;
    report.and_maybe(absent.then(|| "Check the path, or run this in the folder of the file.".into())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_the_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let content: Vec<u8> = (0..100_001u32).map(|at| (at % 251) as u8).collect();
        fs::write(&path, &content).expect("written");
        assert_eq!(read_halves(&path, 100_001).expect("read"), content);
        assert_eq!(read_halves(&path, 99_999).expect("read"), content, "it grew");
        assert!(read_halves(&path, 100_002).is_err(), "it shrank");
    }
}
