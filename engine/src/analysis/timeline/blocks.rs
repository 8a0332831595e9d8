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
    /// Intervals between two points.
    stride: u32,
}

/// The sum points of one track.
#[derive(Clone, Copy, Default)]
pub(super) struct BlockSlice<'a> {
    time_ns: &'a [u64],
    sums: &'a [[u32; CLASSES]],
    stride: usize,
}

/// Time by class; the last entry is time in which the task is not there.
pub(super) type Sums = [u64; CLASSES + 1];

impl Blocks {
    /// No points yet, one every `stride` intervals.
    pub(super) fn new(stride: u32) -> Self {
        Self { stride, ..Self::default() }
    }

    /// Adds the points of `track`, whose owner must be greater than those before. Tracks of few
    /// intervals get none: they are cheap to read whole.
    pub(super) fn add(&mut self, owner: u32, track: &impl Track) {
        let stride = self.stride as usize;
        if stride == 0 || track.len() < stride * 4 || self.time_ns.len() > u32::MAX as usize - track.len() {
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
            stride: self.stride as usize,
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
        let low = after.saturating_sub(1) * self.stride;
        let high = if after < self.time_ns.len() { after * self.stride } else { len };
        (low.min(len), high.min(len))
    }

    /// From interval `at`, goes on by whole blocks to the first point at or after `to`, adding what
    /// lies between to `sums`; gives the interval there and its start. `None` if `at` is not at a
    /// point, or if the block there is `unit` ns or longer: such a block may hold an interval
    /// that is worth a box of its own.
    pub(super) fn hop(&self, at: usize, to: u64, unit: u64, sums: &mut Sums) -> Option<(usize, u64)> {
        if self.stride == 0 || !at.is_multiple_of(self.stride) {
            return None;
        }
        let here = at / self.stride;
        let from = *self.time_ns.get(here)?;
        let limit = unit.min(1 << 30);
        let short =
            |point: usize| Some(self.time_ns.get(point + 1)?.saturating_sub(self.time_ns[point]) < limit);
        if !short(here)? {
            return None;
        }
        let to = to.min(from.saturating_add(1 << 30));
        let mut point = self.gallop(here, to);
        if point == self.time_ns.len() || !short(point - 1)? {
            point -= 1;
        }
        let (before, after) = (&self.sums[here], self.sums.get(point)?);
        let mut named = 0;
        for ((sum, before), after) in sums.iter_mut().zip(before).zip(after) {
            let part = u64::from(after.wrapping_sub(*before));
            *sum += part;
            named += part;
        }
        let end = self.time_ns[point];
        sums[CLASSES] += end.saturating_sub(from).saturating_sub(named);
        (point > here).then_some((point * self.stride, end))
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
