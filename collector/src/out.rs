//! Standard output: text, JSON, and the reader that may go away.

use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use crate::failure::Failure;

/// Writes `text` as it is.
pub fn text(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// Writes bytes as they are; colours are left out where they do not belong.
pub fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| failed(&error))
}

/// Writes text with colour sequences, which are dropped unless stdout is a terminal that wants them.
pub fn styled(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| failed(&error))
}

/// Writes a path as the last line, byte for byte.
pub fn path(path: &Path) -> Result<(), Failure> {
    bytes(path.as_os_str().as_encoded_bytes())?;
    bytes(b"\n")
}

/// Writes one JSON document and a newline.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut document = serde_json::to_vec_pretty(value)
        .map_err(|error| Failure::failed(format!("cannot put the answer into JSON: {error}")))?;
    document.push(b'\n');
    bytes(&document)
}

/// Writes the documents of a file's parts: the one itself where there is one, else `{"parts": […]}`.
pub fn json_parts<T: Serialize>(mut documents: Vec<T>) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Parts<T> {
        parts: Vec<T>,
    }
    match (documents.pop(), documents.is_empty()) {
        (Some(only), true) => json(&only),
        (last, _) => {
            documents.extend(last);
            json(&Parts { parts: documents })
        }
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::writing("to standard output", error)
}
