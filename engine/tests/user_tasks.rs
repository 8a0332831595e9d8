//! User tasks and regions of real traces, held against what `go tool trace` says of them
//! (`data/user_tasks/truth.py`).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use serde_json::{Value, json};
use taskscope_engine::analysis::user_tasks::{self, Listing, UserIndex};
use taskscope_engine::api::*;
use taskscope_proto::Dataset;
use taskscope_proto::load::load;

fn dataset(path: &str) -> Dataset {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    load(std::fs::read(path).unwrap()).unwrap().remove(0).dataset
}

fn tasks_trace() -> (Dataset, UserIndex, Value) {
    let dataset = dataset("tests/data/user_tasks/tasks.trace");
    let truth = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/user_tasks/tasks.truth.json");
    let truth = serde_json::from_str(&std::fs::read_to_string(truth).unwrap()).unwrap();
    let index = UserIndex::build(&dataset);
    (dataset, index, truth)
}

fn all_types(dataset: &Dataset, index: &UserIndex, marked: Marked) -> MarkTypesAnswer {
    user_tasks::types(dataset, index, &MarkTypesQuery { marked, count: 100, ..MarkTypesQuery::default() })
}

fn list(dataset: &Dataset, index: &UserIndex, query: &MarksQuery) -> MarksAnswer {
    Listing::run(dataset, index, query).window(dataset, index, 0, 1000)
}

/// Go prints edges cut to whole ns, µs or better.
fn check_buckets(durations: &Durations, truth: &Value) {
    assert_eq!(json!(durations.buckets), truth["counts"]);
    let edge = durations.edges_ns.first().map(|&ns| ns as f64);
    let printed = truth["from"].as_f64();
    let close = edge.zip(printed).is_none_or(|(edge, printed)| edge >= printed && edge <= printed + 1.0);
    assert!(close && edge.is_some() == printed.is_some(), "{edge:?} {printed:?}");
}

#[test]
fn task_types_durations_and_histograms_equal_gos() {
    let (dataset, index, truth) = tasks_trace();
    let types = all_types(&dataset, &index, Marked::Tasks);
    assert_eq!(types.rows.len(), truth["tasks"].as_object().unwrap().len());
    for row in &types.rows {
        let truth = &truth["tasks"][&row.name];
        assert_eq!(json!(row.count), truth["count"], "{}", row.name);
        check_buckets(&row.durations, &truth["buckets"]);
        let query = MarksQuery { of_type: Some(row.key), sort: MarkSort::Id, ..MarksQuery::default() };
        let listed = list(&dataset, &index, &query).tasks;
        let theirs = truth["tasks"].as_array().unwrap();
        assert_eq!(listed.len(), theirs.len());
        for (task, theirs) in listed.iter().zip(theirs) {
            assert_eq!(
                (json!(task.id), json!(task.complete)),
                (theirs["id"].clone(), theirs["complete"].clone())
            );
            if task.complete {
                assert_eq!(json!(task.end_ns - task.start_ns), theirs["ns"], "task {}", task.id);
            }
            let page =
                user_tasks::page(&dataset, &index, UserTaskQuery { row: task.row, count: 100 }).unwrap();
            // Go counts an event for each end of task and regions that was seen, and each log.
            let ends = u32::from(task.begun) + u32::from(task.ended);
            let region_ends: u32 = page.regions.iter().map(|region| 1 + u32::from(region.complete)).sum();
            assert_eq!(json!(ends + region_ends + page.task.logs), theirs["events"], "task {}", task.id);
        }
    }
}

#[test]
fn regions_and_what_happened_in_them_equal_gos() {
    let (dataset, index, truth) = tasks_trace();
    let types = all_types(&dataset, &index, Marked::Regions);
    assert_eq!(types.rows.len(), truth["regions"].as_object().unwrap().len());
    for row in &types.rows {
        let truth = &truth["regions"][&row.name];
        assert!(row.place.starts_with(truth["root"].as_str().unwrap()), "{}", row.place);
        assert_eq!(json!(row.count), truth["count"]);
        check_buckets(&row.durations, &truth["buckets"]);
        assert_eq!(row.states.iter().map(|state| state.ns).sum::<u64>(), row.durations.total_ns);
        assert_eq!(row.states.iter().map(|state| state.per_mille).sum::<u32>(), 1000);
        let query = MarksQuery { marked: Marked::Regions, of_type: Some(row.key), ..MarksQuery::default() };
        let mut regions = list(&dataset, &index, &query).regions;
        regions.sort_by_key(|region| (region.task, region.goroutine_id, region.end_ns - region.start_ns));
        let ours = regions.iter().map(|region| {
            let states = region.states.iter().map(|state| (state.state.clone(), json!(state.ns)));
            json!({
                "goroutine": region.goroutine_id,
                "task": region.task.map(|(_, id)| id),
                "ns": region.end_ns - region.start_ns,
                "states": states.collect::<serde_json::Map<_, _>>(),
            })
        });
        let theirs = truth["regions"].as_array().unwrap();
        assert_eq!(&ours.collect::<Vec<_>>(), theirs, "{}", row.name);
    }
}

#[test]
fn lists_filter_sort_and_window() {
    let (dataset, index, _) = tasks_trace();
    let ask = |query: MarksQuery| list(&dataset, &index, &query);
    let everything = ask(MarksQuery::default());
    assert_eq!((everything.all, everything.matching, everything.tasks.len()), (30, 30, 30));
    let lengths: Vec<u64> = everything.tasks.iter().map(|task| task.end_ns - task.start_ns).collect();
    assert!(lengths.is_sorted_by(|a, b| a >= b), "{lengths:?}");

    let open = ask(MarksQuery { complete: Some(false), ..MarksQuery::default() });
    assert_eq!(open.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>(), ["forgotten"]);
    let missed = ask(MarksQuery { log: "miss".into(), ..MarksQuery::default() });
    assert_eq!((missed.matching, missed.durations.count), (5, 5));
    let slow = ask(MarksQuery { search: "/^req/".into(), min_ns: Some(6_000_000), ..MarksQuery::default() });
    assert!(slow.matching > 0 && slow.durations.min_ns >= 6_000_000, "{slow:?}");
    let bad = ask(MarksQuery { search: "/(/".into(), ..MarksQuery::default() });
    assert!(bad.search_error.contains("regular expression") && bad.tasks.is_empty());

    let query = MarksQuery { sort: MarkSort::Start, reversed: true, ..MarksQuery::default() };
    let listing = Listing::run(&dataset, &index, &query);
    assert!(listing.answers(&MarksQuery { first: 5, count: 7, ..query.clone() }));
    let (whole, window) = (listing.window(&dataset, &index, 0, 30), listing.window(&dataset, &index, 28, 7));
    assert_eq!(whole.tasks[28..], window.tasks);
    assert!(whole.tasks.is_sorted_by(|a, b| a.start_ns >= b.start_ns));
}

#[test]
fn a_page_has_family_workers_and_logs() {
    let (dataset, index, _) = tasks_trace();
    let batch = list(&dataset, &index, &MarksQuery { search: "batch".into(), ..MarksQuery::default() });
    let query = |row| UserTaskQuery { row, count: 100 };
    let page = user_tasks::page(&dataset, &index, query(batch.tasks[0].row)).unwrap();
    assert_eq!(page.children.iter().map(|task| task.name.as_str()).collect::<Vec<_>>(), ["part"; 4]);
    let why: Vec<&str> = page.goroutines.iter().map(|worker| worker.why.as_str()).collect();
    assert_eq!(why[0], "began the task · 1 region");
    assert_eq!(why[1..], ["created in a region of it"; 4]);
    for worker in &page.goroutines {
        let sum: u64 = worker.states.iter().map(|state| state.ns).sum();
        assert_eq!(sum, worker.end_ns - worker.start_ns, "{worker:?}");
    }
    let part = user_tasks::page(&dataset, &index, query(page.children[0].row)).unwrap();
    assert_eq!(part.parent.unwrap().id, page.task.id);
    assert_eq!(part.logs[0].message, "done");
    let span = dataset.span(taskscope_proto::model::SpanId(part.logs[0].place.span.unwrap())).unwrap();
    assert!((span.start_ns..=span.end_ns).contains(&part.logs[0].time_ns));
    assert!(user_tasks::page(&dataset, &index, query(9999)).is_none());
}

#[test]
fn the_corpus_has_its_requests() {
    for version in
        ["go1.19", "go1.21.13", "go1.22.10", "go1.23.9", "go1.24.11", "go1.25.5", "go1.26.6", "go1.27.3"]
    {
        let dataset = dataset(&format!("../proto/tests/data/trace/{version}.bin"));
        let index = UserIndex::build(&dataset);
        let types = all_types(&dataset, &index, Marked::Tasks);
        let counts = dataset.trace_counts.as_ref().unwrap();
        assert_eq!(u64::from(types.marks), counts.user_tasks, "{version}");
        assert_eq!(types.rows[0].name, "request", "{version}");
        let regions =
            list(&dataset, &index, &MarksQuery { marked: Marked::Regions, ..MarksQuery::default() });
        for region in &regions.regions {
            let sum: u64 = region.states.iter().map(|state| state.ns).sum();
            assert_eq!(sum, region.end_ns - region.start_ns, "{version} {region:?}");
        }
    }
}
