//! How a call can end other than well, and what the shell hears of it.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// The exit code of Ctrl-C, as shells count it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Why a verb ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The call cannot mean anything; exit code 2.
    #[error("{0}")]
    Usage(String),
    /// It was tried and did not work; exit code 1.
    #[error("{0}")]
    Failed(Report),
    /// The result is not whole, which was said already; exit code 1.
    #[error("the result is incomplete")]
    Incomplete,
    /// Ctrl-C, SIGTERM or SIGHUP; exit code 130.
    #[error("interrupted; nothing was left behind")]
    Interrupted,
    /// The reader of our output went away, which is no error; exit code 0.
    #[error("the reader of the output went away")]
    BrokenPipe,
    /// `--help`, `--version` and bad usage: clap has its own words and exit codes.
    #[error("{0}")]
    Clap(clap::Error),
}

/// An error as people read it: what happened to what, then what was found and what to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    what: String,
    more: Vec<String>,
}

impl Report {
    /// What happened, to what; no full stop at the end.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), more: Vec::new() }
    }

    /// One more line: a fact that was found, or what to do next.
    #[must_use]
    pub fn and(mut self, line: impl Into<String>) -> Self {
        self.more.push(line.into());
        self
    }

    /// One more line, where there is something to say.
    #[must_use]
    pub fn and_maybe(mut self, line: Option<String>) -> Self {
        self.more.extend(line);
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.more.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Failed(report)
    }
}

impl Failure {
    /// A failure that one line explains.
    pub fn failed(what: impl Into<String>) -> Self {
        Self::Failed(Report::new(what))
    }

    /// An error while writing to `what`; a reader that went away is no error.
    pub fn writing(what: impl fmt::Display, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::failed(format!("cannot write {what}: {}", plain(error)))
    }
}

/// Says on stderr what went wrong, if anything did, and gives the exit code: 0, 1, 2 or 130.
pub fn exit_code(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(Failure::Incomplete) => ExitCode::FAILURE,
        Err(Failure::Clap(error)) => clap_exit(&error),
        Err(failure) => {
            say("error", anstyle::AnsiColor::Red, &failure);
            ExitCode::from(code(&failure))
        }
    }
}

/// Says something on stderr that does not end the call.
pub fn warn(message: impl fmt::Display) {
    say("warning", anstyle::AnsiColor::Yellow, &message);
}

/// Says on stderr what was done, for people.
pub fn note(message: impl fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{message}");
}

/// The system's words for an I/O error, without the number that Rust adds.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let short = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = short.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn code(failure: &Failure) -> u8 {
    match failure {
        Failure::Usage(_) => 2,
        Failure::Interrupted => INTERRUPTED,
        _ => 1,
    }
}

fn clap_exit(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// A stderr that cannot be written to leaves nobody to tell, so that error is dropped.
fn say(kind: &str, colour: anstyle::AnsiColor, message: &dyn fmt::Display) {
    let style = anstyle::Style::new().fg_color(Some(colour.into())).bold();
    let _ = writeln!(anstream::stderr(), "{style}{kind}:{style:#} {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_lines() {
        let report = Report::new("no agent").and("looked in /a").and_maybe(None);
        assert_eq!(report.to_string(), "no agent\n  looked in /a");
    }

    #[test]
    fn system_errors_lose_their_numbers() {
        assert_eq!(plain(&io::Error::from_raw_os_error(111)), "connection refused");
    }
}
