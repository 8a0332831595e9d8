//! Files and standard input, whole.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use crate::failure::{Failure, Report, plain};

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
    fs::read(path).map_err(|error| failed(path, &error))
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
