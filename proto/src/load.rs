//! Bytes to data sets: sniff, peel, decode, in steps that a caller can interleave with other work.

use crate::error::ParseError;
use crate::model::{Dataset, Format};

/// How much a file may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that all layers together may inflate to.
    pub inflated_bytes: u64,
    /// Layers inside one another.
    pub depth: u32,
}

impl Default for Limits {
    /// 4 GiB natively, 1 GiB where memory ends at 4 GiB; four layers.
    fn default() -> Self {
        let inflated_bytes = if usize::BITS > 32 { 4 << 30 } else { 1 << 30 };
        Self { inflated_bytes, depth: 4 }
    }
}

/// Why nothing of a file can be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There are no bytes, in the file or in a layer of it.
    #[error("{what} is empty")]
    Empty {
        /// `the file`, `the gzip layer`.
        what: String,
    },
    /// The content is of no known format; says what it looks like.
    #[error("not a trace, profile or dump that Taskscope knows: {looks_like}")]
    Unrecognized {
        /// `plain text`, `an ELF executable`, `HTML`, …
        looks_like: String,
    },
    /// The format is known but this version of it cannot be read.
    #[error("{format} cannot be read: {reason}")]
    Unsupported {
        /// The format in words.
        format: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A layer inflates past the limit.
    #[error("the file inflates to more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The format is known and the content is damaged before anything could be read.
    #[error("damaged {format}: {error}")]
    Damaged {
        /// The format in words.
        format: String,
        /// Where and how.
        error: ParseError,
        /// Up to 48 bytes around the place, for people.
        bytes: Vec<u8>,
        /// Offset of `bytes[0]`.
        bytes_offset: u64,
    },
}

/// One openable thing in a file: the file itself, or one member of a zip.
#[derive(Clone, Debug)]
pub struct Part {
    /// The member's name in its zip; empty for a file that is no zip.
    pub name: String,
    /// What is in it.
    pub dataset: Dataset,
}

/// How far loading is.
#[derive(Debug)]
pub enum Step {
    /// Call again.
    Working {
        /// Bytes dealt with so far.
        done: u64,
        /// Bytes in all, as far as known.
        total: u64,
    },
    /// At least one part was read. Members that were not are notices of the first part.
    Done(Vec<Part>),
    /// Nothing can be shown.
    Failed(LoadError),
}

/// Loads a file step by step; a step is a layer, or a generation of a trace.
#[derive(Debug)]
pub struct Loader {
    bytes: Vec<u8>,
    limits: Limits,
}

impl Loader {
    /// Starts on the bytes of a file.
    pub fn new(bytes: Vec<u8>, limits: Limits) -> Self {
        Self { bytes, limits }
    }

    /// Works for one step. After `Done` or `Failed` there is nothing more to call.
    pub fn step(&mut self) -> Step {
        let _ = (&self.bytes, self.limits, Format::default());
        Step::Failed(LoadError::Empty { what: "the file".into() })
    }
}

/// Loads a whole file at once with the default limits.
pub fn load(bytes: Vec<u8>) -> Result<Vec<Part>, LoadError> {
    let mut loader = Loader::new(bytes, Limits::default());
    loop {
        match loader.step() {
            Step::Working { .. } => {}
            Step::Done(parts) => return Ok(parts),
            Step::Failed(error) => return Err(error),
        }
    }
}
