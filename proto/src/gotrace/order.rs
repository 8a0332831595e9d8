//! Merges the threads of a generation into one sequence that the emulated scheduler accepts.

use super::clock::Clock;
use super::emulator::Emulator;
use super::spec;
use super::state::Stop;
use super::tables::CpuSample;
use super::timed::{Lane, Next};
use crate::error::{ParseError, Phase};

/// Lanes by the time of their next event, smallest first: a binary heap as Go's reader keeps it,
/// so that equal times come in the same order.
#[derive(Debug, Default)]
struct Frontier {
    heap: Vec<(u64, u32)>,
}

impl Frontier {
    fn push(&mut self, entry: (u64, u32)) {
        self.heap.push(entry);
        let mut at = self.heap.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.heap[parent].0 <= self.heap[at].0 {
                break;
            }
            self.heap.swap(parent, at);
            at = parent;
        }
    }

    /// Restores the order below `at`, whose time grew.
    #[inline]
    fn sink(&mut self, mut at: usize) {
        let heap = &mut self.heap[..];
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut least = at;
            if left < heap.len() && heap[left].0 < heap[least].0 {
                least = left;
            }
            if right < heap.len() && heap[right].0 < heap[least].0 {
                least = right;
            }
            if least == at {
                return;
            }
            heap.swap(at, least);
            at = least;
        }
    }

    fn remove(&mut self, at: usize) {
        self.heap.swap_remove(at);
        if at < self.heap.len() {
            self.sink(at);
        }
    }
}

/// What became of a generation's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All are in.
    Whole,
    /// Some could not be taken in, and what follows cannot rely on the state.
    Damaged,
}

/// Takes in all events of a generation, samples among them.
pub(crate) fn merge(
    emulator: &mut Emulator,
    mut lanes: Vec<Lane<'_>>,
    samples: &[CpuSample],
    clock: &Clock,
    whole: bool,
) -> Outcome {
    let mut merge = Merge { frontier: Frontier::default(), clock, outcome: Outcome::Whole, whole };
    for (row, lane) in (0..).zip(&mut lanes) {
        if merge.decode(emulator, lane) {
            merge.frontier.push((lane.event.time, row));
        }
    }
    let mut samples = samples.iter().peekable();
    while let Some(&(time, _)) = merge.frontier.heap.first() {
        if let Some(sample) = samples.next_if(|sample| sample.time < time) {
            emulator.sample(sample);
        } else {
            merge.advance(emulator, &mut lanes);
        }
    }
    samples.for_each(|sample| emulator.sample(sample));
    merge.outcome
}

struct Merge<'c> {
    frontier: Frontier,
    clock: &'c Clock,
    outcome: Outcome,
    /// Whether framing found the generation whole; if not, missing partners are no news.
    whole: bool,
}

impl Merge<'_> {
    /// Takes in the first event, or another one where that must wait.
    #[inline]
    fn advance(&mut self, emulator: &mut Emulator, lanes: &mut [Lane<'_>]) {
        let lane = &mut lanes[self.frontier.heap[0].1 as usize];
        match emulator.advance(lane.thread, &lane.event) {
            Ok(()) => self.step(emulator, lane, 0),
            Err(Stop::NotYet) => self.advance_any(emulator, lanes),
            Err(Stop::Broken(why)) => self.break_lane(emulator, lanes, 0, why),
        }
    }

    /// The first event must wait: tries the others by time. If all must wait, what they wait for
    /// is not in the file, and neither is anything after it.
    #[cold]
    fn advance_any(&mut self, emulator: &mut Emulator, lanes: &mut [Lane<'_>]) {
        self.frontier.heap.sort_by_key(|&(time, _)| time);
        for at in 1..self.frontier.heap.len() {
            let lane = &mut lanes[self.frontier.heap[at].1 as usize];
            match emulator.advance(lane.thread, &lane.event) {
                Ok(()) => return self.step(emulator, lane, at),
                Err(Stop::NotYet) => {}
                Err(Stop::Broken(why)) => return self.break_lane(emulator, lanes, at, why),
            }
        }
        self.give_up(emulator, lanes);
    }

    /// Decodes the next event of the lane at `at` in the frontier.
    #[inline]
    fn step(&mut self, emulator: &mut Emulator, lane: &mut Lane<'_>, at: usize) {
        if self.decode(emulator, lane) {
            self.frontier.heap[at].0 = lane.event.time;
            self.frontier.sink(at);
        } else {
            self.frontier.remove(at);
        }
    }

    /// Decodes a lane's next event; false at its end.
    #[inline]
    fn decode(&mut self, emulator: &mut Emulator, lane: &mut Lane<'_>) -> bool {
        match lane.advance(self.clock) {
            Next::Event => true,
            Next::End => false,
            Next::Broken(error) => {
                emulator.notes.survived(&error, &cost(lane));
                self.outcome = Outcome::Damaged;
                false
            }
        }
    }

    /// The event at `at` in the frontier contradicts what was read: its thread cannot go on.
    #[cold]
    fn break_lane(&mut self, emulator: &mut Emulator, lanes: &[Lane<'_>], at: usize, why: &str) {
        let lane = &lanes[self.frontier.heap[at].1 as usize];
        let expected = "an event that follows from those before it";
        let found = format!("{}: {why}", describe(lane));
        emulator
            .notes
            .survived(&ParseError::new(Phase::Order, lane.event.offset, expected, found), &cost(lane));
        self.outcome = Outcome::Damaged;
        self.frontier.remove(at);
    }

    #[cold]
    fn give_up(&mut self, emulator: &mut Emulator, lanes: &[Lane<'_>]) {
        let stuck = self.frontier.heap.iter().map(|&(_, row)| &lanes[row as usize]);
        let bytes: u64 = stuck.clone().map(Lane::bytes_left).sum();
        if let Some(first) = stuck.min_by_key(|lane| lane.event.time) {
            let threads = self.frontier.heap.len();
            let cause = if self.whole { "broken" } else { "incomplete" };
            let message = format!(
                "{threads} threads wait for events that are not in the file, the first with {}. The generation is {cause}: {bytes} bytes of events after that are lost.",
                describe(first)
            );
            emulator.notes.add(Phase::Order, first.event.offset, message);
        }
        self.outcome = Outcome::Damaged;
        self.frontier.heap.clear();
    }
}

/// An event in words, with its arguments by name.
fn describe(lane: &Lane<'_>) -> String {
    let event = &lane.event;
    let mut text = spec::name(event.kind).to_owned();
    for (name, value) in spec::args(event.kind).iter().skip(1).zip(event.args) {
        text.push_str(&format!(" {name}={value}"));
    }
    text
}

fn cost(lane: &Lane<'_>) -> String {
    format!("{} bytes of events of its thread are lost.", lane.bytes_left())
}
