//! The sample target: a Rust program with our agent, under its own load and with leaks.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{command, console, workspace};

/// It leaves by itself after this time, in case nobody is left to stop it.
const SECONDS: &str = "120";

/// The sample program, running; it ends when this is dropped.
pub struct Sample(Child);

impl Sample {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        // Asked kindly first, because on SIGTERM it removes its port file.
        let asked =
            command::command("kill").arg(self.pid().to_string()).status().is_ok_and(|kill| kill.success());
        if !asked {
            // It has ended already, or there is no `kill`; both are fine.
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// Builds and starts the sample.
pub fn start() -> Result<Sample> {
    console::step("building the sample program (agent/examples/sample)");
    let mut cargo = command::command("cargo");
    cargo.args(["build", "--release", "--package", "taskscope-agent", "--example", "sample"]);
    command::run(&mut cargo)?;
    let program = workspace::cargo_target().join("release/examples/sample");
    launch(Command::new(program).args(["--load", "--leak", "all", "--seconds", SECONDS]))
}

/// Waits for the first line, which the sample prints once its agent listens.
fn launch(program: &mut Command) -> Result<Sample> {
    let child = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("starting the sample")?;
    let mut sample = Sample(child);
    let stdout = sample.0.stdout.take().context("a piped stdout")?;
    let mut first = String::new();
    BufReader::new(stdout).read_line(&mut first)?;
    if !first.starts_with("pid ") {
        bail!("the sample program ended at once; its own message is above");
    }
    console::step(&format!("the sample program runs as process {}", sample.pid()));
    Ok(sample)
}
