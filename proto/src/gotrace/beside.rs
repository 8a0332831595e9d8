//! A second thread for what can be done beside something else: decoding ahead of the scheduler, and filling columns.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{Builder, scope};

use super::ahead::{Ahead, Queue};
use super::timed::Lane;

/// Bytes of events from which on a second thread is worth its start.
const LARGE: u64 = 1 << 18;

/// Events that change threads at a time, and how many such stretches may wait.
const STRETCH: usize = 4096;
const WAITING: usize = 3;

/// Decodes the events of `queue` on a second thread, and gives them to `take` until it answers with the number of those
/// of a stretch that it took. Answers what is left of the queue; none if there is too little in it, or no thread.
pub(crate) fn decode_beside<'a>(
    queue: &Queue<'a>,
    mut take: impl FnMut(&Ahead<'a>) -> Result<(), usize>,
) -> Option<Queue<'a>> {
    if queue.lanes.iter().map(Lane::bytes_left).sum::<u64>() < LARGE {
        return None;
    }
    scope(|scope| {
        let (full_to, full) = sync_channel(WAITING);
        let (empty_to, empty) = channel();
        let queue = queue.clone();
        let thread = Builder::new().spawn_scoped(scope, || decode(queue, full_to, empty)).ok()?;
        while let Ok(ahead) = full.recv() {
            if let Err(taken) = take(&ahead) {
                return Some(ahead.back(taken));
            }
            // An error says that nothing more is to be decoded.
            empty_to.send(ahead).unwrap_or_default();
        }
        Some(thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Decodes to the end, or until nobody takes what is decoded. Answers what is left.
fn decode<'a>(mut queue: Queue<'a>, full: SyncSender<Ahead<'a>>, empty: Receiver<Ahead<'a>>) -> Queue<'a> {
    let room = queue.stretch().max(STRETCH);
    loop {
        let mut ahead = empty.try_recv().unwrap_or_else(|_| Ahead::new(&queue, room));
        let more = ahead.fill(&mut queue);
        if full.send(ahead).is_err() || !more {
            return queue;
        }
    }
}

/// Does both with each of `items`, the second on a thread of its own if there is one. Neither gets ahead of the other by
/// more than an item, and an item is dropped once both are done with it.
pub(crate) fn both<T: Clone + Send>(items: Vec<T>, mut first: impl FnMut(T), second: impl FnMut(T) + Send) {
    let second = Mutex::new(second);
    let (to, from) = sync_channel::<T>(0);
    scope(|scope| {
        let work = || {
            if let Ok(mut second) = second.lock() {
                from.into_iter().for_each(&mut *second);
            }
        };
        let alone = Builder::new().spawn_scoped(scope, work).is_err();
        for item in items {
            if !alone {
                // An error is a panic over there, which goes on here when the scope ends.
                to.send(item.clone()).unwrap_or_default();
            } else if let Ok(mut second) = second.lock() {
                second(item.clone());
            }
            first(item);
        }
        drop(to);
    });
}
