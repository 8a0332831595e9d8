//! Durations: percentiles, and a histogram of five buckets a decade, as Go's tool counts them.

use crate::api::Durations;

/// Buckets a decade.
const STEPS: usize = 5;

/// 10^(k/5) with 19 digits after the point.
const MANTISSAS: [u128; STEPS] = [
    10_000_000_000_000_000_000,
    15_848_931_924_611_134_853,
    25_118_864_315_095_801_111,
    39_810_717_055_349_725_077,
    63_095_734_448_019_324_943,
];

/// Statistics of `durations`, which are put in order.
pub(super) fn durations(durations: &mut [u64]) -> Durations {
    durations.sort_unstable();
    let (Some(&min_ns), Some(&max_ns)) = (durations.first(), durations.last()) else {
        return Durations::default();
    };
    let rank = |per_cent: u64| nearest_rank(durations, per_cent);
    let (edges_ns, buckets) = buckets(durations, min_ns, max_ns);
    Durations {
        count: u32::try_from(durations.len()).unwrap_or(u32::MAX),
        total_ns: durations.iter().fold(0, |sum, &ns| sum.saturating_add(ns)),
        min_ns,
        p50_ns: rank(50),
        p95_ns: rank(95),
        p99_ns: rank(99),
        max_ns,
        edges_ns,
        buckets,
    }
}

/// The smallest value that at least `per_cent` of the sorted values do not exceed.
fn nearest_rank(sorted: &[u64], per_cent: u64) -> u64 {
    let rank = (sorted.len() as u64).saturating_mul(per_cent).div_ceil(100).max(1);
    sorted.get(rank as usize - 1).copied().unwrap_or(0)
}

/// Edges and counts from the bucket of the shortest to that of the longest duration.
fn buckets(sorted: &[u64], min: u64, max: u64) -> (Vec<u64>, Vec<u32>) {
    let (first, last) = (bucket_of(min), bucket_of(max));
    let edges: Vec<u64> = (first..=last + 1).map(edge).collect();
    let at = |edge: u64| sorted.partition_point(|&ns| ns < edge);
    let counts = edges.windows(2).map(|pair| {
        let from = if pair[0] <= 1 { 0 } else { at(pair[0]) };
        let to = if pair[1] == u64::MAX { sorted.len() } else { at(pair[1]) };
        u32::try_from(to - from).unwrap_or(u32::MAX)
    });
    let counts = counts.collect();
    (edges, counts)
}

/// The last bucket whose edge is not past `ns`. Zero shares the first bucket with 1 ns.
pub(in crate::analysis) fn bucket_of(ns: u64) -> usize {
    let digits = ns.max(1).ilog10() as usize;
    let begun = |&step: &usize| Some(edge(digits * STEPS + step)).is_some_and(|at| at <= ns && at < u64::MAX);
    let within = (1..STEPS).take_while(begun).count();
    digits * STEPS + within
}

/// The smallest whole ns that is at least 10^(bucket/5).
pub(in crate::analysis) fn edge(bucket: usize) -> u64 {
    let (decade, step) = ((bucket / STEPS) as u32, bucket % STEPS);
    let Some(scale) = 10_u128.checked_pow(decade) else { return u64::MAX };
    let scaled = MANTISSAS[step].checked_mul(scale).map(|value| value.div_ceil(MANTISSAS[0]));
    scaled.and_then(|ns| u64::try_from(ns).ok()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_five_a_decade() {
        let edges: Vec<u64> = (0..8).map(edge).collect();
        assert_eq!(edges, [1, 2, 3, 4, 7, 10, 16, 26]);
        assert_eq!(edge(30), 1_000_000);
        assert_eq!(edge(1_000), u64::MAX);
    }

    #[test]
    fn every_duration_is_in_one_bucket() {
        let mut all = [0, 1, 9, 10, 15, 16, 1_000_000, 1_000_000, 1_584_893, 1_584_894, u64::MAX];
        let stats = durations(&mut all);
        assert_eq!(stats.buckets.iter().sum::<u32>(), 11);
        assert_eq!(stats.edges_ns.len(), stats.buckets.len() + 1);
        let bucket = |ns: u64| stats.edges_ns.iter().rposition(|&edge| edge <= ns).unwrap_or(0);
        assert_eq!(stats.buckets[bucket(0)], 2);
        assert_eq!(stats.buckets[bucket(1_000_000)], 3);
        assert_eq!(stats.buckets[bucket(1_584_894)], 1);
        assert_eq!(stats.buckets.last(), Some(&1));
    }

    #[test]
    fn percentiles_occur() {
        let mut hundred: Vec<u64> = (1..=100).rev().collect();
        let stats = durations(&mut hundred);
        assert_eq!((stats.p50_ns, stats.p95_ns, stats.p99_ns), (50, 95, 99));
        assert_eq!((stats.min_ns, stats.max_ns, stats.total_ns), (1, 100, 5_050));
        let one = durations(&mut [7]);
        assert_eq!((one.p50_ns, one.p99_ns, one.count), (7, 7, 1));
        assert_eq!(durations(&mut []), Durations::default());
    }
}
