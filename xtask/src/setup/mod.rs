//! Finds the tools that wasm builds and browser tests need, and installs those that are missing.
//!
//! Tools go into a per-user cache, one folder for each version; a folder appears only when it is complete.

mod apt;
mod browser;
mod cargo_tool;
mod distribution;
mod go;
mod node;
mod wasm_opt;
mod wasm_rust;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

pub use browser::Browser;
pub use wasm_rust::{TARGET as WASM_TARGET, WasmRust};

use crate::{command, console, workspace};

/// What a build of the viewer needs.
pub struct Tools {
    /// A Rust that can build for wasm32.
    pub rust: WasmRust,
    /// `wasm-opt`, where this machine could get one.
    pub wasm_opt: Option<PathBuf>,
    /// The folders of `wasm-bindgen` and `trunk`.
    bins: Vec<PathBuf>,
}

impl Tools {
    /// A command that runs in the repository's top folder and finds these tools before any others.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.rust.command(program);
        let dirs = self.bins.iter().chain(&self.rust.bin);
        command.env("PATH", path_with(dirs.cloned().collect()));
        command
    }
}

/// Installs all that `demo` and `test` use.
pub fn everything() -> Result<()> {
    for_build()?;
    node::ensure()?;
    browser::ensure()?;
    console::step("set-up is complete");
    Ok(())
}

/// The tools that build the viewer.
pub fn for_build() -> Result<Tools> {
    let mut tools = for_tests()?;
    tools.bins.push(cargo_tool::trunk()?);
    tools.wasm_opt = wasm_opt::ensure();
    Ok(tools)
}

/// The tools that run wasm tests: a Rust for wasm, and `wasm-bindgen-test-runner`.
pub fn for_tests() -> Result<Tools> {
    let rust = rust_for_wasm()?;
    let version = workspace::locked_version("wasm-bindgen")?
        .context("Cargo.lock names no wasm-bindgen, so there is nothing to build for the browser")?;
    let bins = vec![cargo_tool::wasm_bindgen(&version)?];
    Ok(Tools { rust, wasm_opt: None, bins })
}

/// A Rust for wasm alone, which is all that clippy needs.
pub fn rust_for_wasm() -> Result<WasmRust> {
    wasm_rust::ensure()
}

/// A JavaScript runtime for the wasm tests that need no browser.
pub fn node() -> Result<()> {
    node::ensure()
}

/// A Go that is new enough for the sample program.
pub fn go() -> Result<PathBuf> {
    go::find()
}

/// A browser with its WebDriver.
pub fn browser() -> Result<Browser> {
    browser::ensure()
}

/// Runs one command of the user's with the tools on its `PATH`.
pub fn run_with_tools(arguments: &[OsString]) -> Result<()> {
    let (program, rest) = arguments.split_first().context("which command?")?;
    let mut command = for_build()?.command(program);
    command.args(rest).stdin(std::process::Stdio::inherit());
    if let Ok(here) = std::env::current_dir() {
        command.current_dir(here);
    }
    command::run(&mut command)
}

fn path_with(mut dirs: Vec<PathBuf>) -> OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    dirs.extend(std::env::split_paths(&old));
    std::env::join_paths(dirs).unwrap_or(old)
}
