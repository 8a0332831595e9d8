//! From a track to boxes: at most one a pixel column, whatever the zoom.
//!
//! Time is cut into cells of one column's width on a grid that does not move when the window does,
//! so that boxes stand still while panning. Each cell goes to the class with the larger share.
//! Intervals of a column's width or more keep their exact edges and their identity; shorter ones
//! merge. The cost is in cells and long intervals, not in intervals: dense stretches are crossed by
//! the sums of [`super::blocks`].

use super::blocks::{BlockSlice, Sums, total};
use super::marks::{CLASSES, NOTHING};
use super::track::Track;

/// What part of a track is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// First ns.
    pub(super) t0: u64,
    /// One past the last ns.
    pub(super) t1: u64,
    /// Width of a cell, ns; at least 1.
    pub(super) unit: u64,
}

impl Window {
    /// The window of `columns` pixel columns: cells are a little wider than a column, so that the
    /// grid, which need not begin at `t0`, has at most `columns` of them in it.
    pub(super) fn new(t0: u64, t1: u64, columns: u32) -> Self {
        let t1 = t1.max(t0);
        let unit = (t1 - t0).div_ceil(u64::from(columns).saturating_sub(1).max(1)).max(1);
        Self { t0, t1, unit }
    }

    /// Length, ns.
    pub(super) fn len(&self) -> u64 {
        self.t1 - self.t0
    }

    /// The first grid line after `time`, or the window's end; `before` is a line at or before `time`,
    /// or the window's start, and spares a division.
    fn line_after(&self, time: u64, before: u64) -> u64 {
        let next = before.saturating_add(self.unit);
        let next = if before > self.t0 && time < next {
            next
        } else {
            self.line_before(time).saturating_add(self.unit)
        };
        next.min(self.t1)
    }

    /// The last grid line at or before `time`.
    fn line_before(&self, time: u64) -> u64 {
        time / self.unit * self.unit
    }
}

/// A box of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Left edge, ns; the true start of a whole interval, even if it lies before the window.
    pub(super) x0: u64,
    /// Right edge.
    pub(super) x1: u64,
    /// Class with the larger share.
    pub(super) class: usize,
    /// The interval, if this is one and not several merged.
    pub(super) item: Option<usize>,
}

/// Emits the boxes of `track` in `window`, in order, and gives the time of each class in it.
pub(super) fn walk<T: Track>(track: &T, window: &Window, mut emit: impl FnMut(Piece)) -> Sums {
    let mut totals = Sums::default();
    let mut pen = Pen { contiguous: T::CONTIGUOUS, pending: None, emit: &mut emit };
    let blocks = track.blocks();
    let mut at = track.first_after(window.t0);
    let mut from = window.t0;
    let mut line = from;
    let mut cell = Cell::default();
    while from < window.t1 && at < track.len() {
        line = window.line_after(from, line);
        if !blocks.dense(at, from, line, window.unit) {
            let (start, end, class) = track.interval(at);
            if start >= line {
                pen.lift();
                from = window.line_before(start).max(line);
                continue;
            }
            if start <= from && end >= line {
                let to = window.line_before(end).clamp(line, window.t1);
                totals[class] = totals[class].saturating_add(to - from);
                pen.span(Long { at, class, start, end, part: to - from }, from, window.unit);
                at += usize::from(end <= to);
                from = to;
                continue;
            }
        }
        at = cell.read(track, blocks, at, (from, line), window.unit);
        for (whole, sum) in totals.iter_mut().zip(cell.sums) {
            *whole = whole.saturating_add(sum);
        }
        pen.cell(from, &cell);
        from = cell.end;
    }
    pen.lift();
    totals
}

/// The time of each class between two moments, exactly.
pub(super) fn sums_between<T: Track>(track: &T, t0: u64, t1: u64) -> Sums {
    let blocks = track.blocks();
    // Blocks are crossed up to the last point in the window and not beyond.
    let last_point = blocks.last_point(t1);
    let mut cell = Cell::default();
    let mut at = track.first_after(t0);
    let mut time = t0;
    while at < track.len() && time < t1 {
        if let Some((next, reached)) = blocks.hop(at, time, last_point, u64::MAX, &mut cell.sums) {
            at = next;
            time = reached;
            continue;
        }
        let stop = blocks.next_point(at).min(track.len());
        time = cell.read_each(track, &mut at, stop, time, t1, u64::MAX);
    }
    cell.sums
}

/// A long interval that reaches into a cell.
#[derive(Clone, Copy)]
struct Long {
    at: usize,
    class: usize,
    start: u64,
    end: u64,
    /// How much of the cell it takes.
    part: u64,
}

/// What lies in one cell.
#[derive(Default)]
struct Cell {
    end: u64,
    sums: Sums,
    /// The long interval that ends here, and the one that begins here.
    first: Option<Long>,
    last: Option<Long>,
}

impl Cell {
    /// Reads what lies between two moments, or a little further where dense blocks reach over the
    /// second, beginning with interval `at`; gives the first interval that is not read to its end.
    fn read<T: Track>(
        &mut self,
        track: &T,
        blocks: BlockSlice<'_>,
        mut at: usize,
        (from, to): (u64, u64),
        unit: u64,
    ) -> usize {
        *self = Self { end: to, ..Self::default() };
        let mut time = from;
        while at < track.len() && time < to {
            // The start of an interval lies far from the sums in memory, so they are asked first.
            if let Some((next, reached)) = blocks.hop(at, time, to, unit, &mut self.sums) {
                at = next;
                time = reached;
                continue;
            }
            let stop = blocks.next_point(at).min(track.len());
            time = self.read_each(track, &mut at, stop, time, to, unit);
        }
        self.end = to.max(time);
        at
    }

    /// Reads the intervals from `at` up to `stop` one by one, as far as they begin before `to`;
    /// gives the time up to which the cell is read.
    fn read_each<T: Track>(
        &mut self,
        track: &T,
        at: &mut usize,
        stop: usize,
        mut time: u64,
        to: u64,
        unit: u64,
    ) -> u64 {
        while *at < stop {
            let (start, end, class) = track.interval(*at);
            if start >= to {
                return to;
            }
            let part = end.min(to).saturating_sub(start.max(time));
            self.sums[class] += part;
            if end - start >= unit && class != NOTHING {
                self.note(Long { at: *at, class, start, end, part });
            }
            if end > to {
                return to;
            }
            *at += 1;
            time = time.max(end);
        }
        time
    }

    fn note(&mut self, long: Long) {
        let place =
            if self.first.is_none() && long.end <= self.end { &mut self.first } else { &mut self.last };
        *place = Some(long);
    }

    /// The class with the larger share, and its long interval if that has most of it.
    fn winner(&self) -> Option<(usize, Option<Long>)> {
        let (mut class, mut share) = (NOTHING, 0);
        for (candidate, &sum) in self.sums[..CLASSES].iter().enumerate() {
            if sum > share {
                (class, share) = (candidate, sum);
            }
        }
        let longest = [self.first, self.last].into_iter().flatten().filter(|long| long.class == class);
        let longest = longest.max_by_key(|long| long.part).filter(|long| long.part * 2 >= share);
        (class != NOTHING).then_some((class, longest))
    }
}

/// Joins cells into boxes.
struct Pen<'a> {
    contiguous: bool,
    pending: Option<Piece>,
    emit: &'a mut dyn FnMut(Piece),
}

impl Pen<'_> {
    /// An interval covers all from `from` on, one cell or many.
    fn span(&mut self, long: Long, from: u64, unit: u64) {
        let Long { at, class, start, end, part } = long;
        match class {
            NOTHING => self.lift(),
            _ if end - start >= unit => self.draw(Piece { x0: start, x1: end, class, item: Some(at) }),
            _ => self.draw(Piece { x0: from, x1: from + part, class, item: None }),
        }
    }

    fn cell(&mut self, from: u64, cell: &Cell) {
        match cell.winner() {
            None => self.lift(),
            Some((class, Some(long))) => {
                self.draw(Piece { x0: long.start, x1: long.end, class, item: Some(long.at) });
            }
            Some((class, None)) if self.contiguous => {
                self.draw(Piece { x0: from, x1: cell.end, class, item: None });
            }
            Some((class, None)) => {
                // Where there are gaps, a merged box is as long as what it merges: ink is work.
                let x0 = cell.first.map_or(from, |long| long.end.max(from));
                let limit = cell.last.map_or(cell.end, |long| long.start.min(cell.end));
                let long = [cell.first, cell.last]
                    .iter()
                    .flatten()
                    .fold(0_u64, |sum, long| sum.saturating_add(long.part));
                let busy = total(&cell.sums[..CLASSES]).saturating_sub(long);
                self.draw(Piece { x0, x1: x0.saturating_add(busy).min(limit), class, item: None });
            }
        }
    }

    /// Goes on with `piece`: longer, if it is the same as before, or after it.
    fn draw(&mut self, mut piece: Piece) {
        let Some(before) = &mut self.pending else {
            self.pending = Some(piece);
            return;
        };
        let same = before.class == piece.class && before.item == piece.item;
        if same && (piece.item.is_some() || self.contiguous) {
            before.x1 = before.x1.max(piece.x1);
            return;
        }
        // The edge between two boxes is where a whole interval begins or ends.
        let edge = match (before.item, piece.item) {
            (_, Some(_)) => piece.x0.max(before.x0),
            (Some(_), None) => {
                if self.contiguous {
                    before.x1
                } else {
                    before.x1.max(piece.x0)
                }
            }
            (None, None) => piece.x0,
        };
        before.x1 = if self.contiguous { edge } else { before.x1.min(edge) };
        piece.x0 = edge;
        self.lift();
        self.pending = Some(piece);
    }

    /// Ends the box before.
    fn lift(&mut self) {
        if let Some(piece) = self.pending.take().filter(|piece| piece.x0 < piece.x1) {
            (self.emit)(piece);
        }
    }
}

#[cfg(test)]
mod tests;
