//! The programs that are measured: two in Go, one of ours; and the trace that they read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::{command, console, setup, workspace};

/// The generated trace has at least so many bytes.
const TRACE_BYTES: u64 = 210 << 20;

/// What one run of a program says about itself.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Run {
    /// Events read.
    pub events: u64,
    /// From the open file to the result, process start and end left out.
    pub wall_ns: u64,
    /// CPU time of all threads.
    pub cpu_ns: u64,
    /// Most memory in use, the file included where it is held.
    pub peak_bytes: u64,
    /// What the result itself takes.
    #[serde(default)]
    pub kept_bytes: u64,
}

/// Where the built programs are.
pub struct Programs {
    folder: PathBuf,
    ours: PathBuf,
}

impl Programs {
    /// Builds what is measured, in release form.
    pub fn build() -> Result<Programs> {
        let folder = workspace::target().join("bench");
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        build_go(&folder)?;
        console::step("building our reader for release");
        let package = ["--package", "taskscope-collector", "--example", "read_trace"];
        command::run(command::command("cargo").args(["build", "--quiet", "--release"]).args(package))?;
        let ours = workspace::cargo_target().join("release/examples/read_trace");
        Ok(Programs { folder, ours })
    }

    /// The generated trace, made on the first use.
    pub fn trace(&self) -> Result<PathBuf> {
        let file = self.folder.join("large.trace");
        if fs::metadata(&file).is_ok_and(|meta| meta.len() >= TRACE_BYTES) {
            console::note(&format!("{} is there already", file.display()));
            return Ok(file);
        }
        console::step("recording a trace of a busy Go program (half a minute)");
        let unfinished = self.folder.join("unfinished.trace");
        let mut generate = command::command(self.folder.join("generate"));
        command::run(
            generate.arg("-o").arg(&unfinished).args(["-bytes".to_owned(), TRACE_BYTES.to_string()]),
        )?;
        fs::rename(&unfinished, &file).with_context(|| format!("moving the trace to {}", file.display()))?;
        Ok(file)
    }

    /// Reads `file` with our reader, with or without every task's time by state.
    pub fn ours(&self, file: &Path, summary: bool) -> Result<Run> {
        let mut ours = command::command(&self.ours);
        parse(&command::output(ours.arg(file).args(summary.then_some("--summary")))?)
    }

    /// Reads `file` with Go's reader alone, or so many events of it with Go's own summary.
    pub fn go(&self, file: &Path, summary: Option<u64>) -> Result<Run> {
        let mut go = command::command(self.folder.join("read"));
        if let Some(events) = summary {
            go.args(["-summary", "-events", &events.to_string()]);
        }
        parse(&command::output(go.arg(file))?)
    }
}

fn parse(line: &str) -> Result<Run> {
    serde_json::from_str(line).with_context(|| format!("reading the result {line:?}"))
}

/// Builds the generator and Go's side. The Summarizer is no part of the public module, so it is taken from the
/// sources of the installed Go, where `go tool trace` has it from; it needs nothing but the module's public API.
fn build_go(folder: &Path) -> Result<()> {
    let go = setup::go()?;
    console::step("building the generator and Go's reader");
    let sources = workspace::root().join("xtask/bench-go");
    let root = command::output(command::command(&go).args(["env", "GOROOT"]))?;
    let summary = Path::new(root.trim()).join("src/internal/trace/summary.go");
    let text =
        fs::read_to_string(&summary).with_context(|| format!("reading Go's own {}", summary.display()))?;
    let adapted = text.replacen("\npackage trace\n", "\npackage main\n", 1).replacen(
        "\nimport (\n",
        "\nimport (\n\t. \"golang.org/x/exp/trace\"\n",
        1,
    );
    ensure!(adapted.len() > text.len(), "{} is not as expected", summary.display());
    let overlay = overlay(folder, &sources.join("read/summary.go"), &adapted)?;
    let mut build = command::command(&go);
    build.current_dir(sources).args(["build", "-overlay"]).arg(overlay);
    command::run(build.arg("-o").arg(folder).arg("./..."))
}

/// Lays `text` over the sources as `file`, so that it is built with them and is none of them.
fn overlay(folder: &Path, file: &Path, text: &str) -> Result<PathBuf> {
    let (text_file, overlay) = (folder.join("summary.go.txt"), folder.join("overlay.json"));
    fs::write(&text_file, text).context("writing Go's summary")?;
    let replace = serde_json::json!({ "Replace": { file.to_string_lossy(): text_file.to_string_lossy() } });
    fs::write(&overlay, replace.to_string()).context("writing what is laid over the sources")?;
    Ok(overlay)
}
