//! The tables of one generation: strings, stacks, CPU samples, frequency and clocks.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::batch::{Generation, Piece};
use super::notes::{Notes, Odd};
use super::spec::kind;
use crate::cursor::{Cursor, Fault};
use crate::error::{ParseError, Phase};
use crate::model::{Dataset, Frame, FrameId, Function, FunctionId, MappingId, StackId, StringId, Strings};

/// Longest string and deepest stack that the format allows.
const MAX_STRING: u64 = 1024;
const MAX_FRAMES: u64 = 128;

/// Wire ids to what they stand for. Ids are nearly dense, so most sit in a plain table; the limit of that table
/// comes from the bytes that define the ids, so that one huge id cannot ask for memory.
#[derive(Clone, Debug)]
struct Ids<T> {
    dense: Vec<Option<T>>,
    limit: u64,
    sparse: HashMap<u64, T, RandomState>,
}

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Self { dense: Vec::new(), limit: 0, sparse: HashMap::default() }
    }
}

impl<T: Copy> Ids<T> {
    fn new(bytes: usize) -> Self {
        Self { limit: bytes as u64, ..Self::default() }
    }

    /// Whether `id` cannot be added: it is known, or the reserved 0.
    fn is_taken(&self, id: u64) -> bool {
        id == 0 || self.get(id).is_some()
    }

    fn insert(&mut self, id: u64, row: T) {
        if id >= self.limit {
            self.sparse.insert(id, row);
            return;
        }
        let at = id as usize;
        if at >= self.dense.len() {
            self.dense.resize(at + 1, None);
        }
        self.dense[at] = Some(row);
    }

    #[inline]
    fn get(&self, id: u64) -> Option<T> {
        if id < self.limit {
            return self.dense.get(id as usize).copied().flatten();
        }
        self.sparse.get(&id).copied()
    }

    #[inline]
    fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        if id < self.limit {
            return self.dense.get_mut(id as usize)?.as_mut();
        }
        self.sparse.get_mut(&id)
    }
}

/// A stack of this generation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackRow {
    /// Its row in the data set.
    pub id: StackId,
    /// The function of its root frame; `NONE` where the stack was cut at its greatest depth.
    pub root: FunctionId,
}

/// A text of this generation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextRow {
    /// Its row in the data set.
    pub id: StringId,
    /// Its row in the reasons, once it was asked for as one.
    pub reason: Option<u16>,
}

/// One CPU sample as written, except that its time is in ns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CpuSample {
    /// When, in ns.
    pub time: u64,
    /// Thread.
    pub m: u64,
    /// P, or `u64::MAX`.
    pub p: u64,
    /// Goroutine, or 0.
    pub g: u64,
    /// Stack id in this generation.
    pub stack: u64,
    /// Where it is in the file.
    pub offset: u64,
}

/// Wall clock and trace clock at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    /// On the trace's clock, in its units.
    pub units: u64,
    /// Unix time in ns.
    pub wall_ns: i64,
}

/// What the Sync batch says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sync {
    /// Units a second.
    pub frequency: Option<u64>,
    /// Clocks, from 1.25 on.
    pub snapshot: Option<Snapshot>,
}

/// The string and stack tables of one generation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    texts: Ids<TextRow>,
    stacks: Ids<StackRow>,
}

impl Tables {
    /// Reads the tables of `generation` into `data`.
    pub fn read(bytes: &[u8], generation: &Generation, data: &mut Dataset, notes: &mut Notes) -> Self {
        let size = |pieces: &[Piece]| pieces.iter().map(|piece| piece.end - piece.start).sum();
        let mut tables = Self::with_room(size(&generation.strings), size(&generation.stacks));
        for piece in &generation.strings {
            tables.read_strings(piece.cursor(bytes), &mut data.strings, notes).unwrap_or_else(|error| {
                survive(&error, piece, "The rest of this string table is lost.", notes);
            });
        }
        let mut frames = Vec::with_capacity(MAX_FRAMES as usize);
        for piece in &generation.stacks {
            tables.read_stacks(piece.cursor(bytes), &mut frames, data, notes).unwrap_or_else(|error| {
                survive(&error, piece, "The rest of this stack table is lost.", notes);
            });
        }
        tables
    }

    /// Empty tables for ids that so many bytes define.
    pub fn with_room(string_bytes: usize, stack_bytes: usize) -> Self {
        Self { texts: Ids::new(string_bytes), stacks: Ids::new(stack_bytes) }
    }

    /// The text of wire id `id`; `None` for an id this generation does not define.
    #[inline]
    pub fn text(&mut self, id: u64) -> Option<&mut TextRow> {
        self.texts.get_mut(id)
    }

    /// The stack of wire id `id`; `None` for an id this generation does not define.
    #[inline]
    pub fn stack(&self, id: u64) -> Option<StackRow> {
        self.stacks.get(id)
    }

    fn read_strings(
        &mut self,
        mut cursor: Cursor<'_>,
        strings: &mut Strings,
        notes: &mut Notes,
    ) -> Result<(), ParseError> {
        marker(&mut cursor)?;
        while !cursor.is_empty() {
            let offset = cursor.offset();
            entry(&mut cursor, kind::STRING, "a string")?;
            let id = varint(&mut cursor, "the id of a string")?;
            let length = varint(&mut cursor, "the length of a string")?;
            if length > MAX_STRING {
                let expected = format!("a string of at most {MAX_STRING} bytes");
                return Err(ParseError::new(Phase::Decode, offset, expected, format!("{length} bytes")));
            }
            let text =
                cursor.take(length).map_err(|fault| fault.error(Phase::Decode, "the bytes of a string"))?;
            self.add_string(id, text, offset, strings, notes);
        }
        Ok(())
    }

    /// Adds a string, unless its id is taken.
    pub fn add_string(
        &mut self,
        id: u64,
        text: &[u8],
        offset: u64,
        strings: &mut Strings,
        notes: &mut Notes,
    ) {
        if self.texts.is_taken(id) {
            notes.odd(Odd::RepeatedId, offset);
            return;
        }
        let text = strings.intern(&String::from_utf8_lossy(text));
        self.texts.insert(id, TextRow { id: text, reason: None });
    }

    fn read_stacks(
        &mut self,
        mut cursor: Cursor<'_>,
        frames: &mut Vec<FrameId>,
        data: &mut Dataset,
        notes: &mut Notes,
    ) -> Result<(), ParseError> {
        marker(&mut cursor)?;
        while !cursor.is_empty() {
            let offset = cursor.offset();
            entry(&mut cursor, kind::STACK, "a stack")?;
            self.add_stack(&mut cursor, offset, MAX_FRAMES, frames, data, notes)?;
        }
        Ok(())
    }

    /// Reads one stack of at most `max` frames: id, depth, frames. Adds it, unless its id is taken.
    pub fn add_stack(
        &mut self,
        cursor: &mut Cursor<'_>,
        offset: u64,
        max: u64,
        frames: &mut Vec<FrameId>,
        data: &mut Dataset,
        notes: &mut Notes,
    ) -> Result<(), ParseError> {
        let id = varint(cursor, "the id of a stack")?;
        let count = varint(cursor, "the depth of a stack")?;
        if count > max {
            let expected = format!("a stack of at most {max} frames");
            return Err(ParseError::new(Phase::Decode, offset, expected, format!("{count} frames")));
        }
        frames.clear();
        for _ in 0..count {
            frames.push(self.read_frame(cursor, data, notes)?);
        }
        if self.stacks.is_taken(id) {
            notes.odd(Odd::RepeatedId, offset);
            return Ok(());
        }
        let root = frames.last().filter(|_| count < MAX_FRAMES).and_then(|&frame| data.frames.get(frame));
        let root = root.map_or(FunctionId::NONE, |frame| frame.function);
        let stack = data.stacks.intern_root_first(frames.iter().rev().copied());
        self.stacks.insert(id, StackRow { id: stack, root });
        Ok(())
    }

    fn read_frame(
        &mut self,
        cursor: &mut Cursor<'_>,
        data: &mut Dataset,
        notes: &mut Notes,
    ) -> Result<FrameId, ParseError> {
        let offset = cursor.offset();
        let address = varint(cursor, "the pc of a frame")?;
        let function = varint(cursor, "the function of a frame")?;
        let file = varint(cursor, "the file of a frame")?;
        let line = varint(cursor, "the line of a frame")?;
        let name = self.frame_text(function, offset, notes);
        let file = self.frame_text(file, offset, notes);
        let function = if name == Strings::EMPTY {
            FunctionId::NONE
        } else {
            data.functions.intern(Function { name, system_name: Strings::EMPTY, file, start_line: 0 })
        };
        let line = u32::try_from(line).unwrap_or(0);
        Ok(data.frames.intern(Frame { function, line, address, mapping: MappingId::NONE, inlined: false }))
    }

    fn frame_text(&mut self, id: u64, offset: u64, notes: &mut Notes) -> StringId {
        if id == 0 {
            return Strings::EMPTY;
        }
        self.text(id).map_or_else(
            || {
                notes.odd(Odd::UnknownString, offset);
                Strings::EMPTY
            },
            |text| text.id,
        )
    }
}

/// Reads the Sync batches of a generation; the first value of each kind counts.
pub(crate) fn read_sync(bytes: &[u8], pieces: &[Piece], minor: u32, notes: &mut Notes) -> Sync {
    let mut sync = Sync::default();
    for piece in pieces {
        read_sync_batch(piece, bytes, minor, &mut sync).unwrap_or_else(|error| {
            survive(&error, piece, "The rest of this clock batch is lost.", notes);
        });
    }
    sync
}

fn read_sync_batch(piece: &Piece, bytes: &[u8], minor: u32, sync: &mut Sync) -> Result<(), ParseError> {
    let mut cursor = piece.cursor(bytes);
    if minor >= 25 {
        marker(&mut cursor)?;
    }
    while !cursor.is_empty() {
        let offset = cursor.offset();
        match cursor.byte().map_err(end)? {
            kind::FREQUENCY => {
                let frequency = varint(&mut cursor, "the frequency")?;
                sync.frequency = sync.frequency.or(Some(frequency).filter(|&frequency| frequency > 0));
            }
            kind::CLOCK_SNAPSHOT => {
                let snapshot = read_snapshot(&mut cursor, piece.time)?;
                sync.snapshot = sync.snapshot.or(Some(snapshot));
            }
            other => {
                return Err(ParseError::new(
                    Phase::Decode,
                    offset,
                    "a frequency or a clock snapshot",
                    format!("byte {other}"),
                ));
            }
        }
    }
    Ok(())
}

fn read_snapshot(cursor: &mut Cursor<'_>, batch_time: u64) -> Result<Snapshot, ParseError> {
    let dt = varint(cursor, "the time of a clock snapshot")?;
    let _mono = varint(cursor, "the monotonic clock")?;
    let seconds = varint(cursor, "the wall clock")?;
    let ns = varint(cursor, "the wall clock")?;
    let wall_ns = seconds.saturating_mul(1_000_000_000).saturating_add(ns);
    Ok(Snapshot { units: batch_time.saturating_add(dt), wall_ns: i64::try_from(wall_ns).unwrap_or(i64::MAX) })
}

/// Reads the CPU samples of a generation, sorted by time.
pub(crate) fn read_samples(
    bytes: &[u8],
    pieces: &[Piece],
    ns: impl Fn(u64) -> u64,
    notes: &mut Notes,
) -> Vec<CpuSample> {
    let mut samples = Vec::new();
    for piece in pieces {
        read_sample_batch(piece.cursor(bytes), &ns, &mut samples).unwrap_or_else(|error| {
            survive(&error, piece, "The rest of this batch of CPU samples is lost.", notes);
        });
    }
    samples.sort_by_key(|sample: &CpuSample| sample.time);
    samples
}

fn read_sample_batch(
    mut cursor: Cursor<'_>,
    ns: &impl Fn(u64) -> u64,
    samples: &mut Vec<CpuSample>,
) -> Result<(), ParseError> {
    marker(&mut cursor)?;
    while !cursor.is_empty() {
        let offset = cursor.offset();
        entry(&mut cursor, kind::CPU_SAMPLE, "a CPU sample")?;
        let mut field = || varint(&mut cursor, "a field of a CPU sample");
        let (time, m, p, g, stack) = (ns(field()?), field()?, field()?, field()?, field()?);
        samples.push(CpuSample { time, m, p, g, stack, offset });
    }
    Ok(())
}

/// Notes a damaged table, unless the file merely ends in it, which framing has noted.
fn survive(error: &ParseError, piece: &Piece, cost: &str, notes: &mut Notes) {
    if !piece.cut {
        notes.survived(error, cost);
    }
}

/// Skips the first byte of a table, by which framing knew its kind.
fn marker(cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
    cursor.byte().map(|_| ()).map_err(end)
}

fn entry(cursor: &mut Cursor<'_>, wanted: u8, what: &str) -> Result<(), ParseError> {
    let offset = cursor.offset();
    match cursor.byte().map_err(end)? {
        byte if byte == wanted => Ok(()),
        byte => Err(ParseError::new(
            Phase::Decode,
            offset,
            format!("{what} (byte {wanted})"),
            format!("byte {byte}"),
        )),
    }
}

fn varint(cursor: &mut Cursor<'_>, what: &str) -> Result<u64, ParseError> {
    cursor.varint().map_err(|fault| fault.error(Phase::Decode, what))
}

fn end(fault: Fault) -> ParseError {
    fault.error(Phase::Decode, "an entry of a table")
}
