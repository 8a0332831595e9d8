//! Node.js, which runs the wasm tests that need no browser.

use anyhow::Result;

use super::apt;
use crate::command;

/// Makes sure that `node` is on `PATH`.
pub fn ensure() -> Result<()> {
    if command::find("node").is_some() {
        return Ok(());
    }
    apt::install(&["nodejs"], "Node.js (it runs the wasm tests)")
}
