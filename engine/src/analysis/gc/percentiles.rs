//! How the share of windows of one length is distributed, for all positions of the window.

use super::utilisation::Utilisation;

/// Shares that are told apart.
const BINS: usize = 1024;

/// The share that all but the given parts of the windows of `length` reach, each to 1/1024 and never
/// too large. Several utilisations count alike.
pub fn reached<const N: usize>(all: &[Utilisation], length: u64, parts: [f64; N]) -> [f64; N] {
    let mut bins = Bins::default();
    for of in all {
        let length = length.min(of.length_ns());
        if length == of.length_ns() {
            bins.add(of.mean(), of.mean(), 1.0);
        } else {
            slide(of, length, &mut bins);
        }
    }
    let levels = bins.levels();
    let whole: f64 = levels.iter().sum();
    parts.map(|part| {
        let mut sum = 0.0;
        let below = levels.iter().take_while(|level| {
            sum += **level;
            sum <= whole * part
        });
        (below.count().min(BINS) as f64 / BINS as f64).clamp(0.0, 1.0)
    })
}

/// Slides a window over all positions. Its share is linear from one meeting of an edge with a step to
/// the next, so the time between them spreads evenly over the shares between.
fn slide(of: &Utilisation, length: u64, bins: &mut Bins) {
    let last_start = of.end_ns - length;
    let scale = 1.0 / length as f64;
    let (mut first, mut last) = (0, of.step_at(of.start_ns() + length));
    let mut start = of.start_ns();
    let mut share = (of.area_in_step(last, start + length) - of.area_in_step(first, start)) * scale;
    while start < last_start {
        let leaves = of.time_ns.get(first + 1).copied().unwrap_or(u64::MAX);
        let enters = of.time_ns.get(last + 1).map_or(u64::MAX, |time| time - length);
        let next = leaves.min(enters).min(last_start);
        first += usize::from(leaves <= next);
        last += usize::from(enters <= next);
        let after = (of.area_in_step(last, next + length) - of.area_in_step(first, next)) * scale;
        bins.add(share, after, (next - start) as f64);
        (start, share) = (next, after);
    }
}

/// Weights by share: what falls into a bin, and by how much the weight of all later bins changes.
#[derive(Debug)]
struct Bins {
    parts: Vec<f64>,
    steps: Vec<f64>,
}

impl Default for Bins {
    fn default() -> Self {
        Self { parts: vec![0.0; BINS + 1], steps: vec![0.0; BINS + 1] }
    }
}

impl Bins {
    /// Spreads `weight` evenly over the shares between `a` and `b`.
    fn add(&mut self, a: f64, b: f64, weight: f64) {
        let place = |share: f64| share.clamp(0.0, 1.0) * BINS as f64;
        let (a, b) = (place(a.min(b)), place(a.max(b)));
        let (first, last) = (a as usize, b as usize);
        if first == last {
            self.parts[first] += weight;
            return;
        }
        let density = weight / (b - a);
        self.parts[first] += density * (first as f64 + 1.0 - a);
        self.parts[last] += density * (b - last as f64);
        self.steps[first + 1] += density;
        self.steps[last] -= density;
    }

    /// The weight of each bin.
    fn levels(&self) -> Vec<f64> {
        let mut level = 0.0;
        let weigh = |(part, step): (&f64, &f64)| {
            level += step;
            part + f64::max(level, 0.0)
        };
        self.parts.iter().zip(&self.steps).map(weigh).collect()
    }
}
