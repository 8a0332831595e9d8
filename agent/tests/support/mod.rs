//! The sample as a child process that obeys.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use taskscope_proto::agent::{self as wire, FIRST_BYTE, Frame, Frames, MAGIC, Request, What};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The sample, running; it ends when this is dropped.
pub struct Sample {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Sample {
    /// Starts it with `--commands` and more options.
    pub fn start(options: &[&str]) -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("abuse-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut command = Command::new(built());
        command.arg("--commands").args(options).env("GOPS_CONFIG_DIR", &folder);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (commands, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut sample = Self { child, commands, answers: BufReader::new(stdout), folder };
        assert_eq!(sample.line(), format!("pid {}", sample.child.id()));
        sample
    }

    /// Gives a command and answers its answer.
    pub fn tell(&mut self, command: &str) -> String {
        writeln!(self.commands, "{command}").unwrap();
        let answer = self.line();
        assert!(!answer.starts_with("error: "), "{command}: {answer}");
        answer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Where its agent listens.
    pub fn address(&self) -> SocketAddr {
        let file = self.folder.join(self.child.id().to_string());
        let port: u16 = std::fs::read_to_string(file).unwrap().trim().parse().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// A connection to its agent.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).unwrap()
    }

    /// A connection on which a command of the gops wire was sent.
    pub fn send(&self, signal: u8) -> TcpStream {
        send(self.address(), signal)
    }

    /// The answer to a command of the gops wire.
    pub fn ask(&self, signal: u8) -> String {
        ask(self.address(), signal)
    }

    /// A CPU profile of it, waiting while another one runs.
    pub fn profile(&self, time: Duration) -> Vec<u8> {
        profile(self.address(), time)
    }

    /// Its resident memory.
    pub fn resident_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        // An error means that it has ended, or that the folder is gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The answer to a command of the gops wire.
pub fn ask(address: SocketAddr, signal: u8) -> String {
    let mut answer = Vec::new();
    send(address, signal).read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

/// A CPU profile over the framed wire, asked for again while another one runs.
pub fn profile(address: SocketAddr, time: Duration) -> Vec<u8> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(profile) = data(record(address, What::Cpu, time)) {
            return profile;
        }
        assert!(Instant::now() < end, "profiles are refused");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A connection on which something was asked for that takes time.
pub fn record(address: SocketAddr, what: What, time: Duration) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let duration_ns = u64::try_from(time.as_nanos()).unwrap();
    let request = Request { what: what.into(), duration_ns, ..Request::default() };
    stream.write_all(&[&[FIRST_BYTE][..], &wire::encode_request(&request)].concat()).unwrap();
    stream
}

/// The data of an answer; `None` if it is refused.
fn data(mut stream: TcpStream) -> Option<Vec<u8>> {
    stream.read_exact(&mut [0; MAGIC.len()]).unwrap();
    let (mut frames, mut data, mut piece) = (Frames::default(), Vec::new(), [0; 4096]);
    loop {
        while let Some(frame) = frames.next_frame().unwrap() {
            match frame {
                Frame::Data(more) => data.extend_from_slice(&more),
                Frame::Refusal(_) => return None,
                Frame::End(_) => return Some(data),
                _ => {}
            }
        }
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "the answer breaks off");
        frames.feed(&piece[..count]);
    }
}

fn send(address: SocketAddr, signal: u8) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&[signal]).unwrap();
    stream
}

/// A number of the sample's counts.
pub fn number(counts: &str, key: &str) -> u64 {
    let (_, rest) =
        counts.split_once(&format!("\"{key}\":")).unwrap_or_else(|| panic!("no {key} in {counts}"));
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().unwrap()
}

/// Builds the sample once, in the target folder that these tests run from.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut command = Command::new(env!("CARGO"));
        command.args(["build", "--quiet", "--package", "taskscope-agent", "--example", "sample"]);
        command.arg("--target-dir").arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(command.status().unwrap().success(), "the sample does not build");
        target.join("debug/examples/sample")
    })
}
