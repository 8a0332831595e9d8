//! Load errors in the words of look.md, for the error panel and the terminal.

use taskscope_proto::load::LoadError;

use crate::api::OpenError;

/// What people read when a file cannot be opened.
pub fn explain(error: &LoadError) -> OpenError {
    plain("This file cannot be opened", &error.to_string())
}

/// For a handle that names no file.
pub fn not_open() -> OpenError {
    plain("This file is not open", "It was closed, or opening it was cancelled. Open it again.")
}

fn plain(title: &str, body: &str) -> OpenError {
    OpenError {
        title: title.into(),
        body: body.into(),
        place: String::new(),
        expected: String::new(),
        found: String::new(),
        cause: String::new(),
        bytes: Vec::new(),
        bytes_offset: 0,
        offset: 0,
    }
}
