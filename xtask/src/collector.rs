//! The collector with the viewer inside.

use std::path::PathBuf;

use anyhow::Result;

use crate::{app, command, console, workspace};

/// Builds the collector in a Cargo profile, with the current viewer embedded, and answers its path.
pub fn build(profile: &str) -> Result<PathBuf> {
    app::ensure(false)?;
    console::step(&format!("building the collector (profile {profile})"));
    let mut cargo = command::command("cargo");
    cargo.args(["build", "--package", "taskscope-collector", "--features", "app", "--profile", profile]);
    command::run(&mut cargo)?;
    Ok(workspace::cargo_target().join(profile).join("collector"))
}

/// Builds the collector as tests have it, without a viewer inside, and answers its path.
pub fn plain() -> Result<PathBuf> {
    command::run(command::command("cargo").args(["build", "--quiet", "--package", "taskscope-collector"]))?;
    Ok(workspace::cargo_target().join("debug").join("collector"))
}
