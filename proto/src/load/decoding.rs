//! From sniffed bytes to one data set: which decoder, and how it is driven.

use super::{Damage, LoadError};
use crate::error::ParseError;
use crate::godump;
use crate::gotrace::{self, StepResult, Version};
use crate::layers::Shared;
use crate::model::Dataset;
use crate::pprof;
use crate::sniff::Kind;

/// A decoder at work.
#[derive(Debug)]
pub(super) enum Decoding {
    Trace(Box<gotrace::Reader>),
    OldTrace(Box<gotrace::OldReader>),
    Pprof(Box<pprof::Decoder>, Shared),
    Text(Text, Shared),
}

/// The formats that are text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    Dump,
    Profile,
    Heap,
}

/// How far decoding is.
pub(super) enum Decoded {
    /// Call again; bytes dealt with so far.
    More(u64),
    Done(Box<Dataset>),
    Failed(LoadError),
}

impl Decoding {
    /// The decoder for content of `kind`, which is no layer, on two threads if `threads` allows it.
    ///
    /// # Errors
    /// If there is none for it.
    pub fn new(kind: &Kind, bytes: Shared, threads: bool) -> Result<Self, LoadError> {
        match kind {
            // The readers look at nothing but the header, which is known to be theirs; the bytes are not copied.
            Kind::GoTrace(Version::V2(_)) => gotrace::Reader::new(bytes.into_vec())
                .map(|reader| Self::Trace(Box::new(reader.with_threads(threads))))
                .map_err(|error| damaged_trace(error, &[])),
            Kind::GoTrace(Version::V1(_)) => gotrace::OldReader::new(bytes.into_vec())
                .map(|reader| Self::OldTrace(Box::new(reader.with_threads(threads))))
                .map_err(|error| damaged_trace(error, &[])),
            Kind::Pprof => Ok(Self::Pprof(Box::default(), bytes)),
            Kind::GoroutineDump => Ok(Self::Text(Text::Dump, bytes)),
            Kind::ProfileText => Ok(Self::Text(Text::Profile, bytes)),
            Kind::HeapText => Ok(Self::Text(Text::Heap, bytes)),
            other => Err(not_decodable(other)),
        }
    }

    /// Bytes of a trace that are decoded; 0 for other content, of which there is no preview.
    pub fn done(&self) -> u64 {
        match self {
            Self::Trace(reader) => reader.done(),
            _ => 0,
        }
    }

    /// What was decoded so far.
    pub fn preview(&mut self) -> Option<Box<Dataset>> {
        match self {
            Self::Trace(reader) => reader.preview(),
            _ => None,
        }
    }

    /// Whether a trace is decoded and only remains to be sorted.
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Trace(reader) if reader.is_read())
    }

    /// Works for one step.
    pub fn step(&mut self) -> Decoded {
        match self {
            Self::Trace(reader) => traced(reader.step(), reader.bytes()),
            Self::OldTrace(reader) => traced(reader.step(), reader.bytes()),
            Self::Pprof(decoder, bytes) => {
                if decoder.step(bytes.as_ref()) {
                    return Decoded::More(decoder.done(bytes.as_ref().len() as u64));
                }
                let decoder = std::mem::take(&mut **decoder);
                finished("pprof profile", decoder.finish(bytes.as_ref()), bytes)
            }
            Self::Text(text, bytes) => {
                let content = bytes.as_ref();
                let (format, result) = match text {
                    Text::Dump => ("goroutine dump", godump::decode_dump(content)),
                    Text::Profile => ("text profile", godump::decode_profile_text(content)),
                    Text::Heap => ("text heap profile", godump::decode_heap_text(content)),
                };
                finished(format, result, bytes)
            }
        }
    }
}

fn traced(result: StepResult, bytes: &[u8]) -> Decoded {
    match result {
        StepResult::Working { done, .. } => Decoded::More(done),
        StepResult::Done(dataset) => Decoded::Done(dataset),
        StepResult::Failed(error) => Decoded::Failed(damaged_trace(error, bytes)),
    }
}

fn damaged_trace(error: ParseError, bytes: &[u8]) -> LoadError {
    Damage::new("Go execution trace", error, bytes).into()
}

fn finished(format: &str, result: Result<Dataset, ParseError>, bytes: &Shared) -> Decoded {
    match result {
        Ok(dataset) => Decoded::Done(Box::new(dataset)),
        Err(error) => Decoded::Failed(Damage::new(format, error, bytes.as_ref()).into()),
    }
}

fn not_decodable(kind: &Kind) -> LoadError {
    let unsupported = |format: String, reason: &str| LoadError::Unsupported { format, reason: reason.into() };
    match kind {
        Kind::GoTrace(Version::TooOld(minor)) => unsupported(
            format!("a Go execution trace of format 1.{minor}"),
            &format!(
                "it was written by Go 1.{minor}, which is too old; record it again with Go 1.11 or later, or use \
                 `go tool trace` of Go 1.22 or earlier"
            ),
        ),
        Kind::GoTrace(Version::V1(minor) | Version::V2(minor) | Version::Unknown(minor)) => unsupported(
            format!("a Go execution trace of format 1.{minor}"),
            "no Go up to 1.27 writes this version; a newer Taskscope may read it",
        ),
        Kind::LegacyCpuProfile => unsupported(
            "a CPU profile in the binary format of gperftools".into(),
            "convert it with `go tool pprof -proto PROGRAM FILE`, which adds the names too",
        ),
        Kind::ContentionText => unsupported(
            "a block or mutex profile as text".into(),
            "fetch it without `?debug=1` to get the pprof form",
        ),
        Kind::Unknown(looks_like) => LoadError::Unrecognized { looks_like: looks_like.clone() },
        _ => LoadError::Empty { what: "the file".into() },
    }
}
