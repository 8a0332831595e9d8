//! `findings`, `gctrace`, `mmu`, `latency` and `leaks --blocked-for` over traces of Go.

use serde_json::{Value, json};

use super::support::{collector, fixture};

fn trace(name: &str) -> String {
    fixture(&format!("trace/{name}")).to_str().unwrap().to_owned()
}

fn json_of(arguments: &[&str]) -> Value {
    collector(&[arguments, &["--json"]].concat()).run().json()
}

#[test]
fn findings_name_evidence_threshold_and_place() {
    // Two Ps play ping-pong so well that nobody else runs.
    let starving = trace("go1.27.3.bin");
    let report = json_of(&["findings", &starving]);
    let starved =
        report["findings"].as_array().unwrap().iter().find(|found| found["kind"] == "starved-tasks");
    let starved = starved.unwrap();
    assert_eq!((&starved["verdict"], &starved["count"]), (&json!("likely"), &json!(7)));
    assert!(starved["places"][0]["place"]["span"].is_u64(), "{starved}");
    assert_eq!(report["checks"].as_array().unwrap().len(), 11);
    let text = collector(&["findings", &starving]).run().ok();
    for part in [
        "2 findings, by a trace of 126.6 ms with 2 Ps",
        "7 tasks are starved · likely",
        "Counts ready 10 times",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let failing = collector(&["findings", &starving, "--fail-on", "likely"]).run();
    assert_eq!(failing.code, Some(1));
    assert!(failing.stderr.contains("1 finding is at least likely") && failing.stdout.contains("starved"));
    assert_eq!(collector(&["findings", &starving, "--fail-on", "certain"]).run().code, Some(0));
}

#[test]
fn a_healthy_trace_says_what_was_checked() {
    let text = collector(&["findings", &trace("go1.25.5.bin"), "--fail-on", "possible"]).run().ok();
    assert!(text.starts_with("Nothing odd was found, by a trace of 129 ms with 2 Ps\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("ok ")).count(), 11, "{text}");
}

#[test]
fn collections_and_stops_are_those_that_go_counts() {
    let file = trace("go1.25.5.bin");
    let truth: Value =
        serde_json::from_slice(&super::support::read_fixture("trace/go1.25.5.truth.json")).unwrap();
    let report = json_of(&["gctrace", &file]);
    // Five begun in it, and one that was under way.
    assert_eq!(report["collections"], json!(6));
    for stop in report["stops"].as_array().unwrap() {
        let name = format!("RangeBegin:stop-the-world ({})", stop["kind"].as_str().unwrap());
        assert_eq!(stop["count"], truth["ranges"][&name], "{name}");
    }
    let text = collector(&["gctrace", &file]).run().ok();
    assert!(text.starts_with("6 collections in 129 ms took 13.9 % of 2 P\n"), "{text}");
    for part in ["debug.FreeOSMemory", "heap", "runtime.GC", "began before the trace", "GC mark termination"]
    {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn utilisation_depends_on_what_counts() {
    let file = trace("go1.25.5.bin");
    let mean = |flags: &str| json_of(&["mmu", &file, "--flags", flags])["mean"].as_f64().unwrap();
    let (all, stops) = (mean("stw,background,assist"), mean("stw"));
    assert!(all < stops && stops < 1.0 && mean("stw,background,assist,sweep") < all);
    assert!((json_of(&["mmu", &file])["mean"].as_f64().unwrap() - all).abs() < 1e-12);
    let report = json_of(&["mmu", &file, "--window", "1ms"]);
    assert_eq!(report["worst_of_ns"], json!(1_000_000));
    assert_eq!(report["minimum"].as_array().unwrap().len(), report["lengths_ns"].as_array().unwrap().len());
    let text = collector(&["mmu", &file]).run().ok();
    assert!(text.starts_with("The program has 87.2 % of the CPU over 129 ms, counting stops"), "{text}");
    assert!(text.contains("\n 10 ms  43.5 %  43.5 %"), "{text}");
    collector(&["mmu", &file, "--flags", "naps"]).run().fails(2, &["naps", "background"]);
}

#[test]
fn latency_has_every_wait_in_its_histogram() {
    let file = trace("go1.26.6.bin");
    let report = json_of(&["latency", &file]);
    let all = &report["series"][0];
    let sum: u64 = all["counts"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!((json!(sum), &all["name"]), (all["count"].clone(), &json!("all")));
    assert_eq!(report["longest"][0]["wait_ns"], all["max_ns"]);
    let text = collector(&["latency", &file]).run().ok();
    assert!(text.contains("preempted or yielded") && text.contains("\nLongest\n"), "{text}");
}

#[test]
fn files_without_events_over_time_are_refused() {
    let profile = fixture("pprof/go1.26.6.heap.pb.gz");
    for verb in ["findings", "gctrace", "mmu", "latency"] {
        let outcome = collector(&[verb, profile.to_str().unwrap()]).run();
        outcome.fails(1, &["no events over time", "execution trace", "collector inspect"]);
    }
}

#[test]
fn leaks_of_a_trace_have_growth_and_a_cut_off() {
    let file = trace("go1.26.6.bin");
    let verdicts = |arguments: &[&str]| {
        let report = json_of(&[&["leaks", file.as_str()], arguments].concat());
        let groups = report["groups"].as_array().unwrap().clone();
        groups.iter().filter(|group| group["verdict"] != "explained").count()
    };
    let text = collector(&["leaks", &file]).run().ok();
    assert!(text.contains("blocked at"), "{text}");
    // Nothing but proof is left where nothing can have been blocked for so long.
    let (all, proven) = (verdicts(&[]), verdicts(&["--blocked-for", "10m"]));
    assert!(proven < all && proven > 0, "{proven} of {all}");
    collector(&["leaks", &file, "--blocked-for", "ever"]).run().fails(2, &["--blocked-for"]);
}
