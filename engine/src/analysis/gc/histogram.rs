//! Lengths of time by size, in memory that does not grow with their number.

/// Buckets between a power of two and the next: values are known to 1/128.
const FINE: u64 = 128;
const FINE_LOG2: u32 = FINE.trailing_zeros();
/// Buckets in all: one a value below 128, then 128 for each of the 57 powers of two up to 2⁶³.
const BUCKETS: usize = (FINE * 58) as usize;

/// Lengths of time that were counted.
#[derive(Clone, Debug)]
pub struct Histogram {
    fine: Vec<u32>,
    count: u64,
    total: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { fine: vec![0; BUCKETS], count: 0, total: 0, max: 0 }
    }
}

impl Histogram {
    /// Counts `ns`.
    #[inline]
    pub fn add(&mut self, ns: u64) {
        let slot = &mut self.fine[bucket(ns)];
        *slot = slot.saturating_add(1);
        self.count += 1;
        self.total = self.total.saturating_add(ns);
        self.max = self.max.max(ns);
    }

    /// Counts all that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        for (slot, count) in self.fine.iter_mut().zip(&other.fine) {
            *slot = slot.saturating_add(*count);
        }
        self.count += other.count;
        self.total = self.total.saturating_add(other.total);
        self.max = self.max.max(other.max);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The longest, exact; 0 for none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// A length that `per_mille` of 1000 do not exceed: exact to 1/128, never too small; 0 for none.
    pub fn quantile(&self, per_mille: u64) -> u64 {
        let wanted = (u128::from(self.count) * u128::from(per_mille)).div_ceil(1000).max(1) as u64;
        let mut seen = 0;
        let at = self.fine.iter().position(|&count| {
            seen += u64::from(count);
            seen >= wanted
        });
        at.map_or(self.max, |bucket| upper(bucket).min(self.max))
    }

    /// Counts between one edge and the next, which ascend; a bucket that an edge cuts counts where it
    /// begins. What is below the first edge is left out.
    pub fn between(&self, edges: &[u64]) -> Vec<u64> {
        let mut counts = vec![0; edges.len()];
        for (bucket, &count) in self.fine.iter().enumerate().filter(|(_, count)| **count > 0) {
            let row = edges.partition_point(|&edge| edge <= lower(bucket));
            if let Some(slot) = row.checked_sub(1).and_then(|row| counts.get_mut(row)) {
                *slot += u64::from(count);
            }
        }
        counts
    }
}

#[inline]
fn bucket(ns: u64) -> usize {
    if ns < FINE {
        return ns as usize;
    }
    let shift = ns.ilog2() - FINE_LOG2;
    ((u64::from(shift) + 1) * FINE + (ns >> shift) - FINE) as usize
}

fn lower(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    match (bucket / FINE).checked_sub(1) {
        None => bucket,
        Some(shift) => (FINE + bucket % FINE) << shift,
    }
}

fn upper(bucket: usize) -> u64 {
    let width = (bucket as u64 / FINE).saturating_sub(1);
    lower(bucket).saturating_add((1 << width) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_cover_every_value_once() {
        for bucket in 0..BUCKETS {
            assert_eq!((super::bucket(lower(bucket)), super::bucket(upper(bucket))), (bucket, bucket));
        }
        assert_eq!((super::bucket(u64::MAX), upper(BUCKETS - 1)), (BUCKETS - 1, u64::MAX));
    }

    #[test]
    fn quantiles_are_near_and_never_too_small() {
        let mut histogram = Histogram::default();
        assert_eq!((histogram.quantile(990), histogram.between(&[0])), (0, vec![0]));
        (1..=1000).for_each(|value| histogram.add(value * 1_000));
        for (per_mille, exact) in [(500, 500_000), (900, 900_000), (990, 990_000), (999, 999_000)] {
            let found = histogram.quantile(per_mille);
            assert!((exact..=exact + exact / 128 + 1).contains(&found), "{per_mille} {found}");
        }
        assert_eq!(
            (histogram.quantile(1000), histogram.max(), histogram.count()),
            (1_000_000, 1_000_000, 1000)
        );
        assert_eq!(histogram.total(), 500_500_000);
        assert_eq!(histogram.between(&[0, 1_000, 1_024_000]), [0, 1000, 0]);
    }
}
