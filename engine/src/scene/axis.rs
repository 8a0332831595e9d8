//! From time to pixels, and steps that people count in.

use super::TimelineViewport;

impl TimelineViewport {
    /// Horizontal position of a moment, px; `ns` counts from `origin_ns`.
    pub(super) fn x(&self, ns: f64) -> f32 {
        ((ns - self.from_ns) * self.px_per_ns()) as f32
    }

    /// Horizontal position of a moment on the trace's clock.
    pub(super) fn x_of(&self, time_ns: u64) -> f32 {
        self.x(self.since_origin(time_ns))
    }

    /// A moment on the trace's clock as ns since `origin_ns`.
    pub(super) fn since_origin(&self, time_ns: u64) -> f64 {
        match time_ns.checked_sub(self.origin_ns) {
            Some(after) => after as f64,
            None => -((self.origin_ns - time_ns) as f64),
        }
    }

    /// The moment under `x`, ns since `origin_ns`.
    pub(super) fn ns_at(&self, x: f32) -> f64 {
        self.from_ns + f64::from(x) / self.px_per_ns()
    }

    fn px_per_ns(&self) -> f64 {
        f64::from(self.width_px) / (self.to_ns - self.from_ns).max(f64::MIN_POSITIVE)
    }
}

/// The smallest of 1, 2, 5, 10, 20, … that is at least `least`; at least 1.
pub(super) fn nice_step(least: f64) -> f64 {
    let mut decade = 1.0;
    while decade * 10.0 <= least && decade < 1e18 {
        decade *= 10.0;
    }
    let step = [1.0, 2.0, 5.0].into_iter().map(|factor| factor * decade).find(|&step| step >= least);
    step.unwrap_or(decade * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_one_two_five() {
        for (least, step) in [(0.1, 1.0), (1.0, 1.0), (1.5, 2.0), (3.0, 5.0), (6.0, 10.0), (1100.0, 2000.0)] {
            assert_eq!(nice_step(least), step);
        }
    }
}
