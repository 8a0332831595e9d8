//! What the agent costs a program: ns of CPU per poll, per spawn and per wake, against plain tokio in the
//! same run.
//!
//! `cargo bench -p taskscope-agent --bench tasks`
//!
//! "off": spawned through the agent, which does not listen. "idle": it listens and nobody asks. "watched":
//! somebody asked once. "tracing": a client records a trace. All on one current-thread runtime, by its
//! thread's CPU clock, so that a busy machine disturbs little; medians.
#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use std::future::Future;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use taskscope_proto::agent::{self as wire, FIRST_BYTE, Request, What};
use tokio::sync::Notify;

const POLLS: u64 = 400_000;
const SPAWNS: u64 = 100_000;
const WAKES: u64 = 200_000;
const ROUNDS: usize = 7;

/// How tasks are spawned.
#[derive(Clone, Copy)]
enum By {
    Tokio,
    Agent,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("{:<28} {:>9} {:>9} {:>9}   (ns of CPU, medians of {ROUNDS})", "", "poll", "spawn", "wake");
    let plain = row(&runtime, "plain tokio", By::Tokio);
    let off = row(&runtime, "agent off", By::Agent);
    let folder = std::env::temp_dir().join(format!("taskscope-bench-{}", std::process::id()));
    let agent = taskscope_agent::Builder::new().config_dir(&folder).listen().unwrap();
    let idle = row(&runtime, "agent idle", By::Agent);
    ask(agent.addr(), What::Tasks, 0);
    let watched = row(&runtime, "agent idle, asked once", By::Agent);
    let tracing = traced(&runtime, agent.addr());
    for (name, costs) in [("off", off), ("idle", idle), ("watched", watched)] {
        tell(name, costs, plain);
    }
    if let Some((costs, bytes)) = tracing {
        tell("tracing", costs, plain);
        // A poll that yields is two events, a spawn with its only poll three, a wake three with its poll.
        let polls = f64::from(ROUNDS as u32 + 1) * POLLS as f64;
        println!(
            "tracing: {:.1} ns an event, {:.1} M events/s at most",
            (costs[0] - idle[0]) / 2.0,
            2e3 / costs[0]
        );
        println!("tracing: {} bytes for {polls} polls and the rest", bytes);
    }
    drop(agent);
    // An empty folder of its own that nobody else looks into.
    let _ = std::fs::remove_dir_all(folder);
}

/// ns per poll, spawn and wake.
type Costs = [f64; 3];

fn row(runtime: &tokio::runtime::Runtime, name: &str, by: By) -> Costs {
    let costs = [
        median(|| runtime.block_on(polls(by))) / POLLS as f64,
        median(|| runtime.block_on(spawns(by))) / SPAWNS as f64,
        median(|| runtime.block_on(wakes(by))) / WAKES as f64,
    ];
    println!("{name:<28} {:9.1} {:9.1} {:9.1}", costs[0], costs[1], costs[2]);
    costs
}

/// The difference to plain tokio, beside the budget.
fn tell(name: &str, costs: Costs, plain: Costs) {
    let more: Vec<f64> = costs.iter().zip(plain).map(|(cost, plain)| cost - plain).collect();
    let budget = |at: usize, most: f64| if more[at] <= most { "met" } else { "missed" };
    println!(
        "{name}: {:+.1} ns a poll, {:+.1} ns a spawn, {:+.1} ns a wake; budgets 25 a poll: {}, 60 a spawn: {}",
        more[0],
        more[1],
        more[2],
        budget(0, 25.0),
        budget(1, 60.0)
    );
}

/// The same while a client records, and the bytes it got; `None` if the agent has no trace here.
fn traced(runtime: &tokio::runtime::Runtime, agent: SocketAddr) -> Option<(Costs, u64)> {
    let bytes = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let client: JoinHandle<()> = thread::spawn({
        let (bytes, stop) = (bytes.clone(), stop.clone());
        move || record(agent, &bytes, &stop)
    });
    // The first batch comes within a second; without one there is no trace.
    for _ in 0..40 {
        if bytes.load(Relaxed) > 0 || client.is_finished() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let costs = (!client.is_finished()).then(|| row(runtime, "agent tracing", By::Agent));
    stop.store(true, Relaxed);
    client.join().unwrap();
    Some((costs?, bytes.load(Relaxed)))
}

/// Reads a trace until it is told to stop; then the agent sees that its client has gone.
fn record(agent: SocketAddr, bytes: &AtomicU64, stop: &AtomicBool) {
    let mut stream = connect(agent, What::Trace, 120_000_000_000);
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut buffer = vec![0; 1 << 16];
    while !stop.load(Relaxed) {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => drop(bytes.fetch_add(count as u64, Relaxed)),
            Err(_) => {}
        }
    }
}

/// Asks, and reads the answer to its end.
fn ask(agent: SocketAddr, what: What, duration_ns: u64) {
    let mut answer = Vec::new();
    connect(agent, what, duration_ns).read_to_end(&mut answer).unwrap();
}

fn connect(agent: SocketAddr, what: What, duration_ns: u64) -> TcpStream {
    let mut stream = TcpStream::connect(agent).unwrap();
    stream.write_all(&[FIRST_BYTE]).unwrap();
    let request = Request { what: what.into(), duration_ns, ..Request::default() };
    stream.write_all(&wire::encode_request(&request)).unwrap();
    stream
}

fn spawn<F>(by: By, future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match by {
        By::Tokio => tokio::spawn(future),
        By::Agent => taskscope_agent::spawn(future),
    }
}

/// One task that yields.
async fn polls(by: By) {
    spawn(by, Yields(POLLS)).await.unwrap();
}

/// Tasks that end at once, a few at a time.
async fn spawns(by: By) {
    for _ in 0..SPAWNS / 100 {
        let tasks: Vec<_> = (0..100).map(|_| spawn(by, async {})).collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

/// Two tasks that wake each other in turn.
async fn wakes(by: By) {
    let (ping, pong) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let answers = spawn(by, turns(ping.clone(), pong.clone()));
    let asks = spawn(by, async move {
        ping.notify_one();
        turns(pong, ping).await;
    });
    asks.await.unwrap();
    answers.await.unwrap();
}

async fn turns(mine: Arc<Notify>, other: Arc<Notify>) {
    for _ in 0..WAKES / 2 {
        mine.notified().await;
        other.notify_one();
    }
}

/// Wakes itself and gives the worker back, so often.
struct Yields(u64);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0 -= 1;
        if self.0 == 0 {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// ns of this thread's CPU time; the first run warms up.
fn median(mut run: impl FnMut()) -> f64 {
    run();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = cpu_ns();
            run();
            cpu_ns() - start
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn cpu_ns() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec; every system that has libc here knows the clock.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
