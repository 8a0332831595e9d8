//! Debian packages, installed only where nobody needs to be asked: as root.

use anyhow::{Result, bail};

use crate::{command, console};

/// Whether packages can be installed from here: there is an `apt-get`, and we are root.
pub fn allowed() -> bool {
    let root = command::output(command::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    root && command::find("apt-get").is_some()
}

/// Installs packages, or says which ones to install by hand. Never removes another package for them.
pub fn install(packages: &[&str], why: &str) -> Result<()> {
    let list = packages.join(" ");
    if !allowed() {
        bail!("{why} is missing. On Debian or Ubuntu: `sudo apt-get install {list}`");
    }
    console::step(&format!("installing {list} with apt-get, for {why} (a minute or two)"));
    if try_install(packages).is_ok() {
        return Ok(());
    }
    // A fresh machine has no package lists, or old ones.
    command::run(apt_get().arg("update"))?;
    try_install(packages)
}

fn try_install(packages: &[&str]) -> Result<()> {
    let options = ["install", "--yes", "--quiet=2", "--no-install-recommends", "--no-remove"];
    command::run(apt_get().args(options).args(packages))
}

fn apt_get() -> std::process::Command {
    let mut apt = command::command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
