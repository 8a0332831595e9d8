//! `cargo xtask conformance GO_SRC`: Go's own test traces, read by us, and counted beside `go tool trace`.

mod files;
mod ours;
mod theirs;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{console, workspace};
use files::{Group, TestFile};
use ours::{Ours, Reader};
use theirs::GoTool;

/// Our reader and Go's.
struct Checker {
    reader: Reader,
    go: GoTool,
}

/// Checks every file of the tree, a line each; the exit code says whether all passed.
pub fn run(tree: &Path) -> Result<ExitCode> {
    let files = files::find(tree)?;
    let folder = workspace::target().join("conformance");
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let checker = Checker { reader: Reader::build(&folder)?, go: GoTool::build(tree, &folder)? };
    console::note(&format!("{} files, counts from {}", files.len(), checker.go.version));
    let width = files.iter().map(|file| file.name.len()).max().unwrap_or(0);
    let mut failed = 0;
    for file in &files {
        let (word, what) = match checker.check(file)? {
            Ok(what) => ("ok    ", what),
            Err(what) => {
                failed += 1;
                ("FAILED", what)
            }
        };
        println!("{word}  {:width$}  {what}", file.name);
    }
    println!("{} passed, {failed} failed", files.len() - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What came of a file in words: as it must be, or not.
type Finding = Result<String, String>;

impl Checker {
    fn check(&self, file: &TestFile) -> Result<Finding> {
        let ours = match self.reader.read(&file.path)? {
            Ok(ours) => ours,
            Err(crash) => return Ok(Err(crash)),
        };
        if file.group == Group::Fuzz {
            return Ok(Ok(outcome(&ours)));
        }
        if ours.expected.as_deref().is_some_and(|expected| expected.starts_with("FAILURE")) {
            return Ok(survived(&ours));
        }
        if file.group == Group::TooOld {
            return Ok(refused(&ours));
        }
        self.compare(&ours)
    }

    /// A file that must be read as Go's own tool does.
    fn compare(&self, ours: &Ours) -> Result<Finding> {
        if let Some(error) = &ours.error {
            return Ok(Err(error.clone()));
        }
        if let Some(notice) = ours.notices.first() {
            return Ok(Err(format!("read with a notice: {notice}")));
        }
        let theirs = self.go.counts(&self.reader.bytes)?;
        let differences = ours.differences(&theirs);
        Ok(if differences.is_empty() {
            Ok(format!("{}, counts as go tool trace", outcome(ours)))
        } else {
            Err(format!("counts differ from go tool trace: {}", differences.join("; ")))
        })
    }
}

/// What was read, in words.
fn outcome(ours: &Ours) -> String {
    match (&ours.error, ours.notices.as_slice()) {
        (Some(error), _) => format!("refused: {error}"),
        (None, []) if ours.generations == 1 => format!("{} events", ours.events),
        (None, []) => format!("{} events in {} generations", ours.events, ours.generations),
        (None, [first, ..]) => format!("{} events, and a notice: {first}", ours.events),
    }
}

/// A file that Go refuses must be refused, or read with a notice.
fn survived(ours: &Ours) -> Finding {
    if ours.error.is_none() && ours.notices.is_empty() {
        return Err(format!("{} without a notice, where Go refuses", outcome(ours)));
    }
    Ok(outcome(ours))
}

/// A file of a format before 1.11 must be refused by its version.
fn refused(ours: &Ours) -> Finding {
    match &ours.error {
        Some(error) if error.contains("too old") => Ok(outcome(ours)),
        _ => Err(format!("{}, though it is too old", outcome(ours))),
    }
}
