//! What the reader makes of a Go trace, for `cargo xtask conformance`: one file a process, so that a panic or a hang
//! of one says nothing about the others.
//!
//! `counts FILE [OUT]` prints counts in Go's terms and notices as JSON. FILE is a trace, Go's text form of one (also
//! as a `.test` archive) or an entry of Go's fuzz corpus; OUT gets its bytes.
#![allow(
    clippy::unwrap_used,
    reason = "a file that cannot be converted ends the program, which its caller reports"
)]

#[path = "../tests/gotrace_support/text.rs"]
mod text;

use serde_json::{Value, json};
use taskscope_proto::load::load;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let file = arguments.next().expect("a file is named");
    let (bytes, expected) = to_trace(std::fs::read(file).unwrap());
    if let Some(out) = arguments.next() {
        std::fs::write(out, &bytes).unwrap();
    }
    let mut report = read(bytes);
    report["expected"] = expected.into();
    println!("{report}");
}

/// The bytes of the trace, and what a `.test` archive expects of a reader.
fn to_trace(bytes: Vec<u8>) -> (Vec<u8>, Option<String>) {
    let Ok(content) = std::str::from_utf8(&bytes) else { return (bytes, None) };
    if let Some(entry) = content.strip_prefix("go test fuzz v1\n") {
        let quoted = entry.trim().strip_prefix("[]byte(").and_then(|rest| rest.strip_suffix(')')).unwrap();
        return (text::unquote(quoted), None);
    }
    if let Some((head, trace)) = content.split_once("-- trace --\n") {
        let expected = head.lines().find(|line| !line.starts_with("-- ")).unwrap_or_default();
        return (text::to_bytes(trace), Some(expected.to_owned()));
    }
    if content.starts_with("Trace Go1.") {
        return (text::to_bytes(content), Some("SUCCESS".into()));
    }
    (bytes, None)
}

fn read(bytes: Vec<u8>) -> Value {
    let parts = match load(bytes) {
        Ok(parts) => parts,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let data = &parts[0].dataset;
    let Some(counts) = &data.trace_counts else { return json!({ "error": "it is no trace" }) };
    let notices: Vec<_> = data.notices.iter().map(|notice| &notice.message).collect();
    json!({
        "events": counts.events,
        "generations": counts.generations,
        "notices": notices,
        "counts": {
            "kinds": counts.kinds,
            "go_transitions": counts.go_transitions,
            "proc_transitions": counts.proc_transitions,
            "reasons": counts.reasons,
            "ranges": counts.ranges,
            "metrics": counts.metrics,
            "distinct": {
                "goroutines": counts.goroutines,
                "threads": counts.threads,
                "user tasks": counts.user_tasks,
            },
        },
    })
}
