//! Bytes of a file, slice by slice, with progress.

use js_sys::{Reflect, Uint8Array};
use taskscope_engine::api::OpenError;
use taskscope_engine::units;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, File, ReadableStreamDefaultReader, Response};

/// Largest file that is read. A page has at most 4 GiB, and a data set needs about as much again
/// as its file, so more would end in the middle of decoding.
pub const MAX_BYTES: u64 = 3 << 29;

/// How much is read at once: large enough to be quick, small enough to cancel between.
const SLICE_BYTES: u64 = 4 << 20;

/// Why there are no bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The file is larger than [`MAX_BYTES`].
    TooLarge(u64),
    /// There is no memory for this many bytes.
    NoMemory(u64),
    /// The browser could not read on, for this reason.
    Unreadable(String),
    /// The site answered with this status.
    Status(u16),
    /// It was to stop.
    Stopped,
}

/// Reads a file. `heard(done, total)` is told after each slice and says whether to go on.
pub async fn file(file: &File, mut heard: impl FnMut(u64, u64) -> bool) -> Result<Vec<u8>, ReadError> {
    let total = file.size() as u64;
    let mut bytes = with_room(total)?;
    let mut at = 0;
    while at < total {
        let end = (at + SLICE_BYTES).min(total);
        let slice = file.slice_with_f64_and_f64(at as f64, end as f64).map_err(|error| unreadable(&error))?;
        let buffer = JsFuture::from(slice.array_buffer()).await.map_err(|error| unreadable(&error))?;
        append(&mut bytes, &Uint8Array::new(&buffer))?;
        at = end;
        if !heard(at, total) {
            return Err(ReadError::Stopped);
        }
    }
    Ok(bytes)
}

/// Fetches a file of this site; the rest is as with [`file`].
pub async fn url(
    scope: &DedicatedWorkerGlobalScope,
    url: &str,
    mut heard: impl FnMut(u64, u64) -> bool,
) -> Result<Vec<u8>, ReadError> {
    let response = JsFuture::from(scope.fetch_with_str(url)).await.map_err(|error| unreadable(&error))?;
    let response: Response = response.dyn_into().map_err(|error| unreadable(&error))?;
    if !response.ok() {
        return Err(ReadError::Status(response.status()));
    }
    let length = response.headers().get("content-length").ok().flatten();
    let total = length.and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut bytes = with_room(total)?;
    let Some(body) = response.body() else { return Ok(bytes) };
    let reader: ReadableStreamDefaultReader =
        body.get_reader().dyn_into().map_err(|error| unreadable(&error.into()))?;
    while let Some(chunk) = next_chunk(&reader).await? {
        append(&mut bytes, &chunk)?;
        if !heard(bytes.len() as u64, total) {
            // Nobody waits for the stream's own word that it has stopped.
            let _ = reader.cancel();
            return Err(ReadError::Stopped);
        }
    }
    Ok(bytes)
}

async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, ReadError> {
    let read = JsFuture::from(reader.read()).await.map_err(|error| unreadable(&error))?;
    let field =
        |name: &str| Reflect::get(&read, &JsValue::from_str(name)).map_err(|error| unreadable(&error));
    if field("done")?.is_truthy() {
        return Ok(None);
    }
    Ok(Some(Uint8Array::new(&field("value")?)))
}

fn with_room(total: u64) -> Result<Vec<u8>, ReadError> {
    if total > MAX_BYTES {
        return Err(ReadError::TooLarge(total));
    }
    let mut bytes = Vec::new();
    reserve(&mut bytes, total)?;
    Ok(bytes)
}

fn append(bytes: &mut Vec<u8>, chunk: &Uint8Array) -> Result<(), ReadError> {
    let at = bytes.len();
    let end = at as u64 + u64::from(chunk.length());
    if end > MAX_BYTES {
        return Err(ReadError::TooLarge(end));
    }
    reserve(bytes, u64::from(chunk.length()))?;
    bytes.resize(at + chunk.length() as usize, 0);
    chunk.copy_to(&mut bytes[at..]);
    Ok(())
}

fn reserve(bytes: &mut Vec<u8>, more: u64) -> Result<(), ReadError> {
    // `MAX_BYTES` fits a 32-bit `usize`, and `more` is not above it.
    bytes.try_reserve(more as usize).map_err(|_| ReadError::NoMemory(bytes.len() as u64 + more))
}

fn unreadable(error: &JsValue) -> ReadError {
    let message = Reflect::get(error, &JsValue::from_str("message")).ok().and_then(|text| text.as_string());
    ReadError::Unreadable(message.unwrap_or_default())
}

impl ReadError {
    /// What the error panel says; `None` if it was to stop.
    pub fn explain(&self) -> Option<OpenError> {
        let error = match self {
            Self::TooLarge(size) => OpenError {
                title: "This file is too large for a browser tab".into(),
                body: "A web page has at most 4 GiB of memory, and the picture of a file needs about as \
                       much again as the file. Record a shorter time, or read it in a terminal: collector \
                       inspect, top and leaks take the same file."
                    .into(),
                expected: format!("at most {}", units::bytes(MAX_BYTES as i64)),
                found: units::bytes(i64::try_from(*size).unwrap_or(i64::MAX)),
                ..bare()
            },
            Self::NoMemory(size) => OpenError {
                title: "There is too little memory for this file".into(),
                body:
                    "The browser gave this page no more memory. Close other files or tabs and open it again."
                        .into(),
                expected: format!("{} of free memory", units::bytes(*size as i64)),
                found: "less".into(),
                ..bare()
            },
            Self::Unreadable(reason) => OpenError {
                title: "The browser cannot read this file".into(),
                body: "Open it again. Other files you have open are not affected.".into(),
                found: reason.clone(),
                cause: "it was moved, changed or locked since it was chosen, or its disk is gone".into(),
                ..bare()
            },
            Self::Status(status) => OpenError {
                title: "This file is not on the site any more".into(),
                body: "Run collector view again, or drop the file here.".into(),
                found: format!("status {status}"),
                cause: "collector view has ended, or the address is an old one".into(),
                ..bare()
            },
            Self::Stopped => return None,
        };
        Some(error)
    }
}

fn bare() -> OpenError {
    OpenError {
        title: String::new(),
        body: String::new(),
        place: String::new(),
        expected: String::new(),
        found: String::new(),
        cause: String::new(),
        bytes: Vec::new(),
        bytes_offset: 0,
        offset: 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_file_that_cannot_fit_is_refused_before_it_is_read() {
        assert_eq!(with_room(MAX_BYTES + 1), Err(ReadError::TooLarge(MAX_BYTES + 1)));
        let error = ReadError::TooLarge(2 << 30).explain().unwrap();
        assert_eq!((error.expected.as_str(), error.found.as_str()), ("at most 1.5 GiB", "2 GiB"));
    }

    #[test]
    fn stopping_is_no_error() {
        assert_eq!(ReadError::Stopped.explain(), None);
        assert_eq!(ReadError::Status(404).explain().unwrap().found, "status 404");
    }
}
