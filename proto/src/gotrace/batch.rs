//! Framing: bytes to batches to generations.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::notes::Notes;
use super::sidecar;
use super::spec::kind;
use super::version::{HEADER_LEN, Version, version};
use crate::cursor::Cursor;
use crate::error::{ParseError, Phase};

/// Largest payload of a batch. Go's readers reject more.
const MAX_PAYLOAD: u64 = 65536;

/// The `m` of batches that belong to no thread.
pub(crate) const NO_THREAD: u64 = u64::MAX;

/// Batches that must follow one another before a place found by searching counts as a batch.
const PROOF: u32 = 2;

/// What is in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Timed,
    Strings,
    Stacks,
    Samples,
    Sync,
    /// Of a Rust program: what Go has no word for.
    Sidecar,
    /// Of another experiment, or Go's own.
    Experimental,
    EndOfGeneration,
}

/// One batch as framed: its header, and where its payload lies.
#[derive(Clone, Copy, Debug)]
struct Batch {
    content: Content,
    generation: u64,
    m: u64,
    piece: Piece,
}

/// A payload in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Time of the batch, in units of the trace's clock.
    pub time: u64,
    /// Whether the file ends inside it.
    pub cut: bool,
}

impl Piece {
    /// A cursor over the payload that knows where it is in the file.
    pub fn cursor<'a>(&self, bytes: &'a [u8]) -> Cursor<'a> {
        Cursor::at_offset(bytes.get(self.start..self.end).unwrap_or_default(), self.start as u64)
    }
}

/// The timed batches of one thread, in the order written.
#[derive(Debug)]
pub(crate) struct ThreadBatches {
    /// The thread, or [`NO_THREAD`].
    pub m: u64,
    /// Its batches.
    pub pieces: Vec<Piece>,
}

/// One generation as framed.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    /// Its number in the file.
    pub number: u64,
    /// Where it begins.
    pub offset: usize,
    /// Where the next one begins.
    pub next: usize,
    /// Timed batches by thread, in the order the threads first appear.
    pub threads: Vec<ThreadBatches>,
    /// String tables.
    pub strings: Vec<Piece>,
    /// Stack tables.
    pub stacks: Vec<Piece>,
    /// CPU samples.
    pub samples: Vec<Piece>,
    /// Frequency and clocks.
    pub syncs: Vec<Piece>,
    /// What Go has no word for, in traces of Rust programs.
    pub sidecars: Vec<Piece>,
    /// The smallest time of any of its batches.
    pub min_time: u64,
    /// The largest time of any of its batches.
    pub max_time: u64,
    /// Whether it is there as a whole, as far as framing can tell.
    pub complete: bool,
    /// Whether another trace begins with it, joined to the one before.
    pub joined: bool,
}

impl Generation {
    /// Whether it holds nothing that this reader reads, as behind the end mark of a trace.
    pub fn is_empty(&self) -> bool {
        self.pieces().next().is_none()
    }

    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        let tables = [&self.strings, &self.stacks, &self.samples, &self.syncs, &self.sidecars];
        self.threads.iter().map(|thread| &thread.pieces).chain(tables).flatten()
    }
}

/// Frames the generation that begins at `at`; `None` at the end of the file.
/// Garbage is skipped up to the next plausible batch, with a notice.
/// A second trace in the file is gone on with if its time is later than `after`.
pub(crate) fn read_generation(
    bytes: &[u8],
    at: usize,
    minor: u32,
    after: u64,
    notes: &mut Notes,
) -> Option<Generation> {
    let mut framer = Framer::new(at, after);
    while framer.next < bytes.len() {
        match read_batch(bytes, framer.next, minor) {
            Ok(mut batch) => {
                if framer.is_misnumbered(bytes, &batch, minor) {
                    framer.renumber(&mut batch, notes);
                }
                if framer.accept(batch, minor, notes).is_break() {
                    break;
                }
            }
            Err(error) => match version(bytes.get(framer.next..).unwrap_or_default()) {
                Some(header) => {
                    if framer.meet_header(bytes, header, minor, notes).is_break() {
                        break;
                    }
                }
                None => framer.skip_garbage(bytes, &error, minor, notes),
            },
        }
    }
    framer.finish(bytes, minor, notes)
}

struct Framer {
    generation: Generation,
    rows: HashMap<u64, usize, RandomState>,
    next: usize,
    after: u64,
    begun: bool,
    ended: bool,
    damaged: bool,
}

impl Framer {
    fn new(at: usize, after: u64) -> Self {
        let generation = Generation { offset: at, min_time: u64::MAX, ..Generation::default() };
        let rows = HashMap::default();
        Self { generation, rows, next: at, after, begun: false, ended: false, damaged: false }
    }

    /// Whether `batch` gives a far-off generation while the one after it goes on as before.
    fn is_misnumbered(&self, bytes: &[u8], batch: &Batch, minor: u32) -> bool {
        let near = |batch: &Batch| batch.generation.wrapping_sub(self.generation.number) <= 1;
        let stray = self.begun && batch.content != Content::EndOfGeneration && !near(batch);
        stray && read_batch(bytes, batch.piece.end, minor).is_ok_and(|after| near(&after))
    }

    fn renumber(&mut self, batch: &mut Batch, notes: &mut Notes) {
        let (found, number) = (batch.generation, self.generation.number);
        let message = format!(
            "A batch claims generation {found} in the midst of generation {number}; it is read as part of that."
        );
        notes.add(Phase::Frame, self.next as u64, message);
        batch.generation = number;
        self.damaged = true;
    }

    /// Takes `batch` in, or breaks before or after it where the generation ends.
    fn accept(&mut self, batch: Batch, minor: u32, notes: &mut Notes) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow::{Break, Continue};
        if batch.content == Content::EndOfGeneration {
            self.next = batch.piece.end;
            // Before 1.26 only some flight recorders pass this byte on, and it says nothing.
            self.ended = minor >= 26 && self.begun;
            return if self.ended { Break(()) } else { Continue(()) };
        }
        if self.begun && batch.generation != self.generation.number {
            if minor >= 26 {
                let message = format!(
                    "Generation {} has no end mark before the next one begins.",
                    self.generation.number
                );
                notes.add(Phase::Frame, self.next as u64, message);
                self.damaged = true;
            }
            self.ended = true;
            return Break(());
        }
        self.begun = true;
        self.generation.number = batch.generation;
        self.generation.min_time = self.generation.min_time.min(batch.piece.time);
        self.generation.max_time = self.generation.max_time.max(batch.piece.time);
        self.damaged |= batch.piece.cut;
        self.next = batch.piece.end;
        self.file(batch);
        Continue(())
    }

    fn file(&mut self, batch: Batch) {
        let generation = &mut self.generation;
        match batch.content {
            Content::Timed => {
                let row = *self.rows.entry(batch.m).or_insert_with(|| {
                    generation.threads.push(ThreadBatches { m: batch.m, pieces: Vec::new() });
                    generation.threads.len() - 1
                });
                generation.threads[row].pieces.push(batch.piece);
            }
            Content::Strings => generation.strings.push(batch.piece),
            Content::Stacks => generation.stacks.push(batch.piece),
            Content::Samples => generation.samples.push(batch.piece),
            Content::Sync => generation.syncs.push(batch.piece),
            Content::Sidecar => generation.sidecars.push(batch.piece),
            Content::Experimental | Content::EndOfGeneration => {}
        }
    }

    /// A second trace begins in the file. It can be gone on with if it is of the same form, and later on the same
    /// clock, as traces are that one process wrote one after the other.
    fn meet_header(
        &mut self,
        bytes: &[u8],
        header: Version,
        minor: u32,
        notes: &mut Notes,
    ) -> std::ops::ControlFlow<()> {
        use std::ops::ControlFlow::{Break, Continue};
        if self.begun {
            // This generation ends here; the next call begins with the header.
            if is_cut(&self.generation, minor) {
                let number = self.generation.number;
                let message = format!("The first trace ends inside generation {number}.");
                notes.add(Phase::Frame, self.next as u64, message);
                self.damaged = true;
            }
            self.ended = true;
            return Break(());
        }
        let batch = read_batch(bytes, self.next + HEADER_LEN, minor);
        let follows = batch.is_ok_and(|batch| batch.piece.time > self.after && header == Version::V2(minor));
        let offset = self.next as u64;
        if follows {
            let message = "A second trace is joined to the first here; both are shown, one after the other.";
            notes.add(Phase::Frame, offset, message);
            self.generation.joined = true;
            self.next += HEADER_LEN;
            return Continue(());
        }
        let left = bytes.len() - self.next;
        let message = format!(
            "A second trace is joined to the first here. It is of another version or clock, so that its {left} bytes \
             are not shown; cut the file at this byte to see them."
        );
        notes.add(Phase::Frame, offset, message);
        self.next = bytes.len();
        Break(())
    }

    fn skip_garbage(&mut self, bytes: &[u8], error: &ParseError, minor: u32, notes: &mut Notes) {
        let number = self.begun.then_some(self.generation.number);
        let found = find_batch(bytes, self.next + 1, number, minor).unwrap_or(bytes.len());
        let cost = format!("{} bytes are lost.", found - self.next);
        notes.survived(error, &cost);
        self.damaged = true;
        self.next = found;
    }

    fn finish(mut self, bytes: &[u8], minor: u32, notes: &mut Notes) -> Option<Generation> {
        if !self.begun && !self.damaged {
            return None;
        }
        let generation = &mut self.generation;
        generation.next = self.next;
        let cut = self.next >= bytes.len() && !self.ended && is_cut(generation, minor);
        if cut {
            let message = format!(
                "The file ends inside generation {}; what was written of it is shown.",
                generation.number
            );
            notes.add(Phase::Frame, bytes.len() as u64, message);
        }
        generation.complete = !self.damaged && !cut;
        Some(self.generation)
    }
}

/// Whether a generation at the end of a file is only a part of one. From 1.26 on an end mark is
/// missing then; before, tables come last, so the lack of any shows it.
fn is_cut(generation: &Generation, minor: u32) -> bool {
    let unfinished = minor >= 26 || generation.syncs.is_empty() || generation.strings.is_empty();
    !generation.is_empty() && (unfinished || generation.pieces().any(|piece| piece.cut))
}

/// Frames the batch at `at`. The payload of the last one may be cut by the end of the file.
fn read_batch(bytes: &[u8], at: usize, minor: u32) -> Result<Batch, ParseError> {
    let mut cursor = Cursor::at_offset(bytes.get(at..).unwrap_or_default(), at as u64);
    let first = cursor.byte().map_err(|fault| fault.error(Phase::Frame, "a batch"))?;
    let mut experiment = None;
    match first {
        kind::END_OF_GENERATION => {
            let piece = Piece { start: at + 1, end: at + 1, time: u64::MAX, cut: false };
            return Ok(Batch { content: Content::EndOfGeneration, generation: 0, m: NO_THREAD, piece });
        }
        kind::EVENT_BATCH => {}
        kind::EXPERIMENTAL_BATCH => {
            let byte = cursor.byte();
            experiment = Some(byte.map_err(|fault| fault.error(Phase::Frame, "the experiment of a batch"))?);
        }
        other => return Err(no_batch(at, other)),
    }
    let mut field = |what| cursor.varint().map_err(|fault| fault.error(Phase::Frame, what));
    let (generation, m) = (field("the generation of a batch")?, field("the thread of a batch")?);
    let (time, size) = (field("the time of a batch")?, field("the size of a batch")?);
    check_header(at, generation, size)?;
    let start = at + (cursor.offset() as usize - at);
    let wanted = start.saturating_add(size as usize);
    let piece = Piece { start, end: wanted.min(bytes.len()), time, cut: wanted > bytes.len() };
    let payload = bytes.get(start..piece.end).unwrap_or_default();
    let content = match experiment {
        None => content(cursor.peek(), size, minor),
        Some(sidecar::EXPERIMENT) if sidecar::is_ours(payload) => Content::Sidecar,
        Some(_) => Content::Experimental,
    };
    Ok(Batch { content, generation, m, piece })
}

fn check_header(at: usize, generation: u64, size: u64) -> Result<(), ParseError> {
    if generation == 0 {
        return Err(ParseError::new(
            Phase::Frame,
            at as u64,
            "a batch of generation 1 or later",
            "generation 0",
        ));
    }
    if size > MAX_PAYLOAD {
        let expected = format!("a batch of at most {MAX_PAYLOAD} bytes");
        return Err(ParseError::new(Phase::Frame, at as u64, expected, format!("{size} bytes")));
    }
    Ok(())
}

fn no_batch(at: usize, byte: u8) -> ParseError {
    ParseError::new(Phase::Frame, at as u64, "a batch (byte 1, 49 or 52)", format!("byte {byte}"))
}

/// The first byte of a payload tells its kind; an empty payload is one without events.
fn content(first: Option<u8>, size: u64, minor: u32) -> Content {
    match first.filter(|_| size > 0) {
        Some(kind::STRINGS) => Content::Strings,
        Some(kind::STACKS) => Content::Stacks,
        Some(kind::CPU_SAMPLES) => Content::Samples,
        Some(kind::FREQUENCY) if minor < 25 => Content::Sync,
        Some(kind::SYNC) if minor >= 25 => Content::Sync,
        _ => Content::Timed,
    }
}

/// The next place from `from` on where batches of generation `number` or of the next one begin.
fn find_batch(bytes: &[u8], from: usize, number: Option<u64>, minor: u32) -> Option<usize> {
    (from..bytes.len()).find(|&at| is_batch(bytes, at, number, minor, PROOF))
}

fn is_batch(bytes: &[u8], at: usize, number: Option<u64>, minor: u32, proof: u32) -> bool {
    let Ok(batch) = read_batch(bytes, at, minor) else { return false };
    let after = batch.piece.end;
    if batch.content == Content::EndOfGeneration {
        let followed = proof == 0 || after == bytes.len() || is_batch(bytes, after, None, minor, proof - 1);
        return proof < PROOF && followed;
    }
    let fits = number.is_none_or(|number| batch.generation.wrapping_sub(number) <= 1);
    let followed = proof == 0
        || after == bytes.len()
        || is_batch(bytes, after, Some(batch.generation), minor, proof - 1);
    fits && !batch.piece.cut && followed
}
