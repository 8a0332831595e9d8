//! Real traces against what Go's own tool says of them, and the invariants of the tables.
#![allow(clippy::unwrap_used, reason = "a fixture that cannot be read fails its test")]

mod gotrace_support;

use std::collections::BTreeMap;

use gotrace_support::{FIXTURES, OLD_FIXTURES, check, fixture, read};
use serde_json::Value;
use taskscope_proto::model::{Format, TaskId, TaskState, TraceCounts, WaitKind};

fn numbers(value: &Value) -> BTreeMap<String, u64> {
    value.as_object().unwrap().iter().map(|(key, count)| (key.clone(), count.as_u64().unwrap())).collect()
}

fn truth(name: &str) -> TraceCounts {
    let truth: Value = serde_json::from_slice(&fixture(&format!("{name}.truth.json"))).unwrap();
    let number = |key: &str| truth[key].as_u64().unwrap();
    TraceCounts {
        events: number("events"),
        kinds: numbers(&truth["kinds"]),
        goroutines: number("goroutines"),
        threads: number("threads"),
        user_tasks: number("user_tasks"),
        go_transitions: numbers(&truth["go_transitions"]),
        proc_transitions: numbers(&truth["proc_transitions"]),
        reasons: numbers(&truth["reasons"]),
        ranges: numbers(&truth["ranges"]),
        metrics: numbers(&truth["metrics"]),
        first_ns: truth["first_ns"].as_u64(),
        last_ns: truth["last_ns"].as_u64(),
        generations: number_of_generations(&truth),
    }
}

/// Go writes a Sync at the start of each generation and one at the end.
fn number_of_generations(truth: &Value) -> u64 {
    truth["kinds"]["Sync"].as_u64().unwrap() - 1
}

#[test]
fn counts_equal_those_of_go_s_own_tool() {
    for (name, minor) in FIXTURES {
        let data = read(fixture(&format!("{name}.bin")));
        assert_eq!(data.trace_counts.unwrap(), truth(name), "{name}");
        assert_eq!(data.notices, [], "{name}");
        assert_eq!(data.facts.format, Format::GoTrace(minor), "{name}");
    }
}

#[test]
fn counts_of_old_traces_equal_those_of_go_s_converter() {
    for (name, minor) in OLD_FIXTURES {
        let data = read(fixture(&format!("{name}.bin")));
        check(&data);
        assert_eq!(data.trace_counts.unwrap(), truth(name), "{name}");
        assert_eq!(data.facts.format, Format::GoTrace(minor), "{name}");
        assert_eq!(data.notices, [], "{name}");
        let quick = truth(name).go_transitions["Syscall->Running"];
        assert!(data.facts.limits[0].starts_with(&format!("{quick} system calls that kept")), "{name}");
        assert!(!data.spans.state.contains(&TaskState::Unknown), "{name}");
    }
}

#[test]
fn tables_of_real_traces_keep_their_invariants() {
    for (name, _) in FIXTURES {
        let data = read(fixture(&format!("{name}.bin")));
        check(&data);
        assert!(
            !data.spans.state.contains(&TaskState::Unknown),
            "{name}: nothing is unknown in a whole trace"
        );
        assert!(!data.spans.state.contains(&TaskState::Gone), "{name}: Go never reuses an id");
        let wakes = truth(name).go_transitions["Waiting->Runnable"];
        assert_eq!(data.wakes.span.len() as u64, wakes, "{name}");
    }
}

#[test]
fn a_real_trace_has_names_parents_counters_ranges_and_samples() {
    let data = read(fixture("1.26.6.bin"));
    let name = |function| data.strings.get(data.functions.get(function).unwrap().name);
    let named = data.tasks.rows.iter().filter(|task| !task.entry.is_none());
    let entries: Vec<_> = named.map(|task| name(task.entry)).collect();
    for entry in ["main.main", "runtime.gcBgMarkWorker", "net/http.(*conn).serve"] {
        assert!(entries.contains(&entry), "{entry}: {entries:?}");
    }
    let created: Vec<_> = data.tasks.rows.iter().filter(|task| task.created_ns.is_some()).collect();
    assert_eq!(created.len(), 64);
    assert!(created.iter().all(|task| !task.entry.is_none()));
    // One was begun by a timer, which runs on no goroutine.
    let spawned = created.iter().filter(|task| !task.parent.is_none() && !task.spawn_stack.is_none());
    assert_eq!(spawned.count(), 63);
    let counters: Vec<_> = data.counters.iter().map(|counter| data.strings.get(counter.name)).collect();
    assert_eq!(
        counters,
        ["/sched/gomaxprocs:threads", "/memory/classes/heap/objects:bytes", "/gc/heap/goal:bytes"]
    );
    assert_eq!(data.ranges.len(), 22);
    assert_eq!(data.samples.len(), 21);
    assert_eq!(data.samples.columns[0].values, [1; 21]);
    assert_eq!((data.user_tasks.len(), data.regions.len(), data.logs.len()), (2, 4, 2));
    assert!(
        data.user_tasks.iter().all(|task| task.end_ns.is_some() && !data.strings.get(task.name).is_empty())
    );
}

#[test]
fn the_wall_clock_is_known_from_1_25_on() {
    for (name, minor) in FIXTURES {
        let data = read(fixture(&format!("{name}.bin")));
        let Some(wall) = data.facts.wall_start_ns else {
            assert!(minor < 25, "{name}");
            continue;
        };
        // All fixtures were written in one year; a wrong unit would be off by centuries.
        let years = wall as f64 / 1e9 / 31_556_952.0 + 1970.0;
        assert!((2025.0..2028.0).contains(&years), "{name}: {years}");
    }
}

#[test]
fn labels_mark_runs_of_gc_workers_only() {
    for (name, _) in FIXTURES {
        let data = read(fixture(&format!("{name}.bin")));
        let mut labelled = 0;
        for (row, task) in data.tasks.rows.iter().enumerate() {
            let entry = data.functions.get(task.entry).map_or("", |entry| data.strings.get(entry.name));
            for span in data.spans.rows_of(TaskId::from_index(row)) {
                let reason = data.reasons.get(data.spans.reason_of(span).index());
                if let Some(reason) = reason.filter(|_| data.spans.state[span] == TaskState::Running) {
                    assert_eq!(entry, "runtime.gcBgMarkWorker", "{name}");
                    assert_eq!(reason.kind, WaitKind::Gc);
                    assert!(data.strings.get(reason.text).starts_with("GC ("), "{name}");
                    labelled += 1;
                }
            }
        }
        assert!(labelled > 0, "{name}");
    }
}
