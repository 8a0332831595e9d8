//! What is measured, for any way to spawn: a task that yields, tasks that end at once, two tasks that wake
//! each other. All on one current-thread runtime, by its thread's CPU clock, so that a busy machine disturbs
//! little.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub const POLLS: u64 = 400_000;
const SPAWNS: u64 = 100_000;
const WAKES: u64 = 200_000;
pub const ROUNDS: usize = 7;

/// How tasks are spawned.
pub trait Spawn: Copy {
    fn spawn<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;
}

/// As tokio does by itself.
#[derive(Clone, Copy)]
pub struct Plain;

impl Spawn for Plain {
    fn spawn<F>(self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(future)
    }
}

/// ns per poll, spawn and wake.
pub type Costs = [f64; 3];

/// The head of a table of [`row`]s.
pub fn head() {
    println!("{:<28} {:>9} {:>9} {:>9}   (ns of CPU, medians of {ROUNDS})", "", "poll", "spawn", "wake");
}

/// Measures and prints.
pub fn row(runtime: &Runtime, name: &str, by: impl Spawn) -> Costs {
    let costs = [
        median(|| runtime.block_on(polls(by))) / POLLS as f64,
        median(|| runtime.block_on(spawns(by))) / SPAWNS as f64,
        median(|| runtime.block_on(wakes(by))) / WAKES as f64,
    ];
    println!("{name:<28} {:9.1} {:9.1} {:9.1}", costs[0], costs[1], costs[2]);
    costs
}

/// One task that yields.
async fn polls(by: impl Spawn) {
    by.spawn(Yields(POLLS)).await.unwrap();
}

/// Tasks that end at once, a few at a time.
async fn spawns(by: impl Spawn) {
    for _ in 0..SPAWNS / 100 {
        let tasks: Vec<_> = (0..100).map(|_| by.spawn(async {})).collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

/// Two tasks that wake each other in turn.
async fn wakes(by: impl Spawn) {
    let (ping, pong) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let answers = by.spawn(turns(ping.clone(), pong.clone()));
    let asks = by.spawn(async move {
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
