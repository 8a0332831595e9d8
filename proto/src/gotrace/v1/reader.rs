//! Reads a trace of format v1 in steps.

use super::convert::Converter;
use super::merge::Merge;
use super::scan::Scan;
use crate::error::{ParseError, Phase};
use crate::gotrace::emulator::Emulator;
use crate::gotrace::finish::{Whole, finish};
use crate::gotrace::reader::StepResult;
use crate::gotrace::version::{HEADER_LEN, v1_minor};

/// Bytes of the first pass in a step.
const SCAN_STEP: usize = 8 << 20;

/// Events of the second pass in a step.
const MERGE_STEP: u32 = 1 << 18;

/// Ticks a second where the file's end with the true number is lost: a CPU of 2.56 GHz, whose ticks count 64 cycles.
const GUESSED_FREQUENCY: u64 = 40_000_000;

/// Reads one trace of Go 1.11 to 1.21. Nothing is known before all bytes were seen once, so that the steps show
/// progress and no more.
#[derive(Debug)]
pub struct OldReader {
    bytes: Vec<u8>,
    minor: u32,
    at: usize,
    scan: Scan,
    emulator: Emulator,
    merge: Option<Box<Merge>>,
    threads: bool,
}

impl OldReader {
    /// Starts on the bytes of a file, after a look at its header. Anything but a v1 header is an error.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ParseError> {
        let minor = v1_minor(&bytes)?;
        let (scan, emulator) = (Scan::default(), Emulator::new());
        Ok(Self { bytes, minor, at: HEADER_LEN, scan, emulator, merge: None, threads: false })
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

    /// Goes on a little. The first half of what is counted as done is the first pass.
    pub fn step(&mut self) -> StepResult {
        let Self { bytes, minor, emulator, .. } = self;
        match &mut self.merge {
            None if self.at < bytes.len() => {
                let to = self.at.saturating_add(SCAN_STEP);
                self.at = self.scan.advance(bytes, self.at, to, *minor, &mut emulator.notes);
                self.working(self.at as u64 / 2)
            }
            None => {
                self.merge = Some(Box::new(self.begin_merge()));
                self.working(self.at as u64 / 2 + 1)
            }
            Some(merge) => {
                if merge.step(emulator, bytes, MERGE_STEP) {
                    let (all, left) = (bytes.len() as u64, merge.bytes_left());
                    return self.working(all.saturating_sub(left / 2));
                }
                self.finish()
            }
        }
    }

    fn working(&self, done: u64) -> StepResult {
        let total = self.bytes.len() as u64;
        StepResult::Working { done: done.min(total), total }
    }

    fn begin_merge(&mut self) -> Merge {
        let scan = std::mem::take(&mut self.scan);
        let Emulator { data, notes, .. } = &mut self.emulator;
        let tables = scan.tables(&self.bytes, self.minor, data, notes);
        let frequency = scan.frequency.unwrap_or_else(|| {
            let message = format!(
                "The file does not say its clock's frequency, which stands at the end; {GUESSED_FREQUENCY} Hz is \
                 assumed, so that all durations may be wrong by one factor."
            );
            notes.add(Phase::Decode, self.bytes.len() as u64, message);
            GUESSED_FREQUENCY
        });
        self.scan.damaged = scan.damaged || scan.frequency.is_none();
        self.emulator.begin_generation(tables, 0);
        self.emulator.last_ns = 0;
        let converter = Converter::new(self.minor, frequency, scan.timers);
        Merge::new(&self.bytes, self.minor, scan.procs, scan.samples, scan.exits, converter)
    }

    fn finish(&mut self) -> StepResult {
        let mut emulator = std::mem::replace(&mut self.emulator, Emulator::new());
        let quick = self.merge.take().map_or(0, |merge| merge.finish(&mut emulator));
        emulator.end_generation(!self.scan.damaged);
        if emulator.is_empty() {
            return StepResult::Failed(self.nothing(&emulator));
        }
        // All is decoded; sorting needs the room.
        let bytes = std::mem::take(&mut self.bytes).len() as u64;
        let whole = Whole { minor: self.minor, bytes, snapshot: None, threads: self.threads };
        let mut data = finish(emulator, whole);
        data.facts.limits.extend(limit(quick));
        StepResult::Done(Box::new(data))
    }

    /// Why not one event was read.
    fn nothing(&self, emulator: &Emulator) -> ParseError {
        let found = match emulator.notes.first().filter(|_| self.scan.damaged) {
            Some(notice) => format!("none that can be read ({})", notice.message.trim_end_matches('.')),
            None => "the end of the file".into(),
        };
        ParseError::new(Phase::Decode, HEADER_LEN as u64, "at least one event", found).with_hint(
            "The trace was probably never stopped, so that hardly more than its header was written.",
        )
    }
}

/// What the format does not say about `quick` system calls.
fn limit(quick: u64) -> Option<String> {
    let limit = || {
        format!(
            "{quick} system calls that kept their P are shown as 1 ns long: before Go 1.22, traces do not say when they ended."
        )
    };
    (quick > 0).then(limit)
}
