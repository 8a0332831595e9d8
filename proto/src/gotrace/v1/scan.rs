//! The first of two passes: where each P's batches lie, and what is not tied to their order.

use super::raw::{Raw, read_raw};
use super::spec::kind;
use crate::cursor::Cursor;
use crate::error::{ParseError, Phase};
use crate::gotrace::batch::NO_THREAD;
use crate::gotrace::notes::Notes;
use crate::gotrace::state::Rows;
use crate::gotrace::tables::{CpuSample, Tables};
use crate::gotrace::version::{HEADER_LEN, version};
use crate::model::Dataset;

/// The number that stands for no P.
pub(crate) const NO_PROC: u64 = u64::MAX;

/// Deepest stack that Go's reader takes.
const MAX_FRAMES: u64 = 1000;

/// Events that must follow before a place found by searching counts as a batch.
const PROOF: usize = 16;

/// A batch found by searching begins at most this many ticks, some hours, from the one before.
const MAX_STEP: u64 = 1 << 42;

/// A batch: the events of one P until the next batch of any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// First byte behind the batch's own event.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The clock before its first event.
    pub ticks: u64,
}

/// The batches of one P, in the order written.
#[derive(Debug)]
pub(crate) struct ProcBatches {
    /// The P, or [`NO_PROC`].
    pub p: u64,
    /// Its batches.
    pub pieces: Vec<Piece>,
}

/// The true end of a system call, which is written long after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit {
    /// When, in ticks.
    pub ticks: u64,
    /// The goroutine.
    pub g: u64,
}

/// What the first pass found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Batches by P, in the order the Ps first appear.
    pub procs: Vec<ProcBatches>,
    /// CPU samples, their times in ticks.
    pub samples: Vec<CpuSample>,
    /// Ends of system calls.
    pub exits: Vec<Exit>,
    /// Goroutines that are the runtime's timers.
    pub timers: Vec<u64>,
    /// Ticks a second.
    pub frequency: Option<u64>,
    /// Whether bytes were lost.
    pub damaged: bool,
    rows: Rows,
    open: Option<usize>,
    last_ticks: u64,
    strings: Vec<usize>,
    stacks: Vec<usize>,
    string_bytes: usize,
    stack_bytes: usize,
}

impl Scan {
    /// Reads events from `from` on until `to` or a little further, and says how far it got.
    pub fn advance(&mut self, bytes: &[u8], from: usize, to: usize, minor: u32, notes: &mut Notes) -> usize {
        let mut cursor = cursor_at(bytes, from.max(HEADER_LEN));
        while !cursor.is_empty() && cursor.offset() < to as u64 {
            let offset = cursor.offset() as usize;
            let read = read_raw(&mut cursor, minor).and_then(|raw| self.take(&raw, offset, &cursor));
            if let Err(error) = read {
                cursor = cursor_at(bytes, self.skip(bytes, offset, &error, minor, notes));
            }
        }
        let at = cursor.offset() as usize;
        self.extend(at);
        at
    }

    fn take(&mut self, raw: &Raw<'_>, offset: usize, after: &Cursor<'_>) -> Result<(), ParseError> {
        let end = after.offset() as usize;
        match raw.kind {
            kind::BATCH => return self.begin_batch(raw.args[0], raw.args[1], offset, end),
            kind::STRING => {
                self.strings.push(offset);
                self.string_bytes += end - offset;
            }
            kind::STACK => {
                self.stacks.push(offset);
                self.stack_bytes += end - offset;
            }
            kind::FREQUENCY => {
                let plausible = |&frequency: &u64| frequency > 0 && frequency <= i64::MAX as u64;
                self.frequency = self.frequency.or(Some(raw.args[0]).filter(plausible));
            }
            kind::TIMER_GOROUTINE => self.timers.push(raw.args[0]),
            kind::CPU_SAMPLE => {
                let [_, time, p, g, stack] = raw.args;
                self.samples.push(CpuSample { time, m: NO_THREAD, p, g, stack, offset: offset as u64 });
            }
            _ if self.open.is_none() => {
                return Err(ParseError::new(
                    Phase::Decode,
                    offset as u64,
                    "a batch",
                    "an event outside of any",
                ));
            }
            kind::GO_SYS_EXIT => self.exits.extend(exit(raw.args[1], raw.args[3])),
            kind::GO_SYS_EXIT_LOCAL => self.exits.extend(exit(raw.args[1], raw.args[2])),
            _ => {}
        }
        Ok(())
    }

    fn begin_batch(&mut self, p: u64, ticks: u64, offset: usize, end: usize) -> Result<(), ParseError> {
        if !is_proc(p) {
            let expected = "a batch of a P";
            return Err(ParseError::new(Phase::Decode, offset as u64, expected, format!("P {p}")));
        }
        self.extend(offset);
        let row = self.rows.get(p).unwrap_or_else(|| {
            self.procs.push(ProcBatches { p, pieces: Vec::new() });
            self.rows.add(p)
        }) as usize;
        self.procs[row].pieces.push(Piece { start: end, end, ticks });
        (self.open, self.last_ticks) = (Some(row), ticks);
        Ok(())
    }

    /// The open batch reaches up to `at`.
    fn extend(&mut self, at: usize) {
        let piece = self.open.and_then(|row| self.procs[row].pieces.last_mut());
        if let Some(piece) = piece {
            piece.end = at.max(piece.start);
        }
    }

    /// What stands at `offset` is no event: goes on at the next batch, or ends at a second trace.
    fn skip(
        &mut self,
        bytes: &[u8],
        offset: usize,
        error: &ParseError,
        minor: u32,
        notes: &mut Notes,
    ) -> usize {
        self.extend(offset);
        self.open = None;
        self.damaged = true;
        let near = self.last_ticks;
        let stop = |at: &usize| is_batch(bytes, *at, near, minor) || version(&bytes[*at..]).is_some();
        let found = (offset..bytes.len()).find(stop).unwrap_or(bytes.len());
        if found < bytes.len() && version(&bytes[found..]).is_some() {
            let left = bytes.len() - found;
            let message = format!("A second trace begins here; its {left} bytes are not shown.");
            notes.add(Phase::Frame, found as u64, message);
            return bytes.len();
        }
        if found == bytes.len() && error.hint.is_some() {
            let message = "The file ends inside an event; what was written before is shown.";
            notes.add(Phase::Frame, offset as u64, message);
        } else {
            notes.survived(error, &format!("{} bytes are lost.", found - offset));
        }
        found
    }

    /// Reads the strings and stacks, which may be defined after their use.
    pub fn tables(&self, bytes: &[u8], minor: u32, data: &mut Dataset, notes: &mut Notes) -> Tables {
        let mut tables = Tables::with_room(self.string_bytes, self.stack_bytes);
        for &offset in &self.strings {
            if let Ok(raw) = read_raw(&mut cursor_at(bytes, offset), minor) {
                tables.add_string(raw.args[0], raw.tail, offset as u64, &mut data.strings, notes);
            }
        }
        let mut frames = Vec::new();
        for &offset in &self.stacks {
            let read = read_raw(&mut cursor_at(bytes, offset), minor).and_then(|raw| {
                let mut body = Cursor::at_offset(raw.tail, offset as u64);
                tables.add_stack(&mut body, offset as u64, MAX_FRAMES, &mut frames, data, notes)
            });
            if let Err(error) = read {
                notes.survived(&error, "This stack is lost.");
            }
        }
        tables
    }
}

/// A cursor from byte `at` of the file to its end.
pub(crate) fn cursor_at(bytes: &[u8], at: usize) -> Cursor<'_> {
    Cursor::at_offset(bytes.get(at..).unwrap_or_default(), at.min(bytes.len()) as u64)
}

fn exit(g: u64, ticks: u64) -> Option<Exit> {
    (ticks != 0).then_some(Exit { ticks, g })
}

fn is_proc(p: u64) -> bool {
    p == NO_PROC || p <= i32::MAX as u64
}

/// Whether a batch begins at `at`: its own event near the ticks of the batch before, and more events.
fn is_batch(bytes: &[u8], at: usize, near: u64, minor: u32) -> bool {
    const FIRST: u8 = kind::BATCH | 1 << 6;
    if bytes.get(at) != Some(&FIRST) {
        return false;
    }
    let mut cursor = cursor_at(bytes, at);
    let Ok(raw) = read_raw(&mut cursor, minor) else { return false };
    let [p, ticks, ..] = raw.args;
    let near_enough = near == 0 || ticks.abs_diff(near) <= MAX_STEP;
    is_proc(p) && near_enough && (0..PROOF).all(|_| cursor.is_empty() || read_raw(&mut cursor, minor).is_ok())
}
