//! The events of one P, decoded one after the other.

use super::raw::{Raw, read_raw};
use super::scan::{Piece, ProcBatches, cursor_at};
use super::spec::{MAX_ARITY, kind};

/// One event with its place in time and its goroutine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Event {
    /// When, in ticks.
    pub ticks: u64,
    /// Where it is in the file.
    pub offset: usize,
    /// Its type.
    pub kind: u8,
    /// Its arguments after the step in time; those it does not have are 0.
    pub args: [u64; MAX_ARITY - 1],
    /// The goroutine it belongs to, or 0.
    pub g: u64,
}

/// A P's batches and its next event.
#[derive(Debug)]
pub(crate) struct Lane {
    /// The P, or `NO_PROC`.
    pub p: u64,
    /// The next event, once [`Lane::advance`] gave one.
    pub event: Event,
    /// The next lane that waits for the same goroutine, or `NONE`.
    pub next_waiting: u32,
    /// Whether it waits for a goroutine.
    pub waits: bool,
    pieces: std::vec::IntoIter<Piece>,
    piece: Piece,
    ticks: u64,
    g: u64,
}

impl Lane {
    /// The lane of `batches`, before its first event.
    pub fn new(batches: ProcBatches) -> Self {
        Self {
            p: batches.p,
            event: Event::default(),
            next_waiting: crate::model::ids::NONE,
            waits: false,
            pieces: batches.pieces.into_iter(),
            piece: Piece { start: 0, end: 0, ticks: 0 },
            ticks: 0,
            g: 0,
        }
    }

    /// Decodes the next event; false at the end.
    pub fn advance(&mut self, bytes: &[u8], minor: u32) -> bool {
        loop {
            while self.piece.start >= self.piece.end {
                let Some(piece) = self.pieces.next() else { return false };
                (self.piece, self.ticks) = (piece, piece.ticks);
            }
            let offset = self.piece.start;
            let mut cursor = cursor_at(bytes.get(..self.piece.end).unwrap_or(bytes), offset);
            // The first pass has read the same bytes, so that this does not fail.
            let Ok(raw) = read_raw(&mut cursor, minor) else { return false };
            self.piece.start = cursor.offset() as usize;
            if is_timed(raw.kind) {
                self.event = self.timed(&raw, offset);
                return true;
            }
        }
    }

    fn timed(&mut self, raw: &Raw<'_>, offset: usize) -> Event {
        let [step, args @ ..] = raw.args;
        self.ticks = self.ticks.saturating_add(step);
        let mut g = self.g;
        match raw.kind {
            kind::GO_START | kind::GO_START_LOCAL | kind::GO_START_LABEL => {
                self.g = args[0];
                g = self.g;
            }
            kind::GO_SYS_EXIT | kind::GO_SYS_EXIT_LOCAL | kind::GO_WAITING | kind::GO_IN_SYSCALL => {
                g = args[0];
            }
            kind if leaves(kind) => self.g = 0,
            _ => {}
        }
        Event { ticks: self.ticks, offset, kind: raw.kind, args, g }
    }

    /// Bytes that were not decoded.
    pub fn bytes_left(&self) -> u64 {
        let rest = self.pieces.as_slice().iter().map(|piece| piece.end - piece.start).sum::<usize>();
        (rest + self.piece.end.saturating_sub(self.piece.start)) as u64
    }
}

/// Whether events of `kind` are things that happened on a P.
fn is_timed(kind: u8) -> bool {
    !matches!(
        kind,
        kind::BATCH | kind::FREQUENCY | kind::STACK | kind::STRING | kind::TIMER_GOROUTINE | kind::CPU_SAMPLE
    )
}

/// Whether the goroutine leaves its P with an event of `kind`.
fn leaves(kind: u8) -> bool {
    matches!(kind, kind::GO_END | kind::GO_STOP | kind::GO_SYS_BLOCK) || halts(kind)
}

/// Whether the goroutine stops running with an event of `kind`, to go on later.
pub(crate) fn halts(kind: u8) -> bool {
    matches!(
        kind,
        kind::GO_SCHED
            | kind::GO_PREEMPT
            | kind::GO_SLEEP
            | kind::GO_BLOCK
            | kind::GO_BLOCK_SEND
            | kind::GO_BLOCK_RECV
            | kind::GO_BLOCK_SELECT
            | kind::GO_BLOCK_SYNC
            | kind::GO_BLOCK_COND
            | kind::GO_BLOCK_NET
            | kind::GO_BLOCK_GC
    )
}
