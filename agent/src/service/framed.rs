//! Answers in frames, see `taskscope_proto::agent`.

use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use taskscope_proto::agent::{
    self as wire, End, FrameError, Header, Hello, Kind, MAGIC, Progress, Reason, Refusal, Request,
};

use super::peer::{self, Trust};
use super::{Ask, Refused, Shared, Stop, hang_up};
use crate::answers;

/// How much data goes into a frame.
const FRAME_BYTES: usize = 64 << 10;

/// The magic and the hello.
pub(super) fn greeting() -> Vec<u8> {
    let hello = Hello {
        protocol: wire::PROTOCOL,
        agent: env!("CARGO_PKG_VERSION").into(),
        can: answers::can().iter().map(|&what| what.into()).collect(),
        pid: std::process::id().into(),
    };
    [&MAGIC[..], &wire::encode(Kind::Hello, &hello)].concat()
}

/// Refuses because too many are being served.
pub(super) fn too_many(mut stream: &TcpStream) {
    // The client may be gone.
    let _ = stream.write_all(&refusal(Reason::Busy, "too many clients are being served"));
}

/// Answers one request and closes.
pub(super) fn serve(stream: &Arc<TcpStream>, request: &Result<Request, FrameError>, shared: &Shared) {
    let counters = &shared.counters;
    let line = Arc::new(Line::new(Arc::clone(stream)));
    let asked = request.as_ref().map_err(|error| Refused::Invalid(error.to_string()));
    let done = asked.and_then(|request| {
        admit(stream, request, shared)?;
        let ask = Ask::of_request(request)?;
        answer(&line, &ask, shared)
    });
    match done {
        Ok(()) => counters.answered.add(),
        Err(error) => {
            let count = if error.reason() == Reason::Denied { &counters.denied } else { &counters.refused };
            count.add();
            counters.note(error.to_string());
            // The client may be gone.
            let _ = line.send(&refusal(error.reason(), &error.to_string()));
        }
    }
    hang_up(stream);
}

/// The kernel vouches for the client, or it knows the token.
fn admit(stream: &TcpStream, request: &Request, shared: &Shared) -> Result<(), Refused> {
    // No token was drawn: then none is right.
    if !shared.token.is_empty() && equal(request.token.as_bytes(), shared.token.as_bytes()) {
        return Ok(());
    }
    match peer::trust(stream) {
        Trust::Proven => Ok(()),
        Trust::Foreign if request.token.is_empty() => Err(Refused::Denied(
            "the program belongs to another user\nRun this as its user or as root, or give its token.".into(),
        )),
        _ if request.token.is_empty() => Err(Refused::Denied(
            "the agent does not know who asks\nGive the token from its registry file.".into(),
        )),
        _ => Err(Refused::Denied("the token is wrong".into())),
    }
}

/// Compares in a time that does not tell where the first difference is.
fn equal(a: &[u8], b: &[u8]) -> bool {
    let different = a.iter().zip(b).fold(0, |different, (a, b)| different | (a ^ b));
    a.len() == b.len() && std::hint::black_box(different) == 0
}

fn answer(line: &Arc<Line>, ask: &Ask, shared: &Shared) -> Result<(), Refused> {
    let stop = Stop::of_line(Arc::clone(line));
    let mut frames =
        Frames { line, buffer: Vec::with_capacity(FRAME_BYTES), bytes: 0, header: Some(header(ask)) };
    let ending = answers::answer(ask, &mut frames, &stop, shared)?;
    frames.flush()?;
    let end = End {
        complete: !ending.incomplete,
        notes: ending.notes,
        dropped: ending.dropped,
        bytes: frames.bytes,
    };
    Ok(line.send(&wire::encode(Kind::End, &end))?)
}

fn header(ask: &Ask) -> Header {
    let samples = ask.what == wire::What::Cpu || ask.cpu_samples;
    Header {
        what: ask.what.into(),
        duration_ns: u64::try_from(ask.duration.as_nanos()).unwrap_or(u64::MAX),
        rate_hz: if samples { ask.rate_hz } else { 0 },
        bytes: 0,
    }
}

fn refusal(reason: Reason, text: &str) -> Vec<u8> {
    let text = text.lines().map(str::to_owned).collect();
    wire::encode(Kind::Refusal, &Refusal { reason: reason.into(), text })
}

/// A connection on which frames do not get mixed up, whichever thread sends them.
#[derive(Debug)]
pub(super) struct Line {
    stream: Arc<TcpStream>,
    began: Instant,
    sending: Mutex<Sending>,
}

#[derive(Debug)]
struct Sending {
    /// When the client last saw a sign of life.
    last: Instant,
    /// A frame was sent in part: whatever came behind it would be taken for its rest.
    broken: bool,
}

/// How long a client goes without a sign of life.
const BEAT: Duration = Duration::from_secs(1);

impl Line {
    fn new(stream: Arc<TcpStream>) -> Self {
        let began = Instant::now();
        Self { stream, began, sending: Mutex::new(Sending { last: began, broken: false }) }
    }

    /// To be waited for, not written to.
    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Tells the client that the agent is at it, if it has heard nothing for a while.
    pub(super) fn beat(&self) -> io::Result<()> {
        // Somebody is sending: sign of life enough.
        let Ok(sending) = self.sending.try_lock() else { return Ok(()) };
        if sending.last.elapsed() < BEAT {
            return Ok(());
        }
        let elapsed_ns = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.put(sending, &wire::encode(Kind::Progress, &Progress { elapsed_ns }))
    }

    fn send(&self, frame: &[u8]) -> io::Result<()> {
        self.put(self.sending.lock().unwrap_or_else(PoisonError::into_inner), frame)
    }

    fn put(&self, mut sending: MutexGuard<'_, Sending>, frame: &[u8]) -> io::Result<()> {
        if sending.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        sending.broken = true;
        (&*self.stream).write_all(frame)?;
        *sending = Sending { last: Instant::now(), broken: false };
        Ok(())
    }
}

/// Puts data into frames.
struct Frames<'a> {
    line: &'a Line,
    buffer: Vec<u8>,
    bytes: u64,
    /// Until it was sent: a refusal may come instead.
    header: Option<Header>,
}

impl Write for Frames<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(FRAME_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        if self.buffer.len() == FRAME_BYTES {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(header) = self.header.take() {
            self.line.send(&wire::encode(Kind::Header, &header))?;
        }
        if !self.buffer.is_empty() {
            let length = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
            self.line.send(&[&wire::head(Kind::Data, length)[..], &self.buffer].concat())?;
            self.bytes += u64::from(length);
            self.buffer.clear();
        }
        Ok(())
    }
}
