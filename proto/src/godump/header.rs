//! The first line of a goroutine: `goroutine 7 [chan receive, 3 minutes, locked to thread]:`.

use super::labels::{find_unquoted, parse_labels};

/// What the line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub id: u64,
    /// The state in Go's words, without ` (leaked)` and ` (scan)`.
    pub state: String,
    /// Proved by a leak profile.
    pub leaked: bool,
    pub minutes: Option<u64>,
    pub locked: bool,
    pub labels: Vec<(String, String)>,
}

/// Reads the line; `None` if it is no header.
pub(super) fn parse_header(line: &str) -> Option<Header> {
    let rest = line.strip_prefix("goroutine ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let id = rest[..digits].parse().ok()?;
    // Crash output at a high level has ` gp=0x… m=3 mp=0x…` here.
    let (registers, rest) = rest[digits..].split_once('[')?;
    if !(registers == " " || registers.starts_with(" gp=") || registers.starts_with(" m=")) {
        return None;
    }
    let (inner, after) = rest.split_at(find_unquoted(rest, b']')?);
    let after = after[1..].trim_end().strip_suffix(':')?;
    let mut header = Header { id, ..Default::default() };
    header.read_brackets(inner);
    if let Some(labels) = after.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        header.labels = parse_labels(labels);
    }
    Some(header)
}

impl Header {
    fn read_brackets(&mut self, inner: &str) {
        let mut inner = inner;
        // Go 1.26 prints labels inside the brackets.
        if let Some((before, labels)) = inner.split_once(" labels:{") {
            self.labels = parse_labels(labels.trim_end().strip_suffix('}').unwrap_or(labels));
            inner = before;
        }
        let mut words = inner.split(", ");
        self.read_state(words.next().unwrap_or_default());
        for word in words {
            let minutes = word.strip_suffix(" minutes").or_else(|| word.strip_suffix(" minute"));
            if let Some(minutes) = minutes.and_then(|count| count.parse().ok()) {
                self.minutes = Some(minutes);
            } else if word == "locked to thread" {
                self.locked = true;
            }
        }
    }

    /// ` (durable)` and ` (nil chan)` are part of the wait reason; the other marks are not.
    fn read_state(&mut self, text: &str) {
        let durable = text.ends_with(" (durable)");
        let mut state = text.strip_suffix(" (durable)").unwrap_or(text);
        loop {
            if let Some(rest) = state.strip_suffix(" (leaked)") {
                self.leaked = true;
                state = rest;
            } else if let Some(rest) = state.strip_suffix(" (scan)") {
                state = rest;
            } else {
                break;
            }
        }
        self.state = if durable { format!("{state} (durable)") } else { state.to_owned() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, state: &str, change: impl Fn(&mut Header)) {
        let mut want = Header { id: 7, state: state.into(), ..Default::default() };
        change(&mut want);
        assert_eq!(parse_header(line), Some(want), "{line}");
    }

    fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(key, value)| (key.into(), value.into())).collect()
    }

    #[test]
    fn every_form() {
        check("goroutine 7 [running]:", "running", |_| {});
        check("goroutine 7 [select (no cases)]:", "select (no cases)", |_| {});
        check("goroutine 7 [chan send (leaked)]:", "chan send", |h| h.leaked = true);
        check("goroutine 7 [chan receive (nil chan) (leaked) (scan)]:", "chan receive (nil chan)", |h| {
            h.leaked = true;
        });
        check("goroutine 7 [select (scan) (durable)]:", "select (durable)", |_| {});
        check("goroutine 7 [sleep, 12 minutes, locked to thread]:", "sleep", |h| {
            (h.minutes, h.locked) = (Some(12), true);
        });
        check("goroutine 7 [chan receive, 2 minutes, synctest bubble 3]:", "chan receive", |h| {
            h.minutes = Some(2);
        });
        check("goroutine 7 gp=0xc000002380 m=0 mp=0x5a2f00 [running, locked to thread]:", "running", |h| {
            h.locked = true;
        });
        check("goroutine 7 gp=0xc000002380 m=nil [GC worker (idle)]:", "GC worker (idle)", |_| {});
        check(r#"goroutine 7 [sleep labels:{"k\"2": "v]2", "k1": "v 1"}]:"#, "sleep", |h| {
            h.labels = labels(&[("k\"2", "v]2"), ("k1", "v 1")]);
        });
        check(r#"goroutine 7 [sleep] {k1: "v: 1]", plain: a/b.c_1}:"#, "sleep", |h| {
            h.labels = labels(&[("k1", "v: 1]"), ("plain", "a/b.c_1")]);
        });
    }

    #[test]
    fn other_lines() {
        for line in [
            "",
            "goroutine ",
            "goroutine x [running]:",
            "goroutine 7",
            "goroutine 7 [running",
            "goroutine 7 [running]",
            "goroutine 99999999999999999999 [running]:",
            "goroutine 7 was here [yes]:",
        ] {
            assert_eq!(parse_header(line), None, "{line}");
        }
    }
}
