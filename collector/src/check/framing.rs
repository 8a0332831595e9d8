//! The batches of a Go v2 trace, walked over as they stream by.
//!
//! A file is a 16-byte header, then batches; a batch is a kind byte, fields as varints, the last
//! of which is the size of the payload. Since header 1.26 a byte of its own ends a generation.
//! Reference: go-trace-format §3 and §4.

use super::Verdict;

/// `go 1.26 trace` and its zeros.
const HEADER_BYTES: u64 = 16;
/// First header with batches.
const FIRST_V2: u32 = 22;
/// First header whose generations end with a byte of their own.
const FIRST_WITH_END: u32 = 26;
const EVENT_BATCH: u8 = 1;
const EXPERIMENTAL_BATCH: u8 = 49;
const END_OF_GENERATION: u8 = 52;
/// No writer makes larger ones.
const LARGEST_PAYLOAD: u64 = 65536;

/// Where in the structure the bytes are.
#[derive(Debug)]
pub struct Framing {
    minor: u32,
    place: Place,
    offset: u64,
    batches: u64,
    ended: bool,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Header { left: u64 },
    Boundary,
    Experiment,
    Fields { left: u8, value: u64, shift: u32 },
    Payload { left: u64 },
    Version1,
}

impl Framing {
    /// A trace with this minor version in its header; older ones have no batches to follow.
    pub fn new(minor: u32) -> Self {
        let place = if minor < FIRST_V2 { Place::Version1 } else { Place::Header { left: HEADER_BYTES } };
        Self { minor, place, offset: 0, batches: 0, ended: false }
    }

    /// Complete batches so far.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// Walks over more bytes; an error names what stands where a batch should begin.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while let Some(&byte) = bytes.first() {
            let step = match self.place {
                Place::Version1 => return Ok(()),
                Place::Header { left } => self.skip(left, bytes.len(), |left| Place::Header { left }),
                Place::Payload { left } => self.skip(left, bytes.len(), |left| Place::Payload { left }),
                _ => self.read(byte).map(|()| 1)?,
            };
            self.offset += step as u64;
            bytes = bytes.get(step..).unwrap_or_default();
        }
        Ok(())
    }

    /// Whether the trace may end here.
    pub fn finish(&self) -> Verdict {
        match self.place {
            Place::Version1 => Verdict::Whole,
            Place::Boundary if self.batches == 0 => Verdict::Cut("it has a header and nothing more".into()),
            Place::Boundary if self.minor < FIRST_WITH_END || self.ended => Verdict::Whole,
            Place::Boundary => Verdict::Cut("the end of its last generation is missing".into()),
            _ => Verdict::Cut(format!("it ends at byte {} in the middle of a batch", self.offset)),
        }
    }

    /// Goes on by as much as there is, up to `left`.
    fn skip(&mut self, left: u64, there: usize, to: fn(u64) -> Place) -> usize {
        let step = usize::try_from(left).unwrap_or(there).min(there);
        let left = left - step as u64;
        if left > 0 {
            self.place = to(left);
            return step;
        }
        self.batches += u64::from(matches!(self.place, Place::Payload { .. }));
        self.place = Place::Boundary;
        step
    }

    fn read(&mut self, byte: u8) -> Result<(), String> {
        self.place = match self.place {
            Place::Boundary => return self.begin(byte),
            Place::Experiment => FIELDS,
            Place::Fields { left, value, shift } => self.field(left, value, shift, byte)?,
            other => other,
        };
        Ok(())
    }

    fn begin(&mut self, byte: u8) -> Result<(), String> {
        self.ended = byte == END_OF_GENERATION;
        self.place = match byte {
            EVENT_BATCH => FIELDS,
            EXPERIMENTAL_BATCH => Place::Experiment,
            END_OF_GENERATION => Place::Boundary,
            _ => return Err(format!("a trace with foreign bytes at offset {}", self.offset)),
        };
        Ok(())
    }

    /// One byte of a varint; padded ones of ten bytes are usual.
    fn field(&self, left: u8, value: u64, shift: u32, byte: u8) -> Result<Place, String> {
        let value = value | u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 != 0 {
            let shift = shift + 7;
            let fits = shift < 70;
            return fits.then_some(Place::Fields { left, value, shift }).ok_or_else(|| self.bad_batch());
        }
        match left {
            1 if value > LARGEST_PAYLOAD => Err(self.bad_batch()),
            1 if value == 0 => Ok(Place::Boundary),
            1 => Ok(Place::Payload { left: value }),
            _ => Ok(Place::Fields { left: left - 1, value: 0, shift: 0 }),
        }
    }

    fn bad_batch(&self) -> String {
        format!("a trace with a damaged batch at offset {}", self.offset)
    }
}

/// Generation, thread, time and size.
const FIELDS: Place = Place::Fields { left: 4, value: 0, shift: 0 };
