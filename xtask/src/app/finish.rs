//! What Trunk leaves to us: a policy that the browser enforces, and smaller wasm.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{command, console};

/// Nothing is loaded from, or sent to, anywhere but the page's own host. `blob:` and `data:` are what the page
/// itself made. `wasm-unsafe-eval` allows compiling wasm, and no eval of text.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data: blob:; connect-src 'self' blob:; worker-src 'self' blob:; \
                      object-src 'none'; base-uri 'none'; form-action 'none'";

/// rustc uses these since 1.87, and every browser of the last years has them.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Moves Trunk's inline script into a file, because the policy allows none, and writes the policy into the page.
pub fn scripts_and_policy(page: &Path) -> Result<()> {
    let html = fs::read_to_string(page).with_context(|| format!("reading {}", page.display()))?;
    let (html, script) = without_inline_script(&html)?;
    fs::write(page.with_file_name("start.js"), script)?;
    let tag = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">");
    let Some((before, after)) = html.split_once("<head>") else { bail!("index.html has no <head>") };
    fs::write(page, format!("{before}<head>\n    {tag}{after}")).context("writing index.html")
}

/// The page with its one inline module replaced by a reference to `start.js`, and that module's text.
fn without_inline_script(html: &str) -> Result<(String, &str)> {
    const OPEN: &str = "<script type=\"module\">";
    let parts =
        html.split_once(OPEN).and_then(|(before, rest)| Some((before, rest.split_once("</script>")?)));
    let Some((before, (script, after))) = parts else {
        bail!("Trunk wrote no inline module into index.html")
    };
    if after.contains("<script>") || after.contains(OPEN) {
        bail!("index.html has more than one inline script, and the content policy allows none");
    }
    Ok((format!("{before}<script type=\"module\" src=\"./start.js\"></script>{after}"), script))
}

/// Runs `wasm-opt` over each wasm file. Speed counts more than the last kilobytes: the worker parses traces.
pub fn optimise(wasm_opt: &Path, dist: &Path) -> Result<()> {
    for entry in fs::read_dir(dist)? {
        let file = entry?.path();
        if file.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let before = file.metadata()?.len();
        let mut optimise = command::command(wasm_opt);
        optimise
            .args(["-O2", "--strip-debug", "--strip-producers", "--strip-target-features"])
            .args(FEATURES)
            .arg(&file)
            .arg("-o")
            .arg(&file);
        command::run(&mut optimise)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        console::note(&format!(
            "wasm-opt: {name} {} kB, was {} kB",
            file.metadata()?.len() / 1000,
            before / 1000
        ));
    }
    Ok(())
}
