//! The gops wire as a client needs it: signals, the one argument, and the short answers.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

/// A command, by its byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Signal {
    /// Goroutine dump at debug=2.
    StackTrace = 0x01,
    /// Garbage collection; answers `ok`.
    Gc = 0x02,
    /// Memory statistics as text.
    MemStats = 0x03,
    /// Go version and a newline.
    Version = 0x04,
    /// Heap profile, gzip'd pprof.
    HeapProfile = 0x05,
    /// CPU profile of 30 s, gzip'd pprof.
    CpuProfile = 0x06,
    /// Four counts as text.
    Stats = 0x07,
    /// Execution trace of 5 s.
    Trace = 0x08,
    /// The executable.
    BinaryDump = 0x09,
    /// Sets the GC percentage; takes a varint.
    SetGcPercent = 0x10,
}

impl Signal {
    /// The byte on the wire.
    pub fn byte(self) -> u8 {
        self as u8
    }

    /// The verb that sends it.
    pub fn name(self) -> &'static str {
        match self {
            Self::StackTrace => "stack",
            Self::Gc => "gc",
            Self::MemStats => "memstats",
            Self::Version => "version",
            Self::HeapProfile => "heap",
            Self::CpuProfile => "cpu",
            Self::Stats => "stats",
            Self::Trace => "trace",
            Self::BinaryDump => "binary",
            Self::SetGcPercent => "setgc",
        }
    }
}

/// The request for a GC percentage: zig-zag, little-endian base 128, no padding.
pub fn set_gc_percent_request(percent: i32) -> Vec<u8> {
    let mut rest = ((percent << 1) ^ (percent >> 31)).cast_unsigned();
    let mut bytes = vec![Signal::SetGcPercent.byte()];
    loop {
        let low = rest.to_le_bytes()[0] & 0x7f;
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// New and previous percentage.
pub fn parse_set_gc(text: &str) -> Option<(i64, i64)> {
    let (new, previous) = text.strip_prefix("New GC percent set to ")?.split_once(". Previous value was ")?;
    Some((new.parse().ok()?, previous.trim_end().strip_suffix('.')?.parse().ok()?))
}

/// Counts by label.
pub fn parse_stats(text: &str) -> Option<BTreeMap<String, u64>> {
    let row = |line: &str| {
        let (label, value) = line.split_once(": ")?;
        Some((label.to_owned(), value.parse().ok()?))
    };
    text.lines().map(row).collect::<Option<BTreeMap<_, _>>>().filter(|rows| !rows.is_empty())
}

/// Values by label: bytes and counts as numbers, times in ns, the rest as text.
pub fn parse_memstats(text: &str) -> serde_json::Map<String, Value> {
    let rows = text.lines().filter_map(|line| line.split_once(": "));
    rows.map(|(label, value)| (label.to_owned(), memstat(value))).collect()
}

fn memstat(value: &str) -> Value {
    let bytes =
        value.strip_suffix(" bytes)").and_then(|value| value.rsplit_once('(')).map(|(_, bytes)| bytes);
    let bytes =
        bytes.or_else(|| value.strip_suffix(" bytes").map(|value| value.rsplit(' ').next().unwrap_or(value)));
    let number = bytes.unwrap_or(value);
    let whole = number.parse::<u64>().ok().map(Number::from);
    let number = whole.or_else(|| number.parse().ok().and_then(Number::from_f64));
    match (number, value) {
        (Some(number), _) => Value::Number(number),
        (None, "true") => Value::Bool(true),
        (None, "false") => Value::Bool(false),
        (None, "-") => Value::Null,
        (None, text) => Value::String(text.to_owned()),
    }
}
