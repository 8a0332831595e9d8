//! When to stop: the client has gone, or the agent is told to end.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
    client: Option<Client>,
}

#[derive(Debug)]
struct Client {
    stream: Arc<TcpStream>,
    /// Whether a client that has sent all it wants still waits for the answer, as on the gops wire.
    may_half_close: bool,
}

impl Stop {
    /// Never set, except by [`Stop::set`].
    pub(crate) fn never() -> Self {
        Self::with(None)
    }

    /// Set once the client of `stream` has gone. `may_half_close`: one that only closed its sending
    /// side has not.
    pub(crate) fn of_client(stream: Arc<TcpStream>, may_half_close: bool) -> Self {
        Self::with(Some(Client { stream, may_half_close }))
    }

    fn with(client: Option<Client>) -> Self {
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
        let Some(client) = &self.inner.client else { return std::thread::sleep(time) };
        // Once it is seen, the end of the client's bytes would be news at once, every time.
        if self.inner.half_closed.load(Ordering::Relaxed) {
            std::thread::sleep(time);
            if peer::is_gone(&client.stream) {
                self.set();
            }
            return;
        }
        match poll::hang_up(&client.stream, time) {
            Wake::Nothing => {}
            Wake::HungUp => self.set(),
            Wake::Ended if client.may_half_close && !peer::is_gone(&client.stream) => {
                self.inner.half_closed.store(true, Ordering::Relaxed);
            }
            Wake::Ended => self.set(),
        }
    }
}
