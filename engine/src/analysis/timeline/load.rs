//! How many tasks run, and how many are ready, over time.

/// Adds up intervals into buckets, in constant time each however long they are.
#[derive(Debug)]
pub(super) struct LoadBuilder {
    t0: u64,
    buckets_per_ns: f64,
    curves: Vec<Series>,
}

/// Which of the curves an interval counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// On a worker.
    Running,
    /// Waiting for one.
    Ready,
    /// In a system call.
    Syscall,
    /// In a system call that lost its worker.
    Detached,
    /// Workers that have a thread.
    Held,
}

/// Running and ready alone, for groups.
pub(super) const TWO: usize = 2;
/// All kinds.
pub(super) const ALL: usize = 5;

/// One curve while it is added up, in parts of a bucket.
#[derive(Debug)]
struct Series {
    /// Parts of buckets that intervals begin and end in.
    parts: Vec<f64>,
    /// By how much the number of intervals that cover a whole bucket changes at each.
    steps: Vec<i32>,
}

impl LoadBuilder {
    /// `buckets` equal parts of `t0` to `t1`, for the first `kinds` kinds.
    pub(super) fn new(t0: u64, t1: u64, buckets: usize, kinds: usize) -> Self {
        let length = t1.saturating_sub(t0).max(1) as f64;
        let curves = (0..kinds).map(|_| Series::new(buckets)).collect();
        Self { t0, buckets_per_ns: buckets as f64 / length, curves }
    }

    /// Counts `start` to `end`; what lies outside is left out, and so is a kind that is not counted.
    pub(super) fn add(&mut self, kind: Kind, start: u64, end: u64) {
        let place = |time: u64| time.saturating_sub(self.t0) as f64 * self.buckets_per_ns;
        let (a, b) = (place(start), place(end));
        if let Some(curve) = self.curves.get_mut(kind as usize) {
            curve.add(a, b);
        }
    }

    /// The average of each bucket.
    pub(super) fn averages(&self, kind: Kind) -> Vec<f32> {
        let curve = self.curves.get(kind as usize);
        curve.map_or_else(Vec::new, |curve| curve.levels().map(|level| level as f32).collect())
    }

    /// The curves, ready to be averaged over any window.
    pub(super) fn finish(&self) -> Load {
        Load {
            t0: self.t0,
            buckets_per_ns: self.buckets_per_ns,
            curves: self.curves.iter().map(Series::integral).collect(),
        }
    }
}

impl Series {
    fn new(buckets: usize) -> Self {
        Self { parts: vec![0.0; buckets], steps: vec![0; buckets + 1] }
    }

    fn add(&mut self, a: f64, b: f64) {
        let buckets = self.parts.len();
        let b = b.min(buckets as f64);
        if a >= b {
            return;
        }
        let (first, last) = (a as usize, b as usize);
        if first == last {
            self.parts[first] += b - a;
            return;
        }
        self.parts[first] += (first + 1) as f64 - a;
        self.steps[first + 1] += 1;
        self.steps[last] -= 1;
        if let Some(part) = self.parts.get_mut(last) {
            *part += b - last as f64;
        }
    }

    fn levels(&self) -> impl Iterator<Item = f64> + '_ {
        self.parts.iter().zip(&self.steps).scan(0_i64, |whole, (part, step)| {
            *whole += i64::from(*step);
            Some(*whole as f64 + part)
        })
    }

    fn integral(&self) -> Vec<f64> {
        let sums = self.levels().scan(0.0, |sum, level| {
            *sum += level;
            Some(*sum)
        });
        std::iter::once(0.0).chain(sums).collect()
    }
}

/// How many of each kind there are over time, as integrals: the average over any stretch is a
/// difference.
#[derive(Debug, Default)]
pub(super) struct Load {
    t0: u64,
    buckets_per_ns: f64,
    curves: Vec<Vec<f64>>,
}

impl Load {
    /// Length of a bucket, ns; what is finer cannot be told.
    pub(super) fn bucket_ns(&self) -> f64 {
        1.0 / self.buckets_per_ns.max(f64::MIN_POSITIVE)
    }

    /// The average of each of `columns` equal parts of `t0` to `t1`.
    pub(super) fn averages(&self, kind: Kind, t0: u64, t1: u64, columns: u32) -> Vec<f32> {
        let integral = self.curve(kind);
        let length = t1.saturating_sub(t0) as f64;
        let edge = |column: u32| {
            let time = t0 as f64 + length * f64::from(column) / f64::from(columns);
            (time - self.t0 as f64) * self.buckets_per_ns
        };
        let width = (length / f64::from(columns) * self.buckets_per_ns).max(f64::MIN_POSITIVE);
        let mut before = at(integral, edge(0));
        let column = |column| {
            let after = at(integral, edge(column + 1));
            let average = ((after - before) / width) as f32;
            before = after;
            average
        };
        (0..columns).map(column).collect()
    }

    /// The average of the bucket that holds `time`.
    pub(super) fn level(&self, kind: Kind, time: u64) -> f32 {
        let place = time.saturating_sub(self.t0) as f64 * self.buckets_per_ns;
        let integral = self.curve(kind);
        let row = (place.max(0.0) as usize).min(integral.len().saturating_sub(2));
        match integral.get(row..) {
            Some(&[low, high, ..]) => (high - low) as f32,
            _ => 0.0,
        }
    }

    /// The highest bucket of the sum of some kinds, on average.
    pub(super) fn most(&self, kinds: &[Kind]) -> f32 {
        let buckets = self.curves.first().map_or(0, |curve| curve.len().saturating_sub(1));
        let level = |row: usize| {
            let parts = kinds.iter().map(|&kind| self.curve(kind).get(row..));
            let parts = parts.map(|part| match part {
                Some(&[low, high, ..]) => high - low,
                _ => 0.0,
            });
            parts.sum::<f64>()
        };
        (0..buckets).map(level).fold(0.0, f64::max) as f32
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.curves.iter().map(|curve| curve.len() * 8).sum()
    }

    fn curve(&self, kind: Kind) -> &[f64] {
        self.curves.get(kind as usize).map_or(&[], Vec::as_slice)
    }
}

/// The integral at `place`, between two entries by the straight line.
fn at(integral: &[f64], place: f64) -> f64 {
    let place = place.clamp(0.0, integral.len().saturating_sub(1) as f64);
    let row = place as usize;
    let (Some(&low), high) = (integral.get(row), integral.get(row + 1)) else { return 0.0 };
    high.map_or(low, |high| low + (high - low) * (place - row as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_exact_at_any_zoom_above_a_bucket() {
        let mut builder = LoadBuilder::new(100, 200, 10, TWO);
        builder.add(Kind::Running, 105, 145);
        builder.add(Kind::Running, 100, 200);
        builder.add(Kind::Ready, 150, 151);
        builder.add(Kind::Ready, 0, 110);
        builder.add(Kind::Ready, 195, 900);
        builder.add(Kind::Held, 100, 200);
        let load = builder.finish();
        assert_eq!(load.averages(Kind::Running, 100, 200, 5), [1.75, 2.0, 1.25, 1.0, 1.0]);
        assert_eq!(load.averages(Kind::Ready, 100, 200, 5), [0.5, 0.0, 0.05, 0.0, 0.25]);
        assert_eq!(load.averages(Kind::Held, 100, 200, 2), [0.0, 0.0]);
        assert_eq!(builder.averages(Kind::Running), [1.5, 2.0, 2.0, 2.0, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!((load.level(Kind::Running, 119), load.level(Kind::Running, 999)), (2.0, 1.0));
        assert_eq!(load.most(&[Kind::Running, Kind::Ready]), 2.5);
    }
}
