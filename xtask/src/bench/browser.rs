//! The same trace in the viewer, in a real Chromium: `viewer/e2e/src/bin/bench.rs` drives it.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{app, command, console, setup};

/// Builds the viewer as users get it, opens `file` in it, and answers what was measured.
pub fn measure(file: &Path) -> Result<Value> {
    let browser = setup::browser()?;
    setup::for_build()?;
    let app = app::ensure(false)?;
    console::step("opening the trace in a browser");
    let mut bench = command::command("cargo");
    bench.args([
        "run",
        "--quiet",
        "--release",
        "--manifest-path",
        "viewer/e2e/Cargo.toml",
        "--bin",
        "bench",
        "--",
    ]);
    bench.arg(file).env("TASKSCOPE_DIST", app.dist);
    bench.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    let answer = command::output(&mut bench)?;
    serde_json::from_str(&answer).with_context(|| format!("reading the browser's result {answer:?}"))
}
