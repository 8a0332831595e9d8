//! The files that the demo shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::{command, console, workspace};

/// What is shown where there is no program to record, below `proto/tests/data`.
const COMMITTED: [&str; 4] = [
    "trace/go1.26.6.bin",
    "pprof/go1.26.6.cpu.pb.gz",
    "pprof/go1.26.6.heap.pb.gz",
    "dump/go1.26.6.goroutine.debug2.txt",
];

/// Records a trace, a heap profile and all stacks of a process, and with `full` a CPU profile.
pub fn record(collector: &Path, pid: u32, full: bool) -> Result<Vec<PathBuf>> {
    let folder = workspace::target().join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let mut kinds = vec![("trace", "5 seconds"), ("heap", "at once"), ("stack", "at once")];
    if full {
        kinds.push(("cpu", "30 seconds"));
    }
    kinds.iter().map(|(kind, time)| record_one(collector, kind, time, pid, &folder)).collect()
}

/// The collector's last line on stdout is the path of the file.
fn record_one(collector: &Path, kind: &str, time: &str, pid: u32, folder: &Path) -> Result<PathBuf> {
    console::step(&format!("collector {kind} {pid} ({time})"));
    let file = folder.join(format!("sample.{kind}"));
    let mut command = command::command(collector);
    command.args([kind, &pid.to_string(), "-o"]).arg(&file).stderr(Stdio::inherit());
    let mut last = String::new();
    let succeeded = command::stream(&mut command, |line| last = line.to_owned())?;
    ensure!(succeeded, "`collector {kind} {pid}` failed; its own message is above");
    let saved = PathBuf::from(last.trim());
    ensure!(saved.exists(), "`collector {kind}` named no file on its last line, but {last:?}");
    Ok(saved)
}

/// Captures of another Go program, as they lie in the repository.
pub fn committed() -> Result<Vec<PathBuf>> {
    let data = workspace::root().join("proto/tests/data");
    let files: Vec<_> = COMMITTED.iter().map(|file| data.join(file)).collect();
    for file in &files {
        ensure!(file.exists(), "{} is missing from this clone", file.display());
    }
    Ok(files)
}
