//! Compressed layers around a file, peeled in steps and under a limit.

mod inflate;
mod zip;

pub(crate) use inflate::{Inflated, Inflater};
pub(crate) use zip::{Member, members};

use std::ops::Range;
use std::sync::Arc;

/// A stretch of bytes that several readers share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    bytes: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Shared {
    /// All of `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self { bytes: Arc::new(bytes), range }
    }

    /// A part of this stretch, cut where this one ends.
    pub fn part(&self, start: u64, length: u64) -> Self {
        let all = self.range.len() as u64;
        let start = start.min(all);
        let end = start.saturating_add(length).min(all);
        let at = |offset: u64| self.range.start + usize::try_from(offset).unwrap_or(0);
        Self { bytes: Arc::clone(&self.bytes), range: at(start)..at(end) }
    }

    /// The bytes as a vector of their own, copied only if somebody else holds them.
    pub fn into_vec(self) -> Vec<u8> {
        if self.range.len() < self.bytes.len() {
            return self.as_ref().to_vec();
        }
        Arc::try_unwrap(self.bytes).unwrap_or_else(|shared| shared.to_vec())
    }
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or(&[])
    }
}
