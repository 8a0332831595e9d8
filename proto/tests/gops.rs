//! The gops wire holds for any number, and its answers for any text.
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

use taskscope_proto::gops::{
    StatisticValue, parse_duration, parse_memstats, parse_set_gc, parse_time, parse_version,
    set_gc_percent_request,
};

/// The same numbers in every run, of all sizes.
fn numbers() -> impl Iterator<Item = i64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..20_000).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.cast_signed() >> (state % 63)
    })
}

#[test]
fn percentages_come_back_from_the_varint() {
    for percent in numbers() {
        let request = set_gc_percent_request(percent);
        let (last, more) = request[1..].split_last().unwrap();
        assert!(more.iter().all(|byte| byte & 0x80 != 0) && last & 0x80 == 0 && request.len() <= 11);
        assert!(more.is_empty() || *last != 0, "padding: {request:x?}");
        let raw = request[1..].iter().rev().fold(0u64, |raw, byte| raw << 7 | u64::from(byte & 0x7f));
        assert_eq!((raw >> 1).cast_signed() ^ -((raw & 1).cast_signed()), percent);
    }
}

/// A duration as Go's `Duration.String` prints it.
fn go_duration(ns: u64) -> String {
    let fraction = |value: u64, digits: usize, unit: &str| {
        let scale = 10u64.pow(u32::try_from(digits).unwrap());
        let text = format!("{}.{:0digits$}", value / scale, value % scale);
        format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
    };
    match ns {
        0 => "0s".into(),
        1..1_000 => format!("{ns}ns"),
        1_000..1_000_000 => fraction(ns, 3, "\u{b5}s"),
        1_000_000..1_000_000_000 => fraction(ns, 6, "ms"),
        _ => {
            let (minutes, rest) = (ns / 60_000_000_000, fraction(ns % 60_000_000_000, 9, "s"));
            match minutes {
                0 => rest,
                1..60 => format!("{minutes}m{rest}"),
                _ => format!("{}h{}m{rest}", minutes / 60, minutes % 60),
            }
        }
    }
}

#[test]
fn durations_are_read_to_the_nanosecond() {
    assert_eq!(go_duration(123_500_000_000), "2m3.5s");
    for ns in numbers().map(i64::unsigned_abs).filter(|&ns| i64::try_from(ns).is_ok()) {
        assert_eq!(parse_duration(&go_duration(ns)), i64::try_from(ns).ok(), "{}", go_duration(ns));
    }
}

/// A byte count as gops prints it.
fn gops_bytes(bytes: u64) -> String {
    let units = ["KB", "MB", "GB", "TB", "PB"];
    let power = (bytes.max(1).ilog2() / 10).min(5) as usize;
    match power {
        0 => format!("{bytes} bytes"),
        _ => format!(
            "{:.2}{} ({bytes} bytes)",
            bytes as f64 / 1024f64.powi(i32::try_from(power).unwrap()),
            units[power - 1]
        ),
    }
}

#[test]
fn byte_counts_are_read_to_the_byte() {
    assert_eq!(gops_bytes(1_524_629_504), "1.42GB (1524629504 bytes)");
    for bytes in numbers().map(i64::unsigned_abs) {
        let text = format!("alloc: {}\nnext-gc: when heap-alloc >= {0}\n", gops_bytes(bytes));
        let values: Vec<_> = parse_memstats(&text).into_iter().map(|row| row.value).collect();
        assert_eq!(values, vec![StatisticValue::Bytes(bytes); 2], "{text}");
    }
}

#[test]
fn any_text_is_survived() {
    let pieces = [
        "go1.",
        "99999999999999999999",
        "-",
        ":",
        ": ",
        " bytes)",
        "(",
        "µs",
        "h",
        ".",
        "2026-02-30",
        " +0000",
        "New GC percent set to ",
        "\n",
        "é",
    ];
    let numbers: Vec<_> = numbers().map(i64::unsigned_abs).collect();
    let mut rows = 0;
    for window in numbers.windows(6) {
        let text: String =
            window.iter().map(|number| pieces[(number % pieces.len() as u64) as usize]).collect();
        rows += parse_memstats(&text).len();
        let _ = (parse_set_gc(&text), parse_duration(&text), parse_time(&text), parse_version(&text));
    }
    assert!(rows > 1000);
}
