//! The readers where a browser runs them: 32-bit `usize`, no files, no clock. `cargo xtask test` runs this in Node.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

use serde_json::Value;
use taskscope_proto::Dataset;
use taskscope_proto::load::load;
use wasm_bindgen_test::wasm_bindgen_test;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/", $name)).as_slice()
    };
}

fn open(bytes: &[u8]) -> Dataset {
    let mut parts = load(bytes.to_vec()).unwrap();
    assert_eq!(parts.len(), 1);
    parts.remove(0).dataset
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[wasm_bindgen_test]
fn a_trace_has_the_counts_of_go_s_own_tool() {
    let fixtures = [
        (fixture!("trace/go1.22.10.bin"), fixture!("trace/go1.22.10.truth.json")),
        (fixture!("trace/go1.27.3.bin"), fixture!("trace/go1.27.3.truth.json")),
    ];
    for (bytes, truth) in fixtures {
        let (dataset, truth) = (open(bytes), json(truth));
        assert_eq!(dataset.notices, []);
        let counts = dataset.trace_counts.unwrap();
        assert_eq!(Value::from(counts.events), truth["events"]);
        assert_eq!(Value::from(counts.goroutines), truth["goroutines"]);
        assert_eq!(Value::from(counts.user_tasks), truth["user_tasks"]);
        let transitions: serde_json::Map<_, _> =
            counts.go_transitions.into_iter().map(|(key, count)| (key, count.into())).collect();
        assert_eq!(Value::Object(transitions), truth["go_transitions"]);
    }
}

#[wasm_bindgen_test]
fn a_profile_has_every_sample_type_and_its_sum() {
    let dataset = open(fixture!("pprof/go1.26.6.heap.pb.gz"));
    let truth = json(fixture!("pprof/go1.26.6.heap.truth.json"));
    let types = truth.as_object().unwrap();
    assert_eq!(dataset.samples.columns.len(), types.len());
    for column in &dataset.samples.columns {
        let rows = types[dataset.strings.get(column.kind)]["rows"].as_object().unwrap();
        let flat: i64 = rows.values().map(|row| row[0].as_i64().unwrap()).sum();
        assert_eq!(column.values.iter().sum::<i64>(), flat);
    }
}

#[wasm_bindgen_test]
fn a_dump_has_every_goroutine() {
    let bytes = fixture!("dump/go1.26.6.goroutine.debug2.txt");
    let headers =
        String::from_utf8_lossy(bytes).lines().filter(|line| line.starts_with("goroutine ")).count();
    assert!(headers > 27, "three of each of nine leaks, and main");
    assert_eq!(open(bytes).observations.rows.len(), headers);
}

/// Lengths in a damaged file must not be trusted with 4 GiB of memory either.
#[wasm_bindgen_test]
fn damaged_files_end_in_an_error_or_a_notice() {
    let whole = fixture!("trace/go1.26.6.bin");
    for cut in [0, 1, 15, 16, 17, 1000, whole.len() / 2, whole.len() - 1] {
        assert!(
            load(whole[..cut].to_vec()).map_or(true, |parts| !parts[0].dataset.notices.is_empty()),
            "{cut}"
        );
    }
    for at in (16..whole.len()).step_by(whole.len() / 40) {
        let mut damaged = whole.to_vec();
        damaged[at..].iter_mut().take(10).for_each(|byte| *byte = 0xff);
        if let Ok(parts) = load(damaged) {
            assert_eq!(parts.len(), 1);
        }
    }
}
