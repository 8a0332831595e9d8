//! `wasm-opt`, which makes the download smaller. The viewer works without it.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{command, console, workspace};

/// Older releases do not know what today's rustc emits; npm has current ones, Debian 12 does not.
const VERSION: &str = "132.0.0";

/// `wasm-opt`, installed by npm where there is one.
pub fn ensure() -> Option<PathBuf> {
    match installed() {
        Ok(program) => Some(program),
        Err(error) => {
            console::warn(&format!("the viewer is built without wasm-opt and gets bigger: {error:#}"));
            None
        }
    }
}

fn installed() -> Result<PathBuf> {
    let home = workspace::cache()?.join(format!("binaryen-{VERSION}"));
    let program = home.join("node_modules/.bin/wasm-opt");
    if program.exists() {
        return Ok(program);
    }
    let npm = command::find("npm").context("npm, which has a current one, is not installed")?;
    console::step(&format!("installing wasm-opt with npm (binaryen {VERSION}; under a minute)"));
    let partial = home.with_extension("partial");
    std::fs::create_dir_all(&partial)?;
    let options = ["install", "--no-audit", "--no-fund", "--silent", "--prefix"];
    let mut install = command::command(npm);
    command::run(install.args(options).arg(&partial).arg(format!("binaryen@{VERSION}")))?;
    std::fs::rename(&partial, &home).with_context(|| format!("moving wasm-opt to {}", home.display()))?;
    Ok(program)
}
