//! Reads a trace generation by generation.

use super::ahead::Queue;
use super::batch::{Generation, read_generation};
use super::clock::{Clock, USUAL_FREQUENCY};
use super::emulator::Emulator;
use super::finish::{Whole, finish, preview};
use super::order::{Outcome, merge};
use super::rust;
use super::tables::{Snapshot, Tables, read_samples, read_sync};
use super::timed::Lane;
use super::version::{HEADER_LEN, v2_minor};
use crate::error::{ParseError, Phase};
use crate::model::Dataset;

/// Spans of the largest preview: about 200 MB, and half a second in a browser.
const MAX_PREVIEW: u32 = 8 << 20;

/// Reads one trace, a generation a step, so that a caller can stop or show progress in between.
#[derive(Debug)]
pub struct Reader {
    bytes: Vec<u8>,
    minor: u32,
    next: usize,
    emulator: Emulator,
    /// Number of the generation before, and whether its state can be gone on with.
    before: Option<(u64, Outcome)>,
    /// The latest time of any batch.
    latest: u64,
    frequency: Option<u64>,
    snapshot: Option<(Snapshot, Clock)>,
    threads: bool,
}

/// How far reading is.
#[derive(Debug)]
pub enum StepResult {
    /// Call again.
    Working {
        /// Bytes dealt with so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// All that could be read; what is missing is in its notices. There is nothing more to call.
    Done(Box<Dataset>),
    /// Not one event could be read. There is nothing more to call.
    Failed(ParseError),
}

impl Reader {
    /// Starts on the bytes of a file, after a look at its header. Anything but a v2 header is an error.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ParseError> {
        let minor = v2_minor(&bytes)?;
        let emulator = Emulator::new();
        Ok(Self {
            bytes,
            minor,
            next: HEADER_LEN,
            emulator,
            before: None,
            latest: 0,
            frequency: None,
            snapshot: None,
            threads: false,
        })
    }

    /// The same, with the help of a second thread if `threads` and the feature of that name allow it. What comes out is
    /// the same to the bit.
    pub fn with_threads(self, threads: bool) -> Self {
        Self { threads, ..self }
    }

    /// The bytes of the file, to quote from after a failure.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads one generation.
    pub fn step(&mut self) -> StepResult {
        match read_generation(&self.bytes, self.next, self.minor, self.latest, &mut self.emulator.notes) {
            Some(generation) => {
                self.next = generation.next;
                self.latest = self.latest.max(generation.max_time);
                if !generation.is_empty() {
                    self.read(&generation);
                }
                StepResult::Working { done: self.next as u64, total: self.bytes.len() as u64 }
            }
            None => self.finish(),
        }
    }

    /// Bytes decoded so far.
    pub fn done(&self) -> u64 {
        self.next as u64
    }

    /// Whether all bytes are decoded: the next step sorts, and ends.
    pub fn is_read(&self) -> bool {
        self.next >= self.bytes.len()
    }

    /// A data set of what was read so far, as if the file ended here. `None` before the first
    /// event, and where it would take too long to make.
    pub fn preview(&mut self) -> Option<Box<Dataset>> {
        if self.emulator.is_empty() || self.emulator.staging.rows() > MAX_PREVIEW {
            return None;
        }
        let whole = Whole {
            minor: self.minor,
            bytes: self.next as u64,
            snapshot: self.snapshot,
            threads: self.threads,
        };
        Some(Box::new(preview(&mut self.emulator, whole)))
    }

    fn read(&mut self, generation: &Generation) {
        let forgot = self.begin(generation);
        let clock = self.clock(generation);
        let emulator = &mut self.emulator;
        let (lost, again) = (emulator.last_event_ns, clock.ns(generation.min_time));
        if forgot && lost < again {
            emulator.data.missing.push((lost, again));
        }
        let tables = Tables::read(&self.bytes, generation, &mut emulator.data, &mut emulator.notes);
        let samples =
            read_samples(&self.bytes, &generation.samples, |units| clock.ns(units), &mut emulator.notes);
        emulator.begin_generation(tables, clock.ns(generation.min_time));
        emulator.found_since_sync();
        let lanes = generation
            .threads
            .iter()
            .map(|thread| Lane::new(emulator.thread_row(thread.m), &self.bytes, &thread.pieces));
        let queue = Queue::new(lanes.collect(), clock);
        let outcome = merge(emulator, queue, &samples, !generation.complete, self.threads);
        let whole = generation.complete && outcome == Outcome::Whole;
        emulator.end_generation(whole);
        rust::read(&self.bytes, &generation.sidecars, emulator);
        self.before = Some((generation.number, if whole { Outcome::Whole } else { Outcome::Damaged }));
    }

    /// Forgets the scheduler's state unless `generation` goes on from it; whether it did.
    fn begin(&mut self, generation: &Generation) -> bool {
        let Some((number, outcome)) = self.before else { return false };
        let follows = generation.number == number.wrapping_add(1) && !generation.joined;
        if !follows && !generation.joined {
            let message = format!(
                "Generation {} follows generation {number}; those between are missing.",
                generation.number
            );
            self.emulator.notes.add(Phase::Frame, generation.offset as u64, message);
        }
        let forget = !follows || outcome == Outcome::Damaged;
        if forget {
            self.emulator.forget();
        }
        forget
    }

    /// The clock of `generation`: as it says itself, or as the one before, or the usual one.
    fn clock(&mut self, generation: &Generation) -> Clock {
        let sync = read_sync(&self.bytes, &generation.syncs, self.minor, &mut self.emulator.notes);
        if sync.frequency.is_none() {
            let usual = self.frequency.unwrap_or(USUAL_FREQUENCY);
            let message = format!(
                "Generation {} does not say its clock's frequency; {usual} Hz is assumed.",
                generation.number
            );
            self.emulator.notes.add(Phase::Decode, generation.offset as u64, message);
        }
        self.frequency = sync.frequency.or(self.frequency);
        let clock = Clock::new(self.frequency.unwrap_or(USUAL_FREQUENCY));
        self.snapshot = self.snapshot.or_else(|| sync.snapshot.map(|snapshot| (snapshot, clock)));
        clock
    }

    fn finish(&mut self) -> StepResult {
        let emulator = std::mem::replace(&mut self.emulator, Emulator::new());
        if emulator.is_empty() {
            return StepResult::Failed(self.nothing(&emulator));
        }
        // All is decoded; sorting needs the room.
        let bytes = std::mem::take(&mut self.bytes).len() as u64;
        let whole = Whole { minor: self.minor, bytes, snapshot: self.snapshot, threads: self.threads };
        StepResult::Done(Box::new(finish(emulator, whole)))
    }

    /// Why not one event was read.
    fn nothing(&self, emulator: &Emulator) -> ParseError {
        let expected = "at least one batch of events";
        match emulator.notes.first() {
            Some(notice) => {
                let found = format!("none that can be read ({})", notice.message.trim_end_matches('.'));
                ParseError::new(notice.phase, notice.offset, expected, found)
            }
            None => ParseError::new(Phase::Frame, self.next as u64, expected, "the end of the file")
                .with_hint(
                    "The trace was probably never stopped, so that nothing but its header was written.",
                ),
        }
    }
}
