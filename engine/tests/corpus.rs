//! The engine's answers on the fixtures of eight Go versions, held against Go's own tools.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use taskscope_engine::analysis::{leaks, weights};
use taskscope_engine::api::{LeakGroup, LeakGrouping, LeaksQuery, Verdict};
use taskscope_engine::report;
use taskscope_proto::Dataset;
use taskscope_proto::load::load;

/// Fixtures of a folder whose name ends so, sorted.
fn fixtures(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/data").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    assert!(!paths.is_empty(), "no fixtures {ending}");
    paths
}

fn dataset(path: &Path) -> Dataset {
    let mut parts = load(std::fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    assert_eq!(parts.len(), 1);
    parts.remove(0).dataset
}

fn truth(path: &Path, ending: &str) -> Value {
    let beside = path.to_string_lossy().replace(ending, ".truth.json");
    serde_json::from_str(&std::fs::read_to_string(beside).unwrap()).unwrap()
}

#[test]
fn top_equals_pprof_for_every_profile_and_sample_type() {
    let mut tables = 0;
    for path in fixtures("pprof", ".pb.gz") {
        let dataset = dataset(&path);
        for (kind, truth) in truth(&path, ".pb.gz").as_object().unwrap() {
            let top = report::top(&dataset, Some(kind)).unwrap();
            let rows: serde_json::Map<String, Value> = top
                .rows
                .iter()
                .map(|row| (row.function.clone(), Value::from(vec![row.flat, row.cum])))
                .collect();
            assert_eq!(Value::from(rows), truth["rows"], "{path:?} {kind}");
            assert_eq!(
                (&top.unit.into(), &top.total.into()),
                (&truth["unit"], &truth["total"]),
                "{path:?} {kind}"
            );
            tables += 1;
        }
        assert_eq!(weights::sample_types(&dataset).len(), truth(&path, ".pb.gz").as_object().unwrap().len());
    }
    assert!(tables > 100, "{tables}");
}

#[test]
fn inspect_equals_gos_reader_for_every_trace() {
    for path in fixtures("trace", ".bin") {
        let report = serde_json::to_value(report::inspect("trace.bin", &dataset(&path))).unwrap();
        for (key, expected) in truth(&path, ".bin").as_object().unwrap() {
            if key != "exit" && key != "error" {
                assert_eq!(&report[key], expected, "{path:?} {key}");
            }
        }
    }
}

/// Spawner of each planted kind; the tenth, in goroutine 1, is no leak.
const PLANTED: [&str; 9] = [
    "main.leakChanRecv",
    "main.leakChanSend",
    "main.leakCond",
    "main.leakCtx",
    "main.leakMutex",
    "main.leakNilChan",
    "main.leakSelect",
    "main.leakTimer",
    "main.leakWaitGroup",
];

fn listing(path: &Path) -> Vec<LeakGroup> {
    leaks::leaks(&dataset(path), &LeaksQuery::default()).groups
}

fn is_planted(group: &LeakGroup) -> bool {
    PLANTED.iter().any(|planted| group.entry.starts_with(planted))
}

#[test]
fn every_dump_has_the_nine_planted_kinds_and_no_healthy_one_is_certain() {
    for path in fixtures("dump", ".goroutine.debug2.txt") {
        let groups = listing(&path);
        let mut found: Vec<&str> = Vec::new();
        for group in groups.iter().filter(|group| group.verdict != Verdict::Explained) {
            let spawner = group.spawned_at.split(' ').next().unwrap();
            assert!(PLANTED.contains(&spawner), "{path:?}: healthy, but {group:#?}");
            assert_eq!(group.count, 3, "{path:?}: {group:#?}");
            assert!(group.blocked_at.contains("main.go:"), "{path:?}: {group:#?}");
            found.push(PLANTED.iter().find(|planted| **planted == spawner).unwrap());
        }
        found.sort_unstable();
        assert_eq!(found, PLANTED, "{path:?}");
        for group in groups.iter().filter(|group| group.verdict == Verdict::Certain) {
            assert!(
                ["main.leakNilChan", "main.leakSelect"].iter().any(|kind| group.spawned_at.contains(kind))
            );
        }
        let explained: u64 = groups.iter().filter(|g| g.verdict == Verdict::Explained).map(|g| g.count).sum();
        assert_eq!(explained, 35 - 27, "{path:?}");
    }
}

#[test]
fn the_leak_profile_is_proof_in_every_form() {
    for path in fixtures("dump", ".goroutineleak.debug2.txt") {
        let certain: u64 =
            listing(&path).iter().filter(|g| g.verdict == Verdict::Certain).map(|g| g.count).sum();
        assert_eq!(certain, 24, "{path:?}: a ticker is not leaked to Go");
    }
    let profiles = fixtures("dump", ".goroutineleak.debug1.txt").into_iter();
    for path in profiles.chain(fixtures("pprof", ".goroutineleak.pb.gz")) {
        let groups = listing(&path);
        assert_eq!(groups.iter().map(|group| group.count).sum::<u64>(), 24, "{path:?}");
        assert!(groups.iter().all(|group| group.verdict == Verdict::Certain), "{path:?}: {groups:#?}");
    }
}

#[test]
fn goroutine_profiles_tell_the_wait_by_their_runtime_frames() {
    for path in fixtures("pprof", ".goroutine.pb.gz") {
        let groups = listing(&path);
        for (entry, state) in [
            ("main.leakChanRecv", "chan receive"),
            ("main.leakChanSend", "chan send"),
            ("main.leakSelect", "select (no cases)"),
            ("main.leakMutex", "sync.Mutex.Lock"),
            ("main.leakWaitGroup", "sync.WaitGroup.Wait"),
            ("main.leakCond", "sync.Cond.Wait"),
        ] {
            let group = groups.iter().find(|group| group.entry.starts_with(entry));
            let found =
                group.map(|group| (group.count, group.state.as_str(), group.verdict != Verdict::Explained));
            assert_eq!(found, Some((3, state, true)), "{path:?} {entry}");
        }
        for group in groups.iter().filter(|group| !is_planted(group)) {
            assert_eq!(group.verdict, Verdict::Explained, "{path:?}: {group:#?}");
        }
    }
}

#[test]
fn coarser_groupings_keep_every_task() {
    for path in fixtures("dump", ".goroutine.debug2.txt") {
        let dataset = dataset(&path);
        for grouping in [LeakGrouping::Site, LeakGrouping::Wait] {
            let answer = leaks::leaks(&dataset, &LeaksQuery { grouping, ..LeaksQuery::default() });
            assert_eq!(answer.living, 35, "{path:?} {grouping:?}");
            assert_eq!(answer.suspects, 27, "{path:?} {grouping:?}");
        }
    }
}

#[test]
fn traces_list_living_goroutines_without_naming_healthy_ones() {
    // The fixture of several generations is of another program, whose main blocks on purpose.
    for path in fixtures("trace", ".bin").into_iter().filter(|path| !is_generations(path)) {
        let groups = listing(&path);
        let certain = groups.iter().filter(|group| group.verdict == Verdict::Certain);
        for group in certain {
            assert!(is_planted(group), "{path:?}: {group:#?}");
        }
        assert!(groups.iter().map(|group| group.count).sum::<u64>() >= 27, "{path:?}");
        // From 1.23 on the status of a goroutine has a stack, whose line tells a nil channel.
        let stacks =
            !["go1.22", "go1.21", "go1.19", "go1.11"].iter().any(|old| path.to_string_lossy().contains(old));
        let nil = groups.iter().find(|group| group.entry.starts_with("main.leakNilChan"));
        let nil = nil.map(|group| (group.state.as_str(), group.verdict));
        assert!(!stacks || nil == Some(("chan receive (nil chan)", Verdict::Certain)), "{path:?}: {nil:?}");
    }
}

fn is_generations(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".generations.bin")
}
