//! The goroutine table and the blocking profiles against Go 1.27.3's own tool: truth files made by
//! `engine/tests/oracle/make.sh`, which compiles a printer into cmd/trace.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use serde::Deserialize;
use taskscope_engine::analysis::blocking;
use taskscope_engine::analysis::goroutines::{Listing, Table};
use taskscope_engine::analysis::selection::Selection;
use taskscope_engine::api::{
    BlockingKind, GoroutineRow, GoroutineRows, GoroutinesAnswer, GoroutinesQuery, Scope, ScopeTasks,
};
use taskscope_proto::Dataset;
use taskscope_proto::load::load;
use taskscope_proto::model::{StackId, StringId, TaskId, TaskState};

/// What the oracle printed of a trace.
#[derive(Deserialize)]
struct Truth {
    goroutines: Vec<GoTimes>,
    profiles: Profiles,
    groups: BTreeMap<String, Profiles>,
    regions: BTreeMap<String, Profiles>,
}

/// By kind, then stack (`function file:line`, leaf first): count and ns.
type Profiles = BTreeMap<String, BTreeMap<String, (u64, u64)>>;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
struct GoTimes {
    id: u64,
    name: String,
    total: u64,
    exec: u64,
    sched: u64,
    syscall: u64,
    syscall_block: u64,
    unknown: u64,
    block: BTreeMap<String, u64>,
    ranges: BTreeMap<String, u64>,
}

const TRACES: [&str; 4] = ["go1.22.10", "go1.26.6", "go1.26.8.generations", "go1.27.3"];

fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/data/trace").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn truth(name: &str) -> Truth {
    serde_json::from_slice(&fixture(&format!("{name}.goroutines.json"))).unwrap()
}

fn trace(name: &str) -> Dataset {
    load(fixture(&format!("{name}.bin"))).unwrap().swap_remove(0).dataset
}

fn table(dataset: &Dataset, query: GoroutinesQuery) -> GoroutinesAnswer {
    let table = Table::build(dataset, &query.scope);
    Listing::run(dataset, &table, &query).window(dataset, &table, 0, u32::MAX)
}

fn each() -> GoroutinesQuery {
    GoroutinesQuery { rows: GoroutineRows::Each, ..GoroutinesQuery::default() }
}

/// A row in the oracle's terms.
fn in_go_s_terms(answer: &GoroutinesAnswer, row: &GoroutineRow) -> GoTimes {
    let named = |names: &[String], ns: &[u64]| {
        let pairs = names.iter().cloned().zip(ns.iter().copied());
        pairs.filter(|&(_, ns)| ns > 0).collect()
    };
    let times = &row.times;
    GoTimes {
        id: row.id,
        name: row.entry.clone(),
        total: times.total_ns,
        exec: times.running_ns,
        sched: times.ready_ns,
        syscall: times.syscall_ns,
        syscall_block: times.syscall_blocked_ns,
        unknown: times.unknown_ns,
        block: named(&answer.reasons, &times.reasons_ns),
        ranges: named(&answer.ranges, &times.ranges_ns),
    }
}

/// A goroutine that is in a system call without a P as the trace ends.
///
/// Go counts the time since the P was taken twice (`Syscall execution time` and `Sched wait time`),
/// and the last ns of one that never had a P as execution; here both are `Block time (syscall)`.
fn is_left_in_a_syscall(dataset: &Dataset, id: u64) -> bool {
    let row = dataset.tasks.rows.iter().position(|task| task.id == id).unwrap();
    let last = dataset.spans.rows_of(TaskId::from_index(row)).last().unwrap();
    dataset.tasks.rows[row].ended_ns.is_none()
        && dataset.spans.state[last] == TaskState::Syscall
        && dataset.spans.worker[last].is_none()
}

/// What Go's numbers are without the double count.
fn corrected(go: &GoTimes, ours: &GoTimes) -> GoTimes {
    let in_syscalls = go.syscall + go.syscall_block;
    let counted_twice = go.exec + go.sched + in_syscalls + go.block.values().sum::<u64>() - go.total;
    assert_eq!(ours.syscall + ours.syscall_block, in_syscalls, "{go:?}");
    GoTimes {
        sched: go.sched - counted_twice,
        syscall: ours.syscall,
        syscall_block: ours.syscall_block,
        ..go.clone()
    }
}

#[test]
fn every_goroutine_equals_go_s_own_numbers() {
    let mut left = Vec::new();
    for name in TRACES {
        let (dataset, truth) = (trace(name), truth(name));
        let answer = table(&dataset, each());
        let ours: BTreeMap<u64, GoTimes> =
            answer.rows.iter().map(|row| (row.id, in_go_s_terms(&answer, row))).collect();
        assert_eq!(ours.len(), truth.goroutines.len(), "{name}");
        for go in &truth.goroutines {
            let ours = &ours[&go.id];
            if is_left_in_a_syscall(&dataset, go.id) {
                assert_eq!(*ours, corrected(go, ours), "{name}");
                left.push((name, go.name.as_str().to_owned()));
            } else {
                assert_eq!(ours, go, "{name}");
            }
        }
    }
    let profiler = "runtime/pprof.profileWriter".to_owned();
    let of = |name| (name, profiler.clone());
    assert_eq!(left, [of("go1.26.6"), of("go1.26.8.generations"), of("go1.27.3")]);
}

const KINDS: [(&str, BlockingKind); 4] = [
    ("net", BlockingKind::Network),
    ("sync", BlockingKind::Sync),
    ("syscall", BlockingKind::Syscall),
    ("sched", BlockingKind::Scheduler),
];

fn frames(dataset: &Dataset, stack: StackId) -> String {
    let frame = |frame| {
        let row = dataset.frames.get(frame).unwrap();
        let function = dataset.functions.get(row.function);
        let text = |id: Option<StringId>| id.map_or("", |id| dataset.strings.get(id));
        let (name, file) = (function.map(|function| function.name), function.map(|function| function.file));
        format!("{} {}:{}", text(name), text(file), row.line)
    };
    let frames: Vec<String> = dataset.stacks.leaf_first(stack).map(frame).collect();
    frames.join(";")
}

/// Go's tool tells stacks apart by their addresses: one frame at address 0 is no stack at all, and
/// which of the two it shows depends on which came last.
fn one_nothing(profiles: Profiles) -> Profiles {
    let profile = |mut profile: BTreeMap<String, (u64, u64)>| {
        if let Some((count, ns)) = profile.remove(" :0") {
            let sum = profile.entry(String::new()).or_default();
            *sum = (sum.0 + count, sum.1 + ns);
        }
        profile
    };
    profiles.into_iter().map(|(kind, stacks)| (kind, profile(stacks))).collect()
}

fn profiles(dataset: &Dataset, scope: &Scope) -> Profiles {
    let selection = Selection::new(dataset, scope);
    let profile = |kind| {
        let mut profile = BTreeMap::new();
        blocking::visit(dataset, &selection, kind, &mut |stack, ns| {
            let sum: &mut (u64, u64) = profile.entry(frames(dataset, stack)).or_default();
            *sum = (sum.0 + 1, sum.1 + ns);
        });
        profile
    };
    one_nothing(KINDS.map(|(name, kind)| (name.to_owned(), profile(kind))).into())
}

fn waits(profiles: &Profiles) -> u64 {
    profiles.values().flat_map(|profile| profile.values()).map(|(count, _)| count).sum()
}

#[test]
fn blocking_profiles_equal_go_tool_trace() {
    for name in TRACES {
        let (dataset, truth) = (trace(name), truth(name));
        assert!(waits(&truth.profiles) > 100, "{name}");
        assert_eq!(profiles(&dataset, &Scope::default()), one_nothing(truth.profiles), "{name}");
        // Go's tool makes no profile of a group that is not there.
        for (entry, truth) in truth.groups.into_iter().filter(|(_, truth)| !truth.is_empty()) {
            let scope = Scope { tasks: ScopeTasks::Entry(entry.clone()), ..Scope::default() };
            assert_eq!(profiles(&dataset, &scope), one_nothing(truth), "{name} {entry}");
        }
        for (region, truth) in truth.regions {
            let scope = Scope { region: Some(region.clone()), ..Scope::default() };
            assert_eq!(profiles(&dataset, &scope), one_nothing(truth), "{name} {region}");
        }
    }
}
