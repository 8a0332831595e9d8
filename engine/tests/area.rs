//! Statistics of selections: on a small trace by hand, and on a real one against a plain count.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::small_trace;
use taskscope_engine::analysis::area::area;
use taskscope_engine::analysis::goroutines::{Listing, Table};
use taskscope_engine::api::*;
use taskscope_proto::Dataset;
use taskscope_proto::load::load;
use taskscope_proto::model::{SpanId, TaskState, WorkerId};

const MS: u64 = 1_000_000;

fn real() -> Dataset {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/tests/data/trace/go1.26.6.bin");
    load(std::fs::read(path).unwrap()).unwrap().swap_remove(0).dataset
}

fn ask(dataset: &Dataset, scope: Scope) -> AreaAnswer {
    area(dataset, &AreaQuery { scope, waits: 3 })
}

fn window(t0_ns: u64, t1_ns: u64) -> Scope {
    Scope { t0_ns: Some(t0_ns), t1_ns: Some(t1_ns), ..Scope::default() }
}

fn shares(answer: &AreaAnswer) -> Vec<(&str, u64, u32, u64)> {
    let row = |share: &'_ AreaShare| (share.ns, share.per_mille, share.spans);
    answer
        .shares
        .iter()
        .map(|share| (share.state.as_str(), row(share)))
        .map(|(s, (a, b, c))| (s, a, b, c))
        .collect()
}

#[test]
fn a_window_splits_into_states() {
    let answer = ask(&small_trace(), window(5_002 * MS, 5_006 * MS));
    assert_eq!((answer.tasks, answer.total_ns), (4, 16 * MS));
    assert_eq!(
        shares(&answer),
        [
            ("Running", 6_500_000, 406, 3),
            ("Blocked: chan receive", 4 * MS, 250, 1),
            ("Blocked: sync", 3 * MS, 188, 1),
            ("Ready", 2_500_000, 156, 2),
        ]
    );
    assert_eq!((answer.running_max, answer.ready_max), (2, 1));
    assert_eq!((answer.running_mean, answer.ready_mean), (1.625, 0.625));
    assert_eq!(answer.waits.len(), 2);
    assert_eq!((answer.waits[0].state.as_str(), answer.waits[0].count), ("Blocked: chan receive", 1));
    assert_eq!(answer.waits[1].at, "main.(*Cache).Get");
    assert_eq!(answer.wakes, AreaWakes { all: 0, by_runtime: 0, inside: 0 });
    assert_eq!(ask(&small_trace(), window(5_006 * MS, 5_007 * MS)).wakes.inside, 1);
}

#[test]
fn only_spans_with_an_end_have_a_length() {
    let answer = ask(&small_trace(), Scope::default());
    let sync = answer.histograms.iter().find(|histogram| histogram.state == "Blocked: sync").unwrap();
    assert_eq!((sync.spans, sync.min_ns, sync.max_ns), (1, 3 * MS, 3 * MS));
    assert_eq!((sync.edges_ns.len(), sync.counts.as_slice()), (1, &[1][..]));
    assert!(answer.histograms.iter().all(|histogram| histogram.state != "Blocked: chan receive"));
    assert!(answer.shares.iter().any(|share| share.state == "Blocked: chan receive"));
}

#[test]
fn lanes_of_workers_count_what_ran_on_them() {
    let dataset = small_trace();
    let worker = |row: u64| Scope { tasks: ScopeTasks::Lanes(vec![5 << 56 | row]), ..Scope::default() };
    let on_first = ask(&dataset, worker(0));
    assert_eq!(shares(&on_first), [("Running", 2_500_000, 1000, 2)]);
    assert_eq!((on_first.tasks, on_first.running_max), (2, 1));
    let task = Scope { tasks: ScopeTasks::Lanes(vec![8 << 56, 5 << 56]), ..Scope::default() };
    let both = ask(&dataset, task);
    assert_eq!(both.total_ns, 10 * MS + 1_500_000, "the run of the task on the worker counts once");
}

#[test]
fn an_empty_window_has_nothing() {
    let answer = ask(&small_trace(), window(5_006 * MS, 5_006 * MS));
    assert_eq!((answer.total_ns, answer.tasks, answer.shares.len(), answer.running_max), (0, 0, 0, 0));
}

/// Time by state, tasks, and the most tasks that run at once, one span after the other.
fn plain(dataset: &Dataset, t0: u64, t1: u64) -> (BTreeMap<String, u64>, usize, u32) {
    let (mut by_state, mut tasks, mut edges) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    for row in 0..dataset.spans.len() {
        let span = dataset.span(SpanId(row as u32)).unwrap();
        let (from, to) = (span.start_ns.max(t0), span.end_ns.min(t1));
        if from >= to || span.state == TaskState::Gone {
            continue;
        }
        tasks.insert(span.task);
        let reason = dataset.reasons.get(span.reason.index()).map(|reason| dataset.strings.get(reason.text));
        let state = match span.state {
            TaskState::Blocked => reason.map_or("Blocked".into(), |reason| format!("Blocked: {reason}")),
            TaskState::Syscall if span.worker == WorkerId::NONE => "Syscall, P taken away".into(),
            state => format!("{state:?}"),
        };
        *by_state.entry(state).or_insert(0) += to - from;
        if span.state == TaskState::Running {
            edges.extend([(from, 1), (to, -1)]);
        }
    }
    edges.sort_unstable();
    let mut running = 0;
    let most = edges
        .iter()
        .map(|&(_, step)| {
            running += step;
            running
        })
        .max()
        .unwrap_or(0);
    (by_state, tasks.len(), most as u32)
}

#[test]
fn areas_equal_a_plain_count() {
    let dataset = real();
    let (start, end) = (dataset.facts.start_ns, dataset.facts.end_ns);
    let step = (end - start) / 7;
    for (t0, t1) in [(start, end), (start + step, start + 2 * step), (start + 3 * step, end)] {
        let answer = ask(&dataset, window(t0, t1));
        let (by_state, tasks, running) = plain(&dataset, t0, t1);
        let ours: BTreeMap<String, u64> =
            answer.shares.iter().map(|share| (share.state.clone(), share.ns)).collect();
        assert_eq!(ours, by_state);
        assert_eq!((answer.tasks as usize, answer.running_max), (tasks, running));
        assert_eq!(answer.shares.iter().map(|share| share.per_mille).sum::<u32>(), 1000);
        for histogram in &answer.histograms {
            assert_eq!(histogram.counts.iter().sum::<u64>(), histogram.spans, "{}", histogram.state);
            assert!(histogram.median_ns <= histogram.p99_ns && histogram.p99_ns <= histogram.max_ns);
        }
    }
}

#[test]
fn windows_of_the_goroutine_table_sum_to_the_whole() {
    let dataset = real();
    let middle = (dataset.facts.start_ns + dataset.facts.end_ns) / 2;
    let sum = |t0_ns, t1_ns| {
        let query = GoroutinesQuery {
            scope: Scope { t0_ns, t1_ns, ..Scope::default() },
            ..GoroutinesQuery::default()
        };
        let table = Table::build(&dataset, &query.scope);
        Listing::run(&dataset, &table, &query).window(&dataset, &table, 0, 0).sum
    };
    let (whole, left, right) = (sum(None, None), sum(None, Some(middle)), sum(Some(middle), None));
    assert_eq!(whole.total_ns, left.total_ns + right.total_ns);
    assert_eq!(whole.running_ns, left.running_ns + right.running_ns);
    assert_eq!(whole.blocked_ns, left.blocked_ns + right.blocked_ns);
    assert!(left.running_ns > 0 && right.running_ns > 0);
}
