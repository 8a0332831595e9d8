//! A Rust that can build for wasm32: the user's own with rustup's target, or else a distribution's.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::distribution;
use crate::{command, console};

/// The target that browsers run.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How to call a Rust for wasm.
#[derive(Default)]
pub struct WasmRust {
    /// The folder of its `cargo` and `rustc`, where they are not the user's own.
    pub bin: Option<PathBuf>,
    /// What it needs in its environment.
    pub env: Vec<(&'static str, OsString)>,
}

impl WasmRust {
    /// Whether clippy comes with it.
    pub fn has_clippy(&self) -> bool {
        match &self.bin {
            Some(bin) => bin.join("cargo-clippy").exists(),
            None => command::find("cargo-clippy").is_some(),
        }
    }

    /// A command that runs in the repository's top folder with this Rust before any other.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let own = self.bin.as_ref().map(|bin| bin.join(program.as_ref())).filter(|file| file.exists());
        let mut command =
            command::command(own.map_or_else(|| program.as_ref().to_owned(), PathBuf::into_os_string));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(bin) = &self.bin {
            command.env("PATH", super::path_with(vec![bin.clone()]));
            // rustup's cargo, which runs us, leaves paths to its own libraries and flags that would win over ours.
            for name in ["LD_LIBRARY_PATH", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC", "RUSTDOC"] {
                command.env_remove(name);
            }
        }
        command
    }
}

/// Finds a Rust for wasm, or installs one. `TASKSCOPE_WASM_RUST=distribution` goes straight to the fallback.
pub fn ensure() -> Result<WasmRust> {
    if std::env::var_os("TASKSCOPE_WASM_RUST").is_some_and(|choice| choice == "distribution") {
        return distribution::ensure();
    }
    if has_target() {
        return Ok(WasmRust::default());
    }
    if let Some(ready) = distribution::ready() {
        return Ok(ready);
    }
    match add_with_rustup() {
        Ok(()) => Ok(WasmRust::default()),
        Err(reason) => fall_back(&reason),
    }
}

fn fall_back(reason: &anyhow::Error) -> Result<WasmRust> {
    console::warn(&format!("rustup did not add the wasm target ({reason:#}); trying a distribution's Rust"));
    distribution::ensure().with_context(|| {
        format!(
            "no Rust here can build for {TARGET}; by hand: `rustup target add {TARGET}`, or your distribution's \
             package with it (Debian 13: libstd-rust-dev-wasm32, Fedora: rust-std-static-{TARGET}, Arch: rust-wasm)"
        )
    })
}

/// Whether the compiler on `PATH` has a standard library for wasm.
fn has_target() -> bool {
    let query = ["--print", "target-libdir", "--target", TARGET];
    let Ok(dir) = command::output(command::command("rustc").args(query)) else { return false };
    let Ok(files) = std::fs::read_dir(dir.trim()) else { return false };
    files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
}

fn add_with_rustup() -> Result<()> {
    let rustup = command::find("rustup").context("there is no rustup")?;
    console::step(&format!("adding the target {TARGET} with rustup (a download of about 20 MB)"));
    let mut add = command::command(rustup);
    command::run_within(add.args(["target", "add", TARGET]), Duration::from_secs(300))?;
    anyhow::ensure!(has_target(), "rustup succeeded, but rustc still has no standard library for {TARGET}");
    Ok(())
}
