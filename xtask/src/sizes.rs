//! How big the downloads are.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::app::{self, App};
use crate::{collector, workspace};

/// Builds viewer and collector as they are released, and prints a line for each file.
pub fn dist() -> Result<()> {
    let app = app::ensure(false)?;
    let collector = collector::build("dist")?;
    println!("{:<28} {:>12} {:>12}", "file", "bytes", "gzip");
    let total = print_app(&app)?;
    println!("{:<28} {:>12} {:>12}", "dist/ in all", total.0, total.1);
    println!("{:<28} {:>12}", "collector, stripped", fs::metadata(&collector)?.len());
    println!("{}", workspace::root().join("dist").display());
    println!("{}", collector.display());
    Ok(())
}

fn print_app(app: &App) -> Result<(u64, u64)> {
    let mut total = (0, 0);
    for file in app::files_below(&app.dist)? {
        let (plain, zipped) = sizes(&file)?;
        let name = Path::new("dist").join(file.strip_prefix(&app.dist)?);
        println!("{:<28} {plain:>12} {zipped:>12}", name.display());
        total = (total.0 + plain, total.1 + zipped);
    }
    Ok(total)
}

/// The size of a file, plain and as a static host would send it.
fn sizes(file: &Path) -> Result<(u64, u64)> {
    let content = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&content)?;
    Ok((content.len() as u64, encoder.finish()?.len() as u64))
}
