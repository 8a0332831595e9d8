//! Running the binary, and peers that speak as little gops as a test wants.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use tempfile::TempDir;

/// A call of the binary in a folder of its own, with an environment of its own.
pub struct Call {
    command: Command,
}

/// What a call left behind.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn collector(arguments: &[&str]) -> Call {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collector"));
    command.args(arguments).stdin(Stdio::null());
    for name in ["GOPS_CONFIG_DIR", "XDG_CONFIG_HOME", "TASKSCOPE_APP", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.env("HOME", "/nonexistent");
    Call { command }
}

impl Call {
    pub fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn spawn(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub fn run(self) -> Outcome {
        Outcome::of(self.spawn().wait_with_output().unwrap())
    }

    /// Runs it with these bytes on stdin.
    pub fn feed(mut self, bytes: &[u8]) -> Outcome {
        self.command.stdin(Stdio::piped());
        let mut child = self.spawn();
        let mut stdin = child.stdin.take().unwrap();
        let bytes = bytes.to_vec();
        let writer = thread::spawn(move || drop(stdin.write_all(&bytes)));
        let outcome = Outcome::of(child.wait_with_output().unwrap());
        writer.join().unwrap();
        outcome
    }

    /// Runs it with bytes on stdout that need not be text.
    pub fn bytes(self) -> Output {
        self.spawn().wait_with_output().unwrap()
    }
}

impl Outcome {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// It worked; gives stdout.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// It ended with `code`, printed no result, and said each of `parts`.
    #[track_caller]
    pub fn fails(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }

    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok()).unwrap()
    }
}

/// Serves one client after the other, as Go's agent does, until the test ends.
pub fn peer(serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    address
}

/// A peer that answers every command with the same bytes, and closes.
pub fn answering(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    peer(move |mut stream| {
        command(&mut stream);
        let _ = stream.write_all(&bytes);
    })
}

/// An agent that knows its version, and serves everything else as the test wants.
pub fn agent(serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    peer(move |mut stream| match peek(&stream) {
        Some(4) => {
            command(&mut stream);
            let _ = stream.write_all(b"go1.26.8\n");
        }
        _ => serve(stream),
    })
}

/// An agent that answers every command but `version` with the same bytes.
pub fn agent_with(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    agent(move |mut stream| {
        command(&mut stream);
        let _ = stream.write_all(&bytes);
    })
}

fn peek(stream: &TcpStream) -> Option<u8> {
    let mut byte = [0];
    stream.peek(&mut byte).ok().filter(|&count| count == 1).map(|_| byte[0])
}

/// The command byte that the client sent.
pub fn command(stream: &mut TcpStream) -> Option<u8> {
    let mut byte = [0];
    stream.read_exact(&mut byte).ok().map(|()| byte[0])
}

/// Waits until the client is gone.
pub fn wait_for_end(stream: &mut TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Closes with a reset.
pub fn reset(stream: &TcpStream) {
    socket2::SockRef::from(stream).set_linger(Some(std::time::Duration::ZERO)).unwrap();
}

pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/data").join(path)
}

pub fn read_fixture(path: &str) -> Vec<u8> {
    std::fs::read(fixture(path)).unwrap()
}

/// Names of everything in a folder, hidden ones too.
pub fn listing(dir: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
