//! The answers that are text. Labels and forms are those of gops up to `a2d8f77`; v0.3.28 has some
//! other labels, and both are passed on as they come.

use super::quantities::{parse_bytes, parse_duration, parse_time};

/// One line of `memstats` or `stats`.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// What it is, as the agent names it.
    pub label: String,
    /// The value as the agent prints it.
    pub text: String,
    /// The value as far as its form is known.
    pub value: StatisticValue,
}

/// A value of a known form.
#[derive(Clone, Debug, PartialEq)]
pub enum StatisticValue {
    /// A number of things, or ns or percent: the label says which.
    Count(i64),
    /// Bytes.
    Bytes(u64),
    /// A length of time, ns.
    Duration(i64),
    /// A point of time, Unix ns.
    Time(i64),
    /// A share between 0 and 1.
    Fraction(f64),
    /// Yes or no.
    Flag(bool),
    /// It has never happened yet (`-`).
    Never,
    /// Something else; the text says what.
    Other,
}

/// The lines of a `memstats` answer, in order. Lines that are not `label: value` are left out.
pub fn parse_memstats(text: &str) -> Vec<Statistic> {
    let rows = text.lines().filter_map(|line| line.split_once(": "));
    rows.map(|(label, value)| statistic(label, value)).collect()
}

/// The lines of a `stats` answer: goroutines, OS threads, GOMAXPROCS, num CPU.
pub fn parse_stats(text: &str) -> Vec<Statistic> {
    parse_memstats(text)
}

fn statistic(label: &str, text: &str) -> Statistic {
    let text = text.trim_end();
    let plain = text.strip_prefix("when heap-alloc >= ").unwrap_or(text);
    let value = if let Ok(count) = plain.parse() {
        StatisticValue::Count(count)
    } else if let Some(bytes) = parse_bytes(plain) {
        StatisticValue::Bytes(bytes)
    } else if let Some(ns) = parse_duration(plain) {
        StatisticValue::Duration(ns)
    } else if let Some(ns) = parse_time(plain) {
        StatisticValue::Time(ns)
    } else if let Some(fraction) = parse_fraction(plain) {
        StatisticValue::Fraction(fraction)
    } else {
        match plain {
            "true" => StatisticValue::Flag(true),
            "false" => StatisticValue::Flag(false),
            "-" => StatisticValue::Never,
            _ => StatisticValue::Other,
        }
    };
    // Zero is printed without a point, so only the label tells that it is a share.
    let value = match value {
        StatisticValue::Count(0) if label.ends_with("-fraction") => StatisticValue::Fraction(0.0),
        StatisticValue::Count(1) if label.ends_with("-fraction") => StatisticValue::Fraction(1.0),
        value => value,
    };
    Statistic { label: label.to_owned(), text: text.to_owned(), value }
}

/// A float as Go prints it; not the words (`nan`, `infinity`) that Rust takes too.
fn parse_fraction(text: &str) -> Option<f64> {
    text.starts_with(|first: char| first.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A `version` answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoVersion {
    /// All of it, without the line end. May hold spaces.
    pub text: String,
    /// The number after `go1.`, where there is one.
    pub minor: Option<u32>,
}

/// Reads a `version` answer: `go1.27.3`, `go1.21.4 X:arenas`, `devel go1.24-abc Tue …`.
pub fn parse_version(text: &str) -> GoVersion {
    let text = text.trim_end();
    let minor = text.split_once("go1.").and_then(|(_, rest)| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..digits].parse().ok()
    });
    GoVersion { text: text.to_owned(), minor }
}

/// A `setgc` answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetGc {
    /// The percentage that was asked for. Go keeps only its low 32 bits.
    pub requested: i64,
    /// The one before; -1 if GC was off.
    pub previous: i64,
}

/// Reads a `setgc` answer; `None` if it is none.
pub fn parse_set_gc(text: &str) -> Option<SetGc> {
    let numbers = text.trim_end().strip_prefix("New GC percent set to ")?.strip_suffix('.')?;
    let (requested, previous) = numbers.split_once(". Previous value was ")?;
    Some(SetGc { requested: requested.parse().ok()?, previous: previous.parse().ok()? })
}

/// Whether a `gc` answer says that the collection is done.
pub fn is_gc_done(answer: &[u8]) -> bool {
    answer.trim_ascii() == b"ok"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memstats_of_both_ages() {
        let text = "alloc: 1.42GB (1524629504 bytes)\nsys: 1023 bytes\nlookups: 0\nstack-mspan-inuse: 1.00KB (1024 bytes)\n\
            next-gc: when heap-alloc >= 4.00MB (4194304 bytes)\nlast-gc: -\nlast-gc: 2026-11-23 15:57:13.5 +0000 UTC\n\
            gc-pause-total: 15.8\u{b5}s\ngc-pause: 12345\ngc-cpu-fraction: 1.4452407758180067e-05\ngc-cpu-fraction: 0\n\
            enable-gc: true\ndebug-gc: false\nnew-thing: a b: c\nnonsense\n";
        let values: Vec<_> = parse_memstats(text).into_iter().map(|row| (row.label, row.value)).collect();
        let want = [
            ("alloc", StatisticValue::Bytes(1_524_629_504)),
            ("sys", StatisticValue::Bytes(1023)),
            ("lookups", StatisticValue::Count(0)),
            ("stack-mspan-inuse", StatisticValue::Bytes(1024)),
            ("next-gc", StatisticValue::Bytes(4_194_304)),
            ("last-gc", StatisticValue::Never),
            ("last-gc", StatisticValue::Time(1_795_449_433_500_000_000)),
            ("gc-pause-total", StatisticValue::Duration(15_800)),
            ("gc-pause", StatisticValue::Count(12_345)),
            ("gc-cpu-fraction", StatisticValue::Fraction(1.445_240_775_818_006_7e-5)),
            ("gc-cpu-fraction", StatisticValue::Fraction(0.0)),
            ("enable-gc", StatisticValue::Flag(true)),
            ("debug-gc", StatisticValue::Flag(false)),
            ("new-thing", StatisticValue::Other),
        ];
        assert_eq!(values, want.map(|(label, value)| (label.to_owned(), value)));
        assert_eq!(parse_memstats("new-thing: a b: c\n")[0].text, "a b: c");
    }

    #[test]
    fn stats_and_versions() {
        let rows = parse_stats("goroutines: 12\nOS threads: 8\nGOMAXPROCS: 2\nnum CPU: 2\n");
        let labels: Vec<_> = rows.iter().map(|row| (row.label.as_str(), &row.value)).collect();
        assert_eq!(labels[1], ("OS threads", &StatisticValue::Count(8)));
        for (text, minor) in [
            ("go1.27.3\n", Some(27)),
            ("go1.21.4 X:arenas\n", Some(21)),
            ("go1.26.6-X:goroutineleakprofile\n", Some(26)),
            ("devel go1.24-abcdef Tue Nov 1\n", Some(24)),
            ("devel +abcdef\n", None),
        ] {
            assert_eq!(parse_version(text), GoVersion { text: text.trim_end().into(), minor });
        }
    }

    #[test]
    fn setgc_and_gc() {
        let set = |requested, previous| Some(SetGc { requested, previous });
        assert_eq!(parse_set_gc("New GC percent set to 50. Previous value was 100.\n"), set(50, 100));
        assert_eq!(parse_set_gc("New GC percent set to -1. Previous value was -1.\n"), set(-1, -1));
        assert_eq!(parse_set_gc("New GC percent set to 50."), None);
        assert!(is_gc_done(b"ok") && is_gc_done(b"ok\n") && !is_gc_done(b"") && !is_gc_done(b"o"));
    }
}
