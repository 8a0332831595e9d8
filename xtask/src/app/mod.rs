//! The viewer as static files: `dist/`, and the archive of it that the collector embeds.

mod fingerprint;
mod finish;
mod pack;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use pack::files_below;

use crate::{command, console, setup, workspace};

/// The viewer, built.
pub struct App {
    /// The folder to put on any static host.
    pub dist: PathBuf,
    /// The same in one zip file.
    pub archive: PathBuf,
}

/// Builds the viewer where its sources changed since the last build, or always with `force`.
pub fn ensure(force: bool) -> Result<App> {
    let app =
        App { dist: workspace::root().join("dist"), archive: workspace::target().join("viewer-app.zip") };
    let tools = setup::for_build()?;
    let inputs = fingerprint::of_viewer(tools.wasm_opt.is_some())?;
    let stamp = workspace::target().join("viewer-app.inputs");
    let same = std::fs::read_to_string(&stamp).is_ok_and(|built| built == inputs);
    if same && !force && app.dist.join("index.html").exists() && app.archive.exists() {
        console::note("dist/ is up to date");
        return Ok(app);
    }
    build(&tools, &app)?;
    std::fs::write(&stamp, inputs).with_context(|| format!("writing {}", stamp.display()))?;
    Ok(app)
}

fn build(tools: &setup::Tools, app: &App) -> Result<()> {
    console::step("building the viewer for wasm (some minutes when everything is new)");
    // Offline, Trunk takes wasm-bindgen from PATH and never from a server; but it lets Cargo fetch nothing either.
    command::run(tools.command("cargo").args(["fetch", "--quiet"]))?;
    // Trunk gets a folder of its own: dist/ is either the finished old one or the finished new one.
    let raw = workspace::target().join("trunk-dist");
    let mut trunk = tools.command("trunk");
    trunk.args([
        "build",
        "--release",
        "--offline",
        "--skip-version-check",
        "--cargo-profile",
        "wasm",
        "--dist",
    ]);
    command::run(trunk.arg(&raw))?;
    finish::scripts_and_policy(&raw.join("index.html"))?;
    if let Some(wasm_opt) = &tools.wasm_opt {
        finish::optimise(wasm_opt, &raw)?;
    }
    replace(&raw, &app.dist)?;
    pack::zip_folder(&app.dist, &app.archive)
}

fn replace(new: &Path, old: &Path) -> Result<()> {
    if old.exists() {
        std::fs::remove_dir_all(old).with_context(|| format!("removing the old {}", old.display()))?;
    }
    std::fs::rename(new, old).with_context(|| format!("moving the build to {}", old.display()))
}
