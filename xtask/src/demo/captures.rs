//! The files that the demo shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::{command, console, workspace};

/// Records a trace, a CPU profile, a heap profile and all stacks of a process, and prints its leaks. With `full`
/// trace and CPU profile take 30 seconds each.
pub fn record(collector: &Path, pid: u32, full: bool) -> Result<Vec<PathBuf>> {
    let folder = workspace::target().join("demo");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let time = if full { "30s" } else { "5s" };
    let timed = ["--duration", time];
    let kinds: [(&str, &[&str]); 4] = [("trace", &timed), ("cpu", &timed), ("heap", &[]), ("stack", &[])];
    let files: Result<Vec<PathBuf>> =
        kinds.iter().map(|(kind, options)| record_one(collector, kind, options, pid, &folder)).collect();
    show_leaks(collector, pid)?;
    files
}

fn show_leaks(collector: &Path, pid: u32) -> Result<()> {
    console::step(&format!("collector leaks {pid}"));
    let mut command = command::command(collector);
    command::run(command.args(["leaks", &pid.to_string(), "--older-than", "10s"]))
}

/// The collector's last line on stdout is the path of the file.
fn record_one(collector: &Path, kind: &str, options: &[&str], pid: u32, folder: &Path) -> Result<PathBuf> {
    console::step(&format!("collector {kind} {pid} {}", options.join(" ")));
    let file = folder.join(format!("sample.{kind}"));
    let mut command = command::command(collector);
    command.args([kind, &pid.to_string()]).args(options).arg("-o").arg(&file).stderr(Stdio::inherit());
    let mut last = String::new();
    let succeeded = command::stream(&mut command, |line| last = line.to_owned())?;
    ensure!(succeeded, "`collector {kind} {pid}` failed; its own message is above");
    let saved = PathBuf::from(last.trim());
    ensure!(saved.exists(), "`collector {kind}` named no file on its last line, but {last:?}");
    Ok(saved)
}
