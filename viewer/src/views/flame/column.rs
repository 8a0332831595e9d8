//! One unit for a column of values.

use taskscope_engine::units;

/// How the values of a column are written: all in one unit, with as many decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// `s`, `MiB`; empty for counts and units we do not scale.
    pub unit: &'static str,
    divisor: f64,
    decimals: usize,
}

impl Column {
    /// The column of values up to `largest` in the profile's own `unit`.
    pub fn of(largest: i64, unit: &str) -> Self {
        let size = largest.unsigned_abs() as f64;
        let units: &[(f64, &'static str)] = match unit {
            "nanoseconds" | "ns" => &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")],
            "microseconds" | "us" => &[(1e6, "s"), (1e3, "ms"), (1.0, "µs")],
            "milliseconds" | "ms" => &[(1e3, "s"), (1.0, "ms")],
            "seconds" | "s" => &[(1.0, "s")],
            "bytes" | "B" => &[(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1024.0, "KiB"), (1.0, "B")],
            _ => &[(1.0, "")],
        };
        let smallest = units[units.len() - 1];
        let (divisor, unit) = units.iter().copied().find(|&(divisor, _)| size >= divisor).unwrap_or(smallest);
        let decimals = if divisor <= 1.0 { 0 } else { decimals(size / divisor) };
        Self { unit, divisor, decimals }
    }

    /// A column's head: `Self, s`.
    pub fn head(&self, name: &str) -> String {
        if self.unit.is_empty() { name.to_owned() } else { format!("{name}, {}", self.unit) }
    }

    /// A value without its unit.
    pub fn text(&self, value: i64) -> String {
        if self.decimals == 0 {
            return units::count((value as f64 / self.divisor).round() as i64);
        }
        let size = format!("{:.*}", self.decimals, value.unsigned_abs() as f64 / self.divisor);
        let (whole, fraction) = size.split_once('.').unwrap_or((&size, ""));
        let whole = units::count(whole.parse().unwrap_or(i64::MAX));
        let sign = if value < 0 { units::MINUS.to_string() } else { String::new() };
        format!("{sign}{whole}.{fraction}")
    }
}

/// A share as the tables write it, without the sign: `38.6`, `< 0.1`.
pub fn share(part: i64, whole: i64) -> String {
    units::percent(part, whole).trim_end_matches(" %").to_owned()
}

/// Four digits in all for the largest value, three after the point at most.
fn decimals(largest: f64) -> usize {
    match largest {
        size if size >= 999.5 => 0,
        size if size >= 99.95 => 1,
        size if size >= 9.995 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_takes_the_unit_of_its_largest_value() {
        let column = Column::of(39_670_000_000, "nanoseconds");
        assert_eq!(column.head("Self"), "Self, s");
        assert_eq!(column.text(3_880_000_000), "3.88");
        assert_eq!(column.text(-470_000_000), "−0.47");
        assert_eq!(column.text(0), "0.00");
    }

    #[test]
    fn bytes_and_counts() {
        let column = Column::of(5 * 1024 * 1024, "bytes");
        assert_eq!((column.unit, column.text(1_572_864)), ("MiB", "1.500".to_owned()));
        let counts = Column::of(1_234_567, "count");
        assert_eq!(counts.head("Self"), "Self");
        assert_eq!(counts.text(1_234_567), units::count(1_234_567));
        assert_eq!(Column::of(7, "widgets").text(7), "7");
        assert_eq!(Column::of(0, "bytes").text(0), "0");
    }

    #[test]
    fn shares_lose_their_sign_only() {
        assert_eq!(share(386, 1000), "38.6");
        assert_eq!(share(1, 1_000_000), "< 0.1");
    }
}
