//! `memstats`: the lines of gops in their order and form, with what a Rust program knows; what nobody
//! knows is `unknown`, never a made-up zero. Then lines that only we have.
//!
//! A Rust program has no garbage collector. So its counts are true zeros, what has never happened is
//! `-`, as gops writes that, and `num-forced-gc` counts the `gc` requests, which give memory back.

use std::fmt::Write as _;

use super::gc;
use super::memory::{self, Glibc, Status};
use crate::heap;
use crate::heap::totals;

/// All lines.
pub(super) fn text() -> String {
    let mut lines = Lines::default();
    let (status, glibc) = (Status::read(), memory::glibc());
    heap(&mut lines, &status, glibc);
    collector(&mut lines);
    process(&mut lines, &status);
    lines.0
}

/// `alloc` to `other-sys`.
fn heap(lines: &mut Lines, status: &Status, glibc: Option<Glibc>) {
    let used = glibc.map(|glibc| glibc.used);
    let counted = totals();
    let writable = status.bytes("VmData").zip(status.bytes("VmStk")).map(|(data, stack)| data + stack);
    lines.bytes("alloc", used);
    lines.bytes("total-alloc", counted.map(|counted| counted.alloc_bytes));
    lines.bytes("sys", writable);
    lines.number("lookups", None);
    lines.number("mallocs", counted.map(|counted| counted.mallocs));
    lines.number("frees", counted.map(|counted| counted.frees));
    lines.bytes("heap-alloc", used);
    lines.bytes("heap-sys", glibc.map(|glibc| glibc.system));
    lines.bytes("heap-idle", glibc.map(|glibc| glibc.free));
    lines.bytes("heap-in-use", used);
    lines.bytes("heap-released", None);
    lines.number("heap-objects", None);
    for label in ["stack-in-use", "stack-sys", "mspan-in-use", "mspan-sys", "mcache-in-use", "mcache-sys"] {
        lines.bytes(label, None);
    }
    lines.bytes("buck-hash-sys", None);
    lines.bytes("other-sys", None);
}

/// `gc-sys` to `debug-gc`.
fn collector(lines: &mut Lines) {
    lines.bytes("gc-sys", Some(0));
    lines.text("next-gc", "-");
    lines.text("last-gc", "-");
    lines.text("gc-pause-total", "0s");
    lines.number("gc-pause", Some(0));
    lines.number("gc-pause-end", Some(0));
    lines.number("num-gc", Some(0));
    lines.number("num-forced-gc", Some(gc::times()));
    lines.number("gc-cpu-fraction", Some(0));
    lines.text("enable-gc", "false");
    lines.text("debug-gc", "false");
}

/// What gops has no line for.
fn process(lines: &mut Lines, status: &Status) {
    lines.text("heap-source", if memory::glibc().is_some() { "glibc mallinfo2" } else { UNKNOWN });
    let counted =
        if heap::is_on() { "taskscope_agent::heap::Allocator, since the agent listens" } else { UNKNOWN };
    lines.text("counts-source", counted);
    lines.bytes("heap-trimmable", memory::glibc().map(|glibc| glibc.top));
    for (label, field) in [
        ("rss", "VmRSS"),
        ("rss-peak", "VmHWM"),
        ("rss-anonymous", "RssAnon"),
        ("rss-file", "RssFile"),
        ("rss-shared", "RssShmem"),
        ("swap", "VmSwap"),
        ("virtual", "VmSize"),
        ("locked", "VmLck"),
    ] {
        lines.bytes(label, status.bytes(field));
    }
    lines.number("threads", status.number("Threads"));
    let faults = memory::faults();
    lines.number("major-faults", faults.map(|(major, _)| major));
    lines.number("minor-faults", faults.map(|(_, minor)| minor));
    let cgroup = memory::cgroup();
    lines.bytes("cgroup-memory", cgroup.map(|(current, _)| current));
    match cgroup {
        Some((_, None)) => lines.text("cgroup-limit", "-"),
        _ => lines.bytes("cgroup-limit", cgroup.and_then(|(_, limit)| limit)),
    }
}

/// `label: value`, a line each.
#[derive(Debug, Default)]
struct Lines(String);

impl Lines {
    fn text(&mut self, label: &str, value: &str) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.0, "{label}: {value}");
    }

    fn number(&mut self, label: &str, value: Option<u64>) {
        self.text(label, &value.map_or_else(|| UNKNOWN.into(), |value| value.to_string()));
    }

    fn bytes(&mut self, label: &str, value: Option<u64>) {
        self.text(label, &value.map_or_else(|| UNKNOWN.into(), human));
    }
}

const UNKNOWN: &str = "unknown";

/// As gops writes bytes: `1023 bytes`, `1.42GB (1524629504 bytes)`.
fn human(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let (mut value, mut unit) = (bytes as f64 / 1024.0, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2}{} ({bytes} bytes)", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use taskscope_proto::gops::{StatisticValue, parse_memstats};

    use super::*;

    #[test]
    fn bytes_are_written_as_gops_writes_them() {
        for (bytes, want) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.00KB (1024 bytes)"),
            (1_048_476, "1023.90KB (1048476 bytes)"),
            (1_524_629_504, "1.42GB (1524629504 bytes)"),
            (1 << 60, "1024.00PB (1152921504606846976 bytes)"),
        ] {
            assert_eq!(human(bytes), want);
        }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn what_is_known_is_there_and_what_is_not_says_so() {
        let rows = parse_memstats(&text());
        let value = |label: &str| rows.iter().find(|row| row.label == label).map(|row| row.value.clone());
        assert_eq!(value("total-alloc"), Some(StatisticValue::Other));
        assert_eq!(value("last-gc"), Some(StatisticValue::Never));
        assert!(matches!(value("rss"), Some(StatisticValue::Bytes(bytes)) if bytes > 100_000));
        assert!(matches!(value("heap-in-use"), Some(StatisticValue::Bytes(bytes)) if bytes > 0));
        let labels: Vec<_> = rows.iter().take(3).map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["alloc", "total-alloc", "sys"]);
        assert_eq!(
            rows.iter().position(|row| row.label == "debug-gc"),
            Some(30),
            "the 31 lines of gops come first"
        );
    }
}
