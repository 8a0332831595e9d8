//! Sessions where a browser runs them: 32-bit `usize`, no files, no clock. `cargo xtask test` runs this in Node.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a failing step is the failure of the test")]

use taskscope_engine::api::{
    Answer, FileFacts, FlameSource, LeaksQuery, MinimapQuery, Request, Scope, TopQuery, TopSort, Verdict,
    View,
};
use taskscope_engine::session::{Opening, Session};
use wasm_bindgen_test::wasm_bindgen_test;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/tests/data/", $name)).as_slice()
    };
}

/// Opens one file in a new session, and answers its number and facts.
fn open(name: &str, bytes: &[u8]) -> (Session, u32, FileFacts) {
    let mut session = Session::new();
    let file = session.open(name, bytes.to_vec());
    let part = loop {
        match session.step(file) {
            Opening::Working { .. } => {}
            Opening::Open(parts) => break parts[0].part,
            Opening::Failed(error) => panic!("{}: {}", error.title, error.body),
        }
    };
    let Answer::Facts(facts) = session.ask(part, &Request::Facts) else { panic!("no facts") };
    assert_eq!(facts.name, name);
    (session, part, facts)
}

#[wasm_bindgen_test]
fn a_trace_has_a_timeline() {
    let (mut session, part, facts) = open("server.trace", fixture!("trace/go1.26.6.bin"));
    assert_eq!(facts.views[0], View::Timeline);
    let (first, last) = facts.span_ns.unwrap();
    assert!(last > first);
    let Answer::Minimap(map) = session.ask(part, &Request::Minimap(MinimapQuery { columns: 200 })) else {
        panic!("no minimap")
    };
    assert_eq!(map.running.len(), 200);
    assert!(map.running.iter().any(|running| *running > 0.0));
}

#[wasm_bindgen_test]
fn a_profile_has_a_top_table() {
    let (mut session, part, facts) = open("heap", fixture!("pprof/go1.26.6.heap.pb.gz"));
    assert_eq!(facts.sample_types.len(), 4);
    let query = TopQuery {
        source: FlameSource::Samples(3),
        scope: Scope::default(),
        sort: TopSort::Flat,
        search: String::new(),
        first: 0,
        count: 10,
    };
    let Answer::Top(top) = session.ask(part, &Request::Top(query)) else { panic!("no table") };
    assert_eq!(top.rows.len(), 10);
    assert!(top.rows.windows(2).all(|pair| pair[0].flat >= pair[1].flat));
}

#[wasm_bindgen_test]
fn a_dump_has_its_leaks() {
    let (mut session, part, facts) = open("stacks", fixture!("dump/go1.26.6.goroutine.debug2.txt"));
    assert!(facts.views.contains(&View::Leaks));
    let Answer::Leaks(leaks) = session.ask(part, &Request::Leaks(LeaksQuery::default())) else {
        panic!("no leaks")
    };
    let threes = leaks.groups.iter().filter(|group| group.count == 3 && group.verdict != Verdict::Explained);
    assert!(threes.count() >= 9, "nine kinds, three of each");
}

#[wasm_bindgen_test]
fn a_text_is_refused_with_a_reason() {
    let mut session = Session::new();
    let file = session.open("notes.txt", b"milk\nbread\n".to_vec());
    let error = loop {
        match session.step(file) {
            Opening::Working { .. } => {}
            Opening::Open(_) => panic!("notes are no trace"),
            Opening::Failed(error) => break error,
        }
    };
    assert!(!error.title.is_empty() && !error.body.is_empty());
}
