//! A file that was loaded, for the verbs that read one, and what to say where that fails.

use std::path::Path;

use serde::Serialize;
use taskscope_engine::open_error;
use taskscope_proto::Phase;
use taskscope_proto::load::{self, Part};

use crate::failure::{Failure, Report, warn};
use crate::table::BOLD;
use crate::{out, source};

/// A report about a part, which is named where its file has several.
#[derive(Serialize)]
pub struct Named<'a, T> {
    /// The member's name in its zip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<&'a str>,
    /// The report.
    #[serde(flatten)]
    pub report: T,
}

impl<'a, T> Named<'a, T> {
    /// The report with the part's name.
    pub fn new(part: &'a Part, report: T) -> Self {
        Self { part: title(part), report }
    }
}

/// Reads and decodes a file, or stdin for `-`: itself, or every readable member of a zip.
pub fn open(path: &Path) -> Result<Vec<Part>, Failure> {
    let bytes = source::file::read(path)?;
    load::load(bytes).map_err(|error| {
        let lines = open_error::lines(&open_error::explain(&error));
        let report = Report::new(format!("cannot read {}", source::file::name(path)));
        lines.lines().map(str::trim).fold(report, Report::and).into()
    })
}

/// The parts that are traces; an error where there is none.
pub fn traces<'a>(path: &Path, parts: &'a [Part]) -> Result<Vec<&'a Part>, Failure> {
    let traces: Vec<&Part> = parts.iter().filter(|part| !part.dataset.spans.is_empty()).collect();
    if traces.is_empty() {
        Err(nothing(path, "events over time; this takes an execution trace"))
    } else {
        Ok(traces)
    }
}

/// Prints an answer for each part, as text or as JSON. Says first what is missing of the file, and
/// fails at the end if something is.
pub fn print<T: Serialize>(
    parts: &[Part],
    answers: Vec<(&Part, T)>,
    json: bool,
    text: impl Fn(&Part, &T) -> String,
) -> Result<(), Failure> {
    if json { print_json(parts, answers) } else { print_text(parts, answers, text) }
}

/// [`print`] for verbs whose JSON is another answer than their text.
pub fn print_json<T: Serialize>(parts: &[Part], answers: Vec<(&Part, T)>) -> Result<(), Failure> {
    tell_gaps(parts);
    out::json_parts(answers.into_iter().map(|(part, answer)| Named::new(part, answer)).collect())?;
    ending(parts)
}

/// As [`print_json`]; each text stands below its part's name.
pub fn print_text<T>(
    parts: &[Part],
    answers: Vec<(&Part, T)>,
    text: impl Fn(&Part, &T) -> String,
) -> Result<(), Failure> {
    tell_gaps(parts);
    let block = |(part, answer): &(&Part, T)| {
        let title = title(part).map_or_else(String::new, |title| format!("{BOLD}{title}{BOLD:#}\n"));
        title + &text(part, answer)
    };
    out::styled(&answers.iter().map(block).collect::<Vec<_>>().join("\n"))?;
    ending(parts)
}

/// The part's own name, where a file has several.
pub fn title(part: &Part) -> Option<&str> {
    (!part.name.is_empty()).then_some(part.name.as_str())
}

/// Says on stderr what is missing of a file.
pub fn tell_gaps(parts: &[Part]) {
    for notice in parts.iter().flat_map(|part| &part.dataset.notices) {
        let place = if notice.offset == 0 { String::new() } else { format!(" at byte {}", notice.offset) };
        warn(format_args!("{}{place}: {}", notice.phase, notice.message));
    }
}

/// How a verb over these parts ends: well, or with exit code 1 after it printed what could be
/// read of a damaged file. Members of a zip that are no profiles are no damage.
pub fn ending(parts: &[Part]) -> Result<(), Failure> {
    let mut notices = parts.iter().flat_map(|part| &part.dataset.notices);
    if notices.any(|notice| notice.phase != Phase::Sniff) { Err(Failure::Incomplete) } else { Ok(()) }
}

/// What to say where no part has what was asked for.
pub fn nothing(path: &Path, what: &str) -> Failure {
    Report::new(format!("{} has no {what}", source::file::name(path)))
        .and("See what it is with `collector inspect`.")
        .into()
}
