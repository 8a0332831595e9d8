//! Questions on their way to a thread. Threads are started when there is something to do and end
//! when there is nothing: an idle agent has one thread.

use std::collections::VecDeque;
use std::io;
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::pending::Asked;
use super::{Shared, framed, gops, hang_up, thread};

/// How many questions are answered at a time.
const MOST_THREADS: usize = 8;
/// How many may wait for that.
const MOST_QUEUED: usize = 32;
/// How long a client may take to read something before it is given up: it may be stopped.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// The queue, and the connections of those that are being answered.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Job>,
    active: Vec<Arc<TcpStream>>,
    threads: usize,
    closed: bool,
}

#[derive(Debug)]
struct Job {
    stream: Arc<TcpStream>,
    asked: Asked,
}

impl Jobs {
    /// Queues a question, and starts a thread if there may be one more.
    pub(super) fn push(&self, stream: TcpStream, asked: Asked, shared: &Arc<Shared>) {
        if ready(&stream).is_err() {
            return shared.counters.dropped.add();
        }
        let job = Job { stream: Arc::new(stream), asked };
        let mut state = self.lock();
        if state.closed || state.queue.len() >= MOST_QUEUED {
            drop(state);
            return turn_away(&job, shared);
        }
        state.queue.push_back(job);
        if state.threads < MOST_THREADS {
            state.threads += 1;
            drop(state);
            self.start(shared);
        }
    }

    /// Ends all connections; what comes later is turned away.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.active.iter().for_each(|stream| hang_up(stream));
        state.queue.clear();
    }

    fn start(&self, shared: &Arc<Shared>) {
        let inner = Arc::clone(shared);
        if let Err(error) = thread::spawn("answer", move || work(&inner)) {
            shared.counters.system_errors.add();
            shared.counters.note(format!("cannot start a thread: {error}"));
            let mut state = self.lock();
            state.threads -= 1;
            // With another thread at work the question waits for it; else nobody would come.
            if state.threads == 0 {
                state.queue.clear();
            }
        }
    }

    /// The next question; `None` ends the thread that asks.
    fn take(&self) -> Option<Job> {
        let mut state = self.lock();
        let job = state.queue.pop_front();
        match &job {
            Some(job) => state.active.push(Arc::clone(&job.stream)),
            None => state.threads -= 1,
        }
        job
    }

    fn done(&self, stream: &Arc<TcpStream>) {
        self.lock().active.retain(|active| !Arc::ptr_eq(active, stream));
    }

    /// Nobody panics with the lock held; if somebody did, the queue would still be whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers questions until there are none.
fn work(shared: &Arc<Shared>) {
    while let Some(job) = shared.jobs.take() {
        let answer = AssertUnwindSafe(|| match &job.asked {
            Asked::Gops(byte) => gops::serve(&job.stream, *byte, shared),
            Asked::Framed(request) => framed::serve(&job.stream, request, shared),
        });
        if catch_unwind(answer).is_err() {
            shared.counters.panics.add();
            hang_up(&job.stream);
        }
        shared.jobs.done(&job.stream);
    }
}

/// From now on reads and writes wait, within bounds.
fn ready(stream: &TcpStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(WRITE_PATIENCE))
}

fn turn_away(job: &Job, shared: &Shared) {
    shared.counters.refused.add();
    if let Asked::Framed(_) = job.asked {
        framed::too_many(&job.stream);
    }
    hang_up(&job.stream);
}
