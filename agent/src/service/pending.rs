//! A connection whose question is not whole yet. Nothing here blocks: silent clients cost a
//! descriptor and a few bytes for two seconds.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use taskscope_proto::agent::{self, FIRST_BYTE, FrameError, Request};

use super::framed;

/// How long a client may take for its question.
const PATIENCE: Duration = Duration::from_secs(2);

/// A client that has not asked yet.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) stream: TcpStream,
    /// When it is closed.
    pub(super) deadline: Instant,
    /// Bytes of a framed request; `None` before the first byte.
    request: Option<Vec<u8>>,
}

/// A question as it came.
#[derive(Debug)]
pub(super) enum Asked {
    /// One byte.
    Gops(u8),
    /// A message, or what is there instead.
    Framed(Result<Request, FrameError>),
}

/// What to do with a connection.
#[derive(Debug)]
pub(super) enum Step {
    /// More must come.
    Wait,
    /// It asked this.
    Asked(Asked),
    /// It has gone, or will not ask.
    Close,
}

impl Pending {
    /// Takes a connection that was just accepted.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        // Answers are written in large pieces, and small ones are waited for.
        stream.set_nodelay(true)?;
        Ok(Self { stream, deadline: Instant::now() + PATIENCE, request: None })
    }

    /// Reads what is there.
    pub(super) fn read(&mut self) -> Step {
        if self.request.is_none() {
            match self.first_byte() {
                Ok(Some(FIRST_BYTE)) => match self.greet() {
                    Ok(()) => self.request = Some(Vec::new()),
                    Err(_) => return Step::Close,
                },
                Ok(Some(signal)) => return Step::Asked(Asked::Gops(signal)),
                Ok(None) => return Step::Wait,
                Err(_) => return Step::Close,
            }
        }
        self.rest()
    }

    fn first_byte(&mut self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(Some(byte[0])),
            Err(error) if is_for_now(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says who we are. A fresh connection has room for it, so a write that does not fit is an error.
    fn greet(&mut self) -> io::Result<()> {
        self.stream.write_all(&framed::greeting())
    }

    fn rest(&mut self) -> Step {
        let Some(request) = &mut self.request else { return Step::Wait };
        loop {
            match agent::decode_request(request) {
                Ok(None) => {}
                Ok(Some(request)) => return Step::Asked(Asked::Framed(Ok(request))),
                Err(error) => return Step::Asked(Asked::Framed(Err(error))),
            }
            let mut buffer = [0; 1024];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Step::Close,
                // Bounded: a request that says it is longer than `MOST_REQUEST_BYTES` is an error above.
                Ok(count) => request.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                Err(error) if is_for_now(&error) => return Step::Wait,
                Err(_) => return Step::Close,
            }
        }
    }
}

fn is_for_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
