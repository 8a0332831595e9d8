//! `cargo xtask demo`: from a running process to its picture in a browser.

mod captures;
mod http;
mod sample;
mod serve;

use std::path::Path;

use anyhow::Result;

use crate::cli::DemoOptions;
use crate::{collector, console};

/// Builds everything, records the sample program, and shows what was recorded.
pub fn run(options: &DemoOptions) -> Result<()> {
    let collector = collector::build("release")?;
    let files = {
        let program = sample::start()?;
        captures::record(&collector, program.pid(), options.full)?
    };
    for file in &files {
        console::note(&format!("{} ({} kB)", file.display(), kilobytes(file)));
    }
    serve::show(&collector, &files, options)
}

fn kilobytes(file: &Path) -> u64 {
    file.metadata().map_or(0, |meta| meta.len() / 1000)
}
