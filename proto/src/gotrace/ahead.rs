//! Events by time, ahead of the scheduler: hardly a real one has to wait for another, so that many are decoded before
//! the first of them is taken in. Where one has to wait, the queue goes back to it.

use super::clock::Clock;
use super::order::Frontier;
use super::timed::{Event, Lane, Next};

/// Events decoded at a time; more where there are so many lanes that remembering them would cost more.
const STRETCH: usize = 256;
const STRETCH_PER_LANE: usize = 32;

/// The threads of a generation, and what comes next of each.
#[derive(Clone, Debug)]
pub(crate) struct Queue<'a> {
    /// All lanes.
    pub lanes: Vec<Lane<'a>>,
    /// Those that are not at their end.
    pub frontier: Frontier,
    /// The clock of all.
    pub clock: Clock,
}

impl<'a> Queue<'a> {
    /// A queue of `lanes`, none of which has its first event.
    pub fn new(lanes: Vec<Lane<'a>>, clock: Clock) -> Self {
        Self { lanes, frontier: Frontier::default(), clock }
    }

    /// How many events to decode at a time on one thread.
    pub fn stretch(&self) -> usize {
        STRETCH.max(STRETCH_PER_LANE * self.lanes.len())
    }

    /// Moves the next events into `events` until there are `room`, and their threads into `runs`. False at the end,
    /// or where the bytes that follow the first event of the queue are none.
    fn decode(&mut self, events: &mut Vec<Event>, runs: &mut Vec<Run>, room: usize) -> bool {
        while events.len() < room {
            let Some((_, row)) = self.frontier.first() else { return false };
            let lane = &mut self.lanes[row as usize];
            let next = lane.run(&self.clock, self.frontier.limit(), events, room);
            let broken = matches!(next, Next::Broken(_));
            if broken {
                events.pop();
            }
            runs.push(Run { thread: lane.thread, end: events.len() });
            match next {
                Next::End => self.frontier.remove(0),
                _ => self.frontier.sink(0, lane.event.time),
            }
            if broken {
                return false;
            }
        }
        true
    }
}

/// Events of one thread in a row.
#[derive(Clone, Copy, Debug)]
struct Run {
    thread: u32,
    /// One past the last of them.
    end: usize,
}

/// A stretch of events by time.
#[derive(Debug)]
pub(crate) struct Ahead<'a> {
    events: Vec<Event>,
    runs: Vec<Run>,
    room: usize,
    /// The queue before them.
    before: Queue<'a>,
}

impl<'a> Ahead<'a> {
    /// Room for `room` events of `queue`.
    pub fn new(queue: &Queue<'a>, room: usize) -> Self {
        Self { events: Vec::with_capacity(room + 1), runs: Vec::new(), room, before: queue.clone() }
    }

    /// Takes the next stretch out of `queue`. False where the queue is at its end, or must be gone on with one by one.
    pub fn fill(&mut self, queue: &mut Queue<'a>) -> bool {
        self.before.lanes.clone_from(&queue.lanes);
        self.before.frontier.clone_from(&queue.frontier);
        self.events.clear();
        self.runs.clear();
        queue.decode(&mut self.events, &mut self.runs, self.room)
    }

    /// The events, by thread as they follow one another.
    pub fn runs(&self) -> impl Iterator<Item = (u32, &[Event])> {
        let mut start = 0;
        self.runs.iter().map(move |run| {
            let events = self.events.get(start..run.end).unwrap_or_default();
            start = run.end;
            (run.thread, events)
        })
    }

    /// The queue as it was before all but the first `taken` events.
    pub fn back(self, taken: usize) -> Queue<'a> {
        let mut queue = self.before;
        if taken > 0 {
            queue.decode(&mut Vec::with_capacity(taken + 1), &mut Vec::new(), taken);
        }
        queue
    }
}
