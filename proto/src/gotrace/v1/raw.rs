//! One event of format v1 as it stands in the file. Events have no framing, so that finding one needs the reading
//! of all before it.

use super::spec::{MAX_ARITY, kind, spec_of};
use crate::cursor::{Cursor, Fault};
use crate::error::{ParseError, Phase};

/// Longest text that Go's reader takes.
const MAX_TEXT: u64 = 1_000_000;

/// The count of arguments that says: a length in bytes follows.
const COUNTED_BY_LENGTH: u8 = 3;

/// An event's varints, and what follows them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    /// Its type.
    pub kind: u8,
    /// Its varints, the step in time first if it has one; those it does not have are 0.
    pub args: [u64; MAX_ARITY],
    /// Bytes of a String, the message of a UserLog, or the varints of a Stack.
    pub tail: &'a [u8],
}

/// Reads the event at `cursor` in a file with header `minor`.
pub(crate) fn read_raw<'a>(cursor: &mut Cursor<'a>, minor: u32) -> Result<Raw<'a>, ParseError> {
    let offset = cursor.offset();
    let first = cursor.byte().map_err(|fault| fault.error(Phase::Decode, "an event"))?;
    let (kind, count) = (first & 0x3f, first >> 6);
    let Some(spec) = spec_of(kind, minor) else {
        let found = format!("byte {first}");
        return Err(ParseError::new(Phase::Decode, offset, "an event", found));
    };
    let fault = |fault: Fault| fault.error(Phase::Decode, format!("{} with all its arguments", spec.name));
    let mut raw = Raw { kind, args: [0; MAX_ARITY], tail: &[] };
    if kind == kind::STRING {
        raw.args[0] = cursor.varint().map_err(fault)?;
        raw.tail = read_text(cursor)?;
        return Ok(raw);
    }
    let read = if count == COUNTED_BY_LENGTH {
        let length = cursor.varint().map_err(fault)?;
        let body = cursor.take(length).map_err(fault)?;
        if kind == kind::STACK {
            raw.tail = body;
            return Ok(raw);
        }
        read_counted(body, &mut raw.args).map_err(fault)?
    } else {
        for arg in raw.args.iter_mut().take(usize::from(count) + 1) {
            *arg = cursor.varint().map_err(fault)?;
        }
        count + 1
    };
    if read != spec.arity {
        let expected = format!("{} with {} arguments", spec.name, spec.arity);
        return Err(ParseError::new(Phase::Decode, offset, expected, format!("{read}")));
    }
    if kind == kind::USER_LOG {
        raw.tail = read_text(cursor)?;
    }
    Ok(raw)
}

/// Reads all varints of `body` and counts them, up to one more than any event has.
fn read_counted(body: &[u8], args: &mut [u64; MAX_ARITY]) -> Result<u8, Fault> {
    let mut cursor = Cursor::new(body);
    let mut count = 0;
    while !cursor.is_empty() && usize::from(count) <= MAX_ARITY {
        let value = cursor.varint()?;
        if let Some(arg) = args.get_mut(usize::from(count)) {
            *arg = value;
        }
        count += 1;
    }
    Ok(count)
}

fn read_text<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], ParseError> {
    let offset = cursor.offset();
    let fault = |fault: Fault| fault.error(Phase::Decode, "a text");
    let length = cursor.varint().map_err(fault)?;
    if length > MAX_TEXT {
        let expected = format!("a text of at most {MAX_TEXT} bytes");
        return Err(ParseError::new(Phase::Decode, offset, expected, format!("{length} bytes")));
    }
    cursor.take(length).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Raw<'_>, String> {
        read_raw(&mut Cursor::new(bytes), 19).map_err(|error| error.to_string())
    }

    #[test]
    fn events_say_how_many_arguments_they_have() {
        let raw = read(&[kind::GO_START | 2 << 6, 9, 7, 1]).expect("an event");
        assert_eq!((raw.kind, raw.args), (kind::GO_START, [9, 7, 1, 0, 0]));
        let raw = read(&[kind::GO_CREATE | 3 << 6, 4, 9, 7, 1, 2]).expect("an event");
        assert_eq!(raw.args, [9, 7, 1, 2, 0]);
        let raw = read(&[kind::USER_LOG | 3 << 6, 4, 9, 1, 2, 0, 2, b'h', b'i']).expect("an event");
        assert_eq!(raw.tail, b"hi");
        let raw = read(&[kind::STRING, 5, 3, b'a', b'b', b'c']).expect("an event");
        assert_eq!((raw.args[0], raw.tail), (5, &b"abc"[..]));
        assert!(read(&[kind::GO_START | 1 << 6, 9, 7]).expect_err("one too few").contains("3 arguments"));
        assert!(read(&[kind::GO_END | 3 << 6, 7, 1, 1, 1, 1, 1, 1, 1]).is_err(), "many too many");
        assert!(read(&[0]).is_err() && read(&[50]).is_err() && read(&[]).is_err());
        assert!(read(&[kind::STRING, 5, 0xff, 0xff, 0xff, 0x7f]).expect_err("too long").contains("1000000"));
    }
}
