//! The parts of the test run, and what each of them needs.

use std::process::Command;

use crate::{app, collector, command, setup, workspace};

/// One run of a test harness.
pub struct Part {
    /// As the table names it.
    pub name: &'static str,
    /// Whether it needs nothing but a Rust for this machine.
    pub native: bool,
    /// Gets the tools, builds what is tested, and answers the command that runs the tests.
    pub prepare: fn() -> Result<Command, Stop>,
}

/// Why a part did not pass.
pub enum Stop {
    /// This machine lacks a tool, and it could not be installed.
    Missing(anyhow::Error),
    /// Everything is there, but something broke.
    Failed(anyhow::Error),
}

/// All parts, the quick ones first.
pub const ALL: [Part; 7] = [
    Part { name: "native", native: true, prepare: native },
    Part { name: "agent in loom", native: true, prepare: loom },
    Part { name: "agent with hooks", native: true, prepare: hooks },
    Part { name: "a real Go agent", native: false, prepare: real_agent },
    Part { name: "wasm in Node", native: false, prepare: wasm },
    Part { name: "viewer in a browser", native: false, prepare: browser },
    Part { name: "end to end", native: false, prepare: end_to_end },
];

fn native() -> Result<Command, Stop> {
    let mut cargo = command::command("cargo");
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    Ok(cargo)
}

/// The agent's lock-free parts in every order in which threads may run. Everything is built with another
/// configuration, so it has a folder of its own.
fn loom() -> Result<Command, Stop> {
    let mut cargo = command::command("cargo");
    cargo.args(["test", "--package", "taskscope-agent", "--lib", "--target-dir"]);
    cargo.arg(workspace::target().join("loom")).arg("loom_").env("RUSTFLAGS", "--cfg loom");
    Ok(cargo)
}

/// The agent where the runtime's hooks tell it of every task.
fn hooks() -> Result<Command, Stop> {
    let mut cargo = command::command("cargo");
    cargo.args(["test", "--package", "taskscope-agent", "--lib", "--target-dir"]);
    cargo.arg(workspace::target().join("hooks")).env("RUSTFLAGS", "--cfg tokio_unstable");
    Ok(cargo)
}

/// Every verb against a Go program with the gops agent, the 30 s of a CPU profile included.
fn real_agent() -> Result<Command, Stop> {
    setup::go().map_err(Stop::Missing)?;
    let mut cargo = command::command("cargo");
    cargo.args(["test", "--package", "taskscope-collector", "--test", "cli", "go::"]);
    cargo.env("TASKSCOPE_REQUIRE_GO", "1").env("TASKSCOPE_SLOW", "1");
    Ok(cargo)
}

/// The same readers and analyses as natively, where `usize` has 32 bits and there is no clock.
fn wasm() -> Result<Command, Stop> {
    setup::node().map_err(Stop::Missing)?;
    let tools = setup::for_tests().map_err(Stop::Missing)?;
    let mut cargo = tools.command("cargo");
    cargo.args(["test", "--package", "taskscope-proto", "--package", "taskscope-engine", "--test", "wasm"]);
    cargo.args(["--no-fail-fast", "--target", setup::WASM_TARGET]);
    Ok(cargo)
}

fn browser() -> Result<Command, Stop> {
    let browser = setup::browser().map_err(Stop::Missing)?;
    let tools = setup::for_tests().map_err(Stop::Missing)?;
    let mut cargo = tools.command("cargo");
    cargo.args([
        "test",
        "--package",
        "taskscope-viewer",
        "--test",
        "browser",
        "--target",
        setup::WASM_TARGET,
    ]);
    cargo.env("CHROMEDRIVER", browser.driver).env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    Ok(cargo)
}

/// Stories in a real browser, on the app as users get it.
fn end_to_end() -> Result<Command, Stop> {
    let browser = setup::browser().map_err(Stop::Missing)?;
    setup::for_build().map_err(Stop::Missing)?;
    let app = app::ensure(false).map_err(Stop::Failed)?;
    let collector = collector::plain().map_err(Stop::Failed)?;
    let mut cargo = command::command("cargo");
    cargo
        .args(["test", "--no-fail-fast", "--manifest-path", "viewer/e2e/Cargo.toml"])
        .env("TASKSCOPE_DIST", app.dist);
    cargo.env("TASKSCOPE_COLLECTOR", collector);
    cargo.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    cargo.env("TASKSCOPE_SCREENSHOTS", workspace::target().join("screenshots"));
    Ok(cargo)
}
