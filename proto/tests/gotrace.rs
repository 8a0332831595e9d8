//! Real traces against what Go's own tool says of them, and the invariants of the tables.
#![allow(clippy::unwrap_used, reason = "a fixture that cannot be read fails its test")]

use std::collections::BTreeMap;

use serde_json::Value;
use taskscope_proto::Dataset;
use taskscope_proto::gotrace::{Reader, StepResult};
use taskscope_proto::model::{Format, TraceCounts};

const FIXTURES: [(&str, u32); 6] =
    [("1.22.10", 22), ("1.23.9", 23), ("1.24.11", 23), ("1.25.5", 25), ("1.26.6", 26), ("1.27.3", 26)];

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/trace/go{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn read(bytes: Vec<u8>) -> Dataset {
    let mut reader = Reader::new(bytes).unwrap();
    loop {
        match reader.step() {
            StepResult::Working { done, total } => assert!(done <= total),
            StepResult::Done(data) => return *data,
            StepResult::Failed(error) => panic!("{error}"),
        }
    }
}

fn numbers(value: &Value) -> BTreeMap<String, u64> {
    value.as_object().unwrap().iter().map(|(key, count)| (key.clone(), count.as_u64().unwrap())).collect()
}

fn truth(name: &str) -> TraceCounts {
    let truth: Value = serde_json::from_slice(&fixture(&format!("{name}.truth.json"))).unwrap();
    let number = |key: &str| truth[key].as_u64().unwrap();
    let mut counts = TraceCounts::default();
    counts.events = number("events");
    counts.kinds = numbers(&truth["kinds"]);
    counts.goroutines = number("goroutines");
    counts.threads = number("threads");
    counts.user_tasks = number("user_tasks");
    counts.go_transitions = numbers(&truth["go_transitions"]);
    counts.proc_transitions = numbers(&truth["proc_transitions"]);
    counts.reasons = numbers(&truth["reasons"]);
    counts.ranges = numbers(&truth["ranges"]);
    counts.metrics = numbers(&truth["metrics"]);
    counts.first_ns = truth["first_ns"].as_u64();
    counts.last_ns = truth["last_ns"].as_u64();
    counts
}

#[test]
fn counts_equal_those_of_go_s_own_tool() {
    for (name, minor) in FIXTURES {
        let data = read(fixture(&format!("{name}.bin")));
        let mut counts = data.trace_counts.unwrap();
        assert!(counts.generations >= 1, "{name}");
        counts.generations = 0;
        assert_eq!(counts, truth(name), "{name}");
        assert_eq!(data.notices, [], "{name}");
        assert_eq!(data.facts.format, Format::GoTrace(minor), "{name}");
    }
}
