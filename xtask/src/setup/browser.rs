//! Chromium and its WebDriver.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::apt;
use crate::command;

/// A browser that tests can drive.
pub struct Browser {
    /// The browser itself.
    pub chromium: PathBuf,
    /// Its WebDriver server, of the same version.
    pub driver: PathBuf,
}

/// Finds a browser and its driver, or installs them.
pub fn ensure() -> Result<Browser> {
    if let Some(browser) = installed() {
        return Ok(browser);
    }
    apt::install(&["chromium", "chromium-driver"], "Chromium with its driver (the browser tests run in it)")?;
    installed().context("chromium and chromium-driver are installed, yet not on PATH")
}

/// `$CHROMEDRIVER` and `$CHROMIUM` win over what is on `PATH`.
fn installed() -> Option<Browser> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let chromium = from_env("CHROMIUM").or_else(|| names.iter().find_map(|name| command::find(name)))?;
    let driver = from_env("CHROMEDRIVER").or_else(|| command::find("chromedriver"))?;
    Some(Browser { chromium, driver })
}

fn from_env(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|file| command::is_executable(file))
}
