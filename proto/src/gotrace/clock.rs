//! Units of the trace's clock to nanoseconds, exactly as Go rounds them.

/// Frequency of every trace that was not written on Windows: nanoseconds / 64.
pub(crate) const USUAL_FREQUENCY: u64 = 15_625_000;

/// Converts units of the trace's clock to ns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clock {
    mul: f64,
    /// The factor where it is a whole number, which spares the way through floats.
    whole: Option<u64>,
    /// Largest number of units whose product with `whole` a float holds exactly.
    exact: u64,
}

impl Clock {
    /// A clock of `frequency` units a second; 0 counts as the usual one.
    pub fn new(frequency: u64) -> Self {
        let frequency = if frequency == 0 { USUAL_FREQUENCY } else { frequency };
        let mul = 1.0 / (frequency as f64 / 1e9);
        let whole = (mul.fract() == 0.0 && (1.0..=1e9).contains(&mul)).then_some(mul as u64);
        let exact = whole.map_or(0, |whole| (1 << 53) / whole);
        Self { mul, whole, exact }
    }

    /// `units` in ns, rounded towards zero.
    #[inline]
    pub fn ns(&self, units: u64) -> u64 {
        match self.whole {
            Some(whole) if units <= self.exact => units * whole,
            _ => (units as f64 * self.mul) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_broken_factors_round_down() {
        assert_eq!(Clock::new(USUAL_FREQUENCY).ns(3), 192);
        assert_eq!(Clock::new(1_000_000_000).ns(7), 7);
        let windows = Clock::new(11_718_750);
        assert_eq!(windows.ns(1), 85);
        assert_eq!(windows.ns(3), 256);
        assert_eq!(Clock::new(0), Clock::new(USUAL_FREQUENCY));
        assert_eq!(Clock::new(1).ns(u64::MAX), u64::MAX, "saturates");
        let big = (1 << 47) + 1;
        assert_eq!(Clock::new(USUAL_FREQUENCY).ns(big), (big as f64 * 64.0) as u64);
    }
}
