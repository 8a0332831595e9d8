//! The timed events of one thread, decoded one after the other.

use super::batch::Piece;
use super::clock::Clock;
use super::spec::{self, ARITY, MAX_ARGS, NOT_TIMED};
use crate::cursor::Cursor;
use crate::error::{ParseError, Phase};

/// One timed event as decoded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Event {
    /// When, in ns by the thread's own clock; may lie before an event that caused it.
    pub time: u64,
    /// Where it is in the file.
    pub offset: u64,
    /// Its type byte, which is one of a timed event.
    pub kind: u8,
    /// Its arguments after `dt`; those it does not have are 0.
    pub args: [u64; MAX_ARGS],
}

/// A thread's batches and its next event.
#[derive(Clone, Debug)]
pub(crate) struct Lane<'a> {
    /// The thread's row, or `NONE`.
    pub thread: u32,
    /// The next event, once [`Lane::advance`] gave one.
    pub event: Event,
    bytes: &'a [u8],
    pieces: std::slice::Iter<'a, Piece>,
    cursor: Cursor<'a>,
    time: u64,
    cut: bool,
}

/// What came of decoding the next event.
#[derive(Debug)]
pub(crate) enum Next {
    /// It is in [`Lane::event`].
    Event,
    /// There is none.
    End,
    /// The bytes are no event; the rest of the thread's generation cannot be trusted.
    Broken(Box<ParseError>),
}

impl<'a> Lane<'a> {
    /// The lane of `pieces`, before its first event.
    pub fn new(thread: u32, bytes: &'a [u8], pieces: &'a [Piece]) -> Self {
        let cursor = Cursor::new(&[]);
        Self { thread, event: Event::default(), bytes, pieces: pieces.iter(), cursor, time: 0, cut: false }
    }

    /// Decodes the next event.
    pub fn advance(&mut self, clock: &Clock) -> Next {
        if !self.turn(clock) {
            return Next::End;
        }
        match long_event(&mut self.cursor, self.time, clock) {
            Some(event) => {
                (self.time, self.event) = (event.time, event);
                Next::Event
            }
            None => self.fault(),
        }
    }

    /// Adds the event and all that follow it up to the time `limit` to `events`, until there are `room` of those. The
    /// one after becomes the lane's event, if there is one; else the lane's event is the last that was added.
    pub fn run(&mut self, clock: &Clock, limit: u64, events: &mut Vec<Event>, room: usize) -> Next {
        // Copies live in registers, where the lane's own would be written back at every byte.
        let (mut cursor, mut time) = (self.cursor.clone(), self.time);
        events.push(self.event);
        loop {
            if cursor.is_empty() {
                self.cursor = cursor;
                if !self.turn(clock) {
                    return Next::End;
                }
                (cursor, time) = (self.cursor.clone(), self.time);
            }
            let Some(next) = decode(&mut cursor, time, clock, events) else {
                (self.cursor, self.time) = (cursor, time);
                self.event = events.last().copied().unwrap_or_default();
                return self.fault();
            };
            time = next;
            if time > limit || events.len() > room {
                (self.cursor, self.time) = (cursor, time);
                self.event = events.pop().unwrap_or_default();
                return Next::Event;
            }
        }
    }

    /// Goes on to the next batch if this one is at its end; false if there is none.
    fn turn(&mut self, clock: &Clock) -> bool {
        while self.cursor.is_empty() {
            let Some(piece) = self.pieces.next() else { return false };
            self.cursor = piece.cursor(self.bytes);
            self.time = clock.ns(piece.time);
            self.cut = piece.cut;
        }
        true
    }

    /// Why the bytes at the cursor are no event.
    #[cold]
    fn fault(&mut self) -> Next {
        let offset = self.cursor.offset();
        match self.cursor.peek() {
            Some(kind) if ARITY[usize::from(kind)] == NOT_TIMED => self.unknown(kind, offset),
            Some(kind) => self.truncated(kind, offset),
            None => Next::End,
        }
    }

    fn unknown(&self, kind: u8, offset: u64) -> Next {
        let expected = "a timed event";
        let found = match spec::name(kind) {
            name if kind == 0 || name.contains(' ') => format!("event type {kind}"),
            name => format!("{name}, which cannot stand here"),
        };
        Next::Broken(Box::new(ParseError::new(Phase::Decode, offset, expected, found)))
    }

    /// An event that does not end: the end of the file in a cut batch, else damage.
    fn truncated(&mut self, kind: u8, offset: u64) -> Next {
        if self.cut {
            self.pieces = [].iter();
            self.cursor = Cursor::new(&[]);
            return Next::End;
        }
        let expected = format!("{} with all its arguments", spec::name(kind));
        Next::Broken(Box::new(ParseError::new(Phase::Decode, offset, expected, "the end of its batch")))
    }

    /// Whether and how many bytes were not decoded.
    pub fn bytes_left(&self) -> u64 {
        self.cursor.left() + self.pieces.clone().map(|piece| (piece.end - piece.start) as u64).sum::<u64>()
    }
}

/// Adds the event at the cursor, which moves on behind it, and answers its time; none, and the cursor stays, where there
/// is no whole event.
#[inline(always)]
fn decode(cursor: &mut Cursor<'_>, time: u64, clock: &Clock, events: &mut Vec<Event>) -> Option<u64> {
    let Some((kind, [dt, first, second, third], length)) = cursor.rest().first_chunk().and_then(short_event)
    else {
        let event = long_event(cursor, time, clock)?;
        events.push(event);
        return Some(event.time);
    };
    let offset = cursor.offset();
    cursor.skip(length);
    let time = time.saturating_add(clock.ns(dt));
    events.push(Event { time, offset, kind, args: [first, second, third, 0] });
    Some(time)
}

/// The event at the cursor, whatever its length.
#[inline(never)]
fn long_event<'a>(cursor: &mut Cursor<'a>, time: u64, clock: &Clock) -> Option<Event> {
    let mut ahead: Cursor<'a> = cursor.clone();
    let offset = ahead.offset();
    let kind = ahead.byte().ok()?;
    let arity = ARITY[usize::from(kind)];
    if arity == NOT_TIMED {
        return None;
    }
    let dt = ahead.varint().ok()?;
    let mut args = [0; MAX_ARGS];
    for arg in args.iter_mut().take(usize::from(arity)) {
        *arg = ahead.varint().ok()?;
    }
    *cursor = ahead;
    Some(Event { time: time.saturating_add(clock.ns(dt)), offset, kind, args })
}

/// Varints that [`short_event`] reads: `dt` and three arguments.
const SHORT: usize = 4;

/// Kind, `dt` and arguments, and length of an event of at most 9 bytes with varints of at most 4, as nearly all are;
/// none for others. Without a branch per varint or byte: lengths are as good as random, and a wrong guess costs more
/// than all this.
#[inline(always)]
fn short_event(bytes: &[u8; 9]) -> Option<(u8, [u64; SHORT], usize)> {
    const KEEP: [[u64; 3]; SHORT] = [[0; 3], [!0, 0, 0], [!0, !0, 0], [!0; 3]];
    let [kind, rest @ ..] = *bytes;
    let arity = usize::from(ARITY[usize::from(kind)]);
    let keep = KEEP.get(arity)?;
    let word = u64::from_le_bytes(rest);
    // The last bytes of varints: all of them, and without the first one, two and three.
    let first = !word & 0x8080_8080_8080_8080;
    let second = first & first.wrapping_sub(1);
    let third = second & second.wrapping_sub(1);
    let fourth = third & third.wrapping_sub(1);
    let last = [first, second, third, fourth][arity];
    let up_to = |ends: u64| word & (ends ^ ends.wrapping_sub(1));
    let behind = |word: u64, ends: u64| word.wrapping_shr(ends.trailing_zeros()) >> 1;
    let one = behind(up_to(second), first) & keep[0];
    let two = behind(up_to(third), second) & keep[1];
    let three = behind(up_to(fourth), third) & keep[2];
    let dt = up_to(first);
    if last == 0 || (dt | one | two | three) >> 32 != 0 {
        return None;
    }
    let ([dt, one], [two, three]) = (values(dt | one << 32), values(two | three << 32));
    Some((kind, [dt, one, two, three], last.trailing_zeros() as usize / 8 + 2))
}

/// The values of two varints of at most 4 bytes, one in each half.
#[inline(always)]
fn values(halves: u64) -> [u64; 2] {
    let pairs = halves & 0x007f_007f_007f_007f | (halves & 0x7f00_7f00_7f00_7f00) >> 1;
    let quads = pairs & 0x0000_3fff_0000_3fff | (pairs & 0x3fff_0000_3fff_0000) >> 2;
    [quads & u64::from(u32::MAX), quads >> 32]
}

#[cfg(test)]
mod tests {
    use super::super::clock::USUAL_FREQUENCY;
    use super::*;

    fn varint(bytes: &mut Vec<u8>, mut value: u64, padding: usize) {
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        for _ in 0..padding {
            bytes.push(value as u8 | 0x80);
            value = 0;
        }
        bytes.push(value as u8);
    }

    #[test]
    fn the_quick_way_and_the_slow_one_read_the_same() {
        let clock = Clock::new(USUAL_FREQUENCY);
        let values =
            [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 0x1f_ffff, 0x20_0000, 0xfff_ffff, 0x1000_0000, u64::MAX];
        let mut short = 0;
        for kind in (0..=u8::MAX).filter(|&kind| ARITY[usize::from(kind)] != NOT_TIMED) {
            for at in 0..values.len() * values.len() * 2 {
                let mut bytes = vec![kind];
                for field in 0..=usize::from(ARITY[usize::from(kind)]) {
                    let value = values[(at / (1 + field * 3) + field) % values.len()];
                    varint(&mut bytes, value, usize::from(at % 7 == field && value < 1 << 32));
                }
                let length = bytes.len() as u64;
                let slow = long_event(&mut Cursor::new(&bytes), 5, &clock);
                bytes.extend([0xff; 9]);
                let mut cursor = Cursor::new(&bytes);
                let mut quick = Vec::new();
                decode(&mut cursor, 5, &clock, &mut quick);
                assert_eq!(format!("{:?}", quick.pop()), format!("{slow:?}"), "{bytes:?}");
                assert!(slow.is_some() && cursor.offset() == length, "{bytes:?}");
                short += u32::from(bytes.first_chunk().and_then(short_event).is_some());
            }
        }
        assert!(short > 1000, "{short} are short");
    }
}
