//! Splits a protobuf message into its fields without decoding them, so that every message inside
//! a profile is known by its byte offset, which prost does not tell.

use crate::error::{ParseError, Phase};

/// The content of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A number.
    Varint(u64),
    /// Text, a message or packed numbers.
    Bytes(&'a [u8]),
    /// Four or eight bytes, of no use in a profile.
    Fixed,
}

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// The field number of the schema; never 0.
    pub number: u32,
    /// Offset of the tag.
    pub start: usize,
    /// One past the field's last byte.
    pub end: usize,
    /// What it holds.
    pub value: Value<'a>,
}

/// The field at `at`; `None` at the end of `bytes`.
///
/// # Errors
/// Bytes that are no field, or a field that reaches past the end.
pub(crate) fn next_field(bytes: &[u8], at: usize) -> Option<Result<Field<'_>, ParseError>> {
    (at < bytes.len()).then(|| read_field(bytes, at))
}

fn read_field(bytes: &[u8], start: usize) -> Result<Field<'_>, ParseError> {
    let (tag, at) = varint(bytes, start).ok_or_else(|| broken(bytes, start, "a field tag"))?;
    let number = u32::try_from(tag >> 3).ok().filter(|number| (1..1 << 29).contains(number));
    let Some(number) = number else {
        return Err(ParseError::new(Phase::Frame, start as u64, "a field number", format!("{}", tag >> 3)));
    };
    let (value, end) = match tag & 7 {
        0 => {
            let (value, end) = varint(bytes, at).ok_or_else(|| broken(bytes, at, "a number"))?;
            (Value::Varint(value), end)
        }
        1 => (Value::Fixed, take(bytes, at, 8)?.1),
        2 => {
            let (length, at) = varint(bytes, at).ok_or_else(|| broken(bytes, at, "a length"))?;
            let (content, end) = take(bytes, at, length)?;
            (Value::Bytes(content), end)
        }
        5 => (Value::Fixed, take(bytes, at, 4)?.1),
        kind => {
            return Err(ParseError::new(
                Phase::Frame,
                start as u64,
                "wire type 0, 1, 2 or 5",
                kind.to_string(),
            ));
        }
    };
    Ok(Field { number, start, end, value })
}

fn take(bytes: &[u8], at: usize, length: u64) -> Result<(&[u8], usize), ParseError> {
    let end = usize::try_from(length).ok().and_then(|length| at.checked_add(length));
    let content = end.and_then(|end| Some((bytes.get(at..end)?, end)));
    content.ok_or_else(|| {
        let left = bytes.len().saturating_sub(at);
        ParseError::new(Phase::Frame, at as u64, format!("{length} bytes"), format!("{left} until the end"))
            .with_hint("The file is cut off or damaged.")
    })
}

/// Bytes in which a profile must show itself as one.
const PROBE: usize = 64 << 10;

/// Whether `bytes` begin as an uncompressed profile does: fields of the schema with their wire
/// types, one of them a whole sample type. The last field may be cut off.
pub(crate) fn looks_like_profile(bytes: &[u8]) -> bool {
    let mut at = 0;
    let mut sample_type = false;
    while at < PROBE {
        match next_field(bytes, at) {
            Some(Ok(field)) if fits_schema(&field) => {
                sample_type |= field.number == 1 && is_value_type(field.value);
                at = field.end;
            }
            Some(Ok(_)) => return false,
            Some(Err(_)) | None => break,
        }
    }
    sample_type
}

fn fits_schema(field: &Field<'_>) -> bool {
    match field.value {
        Value::Bytes(_) => matches!(field.number, 1..=6 | 11 | 13),
        Value::Varint(_) => matches!(field.number, 7..=10 | 12..=15),
        Value::Fixed => false,
    }
}

fn is_value_type(value: Value<'_>) -> bool {
    let Value::Bytes(content) = value else { return false };
    let mut at = 0;
    while let Some(field) = next_field(content, at) {
        match field {
            Ok(Field { number: 1 | 2, value: Value::Varint(_), end, .. }) => at = end,
            _ => return false,
        }
    }
    !content.is_empty()
}

/// The base-128 number at `at` and the offset after it.
pub(crate) fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (place, &byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some((value, at + place + 1));
        }
    }
    None
}

fn broken(bytes: &[u8], at: usize, expected: &str) -> ParseError {
    let found = if bytes.len().saturating_sub(at) < 10 { "the end" } else { "more than ten bytes" };
    ParseError::new(Phase::Frame, at as u64, expected, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_with_their_offsets() {
        let bytes = [0x48, 0x96, 0x01, 0x32, 0x02, b'h', b'i', 0x61, 1, 2, 3, 4, 5, 6, 7, 8];
        let first = next_field(&bytes, 0).unwrap().unwrap();
        assert_eq!(first, Field { number: 9, start: 0, end: 3, value: Value::Varint(150) });
        let second = next_field(&bytes, first.end).unwrap().unwrap();
        assert_eq!(second, Field { number: 6, start: 3, end: 7, value: Value::Bytes(b"hi") });
        let third = next_field(&bytes, second.end).unwrap().unwrap();
        assert_eq!((third.number, third.end, third.value), (12, 16, Value::Fixed));
        assert!(next_field(&bytes, 16).is_none());
    }

    #[test]
    fn broken_fields_say_where() {
        for (bytes, offset) in [
            (&[0x32, 0x05, b'h'][..], 2),
            (&[0x32][..], 1),
            (&[0x33][..], 0),
            (&[0x00, 0x00][..], 0),
            (&[0x48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..], 1),
            (&[0x32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01][..], 11),
        ] {
            let error = next_field(bytes, 0).unwrap().unwrap_err();
            assert_eq!((error.phase, error.offset), (Phase::Frame, offset), "{bytes:x?}");
        }
    }
}
