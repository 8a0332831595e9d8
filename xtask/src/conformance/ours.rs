//! Our reader, a process a file, so that a crash or a hang is a finding and not the end.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{command, console, workspace};

/// The largest file takes a tenth of a second.
const LIMIT: Duration = Duration::from_secs(20);

/// Counts by table and name.
pub type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// Where the built reader is, and where it puts the bytes of traces given as text.
pub struct Reader {
    program: PathBuf,
    report: PathBuf,
    /// The bytes of the trace read last.
    pub bytes: PathBuf,
}

/// What our reader made of a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ours {
    /// Why it was refused.
    pub error: Option<String>,
    /// What the file itself says: `SUCCESS`, `FAILURE` and a message.
    pub expected: Option<String>,
    /// All events.
    pub events: u64,
    /// Whole generations.
    pub generations: u64,
    /// What was odd.
    pub notices: Vec<String>,
    /// Events by table and name.
    pub counts: Counts,
}

impl Reader {
    /// Builds it as tests are built: with overflow checks.
    pub fn build(folder: &Path) -> Result<Reader> {
        console::step("building our reader");
        let package = ["--package", "taskscope-proto", "--example", "counts"];
        command::run(command::command("cargo").args(["build", "--quiet"]).args(package))?;
        let program = workspace::cargo_target().join("debug/examples/counts");
        Ok(Reader { program, report: folder.join("report.json"), bytes: folder.join("trace.bin") })
    }

    /// Reads a file; the inner error is what went wrong with us.
    pub fn read(&self, path: &Path) -> Result<Result<Ours, String>> {
        let report = File::create(&self.report).context("creating the report")?;
        let mut command = command::command(&self.program);
        command.arg(path).arg(&self.bytes).env("RUST_BACKTRACE", "0").stdout(report).stderr(Stdio::piped());
        let child = command.spawn().with_context(|| format!("starting {}", self.program.display()))?;
        if let Some(crash) = ends_badly(child)? {
            return Ok(Err(crash));
        }
        let report = fs::read(&self.report).context("reading the report")?;
        Ok(Ok(serde_json::from_slice(&report).context("reading the report")?))
    }
}

/// Waits for the end; says what was bad about it, if anything.
fn ends_badly(mut child: Child) -> Result<Option<String>> {
    let Some(status) = command::wait_within(&mut child, LIMIT)? else {
        return Ok(Some(format!("no end within {} s", LIMIT.as_secs())));
    };
    if status.success() {
        return Ok(None);
    }
    let mut words = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        std::io::Read::read_to_string(&mut stderr, &mut words)?;
    }
    Ok(Some(format!("{status}: {}", words.split_whitespace().collect::<Vec<_>>().join(" "))))
}

impl Ours {
    /// Where the counts are not `theirs`, in words.
    pub fn differences(&self, theirs: &Counts) -> Vec<String> {
        let mut differences = Vec::new();
        for (table, theirs) in theirs {
            let empty = BTreeMap::new();
            let ours = self.counts.get(table).unwrap_or(&empty);
            let names: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                let count = |counts: &BTreeMap<String, u64>| counts.get(name).copied().unwrap_or(0);
                let (ours, theirs) = (count(ours), count(theirs));
                if ours != theirs {
                    differences.push(format!("{table} {name}: {ours}, Go has {theirs}"));
                }
            }
        }
        differences
    }
}
