//! What the shop does: work for the processor, memory, locks, channels, blocking code and waiting.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{Mutex, RwLock, Semaphore, mpsc, oneshot};

use crate::counted;

/// Receipts that are kept; older ones are thrown away.
const RECEIPTS: usize = 2000;
/// Tasks that pack orders.
const PACKERS: usize = 4;

static NEXT_ORDER: AtomicU64 = AtomicU64::new(0);

/// The shop's state.
pub struct Shop {
    stock: Mutex<[u32; 64]>,
    prices: RwLock<Vec<u64>>,
    receipts: std::sync::Mutex<VecDeque<Vec<u8>>>,
    counters: Semaphore,
    packers: Vec<mpsc::Sender<Order>>,
}

/// An order, and where the answer goes.
struct Order {
    number: u64,
    done: oneshot::Sender<u64>,
}

impl Shop {
    /// An open shop, with its packers.
    pub fn new() -> Self {
        let packer = |_| {
            let (orders, queue) = mpsc::channel(64);
            counted::spawn("packer", pack(queue));
            orders
        };
        Self {
            stock: Mutex::new([1000; 64]),
            prices: RwLock::new((1..=64).collect()),
            receipts: std::sync::Mutex::default(),
            counters: Semaphore::new(4),
            packers: (0..PACKERS).map(packer).collect(),
        }
    }

    /// One customer: what `path` asks for, as text.
    pub async fn answer(&self, path: &str) -> Option<String> {
        let number = match path {
            "/price" => self.price().await,
            "/stock" => self.take_from_stock().await,
            "/order" => self.order().await,
            "/receipt" => self.receipt(),
            "/search" => search(40_000),
            "/archive" => archive().await,
            "/gift" => gift().await,
            "/wait" => nap().await,
            _ => return None,
        };
        Some(format!("{number}\n"))
    }

    async fn price(&self) -> u64 {
        self.prices.read().await.iter().sum()
    }

    async fn take_from_stock(&self) -> u64 {
        let Ok(_counter) = self.counters.acquire().await else { return 0 };
        let mut stock = self.stock.lock().await;
        // With the lock held, so that others have to wait for it.
        tokio::task::yield_now().await;
        stock[3] = stock[3].checked_sub(1).unwrap_or(1000);
        u64::from(stock[3])
    }

    async fn order(&self) -> u64 {
        let (done, answer) = oneshot::channel();
        let number = self.prices.read().await.len() as u64 + NEXT_ORDER.fetch_add(1, Relaxed);
        let packer = &self.packers[number as usize % PACKERS];
        if packer.send(Order { number, done }).await.is_err() {
            return 0;
        }
        answer.await.unwrap_or(0)
    }

    fn receipt(&self) -> u64 {
        let paper = vec![b'='; 2000];
        let Ok(mut receipts) = self.receipts.lock() else { return 0 };
        receipts.push_back(paper);
        if receipts.len() > RECEIPTS {
            receipts.pop_front();
        }
        receipts.len() as u64
    }
}

/// Packs orders one after another, as long as there is a shop.
async fn pack(mut queue: mpsc::Receiver<Order>) {
    while let Some(Order { number, done }) = queue.recv().await {
        // The customer may have left.
        let _ = done.send(search(2000) ^ number);
    }
}

/// Work for the processor: three parts here to one in [`compare`].
#[inline(never)]
fn search(rounds: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for round in 0..rounds {
        hash = black_box((hash ^ round).wrapping_mul(0x0100_0000_01b3));
    }
    hash ^ compare(rounds / 3)
}

#[inline(never)]
fn compare(rounds: u64) -> u64 {
    let mut best = 0;
    for round in 0..rounds {
        best = black_box((best ^ round).wrapping_mul(0x0100_0000_01b3));
    }
    best
}

/// Code that blocks its thread.
async fn archive() -> u64 {
    let read = || {
        std::thread::sleep(Duration::from_millis(2));
        search(1000)
    };
    taskscope_agent::spawn_blocking(read).await.unwrap_or(0)
}

/// Several at once, and wait for all.
async fn gift() -> u64 {
    let parts: Vec<_> =
        (0..3).map(|part| counted::spawn("part of a gift", async move { search(500 * part) })).collect();
    let mut sum = 0;
    for part in parts {
        sum ^= part.await.unwrap_or(0);
    }
    sum
}

async fn nap() -> u64 {
    tokio::time::sleep(Duration::from_millis(3)).await;
    3
}
