//! `goroutines` and `blocking`: the numbers of Go's own tool, from the truth file of a trace.

use serde_json::{Value, json};
use taskscope_proto::load;

use super::support::{collector, fixture, listing, read_fixture};

fn trace() -> String {
    fixture("trace/go1.26.6.bin").display().to_string()
}

fn truth() -> Value {
    serde_json::from_slice(&read_fixture("trace/go1.26.6.goroutines.json")).unwrap()
}

/// Count and ns of all stacks of a profile in the truth file.
fn sum(profile: &Value) -> (u64, u64) {
    let stacks = profile.as_object().unwrap().values();
    stacks.fold((0, 0), |sum, stack| (sum.0 + stack[0].as_u64().unwrap(), sum.1 + stack[1].as_u64().unwrap()))
}

#[test]
fn goroutines_have_go_s_numbers() {
    let ours = collector(&["goroutines", &trace(), "--by", "goroutine", "--json"]).run().json();
    let (ours, truth) = (ours["goroutines"].as_array().unwrap(), truth());
    let go = truth["goroutines"].as_array().unwrap();
    assert_eq!(ours.len(), go.len());
    for go in go {
        let ours = ours.iter().find(|row| row["id"] == go["id"]).unwrap();
        let pair = |key: &str| (ours[key].clone(), go["name"].clone());
        assert_eq!((&ours["name"], &ours["total_ns"]), (&go["name"], &go["total"]), "{:?}", pair("id"));
        assert_eq!((&ours["execution_ns"], &ours["sched_wait_ns"]), (&go["exec"], &go["sched"]));
        let block = go.get("block").cloned().unwrap_or(json!({}));
        assert_eq!(ours["block_ns"], block);
    }
}

#[test]
fn groups_are_listed_by_execution_time() {
    let text = collector(&["goroutines", &trace(), "-n", "2"]).run().ok();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("101 goroutines of "), "{text}");
    assert!(lines[2].trim_start().starts_with("count") && lines[2].ends_with("entry"), "{text}");
    assert_eq!(lines.len(), 6, "{text}");
    assert!(lines[5].ends_with("more; -n N shows N rows"), "{text}");
    let none = collector(&["goroutines", &trace(), "--group", "main.nothing"]).run().ok();
    assert!(none.starts_with("0 goroutines of 0 entry functions"), "{none}");
}

#[test]
fn a_window_and_a_group_leave_less() {
    let total = |rest: &[&str]| {
        let answer = collector(&[&["goroutines", &trace(), "--json"], rest].concat()).run().json();
        let rows = answer["goroutines"].as_array().unwrap().clone();
        rows.iter().map(|row| row["total_ns"].as_u64().unwrap()).sum::<u64>()
    };
    let (whole, part) = (total(&[]), total(&["--from", "10ms", "--to", "60ms"]));
    assert!(0 < part && part < whole);
    assert!(total(&["--group", "/^net/http/"]) < whole);
}

#[test]
fn blocking_profiles_sum_to_go_s() {
    let truth = truth();
    for kind in ["net", "sync", "syscall", "sched"] {
        let report = collector(&["blocking", &trace(), "--kind", kind, "--json"]).run().json();
        let ours = (report["contentions"].as_u64().unwrap(), report["total"].as_u64().unwrap());
        assert_eq!(ours, sum(&truth["profiles"][kind]), "{kind}");
        assert_eq!((&report["kind"], &report["unit"]), (&json!(kind), &json!("nanoseconds")));
    }
    let scheduler = collector(&["blocking", &trace(), "--kind", "scheduler"]).run().ok();
    assert!(scheduler.starts_with("sched: "), "{scheduler}");
}

#[test]
fn a_saved_profile_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["blocking", &trace(), "-k", "sync", "-o", "sync.pb.gz"];
    let path = collector(&arguments).dir(dir.path()).run().ok();
    assert_eq!(path.trim_end().rsplit('/').next(), Some("sync.pb.gz"));
    let bytes = std::fs::read(dir.path().join("sync.pb.gz")).unwrap();
    let profile = load::load(bytes).unwrap().swap_remove(0).dataset;
    let column = |at: usize| profile.samples.columns[at].values.iter().sum::<i64>() as u64;
    assert_eq!((column(0), column(1)), sum(&truth()["profiles"]["sync"]));
    let top = collector(&["top", "sync.pb.gz", "--json"]).dir(dir.path()).run().json();
    assert_eq!(top["sample_type"], json!("delay"));
    collector(&arguments).dir(dir.path()).run().fails(1, &["sync.pb.gz exists", "--force"]);
    assert_eq!(listing(&dir), ["sync.pb.gz"]);
}

#[test]
fn what_cannot_be_asked_is_said() {
    let dump = fixture("dump/go1.26.6.goroutine.debug2.txt").display().to_string();
    collector(&["goroutines", &dump]).run().fails(1, &["execution trace"]);
    collector(&["blocking", &trace()]).run().fails(2, &["--kind"]);
    collector(&["goroutines", &trace(), "--group", "/(/"]).run().fails(2, &["regular expression"]);
    let window = ["goroutines", &trace(), "--from", "2s", "--to", "1s"];
    collector(&window).run().fails(2, &["--to must be later"]);
    let both = ["blocking", &trace(), "-k", "net", "--json", "-o", "x"];
    collector(&both).run().fails(2, &["choose one"]);
}
