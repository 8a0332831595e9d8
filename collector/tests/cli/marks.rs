//! `tasks`, `task`, `regions` and `why` over a trace of requests that queue for two workers; its numbers
//! are compared with Go's in the engine's tests. Texts are snapshots in `tests/cli/marks/`; `UPDATE=1`
//! rewrites them.

use std::path::Path;

use serde_json::{Value, json};

use super::support::{Outcome, collector, fixture};

fn on_trace(verb: &str, arguments: &[&str]) -> Outcome {
    let trace = fixture("../../../engine/tests/data/user_tasks/tasks.trace");
    let folder = trace.parent().unwrap();
    collector(&[&[verb, "tasks.trace"], arguments].concat()).dir(folder).run()
}

fn json_of(verb: &str, arguments: &[&str]) -> Value {
    on_trace(verb, &[arguments, &["--json"]].concat()).json()
}

/// Compares with the stored text, or stores it.
fn check(name: &str, outcome: Outcome) {
    let text = outcome.ok();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/marks").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, stored, "{} differs; UPDATE=1 rewrites it", path.display());
    assert!(!text.contains('\u{1b}'), "colour off a terminal");
}

#[test]
fn texts_are_as_stored() {
    check("tasks", on_trace("tasks", &["-n", "5"]));
    check("tasks-open", on_trace("tasks", &["--incomplete"]));
    check("regions", on_trace("regions", &["--type", "/^u|fetch/", "--min", "2ms"]));
    check("task", on_trace("task", &["23"]));
    check("why-task", on_trace("why", &["--task", "2", "-n", "8"]));
    check("why-region", on_trace("why", &["--region", "update", "--nth", "2"]));
    check("why-goroutine", on_trace("why", &["-g", "11", "--from", "6.9ms", "--to", "8ms"]));
}

#[test]
fn json_is_complete() {
    let tasks = json_of("tasks", &[]);
    assert_eq!((tasks["all"].clone(), tasks["tasks"].as_array().unwrap().len()), (json!(30), 30));
    assert_eq!(tasks["types"][0]["name"], json!("request"));
    let missed = json_of("tasks", &["--log", "miss"]);
    assert_eq!(missed["matching"], json!(5));
    let open = json_of("tasks", &["--incomplete"]);
    assert_eq!(open["tasks"][0]["name"], json!("forgotten"));
    let task = json_of("task", &["23"]);
    assert_eq!((task["task"]["id"].clone(), task["children"].as_array().unwrap().len()), (json!(23), 4));
    let regions = json_of("regions", &["--type", "await"]);
    assert_eq!((regions["matching"].clone(), regions["types"].as_array().unwrap().len()), (json!(24), 1));
    let why = json_of("why", &["--task", "23"]);
    let sum = |list: &str, key: &str| -> u64 {
        why[list].as_array().unwrap().iter().map(|row| row[key].as_u64().unwrap()).sum()
    };
    assert_eq!((sum("states", "ns"), sum("causes", "ns")), (472_192, 472_192));
    assert_eq!((sum("states", "per_mille"), sum("causes", "per_mille")), (1000, 1000));
    assert_eq!(why["segments_all"], json!(why["segments"].as_array().unwrap().len()));
}

#[test]
fn what_is_not_there_is_said() {
    on_trace("task", &["99"]).fails(1, &["no user task 99", "collector tasks"]);
    on_trace("why", &["--task", "99"]).fails(1, &["no user task 99"]);
    on_trace("why", &["--region", "update", "--nth", "25"]).fails(1, &["\"update\" number 25"]);
    on_trace("why", &["--goroutine", "999"]).fails(1, &["goroutine 999", "start of the trace"]);
    on_trace("why", &[]).fails(2, &["--goroutine", "--task", "--region"]);
    on_trace("why", &["--task", "1", "--from", "1s"]).fails(2, &["--from", "--task"]);
    on_trace("tasks", &["--type", "/(/"]).fails(2, &["regular expression"]);
    on_trace("tasks", &["--min", "soon"]).fails(2, &["--min"]);
    let profile = fixture("pprof/go1.26.6.heap.pb.gz");
    let no_trace = collector(&["why", profile.to_str().unwrap(), "--task", "1"]).run();
    no_trace.fails(1, &["no events over time", "inspect"]);
    for verb in ["tasks", "regions"] {
        collector(&[verb, profile.to_str().unwrap()]).run().fails(1, &["runtime/trace.", "inspect"]);
    }
}
