//! Decoded profiles add up to what `go tool pprof` computes, and survive a round trip.
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};
use taskscope_proto::load::load;
use taskscope_proto::model::{Dataset, LabelValue};
use taskscope_proto::pprof::{decode, encode, encode_gzip};

/// Every `*.pb.gz` of the fixtures.
fn fixtures() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pprof");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".pb.gz"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 50, "{} fixtures", paths.len());
    paths
}

fn open(path: &PathBuf) -> Dataset {
    let mut parts = load(std::fs::read(path).unwrap()).unwrap();
    assert_eq!(parts.len(), 1);
    parts.remove(0).dataset
}

#[test]
fn sums_equal_go_tool_pprof() {
    for path in fixtures() {
        let dataset = open(&path);
        assert_eq!(dataset.notices, [], "{}", path.display());
        let truth_path = path.to_string_lossy().replace(".pb.gz", ".truth.json");
        let truth: Value = serde_json::from_slice(&std::fs::read(&truth_path).unwrap()).unwrap();
        let ours: serde_json::Map<_, _> =
            (0..dataset.samples.columns.len()).map(|column| top(&dataset, column)).collect();
        assert_eq!(Value::Object(ours), truth, "{truth_path}");
    }
}

/// Flat and cumulative values per function name, as naively as can be.
fn top(dataset: &Dataset, column: usize) -> (String, Value) {
    let column = &dataset.samples.columns[column];
    let mut rows: BTreeMap<String, [i64; 2]> = BTreeMap::new();
    for (&stack, &value) in dataset.samples.stack.iter().zip(&column.values) {
        let names: Vec<_> =
            dataset.stacks.leaf_first(stack).map(|frame| dataset.frame_name(frame).into_owned()).collect();
        if let Some(leaf) = names.first() {
            rows.entry(leaf.clone()).or_default()[0] += value;
        }
        for name in names.into_iter().collect::<BTreeSet<_>>() {
            rows.entry(name).or_default()[1] += value;
        }
    }
    rows.retain(|_, row| *row != [0, 0]);
    let total: i64 = column.values.iter().sum();
    let unit = dataset.strings.get(column.unit);
    (dataset.strings.get(column.kind).to_owned(), json!({"unit": unit, "total": total, "rows": rows}))
}

#[test]
fn encoding_loses_nothing() {
    for path in fixtures() {
        let dataset = open(&path);
        let again = decode(&encode(&dataset)).unwrap();
        assert_eq!(describe(&again), describe(&dataset), "{}", path.display());
        // The writer is stable: what it wrote, it writes again.
        assert_eq!(encode(&again), encode(&decode(&encode(&again)).unwrap()), "{}", path.display());
    }
}

#[test]
fn a_gzipped_profile_opens() {
    let dataset = open(&fixtures()[0]);
    let parts = load(encode_gzip(&dataset)).unwrap();
    assert_eq!(describe(&parts[0].dataset), describe(&dataset));
    assert_eq!(parts[0].dataset.facts.layers, ["gzip"]);
}

/// Everything a profile says, in words, free of row numbers.
fn describe(dataset: &Dataset) -> Vec<String> {
    let text = |id| dataset.strings.get(id);
    let facts = &dataset.facts;
    let samples = &dataset.samples;
    let mut out = vec![format!(
        "{} {:?} {:?} {:?} {:?} default {}",
        facts.profile_kind,
        facts.wall_start_ns,
        facts.duration_ns,
        facts.period,
        facts.comments,
        samples.default_column
    )];
    out.extend(samples.columns.iter().map(|column| format!("{} {}", text(column.kind), text(column.unit))));
    for row in 0..samples.len() {
        let values: Vec<_> = samples.columns.iter().map(|column| column.values[row]).collect();
        out.push(format!("sample {values:?}"));
        for label in samples.labels_of(row) {
            out.push(match label.value {
                LabelValue::Text(value) => format!("  {}={}", text(label.key), text(value)),
                LabelValue::Number(value, unit) => format!("  {}={value} {}", text(label.key), text(unit)),
            });
        }
        out.extend(dataset.stacks.leaf_first(samples.stack[row]).map(|frame| describe_frame(dataset, frame)));
    }
    out
}

fn describe_frame(dataset: &Dataset, id: taskscope_proto::model::FrameId) -> String {
    let text = |id| dataset.strings.get(id);
    let frame = dataset.frames.get(id).unwrap();
    let function = dataset.functions.get(frame.function);
    let function = function.map(|f| (text(f.name), text(f.system_name), text(f.file), f.start_line));
    let mapping = dataset.mappings.get(frame.mapping.index());
    let mapping = mapping.map(|m| (m.start, m.limit, m.file_offset, text(m.file), text(m.build_id)));
    format!("    {function:?}:{} {:#x} {mapping:?} {}", frame.line, frame.address, frame.inlined)
}
