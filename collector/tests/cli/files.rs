//! The verbs that read files, over every fixture, against what Go's own tools say of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::support::{Outcome, collector, fixture, read_fixture};

/// Fixtures of a folder with this end of name.
fn fixtures(folder: &str, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(fixture(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.to_str().unwrap().ends_with(end)).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no *{end} in {folder}");
    paths
}

fn truth(path: &std::path::Path, end: &str) -> Value {
    let path = path.to_str().unwrap().strip_suffix(end).unwrap().to_owned() + ".truth.json";
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn json_of(arguments: &[&str]) -> Value {
    collector(&[arguments, &["--json"]].concat()).run().json()
}

#[test]
fn inspect_counts_every_trace_as_go_does() {
    for path in fixtures("trace", ".bin") {
        let truth = truth(&path, ".bin");
        let report = json_of(&["inspect", path.to_str().unwrap()]);
        for key in [
            "events",
            "goroutines",
            "threads",
            "user_tasks",
            "go_transitions",
            "proc_transitions",
            "reasons",
            "ranges",
            "metrics",
            "kinds",
            "first_ns",
            "last_ns",
        ] {
            assert_eq!(report[key], truth[key], "{key} of {}", path.display());
        }
    }
}

#[test]
fn top_ranks_every_profile_as_pprof_does() {
    let mut compared = 0;
    for path in fixtures("pprof", ".pb.gz") {
        let truth = truth(&path, ".pb.gz");
        for (sample_type, expected) in truth.as_object().unwrap() {
            let report = json_of(&["top", path.to_str().unwrap(), "--sample-type", sample_type]);
            let place = format!("{sample_type} of {}", path.display());
            assert_eq!(report["sample_type"], *sample_type, "{place}");
            assert_eq!(
                (&report["unit"], &report["total"]),
                (&expected["unit"], &expected["total"]),
                "{place}"
            );
            let rows = report["rows"].as_array().unwrap().iter();
            let rows: BTreeMap<&str, Value> = rows
                .map(|row| (row["function"].as_str().unwrap(), json!([row["flat"], row["cum"]])))
                .collect();
            let expected_rows: BTreeMap<&str, Value> = expected["rows"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, row)| (name.as_str(), row.clone()))
                .collect();
            assert_eq!(rows, expected_rows, "{place}");
            compared += 1;
        }
    }
    assert!(compared >= 100, "only {compared} tables were compared");
}

/// What the program of the fixtures leaks, three of each; everything else in it is healthy.
const LEAKS: [&str; 9] = [
    "main.leakChanRecv",
    "main.leakChanSend",
    "main.leakSelect",
    "main.leakNilChan",
    "main.leakMutex",
    "main.leakWaitGroup",
    "main.leakCond",
    "main.leakCtx",
    "main.leakTimer",
];

#[test]
fn leaks_finds_the_nine_kinds_three_of_each() {
    for path in fixtures("dump", ".goroutine.debug2.txt") {
        let report = json_of(&["leaks", path.to_str().unwrap()]);
        let groups = report["groups"].as_array().unwrap();
        let is_leak = |group: &Value, kind: &str| {
            let leaf_first = group["frames"].as_array().unwrap().iter();
            let inside = format!("{kind}.func1");
            leaf_first.map(|frame| &frame["function"]).any(|function| *function == *inside)
        };
        for kind in LEAKS {
            let found = groups.iter().filter(|group| is_leak(group, kind) && group["verdict"] != "explained");
            let count: u64 = found.map(|group| group["count"].as_u64().unwrap()).sum();
            assert_eq!(count, 3, "{kind} in {}", path.display());
        }
        for group in groups.iter().filter(|group| group["verdict"] == "certain") {
            assert!(LEAKS.iter().any(|kind| is_leak(group, kind)), "{} names {group}", path.display());
        }
        for key in ["count", "state", "spawned_at", "blocked_at", "wait_ns", "verdict", "why", "frames"] {
            assert!(groups.iter().all(|group| group.get(key).is_some()), "{key}");
        }
    }
}

#[test]
fn text_forms_are_aligned_and_plain_off_a_terminal() {
    let heap = fixture("pprof/go1.26.6.heap.pb.gz");
    let heap = heap.to_str().unwrap();
    let top = collector(&["top", heap, "-n", "5"]).run().ok();
    assert!(top.starts_with("inuse_space · "), "{top}");
    assert_eq!(top.lines().count(), 2 + 5 + 1, "{top}");
    assert!(top.lines().nth(1).unwrap().trim_start().starts_with("flat  "), "{top}");
    let inspected = collector(&["inspect", heap]).run().ok();
    assert!(inspected.starts_with("go1.26.6.heap.pb.gz\npprof"), "{inspected}");
    let dump = fixture("dump/go1.26.6.goroutine.debug2.txt");
    let leaks = collector(&["leaks", dump.to_str().unwrap()]).run().ok();
    assert!(leaks.contains("3 × ") && leaks.contains("certain"), "{leaks}");
    for text in [top, inspected, leaks] {
        assert!(!text.contains('\x1b'), "{text}");
    }
    let coloured = collector(&["top", heap]).env("CLICOLOR_FORCE", "1").run().ok();
    assert!(coloured.contains('\x1b'));
    let refused = collector(&["top", heap]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").run().ok();
    assert!(!refused.contains('\x1b'));
}

#[test]
fn top_can_be_sorted_by_cum() {
    let heap = fixture("pprof/go1.26.6.heap.pb.gz");
    let report = json_of(&["top", heap.to_str().unwrap(), "--sample-type", "alloc_space", "--cum"]);
    let cum: Vec<i64> =
        report["rows"].as_array().unwrap().iter().map(|row| row["cum"].as_i64().unwrap()).collect();
    assert!(cum.len() > 10 && cum.is_sorted_by(|a, b| a >= b), "{cum:?}");
}

#[test]
fn standard_input_is_read() {
    let bytes = read_fixture("pprof/go1.26.6.heap.pb.gz");
    let report: Value =
        serde_json::from_str(&collector(&["inspect", "-", "--json"]).feed(&bytes).ok()).unwrap();
    assert_eq!(report["file"], "standard input");
    assert_eq!(report["file_bytes"], bytes.len());
}

#[test]
fn a_zip_is_read_part_by_part() {
    let dir = tempfile::tempdir().unwrap();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(dir.path().join("two.zip")).unwrap());
    for (name, path) in
        [("heap.pb.gz", "pprof/go1.26.6.heap.pb.gz"), ("stacks", "dump/go1.26.6.goroutine.debug2.txt")]
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&read_fixture(path)).unwrap();
    }
    zip.finish().unwrap();
    let call = |arguments: &[&str]| {
        collector(&[arguments, &["two.zip", "--json"]].concat()).dir(dir.path()).run().json()
    };
    let report = call(&["inspect"]);
    let parts: Vec<&Value> = report["parts"].as_array().unwrap().iter().map(|part| &part["part"]).collect();
    assert_eq!(parts, ["heap.pb.gz", "stacks"]);
    let leaks = call(&["leaks"]);
    assert_eq!(leaks["part"], "stacks");
    assert!(!leaks["groups"].as_array().unwrap().is_empty());
    let top = call(&["top", "--sample-type", "inuse_space"]);
    assert_eq!((&top["part"], &top["sample_type"]), (&json!("heap.pb.gz"), &json!("inuse_space")));
    let text = collector(&["inspect", "two.zip"]).dir(dir.path()).run().ok();
    assert!(text.starts_with("heap.pb.gz\n") && text.contains("\nstacks\n"), "{text}");
}

/// Bad input of every kind: exit code 1 and a message that says what is wrong.
#[test]
fn bad_input_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let gzip_of_nothing = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0";
    let cases: [(&str, &[u8], &str); 6] = [
        ("empty", b"", "empty"),
        ("text", b"hello, this is no profile\nat all\n", "no trace, profile or dump"),
        ("nothing.gz", gzip_of_nothing, "empty"),
        ("elf", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", "ELF"),
        ("html", b"<!doctype html><html></html>", "HTML"),
        ("header", b"go 1.26 trace\0\0\0", "trace"),
    ];
    for (name, content, says) in cases {
        std::fs::write(dir.path().join(name), content).unwrap();
        for verb in ["inspect", "top", "leaks"] {
            let call = |more: &[&str]| -> Outcome {
                collector(&[&[verb, name], more].concat()).dir(dir.path()).run()
            };
            call(&[]).fails(1, &["error:", name, says]);
            call(&["--json"]).fails(1, &["error:", name, says]);
        }
    }
    collector(&["inspect", "absent"]).dir(dir.path()).run().fails(1, &["cannot read absent", "no such file"]);
    collector(&["inspect", "."]).dir(dir.path()).run().fails(1, &["cannot read .", "directory"]);
}

/// What could be read of a damaged file is printed, what is missing is said, and the code is 1.
#[test]
fn damaged_files_give_what_could_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let trace = read_fixture("trace/go1.26.6.bin");
    std::fs::write(dir.path().join("half"), &trace[..trace.len() / 2]).unwrap();
    let outcome = collector(&["inspect", "half", "--json"]).dir(dir.path()).run();
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("warning: "), "{}", outcome.stderr);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!(report["events"].as_u64().unwrap() > 1000, "{report}");
    assert!(!report["notices"].as_array().unwrap().is_empty(), "{report}");
    let text = collector(&["inspect", "half"]).dir(dir.path()).run();
    assert_eq!(text.code, Some(1));
    assert!(text.stdout.contains("\nnotice byte "), "{}", text.stdout);

    // One sample type, one sample at location 999 of a file without locations, three strings.
    let profile =
        b"\x0a\x04\x08\x01\x10\x02\x12\x07\x0a\x02\xe7\x07\x12\x01\x05\x32\x00\x32\x01x\x32\x05count";
    std::fs::write(dir.path().join("ids"), profile).unwrap();
    for verb in ["inspect", "top"] {
        let outcome = collector(&[verb, "ids", "--json"]).dir(dir.path()).run();
        assert_eq!(outcome.code, Some(1), "{verb}: {outcome:?}");
        assert!(outcome.stderr.contains("location that is not in the file"), "{verb}: {outcome:?}");
    }
}

#[test]
fn what_a_file_lacks_is_said() {
    let heap = fixture("pprof/go1.26.6.heap.pb.gz");
    let heap = heap.to_str().unwrap();
    collector(&["leaks", heap]).run().fails(1, &["no goroutines"]);
    collector(&["top", heap, "--sample-type", "cpu"]).run().fails(1, &["no sample type cpu", "inuse_space"]);
}
