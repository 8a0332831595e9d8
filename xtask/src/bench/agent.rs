//! `cargo xtask bench agent`: what the agent costs a program, beside plain tokio, console-subscriber and dial9.

use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::{command, console, workspace};

/// Packages of `agent/benches-peers`, in the order of the table.
const PEERS: [&str; 3] = ["peer-plain", "peer-console", "peer-dial9"];

/// Builds all, then measures one after another in one run; every program prints its own lines.
pub fn run() -> Result<()> {
    let peers = workspace::root().join("agent/benches-peers");
    console::step("building the agent's benches and its peers (some minutes the first time)");
    command::run(command::command("cargo").args(["bench", "--package", "taskscope-agent", "--no-run"]))?;
    for peer in PEERS {
        let mut cargo = command::command("cargo");
        command::run(cargo.current_dir(&peers).args(["build", "--release", "--package", peer]))?;
    }
    console::step("the agent and plain tokio");
    for bench in ["tasks", "heap"] {
        let mut cargo = command::command("cargo");
        print(cargo.args(["bench", "--quiet", "--package", "taskscope-agent", "--bench", bench]))?;
    }
    console::step("peers, with --cfg tokio_unstable");
    for peer in PEERS {
        let program = peers.join("target/release").join(peer);
        if !program.exists() {
            bail!("{} is missing: is CARGO_TARGET_DIR set?", program.display());
        }
        print(&mut command::command(program))?;
    }
    Ok(())
}

/// Runs a program whose stdout is a result.
fn print(program: &mut Command) -> Result<()> {
    ensure!(command::stream(program, |line| println!("{line}"))?, "a bench failed; its own message is above");
    Ok(())
}
