//! Tasks that never end, one way for each cause that the leak listing tells apart.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::counted;

/// Why a task never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It registered no waker anywhere.
    Unwakeable,
    /// It registered one, and whoever had it threw it away.
    LostWaker,
    /// Its spawn site makes more and more, and none ends.
    GrowingSite,
    /// It waits for a lock whose holder does not let go.
    Lock,
    /// It waits for another task, which does not end.
    Join,
    /// It has waited for a message for long.
    Old,
}

const KINDS: [(&str, Kind); 6] = [
    ("unwakeable", Kind::Unwakeable),
    ("lost-waker", Kind::LostWaker),
    ("growing-site", Kind::GrowingSite),
    ("lock", Kind::Lock),
    ("join", Kind::Join),
    ("old", Kind::Old),
];

impl Kind {
    /// The kinds that a word of the command line means.
    pub fn named(word: &str) -> Result<Vec<Self>, String> {
        let named: Vec<Self> =
            KINDS.iter().filter(|(name, _)| word == "all" || *name == word).map(|(_, kind)| *kind).collect();
        match named.is_empty() {
            true => Err(format!("there is no leak {word:?}; the kinds are {}, all", names())),
            false => Ok(named),
        }
    }
}

fn names() -> String {
    KINDS.map(|(name, _)| name).join(", ")
}

/// Leaks `count` tasks of a kind, or as many a second of a growing site.
pub fn plant(kind: Kind, count: usize) {
    match kind {
        Kind::Unwakeable => repeat(count, unwakeable),
        Kind::LostWaker => repeat(count, lost_waker),
        Kind::GrowingSite => drop(counted::spawn("subscriptions", growing_site(count))),
        Kind::Lock => lock(count),
        Kind::Join => repeat(count, join),
        Kind::Old => repeat(count, old),
    }
}

fn repeat(count: usize, leak: fn()) {
    (0..count).for_each(|_| leak());
}

/// Nothing knows how to wake it.
fn unwakeable() {
    counted::spawn("unwakeable", std::future::pending::<()>());
}

/// Its waker stands in a slot that somebody empties without calling it.
fn lost_waker() {
    let slot = Slot::default();
    counted::spawn("lost waker", Registered { slot: slot.clone(), registered: false });
    counted::spawn("forgetful", async move {
        while slot.lock().unwrap_or_else(PoisonError::into_inner).take().is_none() {
            tokio::task::yield_now().await;
        }
    });
}

type Slot = Arc<Mutex<Option<Waker>>>;

/// Leaves its waker in a slot, once.
struct Registered {
    slot: Slot,
    registered: bool,
}

impl Future for Registered {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.registered, true) {
            let waker = context.waker().clone();
            *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
        }
        Poll::Pending
    }
}

/// Subscribers come, none ever leaves: their senders are kept in a list that nobody empties.
async fn growing_site(a_second: usize) {
    let mut subscribers = Vec::new();
    loop {
        let (sender, receiver) = mpsc::channel(1);
        subscribers.push(sender);
        counted::spawn("subscriber", subscriber(receiver));
        tokio::time::sleep(Duration::from_secs(1) / u32::try_from(a_second.max(1)).unwrap_or(u32::MAX)).await;
    }
}

async fn subscriber(mut news: mpsc::Receiver<u32>) {
    while news.recv().await.is_some() {}
}

/// The one who has the lock waits for an answer that does not come.
fn lock(count: usize) {
    let lock = Arc::new(tokio::sync::Mutex::new(()));
    let (taken, is_taken) = oneshot::channel();
    counted::spawn("lock holder", hold(lock.clone(), taken));
    counted::spawn("lock queue", async move {
        // An error would mean that nobody holds it.
        let _ = is_taken.await;
        for _ in 0..count {
            counted::spawn("lock waiter", wait_for_lock(lock.clone()));
        }
    });
}

async fn hold(lock: Arc<tokio::sync::Mutex<()>>, taken: oneshot::Sender<()>) {
    let guard = lock.lock().await;
    // An error means that nobody queues.
    let _ = taken.send(());
    answer_that_does_not_come().await;
    drop(guard);
}

async fn wait_for_lock(lock: Arc<tokio::sync::Mutex<()>>) {
    drop(lock.lock().await);
}

/// Waits for a task that waits for ever.
fn join() {
    let child = counted::spawn("never ends", answer_that_does_not_come());
    counted::spawn("join", async move { drop(child.await) });
}

/// Holds the sender itself for whose message it waits.
fn old() {
    counted::spawn("old", answer_that_does_not_come());
}

async fn answer_that_does_not_come() {
    let (_sender, mut receiver) = mpsc::channel::<()>(1);
    receiver.recv().await;
}
