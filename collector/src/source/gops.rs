//! One question to a gops agent: connect, one byte, read to the end, always within bounds.
//!
//! A Go agent serves one client at a time and leaves the connection open without a word when a
//! command fails, so every wait here has an end and [`silence`] tells the causes apart.
//! Reference: gops-protocol §1.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use taskscope_proto::gops::Signal;

use crate::check;
use crate::failure::{Failure, Report, plain};
use crate::interrupt::{self, TICK};
use crate::target::Target;

/// How long a connection may take to be made, per address.
const CONNECT: Duration = Duration::from_secs(2);
/// How long the question after a failure may take at most.
const PROBE: Duration = Duration::from_secs(2);

/// What is asked, and how long it takes the agent.
#[derive(Clone, Debug)]
pub struct Question {
    /// The command.
    pub signal: Signal,
    /// The bytes to send: the signal and its argument, and never one more.
    pub bytes: Vec<u8>,
    /// How long the agent works before the first byte.
    pub before: Duration,
    /// How long the agent may work between bytes.
    pub between: Duration,
    /// How long to wait beyond that.
    pub patience: Duration,
    /// Whether all of it must be over after three times that.
    pub short: bool,
}

impl Question {
    /// A command that is answered at once.
    pub fn quick(signal: Signal, patience: Duration) -> Self {
        let none = Duration::ZERO;
        Self { signal, bytes: vec![signal.byte()], before: none, between: none, patience, short: true }
    }
}

/// What happens while an answer comes.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Connected, asked, and time passes.
    Tick,
    /// Some of the answer.
    Bytes(&'a [u8]),
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The agent closed the connection, which is how an answer ends.
    Closed,
    /// The connection was reset; what arrived may be all the same.
    Reset,
    /// No byte for too long, after some had come.
    Stalled,
}

/// Asks, and hands over what comes. An answer without a byte is an error that is explained.
pub fn ask(
    target: &Target,
    question: &Question,
    on: &mut dyn FnMut(Event<'_>) -> Result<(), Failure>,
) -> Result<Ending, Failure> {
    let mut stream = connect(target)?;
    let sent = stream.write_all(&question.bytes);
    sent.map_err(|error| Failure::failed(format!("cannot ask {target}: {}", plain(&error))))?;
    let mut answer = Answer { question, asked: Instant::now(), last: Instant::now(), received: 0 };
    match (answer.read(&mut stream, on)?, answer.received) {
        (Ending::Closed, 0) => Err(empty(target, question.signal).into()),
        (Ending::Reset, 0) => Err(reset(target).into()),
        (Ending::Stalled, 0) => Err(silence(target, question).into()),
        (ending, _) => Ok(ending),
    }
}

/// Makes sure that a gops agent listens and is free, before it is asked for something long: a
/// command that waits in its queue would be carried out for nobody once its client has left.
pub fn expect_free(target: &Target, patience: Duration) -> Result<(), Failure> {
    let version = ask_text(target, &Question::quick(Signal::Version, patience))?;
    match check::foreign(&version) {
        Some(other) => Err(foreign(target, other).into()),
        None => Ok(()),
    }
}

/// The report of an answer that another kind of server gave.
pub fn foreign(target: &Target, other: &str) -> Report {
    Report::new(format!("{target} sent {other}")).and("No gops agent listens there. Check the port.")
}

/// Asks for a short answer and gives it whole.
pub fn ask_text(target: &Target, question: &Question) -> Result<Vec<u8>, Failure> {
    /// Far more than any of these answers has.
    const MOST_BYTES: usize = 1 << 20;
    let mut text = Vec::new();
    let ending = ask(target, question, &mut |event| {
        if let Event::Bytes(bytes) = event {
            text.extend_from_slice(bytes);
        }
        if text.len() > MOST_BYTES { Err(too_long(target, question.signal)) } else { Ok(()) }
    })?;
    match ending {
        Ending::Stalled => Err(stalled(target, question, text.len() as u64).into()),
        Ending::Closed | Ending::Reset => Ok(text),
    }
}

/// The report of an answer that stopped in the middle.
pub fn stalled(target: &Target, question: &Question, received: u64) -> Report {
    let waited = (question.between + question.patience).as_secs_f32();
    Report::new(format!("{target} stopped sending after {received} bytes"))
        .and(format!("Nothing more came for {waited} s. Is the program stopped, or the network down?"))
        .and("Wait longer with --timeout 60s, or try again.")
}

struct Answer<'a> {
    question: &'a Question,
    asked: Instant,
    last: Instant,
    received: u64,
}

impl Answer<'_> {
    fn read(
        &mut self,
        stream: &mut TcpStream,
        on: &mut dyn FnMut(Event<'_>) -> Result<(), Failure>,
    ) -> Result<Ending, Failure> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            interrupt::check()?;
            match stream.read(&mut buffer) {
                Ok(0) => return Ok(Ending::Closed),
                Ok(count) => {
                    self.last = Instant::now();
                    self.received += count as u64;
                    on(Event::Bytes(buffer.get(..count).unwrap_or_default()))?;
                }
                Err(error) if is_tick(&error) => on(Event::Tick)?,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(Ending::Reset),
                Err(error) => {
                    return Err(Failure::failed(format!("cannot read the answer: {}", plain(&error))));
                }
            }
            if self.is_late() {
                return Ok(Ending::Stalled);
            }
        }
    }

    fn is_late(&self) -> bool {
        let question = self.question;
        let work = if self.received == 0 { question.before } else { question.between };
        let dripping = question.short && self.asked.elapsed() > question.patience * 3;
        self.last.elapsed() > work + question.patience || dripping
    }
}

/// Nothing came within the time.
pub(super) fn is_tick(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

pub(super) fn connect(target: &Target) -> Result<TcpStream, Failure> {
    let mut last = None;
    for address in &target.addresses {
        interrupt::check()?;
        match TcpStream::connect_timeout(address, CONNECT) {
            Ok(stream) => return ready(stream),
            Err(error) => last = Some((*address, error)),
        }
    }
    Err(match last {
        Some((address, error)) => unreachable(target, &address.to_string(), &error).into(),
        None => Failure::failed(format!("{target} has no address")),
    })
}

fn ready(stream: TcpStream) -> Result<TcpStream, Failure> {
    let prepared = stream.set_read_timeout(Some(TICK)).and_then(|()| stream.set_write_timeout(Some(CONNECT)));
    prepared
        .map(|()| stream)
        .map_err(|error| Failure::failed(format!("cannot use the connection: {}", plain(&error))))
}

fn unreachable(target: &Target, address: &str, error: &io::Error) -> Report {
    let at = if target.label == address { String::new() } else { format!(" at {address}") };
    let report = Report::new(format!("cannot connect to {target}{at}: {}", plain(error)));
    match error.kind() {
        io::ErrorKind::ConnectionRefused => target.explain_refusal().into_iter().fold(report, Report::and),
        io::ErrorKind::TimedOut => report
            .and("The host does not answer, or its queue of waiting clients is full: the agent serves one")
            .and("client at a time, and one that hangs blocks all others."),
        _ => report.and("Check that the host is up and that a firewall lets the port through."),
    }
}

fn empty(target: &Target, signal: Signal) -> Report {
    let name = signal.name();
    let report = Report::new(format!("{target} closed the connection without an answer to `{name}`"));
    if matches!(signal, Signal::StackTrace | Signal::Version) {
        return report
            .and("Every gops agent knows this command: what listens there is probably something else.");
    }
    report
        .and("A gops agent does so when it is too old to know the command, or when the command failed and")
        .and("the program's next garbage collection closed the connection.")
        .and_maybe(refused(target, signal))
        .and(REASON)
}

fn reset(target: &Target) -> Report {
    Report::new(format!("{target} reset the connection before any answer"))
        .and("The program ended, or what listens there is no gops agent.")
}

fn too_long(target: &Target, signal: Signal) -> Failure {
    Report::new(format!("{target} answered `{}` with more than any gops agent would", signal.name()))
        .and("What listens there is probably something else.")
        .into()
}

/// Not one byte came. A second question shows whether the agent is busy or refused the first one.
fn silence(target: &Target, question: &Question) -> Report {
    let waited = (question.before + question.patience).as_secs_f32();
    let name = question.signal.name();
    let report = Report::new(format!("{target} did not answer `{name}` within {waited} s"));
    if interrupt::requested() || !answers(target, question.patience.min(PROBE)) {
        return report
            .and("agent busy: a gops agent serves one client at a time, so another client may be served right now,")
            .and("such as a CPU profile of 30 s, or one that connected and hangs. The program may also be stopped,")
            .and("or what listens there is no gops agent. Try again, or wait longer with --timeout 60s.");
    }
    report
        .and("It does answer other commands, so it refused this one: Go's agent then says nothing to the client.")
        .and_maybe(refused(target, question.signal))
        .and(REASON)
}

/// Where a Go agent says what it does not tell its client.
const REASON: &str = "The reason is on the program's standard error, in a line that starts with `gops:`.";

/// The usual reason why an agent cannot do what it was asked for.
fn refused(target: &Target, signal: Signal) -> Option<String> {
    Some(match signal {
        Signal::CpuProfile => {
            "Is the program profiling its CPU already (`cpu profiling already in use`)?".into()
        }
        Signal::Trace => "Is the program tracing already (`execution tracer already enabled`)?".into(),
        Signal::BinaryDump if target.executable_deleted() => {
            let pid = target.pid.unwrap_or_default();
            format!("Its executable was deleted or replaced since it started; copy /proc/{pid}/exe instead.")
        }
        Signal::BinaryDump => "Was its executable deleted or renamed since it started?".into(),
        _ => return None,
    })
}

/// Whether the agent answers the simplest question soon.
fn answers(target: &Target, patience: Duration) -> bool {
    let Ok(mut stream) = connect(target) else { return false };
    let asked = Instant::now();
    let mut byte = [0];
    if stream.write_all(&[Signal::Version.byte()]).is_err() {
        return false;
    }
    while asked.elapsed() < patience && !interrupt::requested() {
        match stream.read(&mut byte) {
            Ok(count) => return count > 0,
            Err(error) if is_tick(&error) => {}
            Err(_) => return false,
        }
    }
    false
}
