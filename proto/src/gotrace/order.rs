//! Merges the threads of a generation into one sequence that the emulated scheduler accepts.

use std::iter::Peekable;

use super::ahead::{Ahead, Queue};
use super::emulator::Emulator;
use super::notes::Fault;
use super::spec;
use super::state::Stop;
use super::tables::CpuSample;
use super::timed::{Lane, Next};
use crate::error::Phase;

/// Lanes by the time of their next event, smallest first: a binary heap as Go's reader keeps it,
/// so that equal times come in the same order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frontier {
    pub(super) heap: Vec<(u64, u32)>,
}

impl Frontier {
    /// The entry with the smallest time.
    #[inline]
    pub fn first(&self) -> Option<(u64, u32)> {
        self.heap.first().copied()
    }

    /// The latest time at which the first entry still stays the first.
    #[inline]
    pub fn limit(&self) -> u64 {
        let next = self.heap.iter().skip(1).take(2).map(|&(time, _)| time);
        next.min().unwrap_or(u64::MAX)
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
    pub fn sink(&mut self, mut at: usize, time: u64) {
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

/// Takes in all events of `queue`, which are those of a generation, and its samples. `missing` tells that framing
/// found batches lost, so that events may follow others that are not there, and `threads` that a second thread may
/// help.
pub(crate) fn merge(
    emulator: &mut Emulator,
    queue: Queue<'_>,
    samples: &[CpuSample],
    missing: bool,
    threads: bool,
) -> Outcome {
    let mut merge = Merge::new(queue, samples, missing, threads);
    merge.begin(emulator);
    while merge.queue.frontier.first().is_some() {
        merge.run(emulator);
        merge.go_with_care(emulator);
    }
    merge.samples.for_each(|sample| emulator.sample(sample));
    merge.faults.finish(merge.outcome, emulator)
}

struct Merge<'a> {
    queue: Queue<'a>,
    samples: Peekable<std::slice::Iter<'a, CpuSample>>,
    missing: bool,
    /// Whether a second thread may help.
    threads: bool,
    outcome: Outcome,
    /// Lanes that may still be tried out of order. Real traces hardly need any; this ends one
    /// that was made to need all.
    tries: u64,
    faults: Faults,
}

#[derive(Default)]
struct Faults {
    /// Events that were left out.
    contradicting: Fault,
    /// Events that were taken in though what they follow is not there.
    forced: Fault,
}

impl<'a> Merge<'a> {
    fn new(queue: Queue<'a>, samples: &'a [CpuSample], missing: bool, threads: bool) -> Self {
        let bytes: u64 = queue.lanes.iter().map(Lane::bytes_left).sum();
        Self {
            queue,
            samples: samples.iter().peekable(),
            missing,
            threads,
            outcome: Outcome::Whole,
            tries: (1 << 22) + 16 * bytes,
            faults: Faults::default(),
        }
    }

    /// Decodes the first event of every lane.
    fn begin(&mut self, emulator: &mut Emulator) {
        for row in 0..self.queue.lanes.len() {
            if self.decode(emulator, row) {
                self.queue.frontier.push((self.queue.lanes[row].event.time, row as u32));
            }
        }
    }

    /// Takes in events by time, up to one that the scheduler does not accept: that is the first of the queue then.
    fn run(&mut self, emulator: &mut Emulator) {
        if self.threads && self.run_beside(emulator) {
            return;
        }
        let mut ahead = Ahead::new(&self.queue, self.queue.stretch());
        loop {
            let filled = ahead.fill(&mut self.queue);
            if let Err(taken) = take(emulator, &ahead, &mut self.samples) {
                self.queue = ahead.back(taken);
                return;
            }
            if !filled {
                return;
            }
        }
    }

    /// The same with a second thread that decodes; false if there is none.
    #[cfg(feature = "threads")]
    fn run_beside(&mut self, emulator: &mut Emulator) -> bool {
        let samples = &mut self.samples;
        let queue = super::beside::decode_beside(&self.queue, |ahead| take(emulator, ahead, samples));
        queue.map(|queue| self.queue = queue).is_some()
    }

    #[cfg(not(feature = "threads"))]
    fn run_beside(&mut self, _: &mut Emulator) -> bool {
        false
    }

    /// Takes in some events one by one, wherever they fit in.
    fn go_with_care(&mut self, emulator: &mut Emulator) {
        for _ in 0..self.queue.stretch() {
            let Some((time, _)) = self.queue.frontier.first() else { return };
            while let Some(sample) = self.samples.next_if(|sample| sample.time < time) {
                emulator.sample(sample);
            }
            self.advance(emulator);
        }
    }

    /// Takes in the first event, or another one where that must wait.
    fn advance(&mut self, emulator: &mut Emulator) {
        let lane = &self.queue.lanes[self.queue.frontier.heap[0].1 as usize];
        match emulator.advance(lane.thread, &lane.event) {
            Ok(()) => self.step(emulator, 0),
            Err(Stop::NotYet) => self.advance_any(emulator),
            Err(Stop::Broken(why)) => self.leave_out(emulator, 0, why),
        }
    }

    /// The first event must wait: tries the others by time. If all must wait, what the first one
    /// waits for is not in the file.
    fn advance_any(&mut self, emulator: &mut Emulator) {
        let Some(tries) = self.tries.checked_sub(self.queue.frontier.heap.len() as u64) else {
            return self.give_up(emulator);
        };
        self.tries = tries;
        self.queue.frontier.heap.sort_by_key(|&(time, _)| time);
        for at in 1..self.queue.frontier.heap.len() {
            let lane = self.lane(at);
            match emulator.advance(lane.thread, &lane.event) {
                Ok(()) => return self.step(emulator, at),
                Err(Stop::NotYet) => {}
                Err(Stop::Broken(why)) => return self.leave_out(emulator, at, why),
            }
        }
        self.force(emulator);
    }

    /// Takes in the first event all the same, if what it needs can be assumed.
    fn force(&mut self, emulator: &mut Emulator) {
        self.tries = self.tries.saturating_sub(emulator.threads_met());
        let lane = &self.queue.lanes[self.queue.frontier.heap[0].1 as usize];
        let assumed = emulator.force(lane.thread, &lane.event, self.missing);
        match emulator.advance(lane.thread, &lane.event) {
            Ok(()) if assumed => {
                self.faults.forced.add(lane.event.offset, || describe(lane));
                self.step(emulator, 0);
            }
            Err(Stop::Broken(why)) => self.leave_out(emulator, 0, why),
            _ => self.leave_out(emulator, 0, "what it follows is not in the file"),
        }
    }

    /// The lane at `at` in the frontier.
    fn lane(&self, at: usize) -> &Lane<'a> {
        &self.queue.lanes[self.queue.frontier.heap[at].1 as usize]
    }

    /// Decodes the next event of the lane at `at` in the frontier.
    fn step(&mut self, emulator: &mut Emulator, at: usize) {
        let row = self.queue.frontier.heap[at].1 as usize;
        if self.decode(emulator, row) {
            self.queue.frontier.sink(at, self.queue.lanes[row].event.time);
        } else {
            self.queue.frontier.remove(at);
        }
    }

    /// Decodes the next event of lane `row`; false at its end.
    fn decode(&mut self, emulator: &mut Emulator, row: usize) -> bool {
        let lane = &mut self.queue.lanes[row];
        match lane.advance(&self.queue.clock) {
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
    fn leave_out(&mut self, emulator: &mut Emulator, at: usize, why: &str) {
        let row = self.queue.frontier.heap[at].1 as usize;
        let lane = &self.queue.lanes[row];
        self.faults.contradicting.add(lane.event.offset, || format!("{}: {why}", describe(lane)));
        self.step(emulator, at);
    }

    fn give_up(&mut self, emulator: &mut Emulator) {
        let rest = self.queue.frontier.heap.iter().map(|&(_, row)| &self.queue.lanes[row as usize]);
        let bytes: u64 = rest.clone().map(Lane::bytes_left).sum();
        if let Some(first) = rest.min_by_key(|lane| lane.event.time) {
            let message = format!(
                "The threads' events are so far out of order that {bytes} bytes of them were given up."
            );
            emulator.notes.add(Phase::Order, first.event.offset, message);
        }
        self.outcome = Outcome::Damaged;
        self.queue.frontier.heap.clear();
    }
}

/// Takes in the events of `ahead`, and the samples before each. An event that the scheduler does not accept ends it:
/// answers how many came before it.
fn take(
    emulator: &mut Emulator,
    ahead: &Ahead<'_>,
    samples: &mut Peekable<std::slice::Iter<'_, CpuSample>>,
) -> Result<(), usize> {
    let mut taken = 0;
    for (thread, events) in ahead.runs() {
        for event in events {
            while let Some(sample) = samples.next_if(|sample| sample.time < event.time) {
                emulator.sample(sample);
            }
            if emulator.advance(thread, event).is_err() {
                return Err(taken);
            }
            taken += 1;
        }
    }
    Ok(())
}

impl Faults {
    /// Tells of events that were left out or forced.
    fn finish(self, outcome: Outcome, emulator: &mut Emulator) -> Outcome {
        self.contradicting.tell(Fault::CONTRADICTING, &mut emulator.notes);
        self.forced.tell(Fault::FORCED, &mut emulator.notes);
        let sound = self.contradicting.is_empty() && self.forced.is_empty();
        if sound { outcome } else { Outcome::Damaged }
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
