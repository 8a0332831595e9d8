//! The visible stretch of an axis, and what zooming and panning do to it.

/// A visible stretch of an axis that runs from 0 to `full`.
///
/// The unit is the axis' own: ns since the start of a trace, or the share of a tree's weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// First visible position.
    pub lo: f64,
    /// Visible length, greater than 0.
    pub len: f64,
    /// Length of the whole axis.
    pub full: f64,
    /// The smallest length that zooming in reaches.
    pub min_len: f64,
}

impl Window {
    /// The whole axis.
    pub fn all(full: f64, min_len: f64) -> Self {
        let full = if full.is_finite() && full > 0.0 { full } else { 1.0 };
        Self { lo: 0.0, len: full, full, min_len: min_len.min(full) }
    }

    /// One past the last visible position.
    pub fn hi(&self) -> f64 {
        self.lo + self.len
    }

    /// Whether the whole axis is visible.
    pub fn is_all(&self) -> bool {
        self.len >= self.full
    }

    /// The stretch from `lo` to `hi`, kept inside the axis.
    pub fn to(&self, lo: f64, hi: f64) -> Self {
        Self { lo: lo.min(hi), len: (hi - lo).abs(), ..*self }.kept()
    }

    /// Zoomed by `factor` (above 1: closer) so that the position at `fraction` of the width stays.
    pub fn zoomed(&self, fraction: f64, factor: f64) -> Self {
        let len = (self.len / factor).clamp(self.min_len, self.full);
        Self { lo: self.lo + fraction * (self.len - len), len, ..*self }.kept()
    }

    /// Moved by `fraction` of the visible length; above 0 towards the end.
    pub fn panned(&self, fraction: f64) -> Self {
        Self { lo: self.lo + fraction * self.len, ..*self }.kept()
    }

    /// The stretch around `lo` to `hi` with `margin` of its length free on each side.
    pub fn around(&self, lo: f64, hi: f64, margin: f64) -> Self {
        let free = (hi - lo) * margin;
        self.to(lo - free, hi + free)
    }

    /// Moved as little as possible so that the stretch from `lo` to `hi` is visible.
    pub fn showing(&self, lo: f64, hi: f64) -> Self {
        if hi - lo >= self.len || lo < self.lo {
            return Self { lo, ..*self }.kept();
        }
        Self { lo: self.lo.max(hi - self.len), ..*self }.kept()
    }

    /// The position at pixel `x` of `width`.
    pub fn at(&self, x: f64, width: f64) -> f64 {
        self.lo + x / width.max(1.0) * self.len
    }

    /// The pixel of position `at` on `width`.
    pub fn x_of(&self, at: f64, width: f64) -> f64 {
        (at - self.lo) / self.len * width
    }

    /// The same length as far as the axis has it, no part of it outside.
    fn kept(self) -> Self {
        let len = if self.len.is_finite() { self.len.clamp(self.min_len, self.full) } else { self.full };
        let lo = if self.lo.is_finite() { self.lo.clamp(0.0, self.full - len) } else { 0.0 };
        Self { lo, len, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Window {
        Window::all(1000.0, 10.0).to(200.0, 400.0)
    }

    #[test]
    fn zooming_keeps_the_position_under_the_pointer() {
        let before = window();
        let after = before.zoomed(0.25, 2.0);
        assert_eq!(after.len, 100.0);
        assert_eq!(after.at(25.0, 100.0), before.at(25.0, 100.0));
    }

    #[test]
    fn zooming_ends_at_the_smallest_length_and_at_all() {
        assert_eq!(window().zoomed(0.5, 1e9).len, 10.0);
        let out = window().zoomed(0.5, 1e-9);
        assert!(out.is_all());
        assert_eq!(out.lo, 0.0);
    }

    #[test]
    fn panning_stops_at_both_ends() {
        assert_eq!(window().panned(-5.0).lo, 0.0);
        assert_eq!(window().panned(50.0).hi(), 1000.0);
        assert_eq!(window().panned(0.5).lo, 300.0);
    }

    #[test]
    fn a_backward_range_is_turned() {
        assert_eq!(window().to(400.0, 300.0).lo, 300.0);
        assert_eq!(window().to(-50.0, 2000.0).len, 1000.0);
    }

    #[test]
    fn showing_moves_no_further_than_needed() {
        assert_eq!(window().showing(250.0, 300.0), window());
        assert_eq!(window().showing(450.0, 500.0).lo, 300.0);
        assert_eq!(window().showing(100.0, 150.0).lo, 100.0);
        assert_eq!(window().showing(500.0, 900.0).lo, 500.0);
    }

    #[test]
    fn nonsense_gives_the_whole_axis() {
        assert!(window().to(f64::NAN, f64::NAN).is_all());
        assert_eq!(Window::all(0.0, 1.0).full, 1.0);
    }

    #[test]
    fn pixels_and_positions_are_inverse() {
        let x = window().x_of(window().at(33.0, 640.0), 640.0);
        assert!((x - 33.0).abs() < 1e-9);
    }
}
