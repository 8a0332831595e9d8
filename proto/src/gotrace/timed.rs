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
#[derive(Debug)]
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
    #[inline]
    pub fn advance(&mut self, clock: &Clock) -> Next {
        while self.cursor.is_empty() {
            let Some(piece) = self.pieces.next() else { return Next::End };
            self.cursor = piece.cursor(self.bytes);
            self.time = clock.ns(piece.time);
            self.cut = piece.cut;
        }
        self.decode(clock)
    }

    #[inline]
    fn decode(&mut self, clock: &Clock) -> Next {
        // A copy lives in registers, where the lane's own would be written back at every byte.
        let mut cursor = self.cursor.clone();
        let offset = cursor.offset();
        let Ok(kind) = cursor.byte() else { return Next::End };
        let arity = ARITY[usize::from(kind)];
        if arity == NOT_TIMED {
            return self.unknown(kind, offset);
        }
        let Ok(dt) = cursor.varint() else { return self.truncated(kind, offset) };
        let mut args = [0; MAX_ARGS];
        for arg in args.iter_mut().take(usize::from(arity)) {
            let Ok(value) = cursor.varint() else { return self.truncated(kind, offset) };
            *arg = value;
        }
        self.cursor = cursor;
        self.time = self.time.saturating_add(clock.ns(dt));
        self.event = Event { time: self.time, offset, kind, args };
        Next::Event
    }

    #[cold]
    fn unknown(&self, kind: u8, offset: u64) -> Next {
        let expected = "a timed event";
        let found = match spec::name(kind) {
            name if kind == 0 || name.contains(' ') => format!("event type {kind}"),
            name => format!("{name}, which cannot stand here"),
        };
        Next::Broken(Box::new(ParseError::new(Phase::Decode, offset, expected, found)))
    }

    /// An event that does not end: the end of the file in a cut batch, else damage.
    #[cold]
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
