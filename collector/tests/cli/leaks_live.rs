//! `leaks` of a running Rust program: every planted kind is found and named right, and a healthy program under
//! load has none.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rust::Sample;

/// Names of the sample's tasks that are planted, and the cause that must be found.
const PLANTED: [(&str, &str); 6] = [
    ("unwakeable", "unwakeable"),
    ("lost waker", "lost-waker"),
    ("subscriber", "growing-site"),
    ("lock waiter", "lock"),
    ("join", "join"),
    ("old", "old"),
];

/// Who else never ends because of them.
const ACCOMPLICES: [&str; 2] = ["lock holder", "never ends"];

const LOOKS: [&str; 7] = ["--for", "3s", "--older-than", "2s", "--looks", "3", "--json"];

/// Suspect groups of a sample: the names of the tasks, with cause and count.
fn suspects(arguments: &[&str]) -> BTreeMap<String, (String, u64)> {
    let sample = Sample::of("sample", arguments);
    let answer = sample.call("leaks", &LOOKS).run().json();
    let groups = answer["groups"].as_array().unwrap();
    assert!(!groups.is_empty(), "it has tasks");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let suspect = groups.iter().filter(|group| group["verdict"] != "explained");
    suspect
        .map(|group| (text(&group["entry"]), (text(&group["cause"]), group["count"].as_u64().unwrap())))
        .collect()
}

fn every_planted_kind_is_found() {
    let mut found = suspects(&["--load", "--clients", "4", "--leak", "all", "--leaks", "5"]);
    for (name, cause) in PLANTED {
        let (named, count) = found.remove(name).unwrap_or_else(|| panic!("{name} is missing: {found:?}"));
        assert_eq!(named, cause, "{name}");
        assert!(if name == "subscriber" { count > 10 } else { count == 5 }, "{count} × {name}");
    }
    found.retain(|name, _| !ACCOMPLICES.contains(&name.as_str()));
    assert!(found.is_empty(), "besides: {found:?}");
}

fn a_healthy_program_has_none() {
    let found = suspects(&["--load", "--clients", "4"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn planted_leaks_are_found_and_named() {
    every_planted_kind_is_found();
}

#[test]
fn a_healthy_program_under_load_has_no_leaks() {
    a_healthy_program_has_none();
}

/// `TASKSCOPE_SLOW=1 cargo test -p taskscope-collector --test cli ten_runs`
#[test]
fn ten_runs_agree() {
    if std::env::var_os("TASKSCOPE_SLOW").is_none() {
        return;
    }
    for _ in 0..10 {
        every_planted_kind_is_found();
        a_healthy_program_has_none();
    }
}

#[test]
fn text_says_why() {
    let sample = Sample::of("sample", &["--leak", "unwakeable", "--leaks", "2"]);
    let text = sample.call("leaks", &["--looks", "1"]).run().ok();
    for part in ["tasks are suspect", "2 × no waker · certain", "nothing can wake them", "leaks.rs:"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn a_process_that_is_none_is_explained() {
    super::support::collector(&["leaks", "127.0.0.1:1"]).run().fails(1, &["127.0.0.1:1"]);
    super::support::collector(&["leaks", "no/such/file"]).run().fails(1, &["no/such/file"]);
    super::support::collector(&["leaks", "4711", "--looks", "0"]).run().fails(2, &["--looks"]);
}
