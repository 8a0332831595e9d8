//! Formatting, clippy for both targets, and dependencies: what `.ci/run` does before the tests.

use anyhow::Result;

use crate::{command, console, setup, workspace};

/// A workspace of its own, so that the browser driver stays out of the product's lock file.
const END_TO_END: &str = "viewer/e2e/Cargo.toml";

/// Holds a clippy.toml that forbids files, clocks and threads.
const NO_IO: &str = "xtask/no-io";

/// Fails on the first thing that is not clean.
pub fn run() -> Result<()> {
    formatting()?;
    clippy_native()?;
    clippy_wasm()?;
    dependencies()?;
    console::step("lint is clean");
    Ok(())
}

fn formatting() -> Result<()> {
    console::step("formatting");
    cargo(&["fmt", "--all", "--check"])?;
    if has(END_TO_END) { cargo(&["fmt", "--check", "--manifest-path", END_TO_END]) } else { Ok(()) }
}

fn clippy_native() -> Result<()> {
    console::step("clippy, native");
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    if has(END_TO_END) {
        return cargo(&["clippy", "--all-targets", "--manifest-path", END_TO_END, "--", "-D", "warnings"]);
    }
    Ok(())
}

fn clippy_wasm() -> Result<()> {
    console::step("clippy, wasm");
    let rust = setup::rust_for_wasm()?;
    let viewer = ["--package", "taskscope-viewer"];
    let pure = ["--package", "taskscope-proto", "--package", "taskscope-engine"];
    let target = ["--target", setup::WASM_TARGET];
    if !rust.has_clippy() {
        console::warn(
            "the Rust for wasm comes without clippy: for wasm, only errors of its compiler are checked",
        );
        return command::run(rust.command("cargo").arg("check").args(viewer).args(pure).args(target));
    }
    let clippy = || {
        let mut clippy = rust.command("cargo-clippy");
        clippy.arg("clippy").args(target);
        clippy
    };
    let strict = ["--", "-D", "warnings"];
    command::run(clippy().env("CLIPPY_CONF_DIR", workspace::root().join(NO_IO)).args(pure).args(strict))?;
    command::run(clippy().args(viewer).args(strict))
}

/// Licences, duplicates and sources by deny.toml. Advisories need a network that CI may lack.
fn dependencies() -> Result<()> {
    if command::find("cargo-deny").is_none() {
        console::note("cargo-deny is not installed; xtask/tests/licences.rs checks the licences");
        return Ok(());
    }
    console::step("cargo deny");
    cargo(&["deny", "check", "licenses", "bans", "sources"])
}

fn cargo(arguments: &[&str]) -> Result<()> {
    command::run(command::command("cargo").args(arguments))
}

fn has(file: &str) -> bool {
    workspace::root().join(file).exists()
}
