//! Tools that come from crates.io as source.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{command, console, workspace};

/// The newest Trunk that builds with every Rust we support.
const TRUNK: &str = "0.21.14";

/// A program in a crate on crates.io.
struct CargoTool<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    /// Whether the crate's own lock file is used. wasm-bindgen-cli's names a version that mirrors may lack.
    locked: bool,
    /// What it is for and how long its build takes on two cores.
    about: &'a str,
}

/// The folder with Trunk, which turns the viewer into a folder of static files.
pub fn trunk() -> Result<PathBuf> {
    let about = "bundles the viewer; about 4 minutes";
    ensure(&CargoTool { package: "trunk", program: "trunk", version: TRUNK, locked: true, about })
}

/// The folder with wasm-bindgen and its test runner, whose version must be the one of the library.
pub fn wasm_bindgen(version: &str) -> Result<PathBuf> {
    let about = "connects wasm to the browser, and runs wasm tests; about 3 minutes";
    ensure(&CargoTool { package: "wasm-bindgen-cli", program: "wasm-bindgen", version, locked: false, about })
}

fn ensure(tool: &CargoTool<'_>) -> Result<PathBuf> {
    if let Some(dir) = on_path(tool) {
        return Ok(dir);
    }
    let home = workspace::cache()?.join(format!("{}-{}", tool.program, tool.version));
    let bin = home.join("bin");
    if command::is_executable(&bin.join(tool.program)) {
        return Ok(bin);
    }
    install(tool, &home)?;
    Ok(bin)
}

/// The folder of the same version of the tool, where the user has it anyway.
fn on_path(tool: &CargoTool<'_>) -> Option<PathBuf> {
    let file = command::find(tool.program)?;
    let version = command::output(command::command(&file).arg("--version")).ok()?;
    let same = version.split_whitespace().nth(1) == Some(tool.version);
    if same { file.parent().map(Path::to_owned) } else { None }
}

/// Builds into a folder beside the final one, which then takes its name: a broken build leaves nothing behind
/// that looks like a tool. `--debug` costs a second when the tool runs and saves ten minutes now.
fn install(tool: &CargoTool<'_>, home: &Path) -> Result<()> {
    let CargoTool { package, version, about, .. } = tool;
    console::step(&format!("installing {package} {version} with cargo ({about})"));
    let partial = home.with_extension("partial");
    let mut cargo = outside_the_workspace(home)?;
    cargo.args(["install", "--debug", "--quiet", "--force", "--root"]).arg(&partial);
    if tool.locked {
        cargo.arg("--locked");
    }
    cargo.arg(format!("{package}@{version}"));
    command::run(&mut cargo).with_context(|| {
        format!("{package} could not be installed; by hand: `cargo install {package}@{version}`")
    })?;
    if home.exists() {
        std::fs::remove_dir_all(home)?;
    }
    std::fs::rename(&partial, home).with_context(|| format!("moving {package} to {}", home.display()))
}

/// Cargo, where neither our `.cargo/config.toml` nor flags meant for our code reach it.
fn outside_the_workspace(home: &Path) -> Result<Command> {
    let parent = home.parent().context("the cache has a folder")?;
    std::fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
    let mut cargo = command::command("cargo");
    cargo.current_dir(parent).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
    Ok(cargo)
}
