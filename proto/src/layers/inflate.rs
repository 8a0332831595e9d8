//! One compressed stream, inflated a few MiB a step.

use std::io::{Cursor, Read};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use super::Shared;

/// Bytes inflated in one step: some tens of milliseconds.
const STEP_BYTES: usize = 8 << 20;
/// Bytes asked for at once.
const CHUNK: usize = 256 << 10;

/// A stream being inflated.
#[derive(Debug)]
pub(crate) struct Inflater {
    source: Source,
    out: Vec<u8>,
    /// Most that may come out.
    limit: u64,
    /// What must come out, where the archive says so: CRC-32 and length.
    promised: Option<(u32, u64)>,
}

/// How far inflating is.
#[derive(Debug)]
pub(crate) enum Inflated {
    /// Call again.
    More,
    /// These are the bytes; if the stream was damaged, why the rest is missing.
    Done(Vec<u8>, Option<String>),
    /// More would come out than the limit allows.
    TooLarge,
}

#[derive(Debug)]
enum Source {
    Gzip(MultiGzDecoder<Cursor<Shared>>),
    Deflate(DeflateDecoder<Cursor<Shared>>),
    Stored(Cursor<Shared>),
}

impl Inflater {
    /// A gzip file of one or more members.
    pub fn gzip(bytes: Shared, limit: u64) -> Self {
        let source = Source::Gzip(MultiGzDecoder::new(Cursor::new(bytes)));
        Self { source, out: Vec::new(), limit, promised: None }
    }

    /// A bare deflate stream of a zip, which must give `promised` (CRC-32, length).
    pub fn deflate(bytes: Shared, promised: (u32, u64), limit: u64) -> Self {
        let source = Source::Deflate(DeflateDecoder::new(Cursor::new(bytes)));
        Self { source, out: Vec::new(), limit, promised: Some(promised) }
    }

    /// A member of a zip that is not compressed.
    pub fn stored(bytes: Shared, promised: (u32, u64), limit: u64) -> Self {
        let source = Source::Stored(Cursor::new(bytes));
        Self { source, out: Vec::new(), limit, promised: Some(promised) }
    }

    /// Compressed bytes read so far.
    pub fn position(&self) -> u64 {
        match &self.source {
            Source::Gzip(source) => source.get_ref().position(),
            Source::Deflate(source) => source.get_ref().position(),
            Source::Stored(source) => source.position(),
        }
    }

    /// Works for one step.
    pub fn step(&mut self) -> Inflated {
        let until = self.out.len().saturating_add(STEP_BYTES);
        while self.out.len() < until {
            let before = self.out.len();
            self.out.resize(before + CHUNK, 0);
            let read = self.source.read(&mut self.out[before..]);
            self.out.truncate(before + read.as_ref().map_or(0, |&count| count));
            if self.out.len() as u64 > self.limit {
                return Inflated::TooLarge;
            }
            match read {
                Ok(0) => return self.done(None),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return self.done(Some(in_words(&error))),
            }
        }
        Inflated::More
    }

    fn done(&mut self, damage: Option<String>) -> Inflated {
        let mut out = std::mem::take(&mut self.out);
        out.shrink_to_fit();
        let damage = damage.or_else(|| self.broken_promise(&out));
        Inflated::Done(out, damage)
    }

    fn broken_promise(&self, out: &[u8]) -> Option<String> {
        let (sum, length) = self.promised?;
        if out.len() as u64 != length {
            return Some(format!("the archive promises {length} bytes"));
        }
        let mut crc = Crc::new();
        crc.update(out);
        (crc.sum() != sum).then(|| "the checksum does not match".into())
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Gzip(source) => source.read(into),
            Self::Deflate(source) => source.read(into),
            Self::Stored(source) => source.read(into),
        }
    }
}

fn in_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            "the compressed stream ends too early; the file is cut off".into()
        }
        _ => error.to_string(),
    }
}
