//! The program's own counts of spawns, polls and wakes, kept without the agent's help so that they can
//! judge it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::task::JoinHandle;

static SPAWNS: AtomicU64 = AtomicU64::new(0);
static POLLS: AtomicU64 = AtomicU64::new(0);
static FIRST_POLLS: AtomicU64 = AtomicU64::new(0);
static ENDS: AtomicU64 = AtomicU64::new(0);
static WAKER_CALLS: AtomicU64 = AtomicU64::new(0);
static COUNT_WAKES: AtomicBool = AtomicBool::new(false);

/// Microseconds that requests took, by powers of 2^(1/4).
static LATENCIES: [AtomicU64; 128] = [const { AtomicU64::new(0) }; 128];

/// Whether tasks spawned from now on get a waker of ours.
pub fn count_wakes(yes: bool) {
    COUNT_WAKES.store(yes, Relaxed);
}

/// Spawns a task that counts itself.
#[track_caller]
pub fn spawn<F>(name: &'static str, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    taskscope_agent::spawn_named(name, counted(future))
}

/// A future that counts itself as a task.
pub fn counted<F: Future>(future: F) -> Counted<F> {
    SPAWNS.fetch_add(1, Relaxed);
    let wakes = COUNT_WAKES.load(Relaxed).then(Arc::<Wakes>::default);
    Counted { future, polled: false, wakes }
}

/// A request took so long.
pub fn request(took: Duration) {
    let us = took.as_micros().max(1) as f64;
    let bucket = (us.log2() * 4.0) as usize;
    LATENCIES[bucket.min(LATENCIES.len() - 1)].fetch_add(1, Relaxed);
}

/// All counts, as JSON on one line. `wakes` are those that led to a poll: every poll but a task's first.
pub fn counts() -> String {
    let (polls, first) = (POLLS.load(Relaxed), FIRST_POLLS.load(Relaxed));
    let calls = match COUNT_WAKES.load(Relaxed) {
        true => WAKER_CALLS.load(Relaxed).to_string(),
        false => "null".into(),
    };
    let buckets: Vec<u64> = LATENCIES.iter().map(|bucket| bucket.load(Relaxed)).collect();
    let requests: u64 = buckets.iter().sum();
    format!(
        "{{\"spawns\":{},\"polls\":{polls},\"wakes\":{},\"ends\":{},\"waker_calls\":{calls},\"requests\":{requests},\
         \"p50_us\":{},\"p99_us\":{},\"slowest_us\":{}}}",
        SPAWNS.load(Relaxed),
        polls.saturating_sub(first),
        ENDS.load(Relaxed),
        quantile(&buckets, 0.5),
        quantile(&buckets, 0.99),
        quantile(&buckets, 1.0),
    )
}

/// Forgets the latencies so far.
pub fn forget_latencies() {
    LATENCIES.iter().for_each(|bucket| bucket.store(0, Relaxed));
}

/// The upper end of the bucket in which the quantile lies, in µs; 0 without requests.
fn quantile(buckets: &[u64], part: f64) -> u64 {
    let wanted = (buckets.iter().sum::<u64>() as f64 * part).ceil() as u64;
    let mut sum = 0;
    let bucket = buckets.iter().position(|count| {
        sum += count;
        wanted > 0 && sum >= wanted
    });
    bucket.map_or(0, |bucket| 2_f64.powf((bucket + 1) as f64 / 4.0) as u64)
}

pin_project! {
    /// Counts its polls and its end.
    pub struct Counted<F> {
        #[pin]
        future: F,
        polled: bool,
        wakes: Option<Arc<Wakes>>,
    }

    impl<F> PinnedDrop for Counted<F> {
        fn drop(_this: Pin<&mut Self>) {
            ENDS.fetch_add(1, Relaxed);
        }
    }
}

impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        POLLS.fetch_add(1, Relaxed);
        if !std::mem::replace(this.polled, true) {
            FIRST_POLLS.fetch_add(1, Relaxed);
        }
        match this.wakes {
            None => this.future.poll(context),
            Some(wakes) => {
                wakes.pass_to(context.waker());
                let waker = Waker::from(wakes.clone());
                this.future.poll(&mut Context::from_waker(&waker))
            }
        }
    }
}

/// A waker that counts its calls.
#[derive(Default)]
pub struct Wakes(Mutex<Option<Waker>>);

impl Wakes {
    fn pass_to(&self, waker: &Waker) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        WAKER_CALLS.fetch_add(1, Relaxed);
        let waker = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
