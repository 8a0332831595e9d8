//! Numbers as Go prints them: durations, times and byte counts.

/// A Go duration (`2m3.5s`, `15.802748ms`, `1.5µs`, `0s`) in ns; `None` if it is none or too long.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i64;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, after) = rest.split_at(end);
        let (unit, ns) = UNITS.iter().find(|(unit, _)| after.starts_with(unit))?;
        total = total.checked_add(scaled(number, *ns)?)?;
        rest = &after[unit.len()..];
    }
    Some(if negative { -total } else { total })
}

/// Longer names first, so that `ms` is not taken for minutes. Go writes U+00B5, others U+03BC.
const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// `number` units of `ns`, exactly; digits below a nanosecond are dropped.
fn scaled(number: &str, ns: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(ns)?;
    let mut place = ns;
    for digit in fraction.chars() {
        place /= 10;
        total = total.checked_add(place.checked_mul(i64::from(digit.to_digit(10)?))?)?;
    }
    Some(total)
}

/// A Go time (`2026-11-23 15:57:13.077485343 +0000 UTC`) in Unix ns; `None` if it is none.
pub fn parse_time(text: &str) -> Option<i64> {
    let mut words = text.split(' ');
    let (date, clock, zone) = (words.next()?, words.next()?, words.next()?);
    let [year, month, day] = numbers(date, '-')?;
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (hands, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = numbers(hands, ':')?;
    let seconds = days_from_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let fraction = if fraction.is_empty() { 0 } else { scaled(&format!("0.{fraction}"), 1_000_000_000)? };
    (seconds - zone_seconds(zone)?).checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// Three numbers of at most four digits.
fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// `+0530` in seconds east of Greenwich.
fn zone_seconds(zone: &str) -> Option<i64> {
    let (sign, digits) = zone.split_at_checked(1)?;
    let value: i64 = digits.parse().ok().filter(|_| digits.len() == 4 && !digits.starts_with(['+', '-']))?;
    let seconds = value / 100 * 3_600 + value % 100 * 60;
    match sign {
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar, years counted from March.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// `1023 bytes` or `1.42GB (1524629504 bytes)` in bytes.
pub(super) fn parse_bytes(text: &str) -> Option<u64> {
    let number =
        text.strip_suffix(" bytes)").and_then(|text| text.rsplit_once('(')).map(|(_, number)| number);
    number.or_else(|| text.strip_suffix(" bytes"))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ns) in [
            ("0s", 0),
            ("532ns", 532),
            ("1.5\u{b5}s", 1_500),
            ("1.5\u{3bc}s", 1_500),
            ("15.802748ms", 15_802_748),
            ("2m3.5s", 123_500_000_000),
            ("1h0m0.000000001s", 3_600_000_000_001),
            ("-1.5s", -1_500_000_000),
            ("2562047h47m16.854775807s", i64::MAX),
        ] {
            assert_eq!(parse_duration(text), Some(ns), "{text}");
        }
        for text in ["", "-", "5", "s", ".s", "1x", "1..5s", "9999999999h", "1s ", "99999999999999999999s"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn times() {
        for (text, ns) in [
            ("1970-01-01 00:00:00 +0000 UTC", 0),
            ("2000-02-29 12:00:00 +0000 UTC", 951_825_600_000_000_000),
            ("2026-11-23 15:57:13.077485343 +0000 UTC", 1_795_449_433_077_485_343),
            ("2026-11-23 21:27:13.5 +0530 IST", 1_795_449_433_500_000_000),
            ("2026-11-23 07:57:13 -0800 PST", 1_795_449_433_000_000_000),
            ("1969-12-31 23:59:59 +0000 UTC", -1_000_000_000),
        ] {
            assert_eq!(parse_time(text), Some(ns), "{text}");
        }
        for text in ["", "-", "2026-11-23", "2026-13-23 00:00:00 +0000", "2026-11-23 00:00 +0000 UTC"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn bytes() {
        assert_eq!(parse_bytes("1023 bytes"), Some(1023));
        assert_eq!(parse_bytes("1.42GB (1524629504 bytes)"), Some(1_524_629_504));
        assert_eq!(parse_bytes("1.42GB"), None);
        assert_eq!(parse_bytes("-1 bytes"), None);
    }
}
