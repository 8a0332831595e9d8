//! How many tasks run, and how many are ready, over time.

/// Adds up intervals into buckets, in constant time each however long they are.
#[derive(Debug)]
pub(super) struct LoadBuilder {
    t0: u64,
    buckets_per_ns: f64,
    running: Series,
    ready: Series,
}

/// Which of the two curves an interval counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// On a worker.
    Running,
    /// Waiting for one.
    Ready,
}

/// One curve while it is added up, in parts of a bucket.
#[derive(Debug)]
struct Series {
    /// Parts of buckets that intervals begin and end in.
    parts: Vec<f64>,
    /// By how much the number of intervals that cover a whole bucket changes at each.
    steps: Vec<i32>,
}

impl LoadBuilder {
    /// `buckets` equal parts of `t0` to `t1`.
    pub(super) fn new(t0: u64, t1: u64, buckets: usize) -> Self {
        let length = t1.saturating_sub(t0).max(1) as f64;
        Self {
            t0,
            buckets_per_ns: buckets as f64 / length,
            running: Series::new(buckets),
            ready: Series::new(buckets),
        }
    }

    /// Counts `start` to `end`; what lies outside is left out.
    pub(super) fn add(&mut self, kind: Kind, start: u64, end: u64) {
        let place = |time: u64| time.saturating_sub(self.t0) as f64 * self.buckets_per_ns;
        let (a, b) = (place(start), place(end));
        match kind {
            Kind::Running => self.running.add(a, b),
            Kind::Ready => self.ready.add(a, b),
        }
    }

    /// The average of each bucket: running, ready.
    pub(super) fn averages(&self) -> (Vec<f32>, Vec<f32>) {
        let average = |series: &Series| series.levels().map(|level| level as f32).collect();
        (average(&self.running), average(&self.ready))
    }

    /// The curves, ready to be averaged over any window.
    pub(super) fn finish(&self) -> Load {
        Load {
            t0: self.t0,
            buckets_per_ns: self.buckets_per_ns,
            running: self.running.integral(),
            ready: self.ready.integral(),
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

/// Running and ready tasks over time, as integrals: the average over any stretch is a difference.
#[derive(Debug, Default)]
pub(super) struct Load {
    t0: u64,
    buckets_per_ns: f64,
    running: Vec<f64>,
    ready: Vec<f64>,
}

impl Load {
    /// Length of a bucket, ns; what is finer cannot be told.
    pub(super) fn bucket_ns(&self) -> f64 {
        1.0 / self.buckets_per_ns.max(f64::MIN_POSITIVE)
    }

    /// The average of each of `columns` equal parts of `t0` to `t1`: running, ready.
    pub(super) fn averages(&self, t0: u64, t1: u64, columns: u32) -> (Vec<f32>, Vec<f32>) {
        let length = t1.saturating_sub(t0) as f64;
        let edge = |column: u32| {
            let time = t0 as f64 + length * f64::from(column) / f64::from(columns);
            (time - self.t0 as f64) * self.buckets_per_ns
        };
        let width = (length / f64::from(columns) * self.buckets_per_ns).max(f64::MIN_POSITIVE);
        let series = |integral: &[f64]| {
            let mut before = at(integral, edge(0));
            let column = |column| {
                let after = at(integral, edge(column + 1));
                let average = ((after - before) / width) as f32;
                before = after;
                average
            };
            (0..columns).map(column).collect()
        };
        (series(&self.running), series(&self.ready))
    }

    /// The most tasks that are ready in any bucket, on average.
    pub(super) fn most_ready(&self) -> f32 {
        let levels = self.ready.windows(2).map(|pair| pair[1] - pair[0]);
        levels.fold(0.0, f64::max) as f32
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        (self.running.len() + self.ready.len()) * 8
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
        let mut builder = LoadBuilder::new(100, 200, 10);
        builder.add(Kind::Running, 105, 145);
        builder.add(Kind::Running, 100, 200);
        builder.add(Kind::Ready, 150, 151);
        builder.add(Kind::Ready, 0, 110);
        builder.add(Kind::Ready, 195, 900);
        let load = builder.finish();
        let (running, ready) = load.averages(100, 200, 5);
        assert_eq!(running, [1.75, 2.0, 1.25, 1.0, 1.0]);
        assert_eq!(ready, [0.5, 0.0, 0.05, 0.0, 0.25]);
        assert_eq!(builder.averages().0, [1.5, 2.0, 2.0, 2.0, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0]);
    }
}
