//! Bytes to data sets: sniff, peel, decode, in steps that a caller can interleave with other work.

mod decoding;
mod loader;

pub use loader::Loader;

use crate::error::ParseError;
use crate::model::Dataset;

/// How much a file may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that all layers together may inflate to.
    pub inflated_bytes: u64,
    /// Layers inside one another.
    pub depth: u32,
    /// Bytes of content after which a first preview may be made.
    pub preview_bytes: u64,
    /// Whether a second thread may help with a large trace. Without the feature of that name none does.
    pub threads: bool,
}

impl Default for Limits {
    /// 4 GiB natively, 1 GiB where memory ends at 4 GiB; four layers; a preview after 4 MiB.
    fn default() -> Self {
        let inflated_bytes = if usize::BITS > 32 { 4 << 30 } else { 1 << 30 };
        Self { inflated_bytes, depth: 4, preview_bytes: 4 << 20, threads: cfg!(feature = "threads") }
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
    #[error("damaged {}: {}", .0.format, .0.error)]
    Damaged(Box<Damage>),
}

/// Where a file is damaged, with the bytes around the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The format in words.
    pub format: String,
    /// Where and how.
    pub error: ParseError,
    /// Up to 48 bytes around the place, in rows of 16, for people.
    pub bytes: Vec<u8>,
    /// Offset of `bytes[0]`; a multiple of 16.
    pub bytes_offset: u64,
}

impl Damage {
    /// The damage `error` tells of, with bytes quoted from `content`, the layer that it counts in.
    pub fn new(format: impl Into<String>, error: ParseError, content: &[u8]) -> Self {
        const ROW: u64 = 16;
        let length = content.len() as u64;
        let start = error.offset.min(length.saturating_sub(1)).saturating_sub(ROW) / ROW * ROW;
        let end = start.saturating_add(3 * ROW).min(length);
        let at = |offset| usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = content.get(at(start)..at(end)).unwrap_or_default().to_vec();
        Self { format: format.into(), error, bytes, bytes_offset: start }
    }
}

impl From<Damage> for LoadError {
    fn from(damage: Damage) -> Self {
        Self::Damaged(Box::new(damage))
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Phase;

    #[test]
    fn quoted_bytes_are_rows_around_the_place() {
        let content: Vec<u8> = (0..100).collect();
        let quote = |offset| {
            let damage = Damage::new("x", ParseError::new(Phase::Frame, offset, "", ""), &content);
            (damage.bytes_offset, damage.bytes.len())
        };
        assert_eq!(quote(0), (0, 48));
        assert_eq!(quote(40), (16, 48));
        assert_eq!(quote(99), (80, 20));
        assert_eq!(quote(u64::MAX), (80, 20));
        assert_eq!(Damage::new("x", ParseError::new(Phase::Frame, 7, "", ""), &[]).bytes, [0u8; 0]);
    }
}
