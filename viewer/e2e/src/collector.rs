//! The collector as users run it: its answers are what the page must show, and it serves the page itself.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{dist, fixture_path, repository};

/// What `collector VERB FIXTURE --json` prints.
pub fn answer(verb: &str, fixture: &str) -> Result<Value> {
    let mut command = Command::new(program()?);
    let output = command.arg(verb).arg(fixture_path(fixture)).arg("--json").output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "collector {verb} failed: {errors}");
    serde_json::from_slice(&output.stdout).with_context(|| format!("collector {verb} prints no JSON"))
}

/// `collector view`, running until it is dropped.
pub struct Serving {
    child: Child,
    /// The address that it printed.
    pub url: String,
}

impl Serving {
    /// Serves a fixture with the built viewer.
    pub fn start(fixture: &str) -> Result<Serving> {
        let mut command = Command::new(program()?);
        command.args(["view", "--no-open", "--app"]).arg(dist()).arg(fixture_path(fixture));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().context("a piped stdout")?;
        let mut serving = Serving { child, url: String::new() };
        let line = BufReader::new(stdout).lines().next().context("collector view printed no address")?;
        serving.url = line?.trim().to_owned();
        Ok(serving)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Errors mean that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `$TASKSCOPE_COLLECTOR`, or the one that `cargo build` leaves.
fn program() -> Result<PathBuf> {
    let built = || repository().join("target/debug/collector");
    let program = std::env::var_os("TASKSCOPE_COLLECTOR").map_or_else(built, PathBuf::from);
    ensure!(
        program.exists(),
        "{} is missing; `cargo build -p taskscope-collector` builds it",
        program.display()
    );
    Ok(program)
}
