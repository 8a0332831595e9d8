//! How values read: digits in groups of three, units chosen by size, shares that sum to 100.0.

use crate::sorting::Sort;

/// Between groups of three digits: thin, and no line breaks there.
pub const GROUP: char = '\u{202f}';

/// Before negative numbers.
pub const MINUS: char = '\u{2212}';

/// A whole number: `3 214 508`, `−12`.
pub fn count(value: i64) -> String {
    let digits = grouped(&value.unsigned_abs().to_string());
    if value < 0 { format!("{MINUS}{digits}") } else { digits }
}

/// A whole number without sign.
pub fn count_u64(value: u64) -> String {
    grouped(&value.to_string())
}

/// How many of a thing: `1 wait`, `12 waits`.
pub fn plural(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", count_u64(count), if count == 1 { "" } else { "s" })
}

/// A duration of four significant digits, unit by size: `84 ns`, `2.072 ms`, `12 m 43 s`, `3 h 05 m`.
pub fn duration(ns: u64) -> String {
    // A value that would round up to 1000 takes the next unit.
    const MINUTE: u64 = 60_000_000_000;
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..999_950 => format!("{} µs", four(ns as f64 / 1e3)),
        999_950..999_950_000 => format!("{} ms", four(ns as f64 / 1e6)),
        999_950_000..MINUTE => format!("{} s", four(ns as f64 / 1e9)),
        _ => minutes(ns / 1_000_000_000),
    }
}

/// A duration that may be negative.
pub fn signed_duration(ns: i64) -> String {
    let text = duration(ns.unsigned_abs());
    if ns < 0 { format!("{MINUS}{text}") } else { text }
}

/// A number of bytes: `512 B`, `18.4 MiB`.
pub fn bytes(value: i64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let sign = if value < 0 { MINUS.to_string() } else { String::new() };
    let magnitude = value.unsigned_abs();
    if magnitude < 1024 {
        return format!("{sign}{magnitude} B");
    }
    let mut scaled = magnitude as f64 / 1024.0;
    let mut unit = 0;
    while scaled >= 999.95 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{sign}{} {}", digits(scaled, 3), UNITS[unit])
}

/// A number of bytes that cannot be negative.
pub fn bytes_u64(value: u64) -> String {
    bytes(i64::try_from(value).unwrap_or(i64::MAX))
}

/// A moment of the wall clock, Unix ns: `2026-09-14 09:26:40 UTC`.
pub fn utc(unix_ns: i64) -> String {
    let seconds = unix_ns.div_euclid(1_000_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", second / 3600, second / 60 % 60, second % 60)
}

/// A value in the unit a profile names (`nanoseconds`, `bytes`, `count`, …).
pub fn value(value: i64, unit: &str) -> String {
    match unit {
        "nanoseconds" | "ns" => signed_duration(value),
        "microseconds" | "us" => signed_duration(value.saturating_mul(1_000)),
        "milliseconds" | "ms" => signed_duration(value.saturating_mul(1_000_000)),
        "seconds" | "s" => signed_duration(value.saturating_mul(1_000_000_000)),
        "bytes" | "B" => bytes(value),
        "" | "count" => count(value),
        other => format!("{} {other}", count(value)),
    }
}

/// A share of a whole: `38.6 %`; never rounded up to 100 or down to 0 (`< 0.1 %`).
pub fn percent(part: i64, whole: i64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".into();
    }
    let share = part as f64 / whole as f64 * 100.0;
    let size = share.abs();
    let sign = if share < 0.0 { MINUS.to_string() } else { String::new() };
    match size {
        _ if part == whole => "100 %".into(),
        s if s < 0.05 => format!("{sign}< 0.1 %"),
        s if (99.95..100.0).contains(&s) => format!("{sign}99.9 %"),
        _ => format!("{sign}{size:.1} %"),
    }
}

/// Splits `whole` tenths of a percent (1000 for 100.0 %) among `parts` by largest remainder, so that
/// they sum to exactly `whole`; all zero if the parts sum to nothing. Ties go to the earlier part.
pub fn largest_remainder(parts: &[u64], whole: u32) -> Vec<u32> {
    let sum: u128 = parts.iter().map(|&part| u128::from(part)).sum();
    if sum == 0 {
        return vec![0; parts.len()];
    }
    let scaled = |part: u64| u128::from(part) * u128::from(whole);
    let mut shares: Vec<u32> = parts.iter().map(|&part| (scaled(part) / sum) as u32).collect();
    let given: u32 = shares.iter().sum();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.order_by_key(|&row| (std::cmp::Reverse(scaled(parts[row]) % sum), row));
    for &row in order.iter().take((whole - given) as usize) {
        shares[row] += 1;
    }
    shares
}

/// Tenths of a percent as text: `38.6 %`.
pub fn per_mille(value: u32) -> String {
    format!("{}.{} %", value / 10, value % 10)
}

/// A moment in seconds to the µs, for rulers and facts: `2.321 068 s`.
pub fn moment(ns: u64) -> String {
    let (seconds, micros) = (ns / 1_000_000_000, ns % 1_000_000_000 / 1_000);
    format!("{}.{:03}{GROUP}{:03} s", count_u64(seconds), micros / 1_000, micros % 1_000)
}

/// An offset in a file, decimal and hex: `byte 65 552 (0x10010)`.
pub fn byte_offset(offset: u64) -> String {
    format!("byte {} ({offset:#x})", count_u64(offset))
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar. Years are counted from
/// March, so that the leap day ends one; 400 years have 146 097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn minutes(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes} m {rest:02} s"),
        1..24 => format!("{hours} h {minutes:02} m"),
        _ => format!("{} d {:02} h", count_u64(hours / 24), hours % 24),
    }
}

fn four(value: f64) -> String {
    digits(value, 4)
}

/// `value` with at most `significant` digits and no trailing zeros after the point.
fn digits(value: f64, significant: usize) -> String {
    let whole = if value < 1.0 { 1 } else { value.log10().floor() as usize + 1 };
    let text = format!("{value:.*}", significant.saturating_sub(whole));
    match text.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => grouped(whole),
            fraction => format!("{}.{fraction}", grouped(whole)),
        },
        None => grouped(&text),
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * GROUP.len_utf8());
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(GROUP);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thin spaces as ordinary ones, to keep expectations readable.
    fn plain(text: String) -> String {
        text.replace(GROUP, " ")
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(plain(count(3_214_508)), "3 214 508");
        assert_eq!(plain(count(-1_000)), "−1 000");
        assert_eq!(plain(count(i64::MIN)), "−9 223 372 036 854 775 808");
        assert_eq!(plain(count_u64(999)), "999");
        assert_eq!([plural(0, "wait"), plural(1, "wait")], ["0 waits", "1 wait"]);
        assert_eq!(plain(plural(1_022, "task")), "1 022 tasks");
        assert_eq!(plain(byte_offset(65_552)), "byte 65 552 (0x10010)");
    }

    #[test]
    fn durations_choose_their_unit() {
        assert_eq!(duration(0), "0 ns");
        assert_eq!(duration(2_072_000), "2.072 ms");
        assert_eq!(duration(999_999), "1 ms");
        assert_eq!(duration(4_812_000_000), "4.812 s");
        assert_eq!(duration(30_000_000_000), "30 s");
        assert_eq!(duration(763_000_000_000), "12 m 43 s");
        assert_eq!(plain(duration(u64::MAX)), "213 503 d 23 h");
        assert_eq!(signed_duration(i64::MIN), format!("−{}", duration(1 << 63)));
        assert_eq!(plain(moment(2_321_068_400)), "2.321 068 s");
    }

    #[test]
    fn wall_clock() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(1_789_377_999_999_999_999), "2026-09-14 09:26:39 UTC");
        assert_eq!(utc(951_827_696_000_000_000), "2000-02-29 12:34:56 UTC");
        assert_eq!(utc(-1), "1969-12-31 23:59:59 UTC");
        assert_eq!(utc(i64::MIN), "1677-09-21 00:12:43 UTC");
    }

    #[test]
    fn bytes_and_shares() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(19_293_798), "18.4 MiB");
        assert_eq!(bytes(-2048), "−2 KiB");
        assert_eq!(percent(386, 1000), "38.6 %");
        assert_eq!(percent(9_999_999, 10_000_000), "99.9 %");
        assert_eq!(percent(1, 1_000_000), "< 0.1 %");
        assert_eq!(percent(5, 0), "0 %");
        assert_eq!(percent(7, 7), "100 %");
    }

    #[test]
    fn shares_sum_to_the_whole() {
        assert_eq!(largest_remainder(&[1, 1, 1], 1000), [334, 333, 333]);
        assert_eq!(largest_remainder(&[0, 0], 1000), [0, 0]);
        assert_eq!(largest_remainder(&[u64::MAX, u64::MAX], 1000), [500, 500]);
        assert_eq!(largest_remainder(&[], 1000), Vec::<u32>::new());
        assert_eq!(per_mille(1000), "100.0 %");
    }
}
