//! The fallback where rustup cannot reach its server: a distribution's Rust, with the standard library for wasm
//! built once from the source that the distribution packages beside it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::apt;
use super::wasm_rust::{TARGET, WasmRust};
use crate::{command, console, workspace};

/// Debian's packages of a current Rust; it keeps them current for its browsers.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];

/// Links to the distribution's programs go into a folder of their own, so that nothing else of `/usr/bin` gets
/// in front of the user's `PATH`.
const PROGRAMS: [&str; 5] = ["cargo", "rustc", "rustdoc", "cargo-clippy", "clippy-driver"];

/// The fallback, where it was set up before.
pub fn ready() -> Option<WasmRust> {
    let home = home(&version()?).ok()?;
    home.join("sysroot").exists().then(|| describe(&home)).and_then(Result::ok)
}

/// Sets the fallback up, unless that was done before.
pub fn ensure() -> Result<WasmRust> {
    if let Some(ready) = ready() {
        return Ok(ready);
    }
    if version().is_none_or(|version| !source(&version).exists()) {
        apt::install(&PACKAGES, "a Rust with the source of its standard library")?;
    }
    let version = version().context("/usr/bin/rustc is missing or too old")?;
    let home = home(&version)?;
    link_programs(&home)?;
    build_std(&home, &version)?;
    describe(&home)
}

/// The version of the distribution's compiler, if it is new enough for us.
fn version() -> Option<String> {
    let text =
        command::output(command::command("/usr/bin/rustc").arg("--version").env_remove("LD_LIBRARY_PATH"));
    let version = text.ok()?.split_whitespace().nth(1)?.to_owned();
    (minor(&version)? >= minor(env!("CARGO_PKG_RUST_VERSION"))?).then_some(version)
}

fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

fn source(version: &str) -> PathBuf {
    PathBuf::from(format!("/usr/src/rustc-{version}/library"))
}

fn home(version: &str) -> Result<PathBuf> {
    Ok(workspace::cache()?.join(format!("rust-{version}")))
}

fn link_programs(home: &Path) -> Result<()> {
    let bin = home.join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("creating {}", bin.display()))?;
    for program in PROGRAMS {
        let (from, to) = (Path::new("/usr/bin").join(program), bin.join(program));
        if from.exists() && !to.exists() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(from, to)?;
        }
    }
    Ok(())
}

/// Builds std, panic_abort and test in an empty crate, and gathers the libraries in a sysroot of our own, so that
/// nothing under `/usr` changes. A std of another version than the compiler would not build.
fn build_std(home: &Path, version: &str) -> Result<()> {
    let source = source(version);
    ensure!(source.exists(), "{} is missing; by hand: `apt-get install rust-web-src`", source.display());
    console::step(&format!("building the standard library {version} for {TARGET} (about 2 minutes, once)"));
    let empty = home.join("build");
    write_empty_crate(&empty)?;
    let mut cargo = WasmRust { bin: Some(home.join("bin")), env: Vec::new() }.command("cargo");
    cargo.current_dir(&empty).env("RUSTC_BOOTSTRAP", "1").env("__CARGO_TESTS_ONLY_SRC_ROOT", &source);
    cargo.env("CARGO_TARGET_DIR", empty.join("target"));
    command::run(cargo.args(["build", "--release", "-Zbuild-std=std,panic_abort,test", "--target", TARGET]))?;
    gather(&empty.join("target").join(TARGET).join("release/deps"), home)?;
    fs::remove_dir_all(&empty).context("removing the build of the standard library")
}

fn write_empty_crate(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir.join("src"))?;
    fs::write(dir.join("Cargo.toml"), "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n")?;
    fs::write(dir.join("src/lib.rs"), "#![no_std]\n").context("writing an empty crate")
}

fn gather(built: &Path, home: &Path) -> Result<()> {
    let partial = home.join("sysroot.partial");
    let libraries = partial.join("lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&libraries)?;
    for file in fs::read_dir(built).context("reading the built standard library")? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(file.path(), libraries.join(name))?;
        }
    }
    fs::rename(&partial, home.join("sysroot")).context("putting the standard library in its place")
}

fn describe(home: &Path) -> Result<WasmRust> {
    let mut sysroot = OsString::from("--sysroot=");
    sysroot.push(home.join("sysroot"));
    let env = vec![
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", sysroot),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker()?.into_os_string()),
    ];
    Ok(WasmRust { bin: Some(home.join("bin")), env })
}

/// Debian ships no `rust-lld`; rustup's, or LLVM's `wasm-ld`, links as well.
fn linker() -> Result<PathBuf> {
    if let Some(found) = rustup_lld().or_else(|| command::find("wasm-ld")) {
        return Ok(found);
    }
    apt::install(&["lld"], "a linker for wasm")?;
    command::find("wasm-ld").context("lld is installed, but there is no wasm-ld on PATH")
}

fn rustup_lld() -> Option<PathBuf> {
    let sysroot = command::output(command::command("rustc").args(["--print", "sysroot"])).ok()?;
    let hosts = fs::read_dir(Path::new(sysroot.trim()).join("lib/rustlib")).ok()?;
    hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|file| command::is_executable(file))
}
