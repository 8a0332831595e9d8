//! The viewer and some files on loopback, for this machine's browser only.
//!
//! Everything lies under a random path, so another user or a web page cannot guess it; foreign
//! `Host` headers are refused, so a rebound DNS name cannot reach it; only the files that were
//! named are there, by number, so no path of the request ever meets the file system.

mod app;
mod files;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use tiny_http::{Header, Method, Request, Response, StatusCode};

pub use app::App;
use files::Files;

use crate::failure::{Failure, Report};
use crate::interrupt;

/// What the page may do: load from its own origin, compile wasm, and nothing else. Styles may be
/// inline because the page sets sizes of elements.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data: blob:; connect-src 'self' blob:; worker-src 'self' blob:; \
                      object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A server that listens and has not answered yet.
pub struct Server {
    http: tiny_http::Server,
    site: Site,
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

/// Anything that can be sent.
type Body = Box<dyn std::io::Read + Send>;

impl Server {
    /// Checks the files and listens on `port` of 127.0.0.1; 0 takes a free one.
    pub fn start(app: App, files: &[PathBuf], port: u16) -> Result<Self, Failure> {
        let files = Files::check(files)?;
        let http = tiny_http::Server::http((Ipv4Addr::LOCALHOST, port))
            .map_err(|error| cannot_listen(port, &*error))?;
        let port = http.server_addr().to_ip().map_or(port, |address| address.port());
        let root = format!("/{}/", token()?);
        let url = format!("http://127.0.0.1:{port}{root}#{}", files.fragment());
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        Ok(Self { http, site: Site { root, hosts, app, files }, url })
    }

    /// The address to open.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers until an interrupt comes.
    pub fn run(&self) -> Result<(), Failure> {
        while !interrupt::requested() {
            match self.http.recv_timeout(interrupt::TICK) {
                Ok(Some(request)) => self.site.answer(request),
                Ok(None) => {}
                Err(error) => return Err(Failure::writing("to the browser", &error)),
            }
        }
        Ok(())
    }
}

impl Site {
    fn answer(&self, request: Request) {
        let response = self.response(&request);
        // A browser that went away needs no answer.
        let _ = request.respond(response);
    }

    fn response(&self, request: &Request) -> Response<Body> {
        if !self.is_own_host(request) {
            return plain(403, "This server answers to its own address only.");
        }
        if !matches!(request.method(), Method::Get | Method::Head) {
            return plain(405, "Only GET and HEAD.");
        }
        let path = request.url().split(['?', '#']).next().unwrap_or_default();
        match path.strip_prefix(&self.root) {
            Some(path) => self.find(path),
            None => not_found(),
        }
    }

    fn find(&self, path: &str) -> Response<Body> {
        if let Some(path) = path.strip_prefix("files/") {
            return self.files.response(path).unwrap_or_else(not_found);
        }
        let path = if path.is_empty() { "index.html" } else { path };
        let content = self.app.get(path).map(|bytes| (bytes, content_type(path)));
        content.map_or_else(not_found, |(bytes, kind)| whole(200, bytes.to_vec(), kind))
    }

    /// A page whose DNS name was turned to 127.0.0.1 still sends its own name.
    fn is_own_host(&self, request: &Request) -> bool {
        let mut hosts = request.headers().iter().filter(|header| header.field.equiv("Host"));
        let host = hosts.next().map(|header| header.value.as_str());
        host.is_some_and(|host| self.hosts.iter().any(|own| own == host)) && hosts.next().is_none()
    }
}

/// A response with the headers that all have.
fn with_headers(status: u16, body: Body, length: Option<usize>, kind: &str) -> Response<Body> {
    let headers = [
        ("Content-Type", kind),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ];
    // All of them are ASCII, which is what a header can be made of.
    let headers = headers.into_iter().flat_map(|(name, value)| Header::from_bytes(name, value)).collect();
    Response::new(StatusCode(status), headers, body, length, None)
}

fn whole(status: u16, bytes: Vec<u8>, kind: &str) -> Response<Body> {
    let length = bytes.len();
    with_headers(status, Box::new(std::io::Cursor::new(bytes)), Some(length), kind)
}

fn plain(status: u16, text: &str) -> Response<Body> {
    whole(status, format!("{text}\n").into_bytes(), "text/plain; charset=utf-8")
}

fn not_found() -> Response<Body> {
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

fn cannot_listen(port: u16, error: &(dyn std::error::Error + Send + Sync)) -> Failure {
    let report = Report::new(format!("cannot listen on 127.0.0.1:{port}: {error}"));
    report.and("Choose another --port, or leave it out for a free one.").into()
}
