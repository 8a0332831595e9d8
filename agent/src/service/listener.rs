//! The one loop that waits for everything: new clients, their questions, and the end.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpListener;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Shared;
use super::pending::{Pending, Step};
use super::poll;

/// How many connections may wait with half a question; beyond, the oldest one is closed.
const MOST_PENDING: usize = 128;
/// How many are accepted before those that wait are looked at again.
const ACCEPTS: usize = 64;
/// The first and the longest pause after the system could not accept a connection.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_secs(1)];

/// Wakes the loop.
#[derive(Debug)]
pub(super) struct Bell {
    rope: UnixStream,
    clapper: UnixStream,
}

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        let (rope, clapper) = UnixStream::pair()?;
        rope.set_nonblocking(true)?;
        clapper.set_nonblocking(true)?;
        Ok(Self { rope, clapper })
    }

    /// Ends the loop.
    pub(super) fn ring(&self) {
        // A full pipe has been rung before.
        let _ = (&self.rope).write(b"!");
    }

    fn has_rung(&self) -> bool {
        (&self.clapper).read(&mut [0; 16]).is_ok_and(|count| count > 0)
    }
}

/// Serves clients until the bell rings.
pub(super) fn run(listener: &TcpListener, bell: &Bell, shared: &Arc<Shared>) {
    let mut state = Loop { pending: Vec::new(), pause: None, shared };
    let mut entries = Vec::new();
    loop {
        let accepts = state.prepare(listener, bell, &mut entries);
        // An error is a signal or a lack of memory: the next round finds what this one did not.
        let _ = poll::wait(&mut entries, state.patience());
        let news = |entry: Option<&libc::pollfd>| entry.is_some_and(|entry| entry.revents != 0);
        if news(entries.first()) && bell.has_rung() {
            return;
        }
        state.step(entries.get(2..).unwrap_or_default());
        if accepts && news(entries.get(1)) {
            state.accept(listener);
        }
    }
}

struct Loop<'a> {
    /// Oldest first.
    pending: Vec<Pending>,
    pause: Option<Pause>,
    shared: &'a Arc<Shared>,
}

/// No connection is accepted until then.
#[derive(Clone, Copy)]
struct Pause {
    until: Instant,
    length: Duration,
}

impl Loop<'_> {
    /// The bell, the listener, then those that wait; whether the listener is listened to.
    fn prepare(&self, listener: &TcpListener, bell: &Bell, entries: &mut Vec<libc::pollfd>) -> bool {
        let accepts = self.pause.is_none_or(|pause| pause.until <= Instant::now());
        entries.clear();
        entries.push(poll::readable(bell.clapper.as_raw_fd()));
        // A negative number is passed over.
        entries.push(poll::readable(if accepts { listener.as_raw_fd() } else { -1 }));
        entries.extend(self.pending.iter().map(|pending| poll::readable(pending.stream.as_raw_fd())));
        accepts
    }

    /// Until the first of those that wait is late, or the pause is over; for ever if there are none.
    fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let late = self.pending.iter().map(|pending| pending.deadline);
        let pause = self.pause.map(|pause| pause.until).filter(|&until| until > now);
        late.chain(pause).min().map(|first| first.saturating_duration_since(now))
    }

    /// Reads what came for those that wait, in the order of `entries`, and closes those that are late.
    fn step(&mut self, entries: &[libc::pollfd]) {
        let now = Instant::now();
        let mut rest = Vec::new();
        for (at, mut pending) in std::mem::take(&mut self.pending).into_iter().enumerate() {
            let news = entries.get(at).is_some_and(|entry| entry.revents != 0);
            let step = if news { pending.read() } else { Step::Wait };
            match step {
                Step::Wait if pending.deadline > now => rest.push(pending),
                Step::Wait | Step::Close => self.shared.counters.dropped.add(),
                Step::Asked(asked) => self.shared.jobs.push(pending.stream, asked, self.shared),
            }
        }
        self.pending = rest;
    }

    fn accept(&mut self, listener: &TcpListener) {
        for _ in 0..ACCEPTS {
            match listener.accept() {
                Ok((stream, _)) => {
                    self.pause = None;
                    self.shared.counters.connections.add();
                    // A socket that cannot be set up is closed.
                    self.pending.extend(Pending::new(stream).ok());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if is_the_clients(&error) => {}
                Err(error) => return self.back_off(&error),
            }
        }
        let surplus = self.pending.len().saturating_sub(MOST_PENDING);
        self.pending.drain(..surplus).for_each(|_| self.shared.counters.dropped.add());
    }

    /// Out of descriptors or memory: trying again at once would only burn the CPU.
    fn back_off(&mut self, error: &io::Error) {
        let length = self.pause.map_or(PAUSES[0], |pause| (pause.length * 2).min(PAUSES[1]));
        self.pause = Some(Pause { until: Instant::now() + length, length });
        self.shared.counters.system_errors.add();
        self.shared.counters.note(format!("cannot accept a connection: {error}"));
    }
}

/// The client went away before it was accepted, or a signal came.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
