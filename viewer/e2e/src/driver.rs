//! chromedriver, started on a free port and ended with the page that it serves.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

/// A running chromedriver.
pub struct Driver {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Driver {
    /// Starts `$CHROMEDRIVER`, or the one on `PATH`, and waits until it listens.
    pub fn start() -> Result<Driver> {
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut command = Command::new(program);
        command.args(["--port=0", "--log-level=WARNING"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("starting chromedriver; `cargo xtask setup` installs it")?;
        let stdout = child.stdout.take().context("a piped stdout")?;
        let mut driver = Driver { child, address: String::new() };
        for line in BufReader::new(stdout).lines() {
            if let Some(port) = line?.split("successfully on port ").nth(1) {
                driver.address = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                return Ok(driver);
            }
        }
        bail!("chromedriver ended before it listened")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Errors mean that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A headless browser that works for root, asks nobody for updates, and keeps logs of console and network.
pub fn capabilities() -> Map<String, Value> {
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--disable-sync",
        "--no-first-run",
        "--window-size=1440,1043",
    ];
    let mut options = json!({ "args": arguments });
    if let Some(browser) = std::env::var_os("CHROMIUM") {
        options["binary"] = browser.to_string_lossy().into();
    }
    let logs = json!({ "performance": "ALL", "browser": "ALL" });
    Map::from_iter([
        ("browserName".to_owned(), json!("chrome")),
        ("goog:chromeOptions".to_owned(), options),
        ("goog:loggingPrefs".to_owned(), logs),
    ])
}
