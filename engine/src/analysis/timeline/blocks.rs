//! Levels of detail: running sums at every few intervals of a track.
//!
//! The time that each class takes between any two sum points is a difference of two rows, whatever
//! the zoom, so a pixel column over thousands of spans costs two look-ups. Sums are `u32` and may
//! wrap; differences are right as long as the points are less than 2^32 ns apart, which
//! [`BlockSlice::hop`] sees to. 40 bytes a point.

use super::marks::CLASSES;
use super::track::Track;

/// Sum points of many tracks, one after the other.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    time_ns: Vec<u64>,
    sums: Vec<[u32; CLASSES]>,
    /// Owner and first point of each track that has any, by owner.
    tracks: Vec<(u32, u32)>,
    /// Intervals between two points, as a power of two.
    stride_log2: u32,
}

/// The sum points of one track.
#[derive(Clone, Copy, Default)]
pub(super) struct BlockSlice<'a> {
    time_ns: &'a [u64],
    sums: &'a [[u32; CLASSES]],
    stride_log2: u32,
}

/// How far apart points may be for a difference of sums: well below where they wrap.
const LONGEST_NS: u64 = 1 << 30;

/// Time by class; the last entry is time in which the task is not there.
pub(super) type Sums = [u64; CLASSES + 1];

/// All of some classes' time.
pub(super) fn total(sums: &[u64]) -> u64 {
    sums.iter().fold(0, |sum, part| sum.saturating_add(*part))
}

impl Blocks {
    /// No points yet; one every two to the power of `stride_log2` intervals.
    pub(super) fn new(stride_log2: u32) -> Self {
        Self { stride_log2, ..Self::default() }
    }

    /// Adds the points of `track`, whose owner must be greater than those before. Tracks of few
    /// intervals get none: they are cheap to read whole.
    pub(super) fn add(&mut self, owner: u32, track: &impl Track) {
        let stride = 1 << self.stride_log2;
        if track.len() < stride * 4 || self.time_ns.len() > u32::MAX as usize - track.len() {
            return;
        }
        self.tracks.push((owner, self.time_ns.len() as u32));
        let mut sums = [0_u32; CLASSES];
        for at in 0..track.len() {
            let start = track.start(at);
            if at % stride == 0 {
                self.time_ns.push(start);
                self.sums.push(sums);
            }
            if let Some(sum) = sums.get_mut(track.class(at)) {
                *sum = sum.wrapping_add((track.end(at) - start) as u32);
            }
        }
    }

    /// The points of `owner`'s track.
    pub(super) fn of(&self, owner: u32) -> BlockSlice<'_> {
        let Ok(row) = self.tracks.binary_search_by_key(&owner, |&(owner, _)| owner) else {
            return BlockSlice::default();
        };
        let first = self.tracks[row].1 as usize;
        let end = self.tracks.get(row + 1).map_or(self.time_ns.len(), |&(_, first)| first as usize);
        BlockSlice {
            time_ns: &self.time_ns[first..end],
            sums: &self.sums[first..end],
            stride_log2: self.stride_log2,
        }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.time_ns.len() * 8 + self.sums.len() * size_of::<[u32; CLASSES]>() + self.tracks.len() * 8
    }
}

impl BlockSlice<'_> {
    /// Between which intervals the first that starts after `time` lies.
    pub(super) fn around(&self, time: u64, len: usize) -> (usize, usize) {
        let after = self.time_ns.partition_point(|&start| start <= time);
        let low = after.saturating_sub(1) << self.stride_log2;
        let high = if after < self.time_ns.len() { after << self.stride_log2 } else { len };
        (low.min(len), high.min(len))
    }

    /// The first interval after `at` that is at a point.
    #[inline]
    pub(super) fn next_point(&self, at: usize) -> usize {
        if self.time_ns.is_empty() { usize::MAX } else { (at | self.mask()) + 1 }
    }

    /// The start of the last point that is not after `time`; 0 if there is none.
    pub(super) fn last_point(&self, time: u64) -> u64 {
        let after = self.time_ns.partition_point(|&start| start <= time);
        after.checked_sub(1).and_then(|at| self.time_ns.get(at)).copied().unwrap_or(0)
    }

    /// The bits of an interval's number that are zero at a point.
    #[inline]
    fn mask(&self) -> usize {
        (1 << self.stride_log2) - 1
    }

    /// Whether interval `at` is at a point between `from` and `to`, and the block there is short.
    pub(super) fn dense(&self, at: usize, from: u64, to: u64, unit: u64) -> bool {
        self.short_block(at, from, to, unit).is_some()
    }

    /// From interval `at`, goes on by whole blocks to the first point at or after `to`, adding what
    /// lies between to `sums`; gives the interval there and its start. `None` if `at` is not at a
    /// point between `from` and `to`, or if the block there is `unit` ns or longer: such a block may
    /// hold an interval that is worth a box of its own.
    pub(super) fn hop(
        &self,
        at: usize,
        from: u64,
        to: u64,
        unit: u64,
        sums: &mut Sums,
    ) -> Option<(usize, u64)> {
        let here = self.short_block(at, from, to, unit)?;
        let from = *self.time_ns.get(here)?;
        let mut point = self.gallop(here, to.min(from.saturating_add(LONGEST_NS)));
        if point == self.time_ns.len() || !self.is_short(point - 1, unit) {
            point -= 1;
        }
        let (before, after) = (self.sums.get(here)?, self.sums.get(point)?);
        let mut named = 0;
        for ((sum, before), after) in sums.iter_mut().zip(before).zip(after) {
            let part = u64::from(after.wrapping_sub(*before));
            *sum = sum.saturating_add(part);
            named += part;
        }
        let end = *self.time_ns.get(point)?;
        sums[CLASSES] = sums[CLASSES].saturating_add(end.saturating_sub(from).saturating_sub(named));
        (point > here && end >= from).then_some((point << self.stride_log2, end))
    }

    /// The block that begins with interval `at`, if it begins between `from` and `to` and is short.
    #[inline]
    fn short_block(&self, at: usize, from: u64, to: u64, unit: u64) -> Option<usize> {
        if at & self.mask() != 0 {
            return None;
        }
        let here = at >> self.stride_log2;
        let start = *self.time_ns.get(here)?;
        (start >= from && start < to && self.is_short(here, unit)).then_some(here)
    }

    /// Whether the block at `point` is less than a cell long.
    fn is_short(&self, point: usize, unit: u64) -> bool {
        match (self.time_ns.get(point), self.time_ns.get(point + 1)) {
            (Some(&start), Some(&end)) => end.saturating_sub(start) < unit.min(LONGEST_NS),
            _ => false,
        }
    }

    /// The first point after `here` at or after `to`; the number of points if there is none.
    fn gallop(&self, here: usize, to: u64) -> usize {
        let mut step = 1;
        while self.time_ns.get(here + step).is_some_and(|&time| time < to) {
            step *= 2;
        }
        let low = (here + step / 2).max(here + 1);
        let high = (here + step).min(self.time_ns.len());
        low + self.time_ns[low.min(high)..high].partition_point(|&time| time < to)
    }
}
