//! The agent's own threads: one that waits for clients, and a few that answer them. Blocking I/O
//! and no runtime, so that it answers while every worker of the program is wedged.
//!
//! The way of a connection: `listener` accepts it → `pending` reads its question without blocking
//! anybody → `jobs` hands it to a thread → `peer` says who asks → `gops` or `framed` answers by way of
//! `answers`. Until the first client comes nothing wakes up.

pub(crate) mod ask;
pub(crate) mod stop;
pub(crate) mod thread;

mod cleanup;
mod counters;
mod files;
mod fork;
mod framed;
mod gops;
mod identity;
mod jobs;
mod listener;
mod peer;
mod pending;
mod poll;
mod presence;
mod registry;
mod secret;

pub(crate) use ask::{Ask, Ending, Refused};
pub(crate) use counters::Counters;
pub(crate) use presence::{Presence, Where};
pub(crate) use secret::draw as draw_token;
pub(crate) use stop::Stop;

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::os::fd::AsRawFd as _;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::Handle;

use jobs::Jobs;
use listener::Bell;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// What a client must know that the kernel does not vouch for.
    pub(crate) token: String,
    /// What happened so far.
    pub(crate) counters: Counters,
    /// The runtimes that were named when the agent was started.
    pub(crate) runtimes: Vec<Handle>,
    /// Questions that wait, and those being answered.
    jobs: Jobs,
}

impl Shared {
    /// The runtimes that were named, and those that the agent's own builder made since.
    pub(crate) fn all_runtimes(&self) -> Vec<Handle> {
        let mut all = self.runtimes.clone();
        for handle in crate::runtime::known() {
            if all.iter().all(|known| known.id() != handle.id()) {
                all.push(handle);
            }
        }
        all
    }

    /// Tasks of the runtimes that are known, described or not.
    pub(crate) fn alive_tasks(&self) -> u64 {
        self.all_runtimes().iter().map(|runtime| runtime.metrics().num_alive_tasks() as u64).sum()
    }
}

/// The running service. Dropping it ends it: connections are closed, the port is free again.
#[derive(Debug)]
pub(crate) struct Service {
    shared: Arc<Shared>,
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The process that started it: after a fork the child has the value, but no thread.
    process: u32,
}

impl Service {
    /// Serves the clients of `listener` until it is dropped.
    pub(crate) fn start(listener: TcpListener, token: String, runtimes: Vec<Handle>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let bell = Arc::new(Bell::new()?);
        let shared =
            Arc::new(Shared { token, counters: Counters::default(), runtimes, jobs: Jobs::default() });
        let (inner_bell, inner) = (Arc::clone(&bell), Arc::clone(&shared));
        fork::watch(listener.as_raw_fd());
        let run = move || {
            listener::run(&listener, &inner_bell, &inner);
            fork::forget();
        };
        let thread = thread::spawn("agent", run).inspect_err(|_| fork::forget())?;
        Ok(Self { shared, bell, thread: Some(thread), address, process: std::process::id() })
    }

    /// Whether this is the process that started it.
    pub(crate) fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // In a forked child there is no thread to end, and its sockets are the parent's.
        if !self.is_ours() {
            std::mem::forget(self.thread.take());
            return;
        }
        self.bell.ring();
        self.shared.jobs.close();
        // It ends at once: nothing in its loop blocks but the wait that the bell ends.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Ends a connection for both sides; one that is gone already is no error.
fn hang_up(stream: &std::net::TcpStream) {
    let _ = stream.shutdown(Shutdown::Both);
}
