//! When to stop: the client has gone, or the agent is told to end.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::framed::Line;
use super::peer;
use super::poll::{self, Wake};

/// How often the flag is looked at while nothing else can wake the wait.
const TICK: Duration = Duration::from_millis(100);

/// Says when whoever records something should stop. Cheap to clone; any thread may wait.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Set once, for good.
    set: AtomicBool,
    /// The end of what the client sends was seen, and the client is still there.
    half_closed: AtomicBool,
    client: Client,
}

/// Whom it is for.
#[derive(Debug)]
enum Client {
    /// Nobody.
    #[cfg(test)]
    None,
    /// One that may have sent all it wants and still wait for the answer.
    Gops(Arc<TcpStream>),
    /// One that wants signs of life, and keeps its side open.
    Framed(Arc<Line>),
}

impl Stop {
    /// Never set, except by [`Stop::set`].
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self::with(Client::None)
    }

    /// Set once the gops client of this connection has gone. One that only closed its sending side has not.
    pub(super) fn of_gops(stream: Arc<TcpStream>) -> Self {
        Self::with(Client::Gops(stream))
    }

    /// Set once the client at the other end of this line has gone. Who waits gives it signs of life.
    pub(super) fn of_line(line: Arc<Line>) -> Self {
        Self::with(Client::Framed(line))
    }

    fn with(client: Client) -> Self {
        let (set, half_closed) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { inner: Arc::new(Inner { set, half_closed, client }) }
    }

    /// Stops everybody who waits or asks.
    pub(crate) fn set(&self) {
        // Relaxed: the flag guards no other data; who sees it late stops a tick later.
        self.inner.set.store(true, Ordering::Relaxed);
    }

    /// Whether to stop; one load, so that it may be asked often. Only a wait sees the client go.
    pub(crate) fn is_set(&self) -> bool {
        self.inner.set.load(Ordering::Relaxed)
    }

    /// Waits until it is time to stop or `time` has passed; whether it is time to stop.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        // Without an end where the clock cannot count that far.
        let end = Instant::now().checked_add(time);
        loop {
            if self.is_set() {
                return true;
            }
            let left = end.map_or(TICK, |end| end.saturating_duration_since(Instant::now()));
            self.look(left.min(TICK));
            if left.is_zero() {
                return self.is_set();
            }
        }
    }

    /// Waits at most `time` for news from the client.
    fn look(&self, time: Duration) {
        match &self.inner.client {
            #[cfg(test)]
            Client::None => std::thread::sleep(time),
            Client::Framed(line) => {
                let gone = poll::hang_up(line.stream(), time) != Wake::Nothing;
                if gone || line.beat().is_err() {
                    self.set();
                }
            }
            Client::Gops(stream) => {
                if self.is_gops_gone(stream, time) {
                    self.set();
                }
            }
        }
    }

    fn is_gops_gone(&self, stream: &TcpStream, time: Duration) -> bool {
        // Once it is seen, the end of the client's bytes would be news at once, every time.
        if self.inner.half_closed.load(Ordering::Relaxed) {
            std::thread::sleep(time);
            return peer::is_gone(stream);
        }
        match poll::hang_up(stream, time) {
            Wake::Nothing => false,
            Wake::HungUp => true,
            Wake::Ended => {
                self.inner.half_closed.store(true, Ordering::Relaxed);
                peer::is_gone(stream)
            }
        }
    }
}
