//! One question to the agent of a Rust program, over the framed wire. Unlike a Go agent it says
//! why it refuses, gives a sign of life while it records, and says at the end what is missing.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use taskscope_proto::agent::{
    self as wire, End, FIRST_BYTE, Frame, FrameError, Frames, MAGIC, Reason, Refusal, Request, What,
};
use taskscope_proto::gops::Signal;

use super::gops::{Event, connect, is_tick};
use crate::failure::{Failure, Report, plain};
use crate::interrupt;
use crate::target::{Agent, Target};

/// How long a stranger may take to say who it is.
const GREETING: Duration = Duration::from_secs(2);

/// The same question on our wire; `None` for what only Go programs can be asked.
pub fn what_of(signal: Signal) -> Option<What> {
    Some(match signal {
        Signal::StackTrace => What::Stack,
        Signal::Gc => What::Gc,
        Signal::MemStats => What::MemStats,
        Signal::Version => What::Version,
        Signal::HeapProfile => What::Heap,
        Signal::CpuProfile => What::Cpu,
        Signal::Stats => What::Stats,
        Signal::Trace => What::Trace,
        Signal::BinaryDump => What::Binary,
        Signal::SetGcPercent => return None,
    })
}

/// Finds out what kind of agent a target has, where only asking tells.
pub fn recognise(mut target: Target) -> Result<Target, Failure> {
    if target.agent == Agent::Unknown {
        // Whoever cannot be reached now is explained by the question itself.
        let greeted = connect(&target).ok().is_some_and(|stream| Line::new(stream, GREETING).greet().is_ok());
        interrupt::check()?;
        target.agent = if greeted { Agent::Rust { token: String::new() } } else { Agent::Go };
    }
    Ok(target)
}

/// Asks, and hands over the data as it comes. `patience` is how long to wait for a sign of life. No
/// [`End`] means that the answer broke off.
pub fn ask(
    target: &Target,
    request: &Request,
    patience: Duration,
    on: &mut dyn FnMut(Event<'_>) -> Result<(), Failure>,
) -> Result<Option<End>, Failure> {
    let mut line = Line::new(connect(target)?, patience);
    let greeted = line.greet();
    interrupt::check()?;
    greeted.map_err(|flaw| no_greeting(target, flaw, patience))?;
    let token = match &target.agent {
        Agent::Rust { token } => token.clone(),
        Agent::Go | Agent::Unknown => String::new(),
    };
    let bytes = wire::encode_request(&Request { token, ..request.clone() });
    line.stream.write_all(&bytes).map_err(|error| broken(target, &error))?;
    loop {
        // Leaving closes the connection, and that stops the agent.
        interrupt::check()?;
        match line.next() {
            Ok(Some(Frame::Data(data))) => on(Event::Bytes(&data))?,
            Ok(Some(Frame::End(end))) => return Ok(Some(end)),
            Ok(Some(Frame::Refusal(refusal))) => return Err(refused(target, request.what(), &refusal)),
            Ok(Some(Frame::Hello(_) | Frame::Header(_) | Frame::Progress(_)) | None) => on(Event::Tick)?,
            Err(Flaw::Closed) => return Ok(None),
            Err(Flaw::Silent) => return Err(silent(target, request.what(), patience)),
            Err(Flaw::Odd(error)) => return Err(odd(target, error)),
            Err(Flaw::System(error)) => return Err(broken(target, &error)),
        }
    }
}

/// Asks for a short answer and gives it whole.
pub fn ask_text(target: &Target, what: What, patience: Duration) -> Result<Vec<u8>, Failure> {
    let request = Request { what: what.into(), ..Request::default() };
    ask_whole(target, &request, patience)
}

/// Asks and gives the answer whole.
pub fn ask_whole(target: &Target, request: &Request, patience: Duration) -> Result<Vec<u8>, Failure> {
    let mut answer = Vec::new();
    let end = ask(target, request, patience, &mut |event| {
        if let Event::Bytes(bytes) = event {
            answer.extend_from_slice(bytes);
        }
        Ok(())
    })?;
    end.map(|_| answer).ok_or_else(|| broke_off(target).into())
}

/// The report of an answer without an end.
pub fn broke_off(target: &Target) -> Report {
    Report::new(format!("{target} closed the connection in the middle of its answer"))
        .and("The program ended, or gave this client up because it read too slowly.")
}

/// A connection and what was read ahead of it.
struct Line {
    stream: TcpStream,
    frames: Frames,
    patience: Duration,
    last: Instant,
}

/// Why there is no next frame.
enum Flaw {
    Closed,
    Silent,
    Odd(FrameError),
    System(io::Error),
}

impl Line {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, frames: Frames::default(), patience, last: Instant::now() }
    }

    /// Says what we speak, and waits until the other side says that it speaks it too.
    fn greet(&mut self) -> Result<(), Flaw> {
        self.stream.write_all(&[FIRST_BYTE]).map_err(Flaw::System)?;
        let mut magic = [0; MAGIC.len()];
        let mut filled = 0;
        while filled < magic.len() && !interrupt::requested() {
            filled += self.read(&mut magic[filled..])?.unwrap_or(0);
        }
        // A bare close would be a Go agent; other bytes are somebody else.
        if magic == MAGIC { Ok(()) } else { Err(Flaw::Closed) }
    }

    /// The next frame; `None` if a tick passed without one.
    fn next(&mut self) -> Result<Option<Frame>, Flaw> {
        if let Some(frame) = self.frames.next_frame().map_err(Flaw::Odd)? {
            return Ok(Some(frame));
        }
        let mut buffer = [0; 64 << 10];
        let count = self.read(&mut buffer)?.unwrap_or(0);
        self.frames.feed(buffer.get(..count).unwrap_or_default());
        self.frames.next_frame().map_err(Flaw::Odd)
    }

    /// `None`: nothing came within a tick.
    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Flaw> {
        match self.stream.read(buffer) {
            Ok(0) => Err(Flaw::Closed),
            Ok(count) => {
                self.last = Instant::now();
                Ok(Some(count))
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Err(Flaw::Closed),
            Err(error) if !is_tick(&error) => Err(Flaw::System(error)),
            Err(_) if self.last.elapsed() > self.patience => Err(Flaw::Silent),
            Err(_) => Ok(None),
        }
    }
}

fn no_greeting(target: &Target, flaw: Flaw, patience: Duration) -> Failure {
    match flaw {
        Flaw::System(error) => broken(target, &error),
        Flaw::Silent => silent(target, What::Version, patience),
        Flaw::Closed | Flaw::Odd(_) => Report::new(format!("{target} does not speak the wire of our agent"))
            .and("A gops agent of a Go program listens there, or another server: leave the token out.")
            .into(),
    }
}

fn refused(target: &Target, what: What, refusal: &Refusal) -> Failure {
    let mut text =
        refusal.text.iter().map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>());
    let first = text.next().unwrap_or_else(|| "no reason given".into());
    let verb = what.verb();
    let head = match refusal.reason() {
        Reason::Denied => format!("{target} does not answer this user: {first}"),
        Reason::Busy => format!("{target} is busy: {first}"),
        Reason::Unavailable => format!("{target} has no answer to `{verb}`: {first}"),
        Reason::Invalid => format!("{target} refused `{verb}`: {first}"),
        Reason::Failed | Reason::Unspecified => format!("{target} failed at `{verb}`: {first}"),
    };
    text.fold(Report::new(head), Report::and).into()
}

fn silent(target: &Target, what: What, patience: Duration) -> Failure {
    let seconds = patience.as_secs_f32();
    Report::new(format!("{target} gave no sign of life for {seconds} s while asked for `{}`", what.verb()))
        .and("Its agent has a thread of its own and answers while the program is busy: is the program stopped?")
        .and("Try again, or wait longer with --timeout 60s.")
        .into()
}

fn odd(target: &Target, error: FrameError) -> Failure {
    Report::new(format!("{target} sent {error}"))
        .and("Is the collector older than the agent, or another server listening there?")
        .into()
}

fn broken(target: &Target, error: &io::Error) -> Failure {
    Failure::failed(format!("the connection to {target} broke: {}", plain(error)))
}
