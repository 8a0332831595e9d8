//! Rows of intervals that do not overlap: user tasks and regions, packed so that nested ones lie
//! under what holds them.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::blocks::{BlockSlice, Blocks};
use super::marks::NOTHING;
use super::track::Track;

/// 32 intervals between two sum points.
const STRIDE_LOG2: u32 = 5;

/// An interval to be packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    /// First ns.
    pub(super) start_ns: u64,
    /// One past the last ns.
    pub(super) end_ns: u64,
    /// Row in the table that it comes from.
    pub(super) item: u32,
    /// Its class: a colour.
    pub(super) class: u8,
}

/// Rows of intervals, one after the other.
#[derive(Debug)]
pub(super) struct Rows {
    first: Vec<u32>,
    intervals: Vec<Interval>,
    blocks: Blocks,
}

impl Default for Rows {
    fn default() -> Self {
        Self { first: vec![0], intervals: Vec::new(), blocks: Blocks::new(STRIDE_LOG2) }
    }
}

impl Rows {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Puts `intervals` into as few rows as hold them, the outer ones in the upper rows; gives how
    /// many rows that made. No more than `most` are made: what finds no place is left out.
    pub(super) fn pack(&mut self, mut intervals: Vec<Interval>, most: usize) -> usize {
        intervals.retain(|interval| interval.start_ns < interval.end_ns);
        intervals.sort_by_key(|interval| (interval.start_ns, Reverse(interval.end_ns), interval.item));
        let mut rows: Vec<Vec<Interval>> = Vec::new();
        let (mut busy, mut free) = (BinaryHeap::new(), BTreeSet::new());
        for interval in intervals {
            while let Some(&Reverse((end, row))) = busy.peek()
                && end <= interval.start_ns
            {
                busy.pop();
                free.insert(row);
            }
            let row = match free.pop_first() {
                Some(row) => row,
                None if rows.len() < most => {
                    rows.push(Vec::new());
                    rows.len() - 1
                }
                None => continue,
            };
            rows[row].push(interval);
            busy.push(Reverse((interval.end_ns, row)));
        }
        let made = rows.len();
        rows.into_iter().for_each(|row| self.push(row));
        made
    }

    /// The intervals of row `row`, in time order.
    pub(super) fn row(&self, row: usize) -> &[Interval] {
        match (self.first.get(row), self.first.get(row + 1)) {
            (Some(&first), Some(&end)) => &self.intervals[first as usize..end as usize],
            _ => &[],
        }
    }

    /// The track of row `row`.
    pub(super) fn track(&self, row: usize) -> RowTrack<'_> {
        RowTrack { intervals: self.row(row), blocks: self.blocks.of(row as u32) }
    }

    fn push(&mut self, row: Vec<Interval>) {
        let owner = self.len() as u32;
        self.intervals.extend(row);
        self.first.push(self.intervals.len() as u32);
        let mut blocks = std::mem::take(&mut self.blocks);
        blocks.add(owner, &self.track(owner as usize));
        self.blocks = blocks;
    }
}

/// One row.
pub(super) struct RowTrack<'a> {
    intervals: &'a [Interval],
    blocks: BlockSlice<'a>,
}

impl RowTrack<'_> {
    /// The item of interval `at`.
    pub(super) fn item(&self, at: usize) -> u32 {
        self.intervals.get(at).map_or(u32::MAX, |interval| interval.item)
    }
}

impl Track for RowTrack<'_> {
    const CONTIGUOUS: bool = false;

    fn len(&self) -> usize {
        self.intervals.len()
    }

    fn start(&self, at: usize) -> u64 {
        self.intervals.get(at).map_or(u64::MAX, |interval| interval.start_ns)
    }

    fn end(&self, at: usize) -> u64 {
        self.intervals.get(at).map_or(u64::MAX, |interval| interval.end_ns)
    }

    fn class(&self, at: usize) -> usize {
        self.intervals.get(at).map_or(NOTHING, |interval| usize::from(interval.class))
    }

    fn blocks(&self) -> BlockSlice<'_> {
        self.blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval((start_ns, end_ns): (u64, u64), item: u32) -> Interval {
        Interval { start_ns, end_ns, item, class: 0 }
    }

    #[test]
    fn nested_ones_lie_under_what_holds_them() {
        let mut rows = Rows::default();
        let wanted = [(0, 100), (10, 40), (10, 20), (50, 60), (100, 120), (7, 7)];
        let intervals = wanted.into_iter().zip(0..).map(|(span, item)| interval(span, item)).collect();
        assert_eq!(rows.pack(intervals, 8), 3);
        let items = |row| rows.row(row).iter().map(|interval| interval.item).collect::<Vec<_>>();
        assert_eq!((items(0), items(1), items(2)), (vec![0, 4], vec![1, 3], vec![2]));
        assert_eq!(rows.row(3), []);
    }

    #[test]
    fn rows_are_limited() {
        let mut rows = Rows::default();
        let intervals = (0..10).map(|item| interval((u64::from(item), 100), item)).collect();
        assert_eq!((rows.pack(intervals, 4), rows.len()), (4, 4));
        assert_eq!(rows.pack(Vec::new(), 4), 0);
    }
}
