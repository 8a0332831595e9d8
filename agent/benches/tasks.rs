//! What the agent costs a program: ns of CPU per poll, per spawn and per wake, against plain tokio in the
//! same run.
//!
//! `cargo bench -p taskscope-agent --bench tasks`
//!
//! "off": spawned through the agent, which does not listen. "idle": it listens and nobody asks. "watched":
//! somebody asked once. "tracing": a client records a trace. All on one current-thread runtime, by its
//! thread's CPU clock, so that a busy machine disturbs little; medians.
#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

mod load;

use std::future::Future;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use load::{Costs, POLLS, Plain, ROUNDS, Spawn, row};
use taskscope_proto::agent::{self as wire, FIRST_BYTE, Request, What};

/// As the agent does.
#[derive(Clone, Copy)]
struct ByAgent;

impl Spawn for ByAgent {
    fn spawn<F>(self, future: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        taskscope_agent::spawn(future)
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    load::head();
    let plain = row(&runtime, "plain tokio", Plain);
    let off = row(&runtime, "agent off", ByAgent);
    let folder = std::env::temp_dir().join(format!("taskscope-bench-{}", std::process::id()));
    let agent = taskscope_agent::Builder::new().config_dir(&folder).listen().unwrap();
    let idle = row(&runtime, "agent idle", ByAgent);
    ask(agent.addr(), What::Tasks, 0);
    let watched = row(&runtime, "agent idle, asked once", ByAgent);
    let tracing = traced(&runtime, agent.addr());
    for (name, costs) in [("off", off), ("idle", idle), ("watched", watched)] {
        tell(name, costs, plain);
    }
    if let Some((costs, bytes)) = tracing {
        tell("tracing", costs, plain);
        // A poll that yields is two events: GoStart and GoStop.
        let polls = (ROUNDS as u64 + 1) * POLLS;
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
    let costs = (!client.is_finished()).then(|| row(runtime, "agent tracing", ByAgent));
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
