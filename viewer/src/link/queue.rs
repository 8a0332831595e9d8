//! Which requests are on their way, which wait, and which are overtaken.
//!
//! The worker answers in order, one at a time. So each slot (a kind of request about a part) has
//! at most one request at the worker and one waiting: a newer one takes the waiting one's place,
//! whose asker learns that it is stale. A pan of sixty requests a second thus costs only as many
//! as the worker can answer, and the last one always gets its answer.

use std::collections::HashMap;
use std::hash::Hash;

/// Requests by slot `K`; `T` is what is known about a request (its text and its asker).
#[derive(Debug)]
pub struct Queue<K, T> {
    slots: HashMap<K, Slot<T>>,
    next_id: u32,
}

#[derive(Debug)]
struct Slot<T> {
    at_worker: (u32, T),
    waiting: Option<T>,
}

/// What to do with a request that was just put in.
#[derive(Debug, PartialEq, Eq)]
pub enum Put<T> {
    /// Send it under this generation number.
    Send(u32),
    /// It waits for the one at the worker.
    Waits,
    /// It waits in place of this one, which is stale now.
    Replaced(T),
}

impl<K: Hash + Eq + Clone, T> Queue<K, T> {
    /// An empty queue.
    pub fn new() -> Self {
        Self { slots: HashMap::new(), next_id: 1 }
    }

    /// Puts a request in.
    pub fn put(&mut self, key: K, item: T) -> Put<T> {
        if let Some(slot) = self.slots.get_mut(&key) {
            return slot.waiting.replace(item).map_or(Put::Waits, Put::Replaced);
        }
        let id = self.take_id();
        self.slots.insert(key, Slot { at_worker: (id, item), waiting: None });
        Put::Send(id)
    }

    /// Takes out the request that the worker has answered; `None` if nobody waits for it.
    /// Afterwards [`Queue::advance`] the slot.
    pub fn answered(&mut self, id: u32) -> Option<(K, T)> {
        let key = self.slots.iter().find(|(_, slot)| slot.at_worker.0 == id).map(|(key, _)| key.clone())?;
        let slot = self.slots.remove(&key)?;
        if let Some(next) = slot.waiting {
            // Id 0 is never sent: the slot is held for `advance`.
            self.slots.insert(key.clone(), Slot { at_worker: (0, next), waiting: None });
        }
        Some((key, slot.at_worker.1))
    }

    /// The next request of a slot to send, if one waited.
    pub fn advance(&mut self, key: &K) -> Option<(u32, &T)> {
        let id = self.next_id;
        let slot = self.slots.get_mut(key).filter(|slot| slot.at_worker.0 == 0)?;
        self.next_id = self.next_id.wrapping_add(1).max(1);
        slot.at_worker.0 = id;
        Some((id, &slot.at_worker.1))
    }

    /// Takes out every request whose slot `gone` names, for their askers to be told.
    pub fn forget(&mut self, gone: impl Fn(&K) -> bool) -> Vec<T> {
        let keys: Vec<K> = self.slots.keys().filter(|key| gone(key)).cloned().collect();
        let slots = keys.iter().filter_map(|key| self.slots.remove(key)).collect::<Vec<_>>();
        slots.into_iter().flat_map(|slot| [Some(slot.at_worker.1), slot.waiting]).flatten().collect()
    }

    fn take_id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1).max(1);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_the_worker_and_one_waiting() {
        let mut queue = Queue::new();
        assert_eq!(queue.put("map", 'a'), Put::Send(1));
        assert_eq!(queue.put("map", 'b'), Put::Waits);
        assert_eq!(queue.put("map", 'c'), Put::Replaced('b'));
        assert_eq!(queue.put("top", 'x'), Put::Send(2));

        assert_eq!(queue.answered(1), Some(("map", 'a')));
        assert_eq!(queue.advance(&"map"), Some((3, &'c')));
        assert_eq!(queue.advance(&"map"), None);
        assert_eq!(queue.answered(3), Some(("map", 'c')));
        assert_eq!(queue.advance(&"map"), None);
        assert_eq!(queue.put("map", 'd'), Put::Send(4));
    }

    #[test]
    fn answers_nobody_waits_for_are_dropped() {
        let mut queue = Queue::new();
        queue.put(1, 'a');
        queue.put(1, 'b');
        queue.put(2, 'c');
        let mut gone = queue.forget(|key| *key == 1);
        gone.sort_unstable();
        assert_eq!(gone, ['a', 'b']);
        assert_eq!(queue.answered(1), None);
        assert_eq!(queue.answered(2), Some((2, 'c')));
    }
}
