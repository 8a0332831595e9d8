//! Shows files with `collector view`.

use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::http::{self, Address};
use crate::cli::DemoOptions;
use crate::{command, console};

/// Serves the viewer with the files, and opens a browser or prints the address.
pub fn show(collector: &Path, files: &[PathBuf], options: &DemoOptions) -> Result<()> {
    let mut view = command::command(collector);
    view.arg("view").args(files);
    if !options.no_open {
        console::step("opening the viewer; Ctrl-C ends it");
        return command::run(&mut view);
    }
    let mut server = Server::start(view.arg("--no-open"))?;
    let url = server.url()?;
    check(&url, files)?;
    println!("{url}");
    if options.keep || std::io::stdout().is_terminal() {
        console::note("serving until Ctrl-C");
        server.child.wait()?;
    }
    Ok(())
}

/// `collector view`, running; it ends when this is dropped. Its stdout stays open as long as it may write there.
struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(view: &mut Command) -> Result<Server> {
        let mut child = view.stdout(Stdio::piped()).spawn().context("starting `collector view`")?;
        let stdout = child.stdout.take().context("a piped stdout")?;
        Ok(Server { child, stdout: BufReader::new(stdout) })
    }

    /// The first address that it prints.
    fn url(&mut self) -> Result<String> {
        let mut line = String::new();
        while self.stdout.read_line(&mut line)? > 0 {
            if let Some(url) = line.split_whitespace().find(|word| word.starts_with("http://")) {
                return Ok(url.to_owned());
            }
            line.clear();
        }
        bail!("`collector view` ended without an address; its own message is above")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fetches the page and each file that the address names, as a browser would.
fn check(url: &str, files: &[PathBuf]) -> Result<()> {
    let page =
        Address::parse(url).with_context(|| format!("`collector view` printed no address, but {url}"))?;
    let html = http::get(&page)?;
    ensure!(String::from_utf8_lossy(&html).contains("<html"), "{url} answers, but not with a page");
    let names: Vec<_> = page.fragment.split('&').filter_map(|part| part.strip_prefix("file=")).collect();
    ensure!(names.len() == files.len(), "{url} names {} files, not {}", names.len(), files.len());
    for (name, file) in names.iter().zip(files) {
        let body = http::get(&page.join(name))?;
        ensure!(body == std::fs::read(file)?, "{name} is not {}", file.display());
    }
    console::note(&format!("the page and {} files answer", files.len()));
    Ok(())
}
