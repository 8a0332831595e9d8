//! Which event may come next: each goroutine's events have an order of their own, across Ps.

use super::lane::{Event, Lane, halts};
use super::spec::kind;
use crate::gotrace::state::Rows;
use crate::model::ids::NONE;

/// What a goroutine is doing, as far as the order of events goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Status {
    #[default]
    Dead,
    Runnable,
    Running,
    Waiting,
}

/// A sequence number that an event needs or leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Is(u64),
    /// Needs any, leaves it as it is.
    Any,
    /// Leaves one more than there was.
    More,
}

/// What an event needs of its goroutine, and what it leaves behind.
#[derive(Clone, Copy, Debug)]
struct Need {
    key: u64,
    before: (Count, Status),
    after: (Count, Status),
}

/// The key of the collector's cycles, which are numbered too. No goroutine has this number.
const COLLECTOR: u64 = u64::MAX;

/// Where the sequence of one goroutine is, and the first lane that waits for it.
#[derive(Clone, Copy, Debug)]
struct Key {
    count: u64,
    status: Status,
    waiting: u32,
}

/// The sequences of all goroutines.
#[derive(Debug, Default)]
pub(crate) struct Order {
    rows: Rows,
    keys: Vec<Key>,
    /// How many lanes wait.
    pub waiting: usize,
}

impl Order {
    /// Whether `event` may come next.
    #[inline]
    pub fn is_ready(&mut self, event: &Event) -> bool {
        let Some(need) = need(event) else { return true };
        let key = self.key(need.key);
        let (count, status) = need.before;
        key.status == status && (count == Count::Any || count == Count::Is(key.count))
    }

    /// `event`, which is ready, has come. Gives the first of the lanes that waited for its goroutine.
    #[inline]
    pub fn apply(&mut self, event: &Event) -> u32 {
        let Some(need) = need(event) else { return NONE };
        let key = self.key(need.key);
        let (count, status) = need.after;
        key.status = status;
        key.count = match count {
            Count::Is(count) => count,
            Count::Any => key.count,
            Count::More => key.count.wrapping_add(1),
        };
        std::mem::replace(&mut key.waiting, NONE)
    }

    /// Lets `lane`, which is row `row`, wait for the goroutine of its event.
    pub fn wait(&mut self, lane: &mut Lane, row: u32) {
        let Some(need) = need(&lane.event) else { return };
        let key = self.key(need.key);
        lane.next_waiting = std::mem::replace(&mut key.waiting, row);
        lane.waits = true;
        self.waiting += 1;
    }

    /// `lane` does not wait any more; gives the next one that waited for the same goroutine.
    pub fn wake(&mut self, lane: &mut Lane) -> u32 {
        lane.waits = false;
        self.waiting -= 1;
        std::mem::replace(&mut lane.next_waiting, NONE)
    }

    /// Brings about what `event` needs, and gives the lanes that waited for its goroutine.
    pub fn force(&mut self, event: &Event) -> u32 {
        let Some(need) = need(event) else { return NONE };
        let key = self.key(need.key);
        let (count, status) = need.before;
        key.status = status;
        if let Count::Is(count) = count {
            key.count = count;
        }
        std::mem::replace(&mut key.waiting, NONE)
    }

    #[inline]
    fn key(&mut self, id: u64) -> &mut Key {
        let row = self.rows.get(id).unwrap_or_else(|| {
            self.keys.push(Key { count: 0, status: Status::Dead, waiting: NONE });
            self.rows.add(id)
        });
        &mut self.keys[row as usize]
    }
}

/// What `event` needs; nothing for most kinds.
#[inline]
fn need(event: &Event) -> Option<Need> {
    use Count::{Any, Is, More};
    use Status::{Dead, Runnable, Running, Waiting};
    let [g, seq, ..] = event.args;
    let (key, before, after) = match event.kind {
        kind::GO_CREATE => (g, (Is(0), Dead), (Is(1), Runnable)),
        kind::GO_WAITING | kind::GO_IN_SYSCALL => (g, (Is(1), Runnable), (Is(2), Waiting)),
        kind::GO_START | kind::GO_START_LABEL => (g, (Is(seq), Runnable), (Is(seq.wrapping_add(1)), Running)),
        kind::GO_START_LOCAL => (g, (Any, Runnable), (More, Running)),
        kind::GO_SCHED | kind::GO_PREEMPT => (event.g, (Any, Running), (Any, Runnable)),
        kind::GO_UNBLOCK | kind::GO_SYS_EXIT => (g, (Is(seq), Waiting), (Is(seq.wrapping_add(1)), Runnable)),
        kind::GO_UNBLOCK_LOCAL | kind::GO_SYS_EXIT_LOCAL => (g, (Any, Waiting), (More, Runnable)),
        kind::GC_START => (COLLECTOR, (Is(g), Dead), (Is(g.wrapping_add(1)), Dead)),
        kind if kind == kind::GO_SYS_BLOCK || halts(kind) => (event.g, (Any, Running), (Any, Waiting)),
        _ => return None,
    };
    Some(Need { key, before, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: u8, args: [u64; 2]) -> Event {
        Event { kind, args: [args[0], args[1], 0, 0], g: args[0], ..Event::default() }
    }

    #[test]
    fn a_goroutine_s_events_follow_one_another() {
        let mut order = Order::default();
        let story = [
            event(kind::GO_CREATE, [7, 0]),
            event(kind::GO_START_LOCAL, [7, 0]),
            event(kind::GO_BLOCK_RECV, [7, 0]),
            event(kind::GO_UNBLOCK, [7, 2]),
            event(kind::GO_START, [7, 3]),
            event(kind::GO_SYS_BLOCK, [7, 0]),
            event(kind::GO_SYS_EXIT, [7, 4]),
        ];
        for (at, event) in story.iter().enumerate() {
            for early in &story[at + 1..] {
                let by_p_alone = early.kind == kind::GO_SYS_BLOCK;
                assert!(by_p_alone || !order.is_ready(early), "{} too early", early.kind);
            }
            assert!(order.is_ready(event), "{}", event.kind);
            order.apply(event);
        }
        assert!(order.is_ready(&event(kind::HEAP_ALLOC, [1, 0])), "other events wait for nothing");
    }

    #[test]
    fn cycles_of_the_collector_are_numbered() {
        let mut order = Order::default();
        assert!(!order.is_ready(&event(kind::GC_START, [1, 0])));
        order.apply(&event(kind::GC_START, [0, 0]));
        assert!(order.is_ready(&event(kind::GC_START, [1, 0])));
    }
}
