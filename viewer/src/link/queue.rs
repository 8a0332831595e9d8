//! Which requests are on their way, which wait, and which are overtaken.
//!
//! The worker answers in order, one at a time. So each slot (a kind of request about a part) has
//! at most one request at the worker and one waiting: a newer one takes the waiting one's place,
//! whose asker learns that it is stale. A pan of sixty requests a second thus costs only as many
//! as the worker can answer, and the last one always gets its answer.

/// Requests by slot `K`; `T` is what is known about a request (its text and its asker). A list,
/// because there are as many slots as a view has questions: a dozen.
#[derive(Debug)]
pub struct Queue<K, T> {
    slots: Vec<Slot<K, T>>,
    next_id: u32,
}

#[derive(Debug)]
struct Slot<K, T> {
    key: K,
    /// Generation number of the request at the worker; `None` if it is still to be sent.
    id: Option<u32>,
    at_worker: T,
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

impl<K: PartialEq + Clone, T> Queue<K, T> {
    /// An empty queue.
    pub fn new() -> Self {
        Self { slots: Vec::new(), next_id: 1 }
    }

    /// Puts a request in.
    pub fn put(&mut self, key: K, item: T) -> Put<T> {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.key == key) {
            return slot.waiting.replace(item).map_or(Put::Waits, Put::Replaced);
        }
        let id = self.take_id();
        self.slots.push(Slot { key, id: Some(id), at_worker: item, waiting: None });
        Put::Send(id)
    }

    /// Takes out the request that the worker has answered; `None` if nobody waits for it.
    /// Afterwards [`Queue::advance`] the slot.
    pub fn answered(&mut self, id: u32) -> Option<(K, T)> {
        let at = self.slots.iter().position(|slot| slot.id == Some(id))?;
        let slot = self.slots.swap_remove(at);
        if let Some(next) = slot.waiting {
            self.slots.push(Slot { key: slot.key.clone(), id: None, at_worker: next, waiting: None });
        }
        Some((slot.key, slot.at_worker))
    }

    /// The next request of a slot to send, if one waited.
    pub fn advance(&mut self, key: &K) -> Option<(u32, &T)> {
        let id = self.take_id();
        let slot = self.slots.iter_mut().find(|slot| slot.key == *key && slot.id.is_none())?;
        slot.id = Some(id);
        Some((id, &slot.at_worker))
    }

    /// Takes out every request whose slot `gone` names, for their askers to be told.
    pub fn forget(&mut self, gone: impl Fn(&K) -> bool) -> Vec<T> {
        let (gone, kept) = std::mem::take(&mut self.slots).into_iter().partition(|slot| gone(&slot.key));
        self.slots = kept;
        let gone: Vec<Slot<K, T>> = gone;
        gone.into_iter().flat_map(|slot| [Some(slot.at_worker), slot.waiting]).flatten().collect()
    }

    fn take_id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
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
        let Some((id, 'c')) = queue.advance(&"map") else { panic!("the last one waits") };
        assert_eq!(queue.advance(&"map"), None);
        assert_eq!(queue.answered(id), Some(("map", 'c')));
        assert_eq!(queue.advance(&"map"), None);
        assert!(matches!(queue.put("map", 'd'), Put::Send(newer) if newer > id));
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
