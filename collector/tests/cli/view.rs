//! The server of `view`: the page and the files for whoever knows the address, nothing for others.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};

use tempfile::TempDir;

use super::support::{Outcome, collector};

const PAGE: &str = "<!doctype html><html><script type=module src=./app.js></script></html>";

/// `collector view`, running.
struct Viewer {
    child: Child,
    host: String,
    root: String,
    fragment: String,
    dir: TempDir,
}

struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Viewer {
    /// Serves two files, one with a name that needs care.
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let app = dir.path().join("app");
        std::fs::create_dir(&app).unwrap();
        for (name, content) in [("index.html", PAGE), ("app.js", "go()"), ("app_bg.wasm", "\0asm")] {
            std::fs::write(app.join(name), content).unwrap();
        }
        std::fs::write(dir.path().join("a&b #1.trace"), "first").unwrap();
        std::fs::write(dir.path().join("second"), "second").unwrap();
        std::fs::write(dir.path().join("secret"), "secret").unwrap();
        let files = ["view", "a&b #1.trace", "second", "--no-open", "--app", "app"];
        let mut child = collector(&files).dir(dir.path()).spawn();
        let mut url = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        let (address, fragment) = url.trim_end().split_once('#').unwrap();
        let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
        Self { host: host.into(), root: format!("/{path}"), fragment: fragment.into(), child, dir }
    }

    fn get(&self, path: &str) -> Reply {
        self.request("GET", path, &format!("Host: {}\r\n", self.host))
    }

    fn request(&self, method: &str, path: &str, headers: &str) -> Reply {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head: head.to_lowercase(), body: bytes[end + 4..].to_vec() }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_page_and_the_files_are_served() {
    let viewer = Viewer::start();
    assert_eq!(viewer.fragment, "file=files/0/a%26b%20%231.trace&file=files/1/second");
    let page = viewer.get(&viewer.root);
    assert_eq!((page.status, page.body.as_slice()), (200, PAGE.as_bytes()));
    for header in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
        "frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
        "referrer-policy: no-referrer",
    ] {
        assert!(page.head.contains(header), "no {header} in {}", page.head);
    }
    let first = viewer.get(&format!("{}files/0/a%26b%20%231.trace", viewer.root));
    assert_eq!((first.status, first.body.as_slice()), (200, b"first".as_slice()));
    let second = viewer.get(&format!("{}files/1/second?x=1", viewer.root));
    assert_eq!((second.status, second.body.as_slice()), (200, b"second".as_slice()));
    let wasm = viewer.get(&format!("{}app_bg.wasm", viewer.root));
    assert!(wasm.head.contains("content-type: application/wasm"), "{}", wasm.head);
    let script = viewer.get(&format!("{}app.js", viewer.root));
    assert!(script.head.contains("content-type: text/javascript"), "{}", script.head);
    let head = viewer.request("HEAD", &viewer.root, &format!("Host: {}\r\n", viewer.host));
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn nothing_else_is_there() {
    let viewer = Viewer::start();
    let wrong = format!("/{}/", "0".repeat(32));
    let below = |path: &str| format!("{}{path}", viewer.root);
    let paths = [
        "/".into(),
        wrong.clone(),
        format!("{wrong}files/0/x"),
        viewer.root.trim_end_matches('/').to_owned(),
        below("files/2/x"),
        below("files/0"),
        below("files/"),
        below("files/0/../secret"),
        below("../secret"),
        below("secret"),
        below("..%2fsecret"),
        below("files/0/%2e%2e/secret"),
        below("app/../index.html"),
    ];
    for path in paths {
        let reply = viewer.get(&path);
        let text = String::from_utf8_lossy(&reply.body);
        let name_only = path.contains("%2e%2e");
        assert!(reply.status == 404 || (name_only && reply.status == 400), "{path}: {} {text}", reply.status);
        assert!(!text.contains("secret"), "{path}: {text}");
    }
    assert_eq!(viewer.root.len(), 34, "a token of 128 bits in hex");
    assert!(Path::exists(&viewer.dir.path().join("secret")));
}

#[test]
fn foreign_hosts_and_methods_are_refused() {
    let viewer = Viewer::start();
    let port = viewer.host.rsplit_once(':').unwrap().1;
    let local = format!("Host: localhost:{port}\r\n");
    assert_eq!(viewer.request("GET", &viewer.root, &local).status, 200);
    let hosts = [
        format!("Host: evil.example:{port}\r\n"),
        "Host: 127.0.0.1\r\n".into(),
        String::new(),
        local.repeat(2),
    ];
    for host in hosts {
        let reply = viewer.request("GET", &viewer.root, &host);
        assert!(matches!(reply.status, 400 | 403), "{host:?}: {}", reply.status);
        assert!(!reply.body.starts_with(b"<!doctype"), "{host:?}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let reply =
            viewer.request(method, &viewer.root, &format!("Host: {}\r\nContent-Length: 0\r\n", viewer.host));
        assert_eq!(reply.status, 405, "{method}");
    }
}

#[test]
fn an_interrupt_ends_it_well() {
    let mut viewer = Viewer::start();
    let kill = Command::new("kill").args(["-s", "INT", &viewer.child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(viewer.child.wait().unwrap().code(), Some(0));
}

#[test]
fn files_are_checked_before_a_browser_opens() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("index.html"), PAGE).unwrap();
    let call = |arguments: &[&str]| -> Outcome {
        collector(&[&["view", "--no-open"], arguments].concat()).dir(dir.path()).run()
    };
    call(&["absent", "--app", "."]).fails(1, &["cannot read absent", "Nothing was opened"]);
    call(&[".", "--app", "."]).fails(1, &[". is no file"]);
    call(&["index.html", "--app", "absent"])
        .fails(1, &["cannot use the viewer in absent", "cargo xtask app"]);
    call(&[]).fails(2, &["FILE"]);
}
