//! Go, which builds the sample program. It is never installed: a distribution's is often too old for us.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::command;

/// The oldest Go that builds the sample and writes traces we read.
const OLDEST_GO: u32 = 22;

/// Where Go's own installer puts it, for shells that do not have it on `PATH`.
const USUAL: &str = "/usr/local/go/bin/go";

/// Finds a Go that is new enough, or says what to install.
pub fn find() -> Result<PathBuf> {
    let usual = || Some(PathBuf::from(USUAL)).filter(|go| go.is_file());
    let go = command::find("go").or_else(usual).with_context(|| {
        format!("Go is not installed; install Go 1.{OLDEST_GO} or later from go.dev and put it on PATH")
    })?;
    let version = command::output(command::command(&go).args(["env", "GOVERSION"]))?;
    if minor(&version).is_none_or(|minor| minor < OLDEST_GO) {
        bail!("the sample needs Go 1.{OLDEST_GO} or later, this is {}", version.trim());
    }
    Ok(go)
}

/// The 26 of `go1.26.8` or `go1.26rc1`.
fn minor(version: &str) -> Option<u32> {
    let digits = version.trim().strip_prefix("go1.")?;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
