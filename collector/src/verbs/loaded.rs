//! A file that was loaded, for the verbs that read one, and what to say where that fails.

use std::path::Path;

use taskscope_engine::api::OpenError;
use taskscope_engine::open_error;
use taskscope_proto::load::{self, Part};

use crate::failure::{Failure, Report};
use crate::source;

/// Reads and decodes a file, or stdin for `-`: itself, or every readable member of a zip.
pub fn open(path: &Path) -> Result<Vec<Part>, Failure> {
    let bytes = source::file::read(path)?;
    load::load(bytes).map_err(|error| cannot_open(path, &open_error::explain(&error)).into())
}

/// The part's own name, where a file has several.
pub fn title(part: &Part) -> Option<&str> {
    (!part.name.is_empty()).then_some(part.name.as_str())
}

/// What to say where no part has what was asked for.
pub fn nothing(path: &Path, what: &str) -> Failure {
    Report::new(format!("{} has no {what}", source::file::name(path)))
        .and("See what it is with `collector inspect`.")
        .into()
}

fn cannot_open(path: &Path, error: &OpenError) -> Report {
    let line = |label: &str, text: &str| (!text.is_empty()).then(|| format!("{label}{text}"));
    Report::new(format!("{}: {}", source::file::name(path), error.title))
        .and_maybe(line("", &error.body))
        .and_maybe(line("at ", &error.place))
        .and_maybe(line("expected ", &error.expected))
        .and_maybe(line("found ", &error.found))
        .and_maybe(line("", &error.cause))
}
