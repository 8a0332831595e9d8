//! Merges the threads of a generation into one sequence that the emulated scheduler accepts.

use super::clock::Clock;
use super::emulator::Emulator;
use super::notes::Fault;
use super::spec;
use super::state::Stop;
use super::tables::CpuSample;
use super::timed::{Lane, Next};
use crate::error::Phase;

/// Lanes by the time of their next event, smallest first: a binary heap as Go's reader keeps it,
/// so that equal times come in the same order.
#[derive(Debug, Default)]
pub(crate) struct Frontier {
    heap: Vec<(u64, u32)>,
}

impl Frontier {
    /// The entry with the smallest time.
    #[inline]
    pub fn first(&self) -> Option<(u64, u32)> {
        self.heap.first().copied()
    }

    /// Adds a lane's next time.
    pub fn push(&mut self, entry: (u64, u32)) {
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

    /// Gives the entry at `at` the later time `time`, and moves it down to where it belongs.
    #[inline]
    fn sink(&mut self, mut at: usize, time: u64) {
        let heap = &mut self.heap[..];
        let Some(&(_, lane)) = heap.get(at) else { return };
        while let Some(&left) = heap.get(2 * at + 1) {
            let (mut child, mut least) = (2 * at + 1, left);
            if let Some(&right) = heap.get(child + 1).filter(|right| right.0 < left.0) {
                (child, least) = (child + 1, right);
            }
            if least.0 >= time {
                break;
            }
            heap[at] = least;
            at = child;
        }
        heap[at] = (time, lane);
    }

    /// Takes the entry at `at` out.
    pub fn remove(&mut self, at: usize) {
        self.heap.swap_remove(at);
        if let Some(&(time, _)) = self.heap.get(at) {
            self.sink(at, time);
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

/// Takes in all events of a generation, samples among them. `missing` tells that framing found
/// batches lost, so that events may follow others that are not there.
pub(crate) fn merge(
    emulator: &mut Emulator,
    mut lanes: Vec<Lane<'_>>,
    samples: &[CpuSample],
    clock: &Clock,
    missing: bool,
) -> Outcome {
    let mut merge = Merge::new(clock, missing, &lanes);
    for (row, lane) in (0..).zip(&mut lanes) {
        if merge.decode(emulator, lane) {
            merge.frontier.push((lane.event.time, row));
        }
    }
    let mut samples = samples.iter().peekable();
    while let Some((time, _)) = merge.frontier.first() {
        if let Some(sample) = samples.next_if(|sample| sample.time < time) {
            emulator.sample(sample);
        } else {
            merge.advance(emulator, &mut lanes);
        }
    }
    samples.for_each(|sample| emulator.sample(sample));
    merge.finish(emulator)
}

struct Merge<'c> {
    frontier: Frontier,
    clock: &'c Clock,
    missing: bool,
    outcome: Outcome,
    /// Lanes that may still be tried out of order. Real traces hardly need any; this ends one
    /// that was made to need all.
    tries: u64,
    /// Events that were left out.
    contradicting: Fault,
    /// Events that were taken in though what they follow is not there.
    forced: Fault,
}

impl<'c> Merge<'c> {
    fn new(clock: &'c Clock, missing: bool, lanes: &[Lane<'_>]) -> Self {
        let bytes: u64 = lanes.iter().map(Lane::bytes_left).sum();
        Self {
            frontier: Frontier::default(),
            clock,
            missing,
            outcome: Outcome::Whole,
            tries: (1 << 22) + 16 * bytes,
            contradicting: Fault::default(),
            forced: Fault::default(),
        }
    }

    /// Takes in the first event, or another one where that must wait.
    #[inline]
    fn advance(&mut self, emulator: &mut Emulator, lanes: &mut [Lane<'_>]) {
        let lane = &mut lanes[self.frontier.heap[0].1 as usize];
        match emulator.advance(lane.thread, &lane.event) {
            Ok(()) => self.step(emulator, lane, 0),
            Err(Stop::NotYet) => self.advance_any(emulator, lanes),
            Err(Stop::Broken(why)) => self.leave_out(emulator, lane, 0, why),
        }
    }

    /// The first event must wait: tries the others by time. If all must wait, what the first one
    /// waits for is not in the file.
    #[cold]
    fn advance_any(&mut self, emulator: &mut Emulator, lanes: &mut [Lane<'_>]) {
        let Some(tries) = self.tries.checked_sub(self.frontier.heap.len() as u64) else {
            return self.give_up(emulator, lanes);
        };
        self.tries = tries;
        self.frontier.heap.sort_by_key(|&(time, _)| time);
        for at in 1..self.frontier.heap.len() {
            let lane = &mut lanes[self.frontier.heap[at].1 as usize];
            match emulator.advance(lane.thread, &lane.event) {
                Ok(()) => return self.step(emulator, lane, at),
                Err(Stop::NotYet) => {}
                Err(Stop::Broken(why)) => return self.leave_out(emulator, lane, at, why),
            }
        }
        self.force(emulator, &mut lanes[self.frontier.heap[0].1 as usize]);
    }

    /// Takes in the first event all the same, if what it needs can be assumed.
    #[cold]
    fn force(&mut self, emulator: &mut Emulator, lane: &mut Lane<'_>) {
        self.tries = self.tries.saturating_sub(emulator.threads_met());
        let assumed = emulator.force(lane.thread, &lane.event, self.missing);
        match emulator.advance(lane.thread, &lane.event) {
            Ok(()) if assumed => {
                self.forced.add(lane.event.offset, || describe(lane));
                self.step(emulator, lane, 0);
            }
            Err(Stop::Broken(why)) => self.leave_out(emulator, lane, 0, why),
            _ => self.leave_out(emulator, lane, 0, "what it follows is not in the file"),
        }
    }

    /// Decodes the next event of the lane at `at` in the frontier.
    #[inline]
    fn step(&mut self, emulator: &mut Emulator, lane: &mut Lane<'_>, at: usize) {
        if self.decode(emulator, lane) {
            self.frontier.sink(at, lane.event.time);
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
                let cost = format!("{} bytes of events of its thread are lost.", lane.bytes_left());
                emulator.notes.survived(&error, &cost);
                self.outcome = Outcome::Damaged;
                self.missing = true;
                false
            }
        }
    }

    /// The event at `at` in the frontier cannot be taken in; goes on with the next of its thread.
    #[cold]
    fn leave_out(&mut self, emulator: &mut Emulator, lane: &mut Lane<'_>, at: usize, why: &str) {
        self.contradicting.add(lane.event.offset, || format!("{}: {why}", describe(lane)));
        self.step(emulator, lane, at);
    }

    #[cold]
    fn give_up(&mut self, emulator: &mut Emulator, lanes: &[Lane<'_>]) {
        let rest = self.frontier.heap.iter().map(|&(_, row)| &lanes[row as usize]);
        let bytes: u64 = rest.clone().map(Lane::bytes_left).sum();
        if let Some(first) = rest.min_by_key(|lane| lane.event.time) {
            let message = format!(
                "The threads' events are so far out of order that {bytes} bytes of them were given up."
            );
            emulator.notes.add(Phase::Order, first.event.offset, message);
        }
        self.outcome = Outcome::Damaged;
        self.frontier.heap.clear();
    }

    /// Tells of events that were left out or forced.
    fn finish(self, emulator: &mut Emulator) -> Outcome {
        self.contradicting.tell(Fault::CONTRADICTING, &mut emulator.notes);
        self.forced.tell(Fault::FORCED, &mut emulator.notes);
        let sound = self.contradicting.is_empty() && self.forced.is_empty();
        if sound { self.outcome } else { Outcome::Damaged }
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
