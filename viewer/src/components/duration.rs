//! Durations as people type them.

/// Reads a duration, in ns: `60 s`, `5m`, `1.5 h`, `250 ms`, `20 µs`; a bare number is seconds.
pub fn parse_duration(text: &str) -> Option<u64> {
    let text = text.trim();
    let at = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let unit_ns: u64 = match unit.trim() {
        "ns" => 1,
        "µs" | "us" => 1_000,
        "ms" => 1_000_000,
        "" | "s" => 1_000_000_000,
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    };
    // By hand: the standard library's reader of fractions brings 12 kB of tables.
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(unit_ns)?.checked_add(unit_ns / 1000 * thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_as_people_write_them() {
        assert_eq!(parse_duration("60 s"), Some(60_000_000_000));
        assert_eq!(parse_duration(" 5m "), Some(300_000_000_000));
        assert_eq!(parse_duration("1.5h"), Some(5_400_000_000_000));
        assert_eq!(parse_duration("250 ms"), Some(250_000_000));
        assert_eq!(parse_duration("0"), Some(0));
        for bad in ["", "s", "5 parsecs", "-1 s", "1e99 h", "9999999999999 d"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn short_times_are_read() {
        assert_eq!(parse_duration("20 µs"), Some(20_000));
        assert_eq!(parse_duration("1.5 us"), Some(1_500));
        assert_eq!(parse_duration("17 ns"), Some(17));
    }
}
