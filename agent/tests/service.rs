//! The agent as clients see it: both wires, who may ask, what it leaves on disk, and what cannot hold it up.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use taskscope_agent::{Agent, Builder, ListenError};
use taskscope_proto::agent::{self as wire, Frame, Frames, Hello, Reason, Refusal, Request, What};

/// An agent with a folder of its own; a process has one agent at a time, so tests take turns.
struct Fixture {
    agent: Option<Agent>,
    dir: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

impl Fixture {
    fn start(name: &str) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = std::env::temp_dir().join(format!("taskscope-{name}-{}", std::process::id()));
        let agent = Builder::new().config_dir(&dir).listen().unwrap();
        assert_eq!(agent.notices(), &[] as &[String]);
        Self { agent: Some(agent), dir, _turn: turn }
    }

    fn addr(&self) -> SocketAddr {
        self.agent.as_ref().unwrap().addr()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.addr()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes as a gops client would and reads to the end.
    fn gops(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.dir).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(self.agent.take());
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// What came over the framed wire.
#[derive(Debug, Default)]
struct Answer {
    hello: Hello,
    data: Vec<u8>,
    refusal: Option<Refusal>,
    end: Option<wire::End>,
}

/// Asks over the framed wire and reads to the end.
fn ask(stream: &mut TcpStream, request: &Request) -> Answer {
    stream.write_all(&[wire::FIRST_BYTE]).unwrap();
    let mut magic = [0; 8];
    stream.read_exact(&mut magic).unwrap();
    assert_eq!(magic, wire::MAGIC);
    stream.write_all(&wire::encode_request(request)).unwrap();
    let (mut frames, mut answer, mut buffer) = (Frames::default(), Answer::default(), [0; 4096]);
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => return answer,
            count => frames.feed(&buffer[..count]),
        }
        while let Some(frame) = frames.next_frame().unwrap() {
            match frame {
                Frame::Hello(hello) => answer.hello = hello,
                Frame::Data(data) => answer.data.extend(data),
                Frame::Refusal(refusal) => answer.refusal = Some(refusal),
                Frame::End(end) => answer.end = Some(end),
                Frame::Header(_) | Frame::Progress(_) => {}
            }
        }
    }
}

fn request(what: What) -> Request {
    Request { what: what.into(), ..Request::default() }
}

#[test]
fn gops_clients_are_answered() {
    let fixture = Fixture::start("gops");
    let version = String::from_utf8(fixture.gops(&[4])).unwrap();
    assert!(version.starts_with("rustc 1.") && version.contains("taskscope-agent"), "{version}");
    let stats = String::from_utf8(fixture.gops(&[7])).unwrap();
    let labels: Vec<_> = stats.lines().take(4).map(|line| line.split_once(": ").unwrap().0).collect();
    assert_eq!(labels, ["goroutines", "OS threads", "GOMAXPROCS", "num CPU"]);
    assert_eq!(fixture.gops(&[2]), b"ok");
    assert!(fixture.gops(&[1]).starts_with(b"goroutine "));
    assert!(String::from_utf8(fixture.gops(&[3])).unwrap().contains("\nrss: "));
    assert_eq!(fixture.gops(&[9]), std::fs::read("/proc/self/exe").unwrap());
    // Go's client pads the percentage; the rest of it must not reset the connection.
    let set = fixture.gops(&[0x10, 0x64, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert!(String::from_utf8(set).unwrap().contains("no garbage collector"));
    for unknown in [0, 0x0a, 0x11, 0xff, b'G'] {
        assert_eq!(fixture.gops(&[unknown]), b"", "{unknown}");
    }
}

#[test]
fn a_client_that_sends_no_more_still_gets_its_answer() {
    let fixture = Fixture::start("half");
    let mut stream = fixture.connect();
    stream.write_all(&[4]).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("rustc"), "{answer}");
}

#[test]
fn framed_clients_are_answered() {
    let fixture = Fixture::start("framed");
    let answer = ask(&mut fixture.connect(), &request(What::Version));
    assert!(answer.data.starts_with(b"rustc 1."), "{answer:?}");
    assert_eq!(answer.hello.pid, u64::from(std::process::id()));
    let end = answer.end.unwrap();
    assert_eq!((end.complete, end.bytes), (true, answer.data.len() as u64));
    let exe = ask(&mut fixture.connect(), &request(What::Binary));
    assert!(exe.data == std::fs::read("/proc/self/exe").unwrap());
    let odd = ask(&mut fixture.connect(), &Request { what: 99, ..Request::default() });
    assert_eq!(odd.refusal.map(|refusal| refusal.reason()), Some(Reason::Unavailable));
    // The kernel vouches for us, so even a wrong token does no harm... to us; it is told all the same.
    let wrong = Request { token: "wrong".into(), ..request(What::Version) };
    assert!(ask(&mut fixture.connect(), &wrong).end.is_some());
}

#[test]
fn silent_clients_hold_nobody_up() {
    let fixture = Fixture::start("silent");
    let silent: Vec<_> = (0..200).map(|_| fixture.connect()).collect();
    let half: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = fixture.connect();
            stream.write_all(&[wire::FIRST_BYTE]).unwrap();
            stream
        })
        .collect();
    let asked = Instant::now();
    assert!(fixture.gops(&[4]).starts_with(b"rustc"));
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    // They are closed after their time, or before it for want of room.
    for mut stream in silent.into_iter().chain(half) {
        let mut rest = Vec::new();
        let ended = stream.read_to_end(&mut rest);
        assert!(
            ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
        );
    }
}

#[test]
fn the_end_of_the_agent_is_the_end_of_everything() {
    let mut fixture = Fixture::start("end");
    let (addr, pid) = (fixture.addr(), std::process::id());
    assert_eq!(fixture.files(), [pid.to_string(), format!("{pid}.json")]);
    let again = Builder::new().config_dir(&fixture.dir).listen();
    assert!(matches!(again, Err(ListenError::AlreadyListening { addr: other }) if other == addr));
    let mut waiting = fixture.connect();
    drop(fixture.agent.take());
    assert_eq!(fixture.files(), [] as [String; 0]);
    assert!(TcpStream::connect(addr).is_err());
    let mut rest = Vec::new();
    let _ = waiting.read_to_end(&mut rest);
    fixture.agent = Some(Builder::new().config_dir(&fixture.dir).listen().unwrap());
    assert!(fixture.gops(&[4]).starts_with(b"rustc"));
}

#[test]
fn addresses_that_others_reach_need_permission() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let dir = std::env::temp_dir().join(format!("taskscope-remote-{}", std::process::id()));
    let builder = Builder::new().addr("0.0.0.0:0").config_dir(&dir).token("known");
    assert!(matches!(builder.clone().listen(), Err(ListenError::Remote { .. })));
    assert!(matches!(Builder::new().addr("nonsense").listen(), Err(ListenError::Address { .. })));
    drop(builder.allow_remote(true).listen().unwrap());
    let _ = std::fs::remove_dir_all(&dir);
}

#[test]
fn a_folder_that_cannot_be_written_is_a_notice() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let agent = Builder::new().config_dir("/proc/nowhere").listen().unwrap();
    assert!(agent.notices()[0].contains("/proc/nowhere") && agent.port_file().is_none());
}

#[test]
fn a_client_that_does_not_read_holds_nobody_up() {
    let fixture = Fixture::start("stuck");
    // The executable does not fit into the buffers of a connection that nobody reads.
    let stuck: Vec<_> = (0..4)
        .map(|_| {
            let mut stream = fixture.connect();
            stream.write_all(&[9]).unwrap();
            stream
        })
        .collect();
    let asked = Instant::now();
    assert!(fixture.gops(&[4]).starts_with(b"rustc"));
    assert!(ask(&mut fixture.connect(), &request(What::Version)).end.is_some());
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    drop(stuck);
}

#[test]
fn the_end_of_the_agent_does_not_wait_for_clients() {
    let mut fixture = Fixture::start("bye");
    let mut stuck = fixture.connect();
    stuck.write_all(&[9]).unwrap();
    // It is being served once its first bytes are here.
    stuck.peek(&mut [0]).unwrap();
    let asked = Instant::now();
    drop(fixture.agent.take());
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    // What was sent before arrives; then it ends, short of the whole.
    let mut rest = Vec::new();
    let _ = stuck.read_to_end(&mut rest);
    assert!(rest.len() < std::fs::metadata("/proc/self/exe").unwrap().len() as usize);
}

#[test]
fn a_forked_child_does_not_keep_the_port() {
    let mut fixture = Fixture::start("fork");
    let addr = fixture.addr();
    // SAFETY: the child calls nothing but `pause`, which may be called after a fork.
    let child = unsafe {
        let child = libc::fork();
        if child == 0 {
            loop {
                libc::pause();
            }
        }
        child
    };
    assert!(child > 0 && fixture.gops(&[4]).starts_with(b"rustc"), "the parent still answers");
    drop(fixture.agent.take());
    let refused = TcpStream::connect(addr).is_err();
    // SAFETY: it is our child, and has not been waited for.
    unsafe {
        libc::kill(child, libc::SIGKILL);
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
    assert!(refused, "nobody listens there any more");
}
