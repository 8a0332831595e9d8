//! The viewer and some files on loopback, for this machine's browser only.
//!
//! Everything lies under a random path, so another user or a web page cannot guess it; foreign
//! `Host` headers are refused, so a rebound DNS name cannot reach it; only the files that were
//! named are there, by number, so no path of the request ever meets the file system.

mod app;
mod files;
mod http;

use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

pub use app::App;
use files::Files;
use http::{Request, Response};

use crate::failure::{Failure, Report};
use crate::interrupt;

/// What the page may do: load from its own origin, compile wasm, and nothing else. Styles may be
/// inline because the page sets sizes of elements.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data: blob:; connect-src 'self' blob:; worker-src 'self' blob:; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A server that listens and has not answered yet.
pub struct Server {
    listener: TcpListener,
    site: Arc<Site>,
    url: String,
}

/// What there is to get.
struct Site {
    /// `/TOKEN/`.
    root: String,
    hosts: [String; 2],
    app: App,
    files: Files,
}

impl Server {
    /// Checks the files and listens on `port` of 127.0.0.1; 0 takes a free one.
    pub fn start(app: App, files: &[PathBuf], port: u16) -> Result<Self, Failure> {
        let files = Files::check(files)?;
        let cannot = |error| cannot_listen(port, &error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(cannot)?;
        // So that an interrupt is seen although nobody asks for anything.
        listener.set_nonblocking(true).map_err(cannot)?;
        let port = listener.local_addr().map_err(cannot)?.port();
        let root = format!("/{}/", token()?);
        let url = format!("http://127.0.0.1:{port}{root}#{}", files.fragment());
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        Ok(Self { listener, site: Arc::new(Site { root, hosts, app, files }), url })
    }

    /// The address to open.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers until an interrupt comes.
    pub fn run(&self) -> Result<(), Failure> {
        while !interrupt::requested() {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    let site = Arc::clone(&self.site);
                    // A browser that went away needs no answer.
                    std::thread::spawn(move || drop(http::answer(&stream, |request| site.response(request))));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(interrupt::TICK / 10);
                }
                // The browser gave up before it was accepted, or files ran out for a moment.
                Err(_) => std::thread::sleep(interrupt::TICK),
            }
        }
        Ok(())
    }
}

impl Site {
    fn response(&self, request: &Request) -> Response {
        if !self.is_own_host(request) {
            return plain(403, "This server answers to its own address only.");
        }
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return plain(405, "Only GET and HEAD.");
        }
        let path = request.url.split(['?', '#']).next().unwrap_or_default();
        match path.strip_prefix(&self.root) {
            Some(path) => self.find(path),
            None => not_found(),
        }
    }

    fn find(&self, path: &str) -> Response {
        if let Some(path) = path.strip_prefix("files/") {
            return self.files.response(path).unwrap_or_else(not_found);
        }
        let path = if path.is_empty() { "index.html" } else { path };
        let content = self.app.get(path).map(|bytes| (bytes, content_type(path)));
        content.map_or_else(not_found, |(bytes, kind)| whole(200, bytes.to_vec(), kind))
    }

    /// A page whose DNS name was turned to 127.0.0.1 still sends its own name.
    fn is_own_host(&self, request: &Request) -> bool {
        match request.hosts.as_slice() {
            [host] => self.hosts.contains(host),
            _ => false,
        }
    }
}

/// A response with the headers that all have.
fn with_headers(status: u16, body: impl Read + Send + 'static, length: u64, kind: &'static str) -> Response {
    let headers = vec![
        ("Content-Type", kind),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ];
    Response { status, headers, length, body: Box::new(body) }
}

fn whole(status: u16, bytes: Vec<u8>, kind: &'static str) -> Response {
    let length = bytes.len() as u64;
    with_headers(status, std::io::Cursor::new(bytes), length, kind)
}

fn plain(status: u16, text: &str) -> Response {
    whole(status, format!("{text}\n").into_bytes(), "text/plain; charset=utf-8")
}

fn not_found() -> Response {
    plain(404, "There is nothing here.")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "webmanifest" => "application/json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// 128 random bits in hex.
fn token() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Failure::failed(format!("no random numbers: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn cannot_listen(port: u16, error: &std::io::Error) -> Failure {
    let report = Report::new(format!("cannot listen on 127.0.0.1:{port}: {error}"));
    report.and("Choose another --port, or leave it out for a free one.").into()
}
