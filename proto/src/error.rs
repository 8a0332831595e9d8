//! What can go wrong while reading bytes: errors that end a file, notices that do not.

use std::fmt;

/// The stage of reading in which something was found; part of every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Recognising the format by content.
    Sniff,
    /// Peeling a gzip or zip layer.
    Decompress,
    /// Splitting the file into batches, records or lines.
    Frame,
    /// Decoding fields and tables.
    Decode,
    /// Resolving ids between tables.
    Resolve,
    /// Ordering events by the emulated scheduler.
    Order,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sniff => "recognising the format",
            Self::Decompress => "decompressing",
            Self::Frame => "splitting into records",
            Self::Decode => "decoding",
            Self::Resolve => "resolving ids",
            Self::Order => "ordering events",
        })
    }
}

/// Why a file, or the rest of it, cannot be read.
///
/// `offset` counts bytes in the innermost layer, after decompression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{phase} at byte {offset}: expected {expected}, found {found}")]
pub struct ParseError {
    /// The stage that failed.
    pub phase: Phase,
    /// Where, in bytes from the start of the innermost layer.
    pub offset: u64,
    /// What a well-formed file has there.
    pub expected: String,
    /// What this file has there.
    pub found: String,
    /// The likely cause in plain words, when one is known.
    pub hint: Option<String>,
}

impl ParseError {
    /// An error without a known cause.
    pub fn new(phase: Phase, offset: u64, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { phase, offset, expected: expected.into(), found: found.into(), hint: None }
    }

    /// The same error with a likely cause.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Something missing or odd in a file that was read all the same; stays with the data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The stage that noticed it.
    pub phase: Phase,
    /// Where, in bytes from the start of the innermost layer.
    pub offset: u64,
    /// What is missing, how much of it, and what that means for the picture. One sentence or two.
    pub message: String,
}

impl Notice {
    /// A notice from its parts.
    pub fn new(phase: Phase, offset: u64, message: impl Into<String>) -> Self {
        Self { phase, offset, message: message.into() }
    }
}

impl From<ParseError> for Notice {
    fn from(error: ParseError) -> Self {
        Self { phase: error.phase, offset: error.offset, message: error.to_string() }
    }
}
