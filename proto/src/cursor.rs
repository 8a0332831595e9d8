//! A bounded byte reader that knows its offset, for every binary format.

use crate::error::{ParseError, Phase};

/// Reads a slice front to back. Nothing is read past the end; a failed read consumes nothing.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    end: u64,
}

/// Why a read failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes end inside what was to be read.
    Truncated {
        /// Where the read began.
        offset: u64,
        /// How many bytes were asked for; 1 where only the next byte was.
        wanted: u64,
        /// How many there were.
        left: u64,
    },
    /// A varint has more than 64 bits.
    Overlong {
        /// Where the varint begins.
        offset: u64,
    },
}

impl Fault {
    /// Where the read began, in bytes from the start of the layer.
    pub fn offset(self) -> u64 {
        match self {
            Self::Truncated { offset, .. } | Self::Overlong { offset } => offset,
        }
    }

    /// Whether the bytes merely ended, as they do in a truncated file.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Truncated { .. })
    }

    /// The error to report when `expected` was being read in `phase`.
    pub fn error(self, phase: Phase, expected: impl Into<String>) -> ParseError {
        match self {
            Self::Truncated { offset, wanted, left } => ParseError::new(
                phase,
                offset,
                expected,
                format!("the end: {left} of {wanted} bytes are left"),
            )
            .with_hint("The file is probably truncated."),
            Self::Overlong { offset } => {
                ParseError::new(phase, offset, expected, "a varint of more than 64 bits")
            }
        }
    }
}

impl<'a> Cursor<'a> {
    /// Reads `bytes` as a whole layer: offsets count from its start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::at_offset(bytes, 0)
    }

    /// Reads `bytes` as a part of a layer that begins at `base` there.
    pub fn at_offset(bytes: &'a [u8], base: u64) -> Self {
        Self { rest: bytes, end: base + bytes.len() as u64 }
    }

    /// Offset of the next byte in the layer.
    pub fn offset(&self) -> u64 {
        self.end - self.left()
    }

    /// How many bytes are left.
    pub fn left(&self) -> u64 {
        self.rest.len() as u64
    }

    /// Whether all bytes were read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All bytes not yet read, without reading them.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next byte, without reading it.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next byte.
    #[inline]
    pub fn byte(&mut self) -> Result<u8, Fault> {
        let Some((&byte, rest)) = self.rest.split_first() else { return Err(self.truncated(1)) };
        self.rest = rest;
        Ok(byte)
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let split = usize::try_from(count).ok().and_then(|count| self.rest.split_at_checked(count));
        let (taken, rest) = split.ok_or_else(|| self.truncated(count))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Skips `count` bytes, or all that are left.
    #[inline]
    pub fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// An unsigned LEB128 varint of at most 10 bytes. Padding (`80 80 … 00`) is legal, since
    /// writers reserve slots of fixed width.
    #[inline]
    pub fn varint(&mut self) -> Result<u64, Fault> {
        match *self.rest {
            [byte, ref rest @ ..] if byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(byte))
            }
            _ => match self.rest.first_chunk() {
                Some(bytes) => match varint_of_8(u64::from_le_bytes(*bytes)) {
                    Some((value, length)) => {
                        self.rest = self.rest.get(length..).unwrap_or_default();
                        Ok(value)
                    }
                    None => self.long_varint(),
                },
                None => self.long_varint(),
            },
        }
    }

    #[cold]
    fn long_varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0u64;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            if index == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.rest = self.rest.get(index + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        if self.left() < 10 {
            return Err(self.truncated(self.left() + 1));
        }
        Err(Fault::Overlong { offset: self.offset() })
    }

    fn truncated(&self, wanted: u64) -> Fault {
        Fault::Truncated { offset: self.offset(), wanted, left: self.left() }
    }
}

/// The varint at the start of 8 bytes and its length; `None` for one of 9 or 10 bytes. Without a
/// branch per byte: lengths are as good as random, and each wrong guess costs more than all this.
#[inline]
fn varint_of_8(bytes: u64) -> Option<(u64, usize)> {
    let ends = !bytes & 0x8080_8080_8080_8080;
    if ends == 0 {
        return None;
    }
    // All bits up to the first byte without the continuation bit, then 7 of each 8 of them.
    let groups = bytes & (ends ^ (ends - 1)) & 0x7f7f_7f7f_7f7f_7f7f;
    let pairs = groups & 0x007f_007f_007f_007f | (groups & 0x7f00_7f00_7f00_7f00) >> 1;
    let quads = pairs & 0x0000_3fff_0000_3fff | (pairs & 0x3fff_0000_3fff_0000) >> 2;
    let value = quads & 0x0fff_ffff | (quads & 0x0fff_ffff_0000_0000) >> 4;
    Some((value, ends.trailing_zeros() as usize / 8 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_may_be_padded_but_not_overlong() {
        let padded = [0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 7];
        let mut cursor = Cursor::at_offset(&padded, 100);
        assert_eq!(cursor.varint(), Ok(0x7f));
        assert_eq!(cursor.offset(), 110);
        assert_eq!(cursor.varint(), Ok(7));
        assert!(cursor.is_empty());

        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Cursor::new(&max).varint(), Ok(u64::MAX));
        let over = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert_eq!(Cursor::new(&over).varint(), Err(Fault::Overlong { offset: 0 }));
    }

    #[test]
    fn varints_of_every_length_are_read_the_same_short_of_the_end_or_not() {
        for bits in 0..64 {
            for value in [1u64 << bits, u64::MAX >> bits, 0x1234_5678_9abc_def0 >> bits] {
                let mut bytes = Vec::new();
                let mut rest = value;
                while rest >= 0x80 {
                    bytes.push(rest as u8 | 0x80);
                    rest >>= 7;
                }
                bytes.push(rest as u8);
                let length = bytes.len() as u64;
                assert_eq!(Cursor::new(&bytes).varint(), Ok(value));
                bytes.extend([0xff; 9]);
                let mut cursor = Cursor::new(&bytes);
                assert_eq!((cursor.varint(), cursor.offset()), (Ok(value), length));
            }
        }
    }

    #[test]
    fn a_failed_read_consumes_nothing() {
        let mut cursor = Cursor::new(&[0x80, 0x80]);
        assert_eq!(cursor.varint(), Err(Fault::Truncated { offset: 0, wanted: 3, left: 2 }));
        assert_eq!(cursor.take(3), Err(Fault::Truncated { offset: 0, wanted: 3, left: 2 }));
        assert_eq!(cursor.take(u64::MAX).map_err(Fault::is_end), Err(true));
        assert_eq!(cursor.take(2), Ok(&[0x80, 0x80][..]));
        assert_eq!(cursor.byte().map_err(Fault::offset), Err(2));
    }

    #[test]
    fn a_fault_becomes_an_error_with_its_place() {
        let error = Cursor::at_offset(&[], 9).byte().expect_err("must fail").error(Phase::Frame, "a batch");
        assert_eq!(
            error.to_string(),
            "splitting into records at byte 9: expected a batch, found the end: 0 of 1 bytes are left"
        );
        assert!(error.hint.is_some());
    }
}
