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
        match decode(&mut self.cursor, self.time, clock) {
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
        let (mut cursor, mut event) = (self.cursor.clone(), self.event);
        loop {
            events.push(event);
            if cursor.is_empty() {
                (self.cursor, self.time, self.event) = (cursor, event.time, event);
                if !self.turn(clock) {
                    return Next::End;
                }
                cursor = self.cursor.clone();
                event.time = self.time;
            }
            match decode(&mut cursor, event.time, clock) {
                Some(next) => event = next,
                None => {
                    self.cursor = cursor;
                    // The event that was added last is still the lane's.
                    self.event = events.last().copied().unwrap_or_default();
                    self.time = event.time;
                    return self.fault();
                }
            }
            if event.time > limit || events.len() >= room {
                (self.cursor, self.time, self.event) = (cursor, event.time, event);
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

/// The event at the cursor, which moves on behind it; none, and the cursor stays, where there is no whole event.
#[inline]
fn decode<'a>(cursor: &mut Cursor<'a>, time: u64, clock: &Clock) -> Option<Event> {
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
