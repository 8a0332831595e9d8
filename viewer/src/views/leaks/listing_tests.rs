//! Filtering, sorting, moving and issue text.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use taskscope_engine::api::{FrameText, Mark};

use super::*;

fn group(count: u64, verdict: Verdict, entry: &str, median: Option<u64>) -> LeakGroup {
    LeakGroup {
        count,
        state: "chan receive (nil chan)".into(),
        mark: Mark::Sync,
        growth: None,
        place: None,
        entry: entry.into(),
        spawned_at: "main.leak in main.go:70".into(),
        blocked_at: "main.wait main.go:81".into(),
        wait_ns: median,
        median_wait_ns: median,
        verdict,
        cause: Default::default(),
        why: "A receive from a nil channel never ends".into(),
        evidence: Vec::new(),
        frames: vec![FrameText {
            function: "main.wait".into(),
            location: "main.go:81".into(),
            own: true,
            inlined: false,
        }],
        spawn_frames: Vec::new(),
        task_ids: vec![48_213],
    }
}

fn groups() -> Vec<LeakGroup> {
    vec![
        group(3, Verdict::Certain, "main.nilReceive", Some(60_000_000_000)),
        group(9, Verdict::Likely, "main.worker", None),
        group(5, Verdict::Possible, "net/http.(*conn).serve", Some(90_000_000_000)),
        group(1, Verdict::Explained, "main.main", None),
    ]
}

fn listed(kept: &Kept, search: &str) -> Listing {
    Listing::new(&groups(), kept, &Matcher::new(search).unwrap())
}

#[test]
fn explained_groups_are_apart_and_hidden_verdicts_gone() {
    let all = listed(&Kept::default(), "");
    assert_eq!((all.suspects, all.explained), (vec![0, 1, 2], vec![3]));
    let kept = Kept { hidden: vec![Verdict::Likely], ..Kept::default() };
    assert_eq!(listed(&kept, "").suspects, [0, 2]);
}

#[test]
fn rows_are_sorted_as_asked() {
    let sorted = |sort| listed(&Kept { sort, ..Kept::default() }, "").suspects;
    assert_eq!(sorted(Sort::Count), [1, 2, 0]);
    assert_eq!(sorted(Sort::Age), [2, 0, 1]);
}

#[test]
fn names_stacks_and_ids_are_searched() {
    assert_eq!(listed(&Kept::default(), "WORKER").suspects, [1]);
    assert_eq!(listed(&Kept::default(), "/^main\\.nil/").suspects, [0]);
    assert_eq!(listed(&Kept::default(), "48213").suspects, [0, 1, 2]);
    assert_eq!(listed(&Kept::default(), "main.main").explained, [3]);
}

#[test]
fn moving_stops_at_the_ends_and_starts_at_the_top() {
    let listing = listed(&Kept::default(), "");
    let first = Kept::default().moved(&listing, -1);
    assert_eq!(first.selected, Some(0));
    assert_eq!(first.moved(&listing, -1).selected, Some(0));
    let last = first.moved(&listing, 1).moved(&listing, 1).moved(&listing, 1);
    assert_eq!(last.selected, Some(2));
    assert_eq!(last.moved(&Listing::default(), 1).selected, None);
}

#[test]
fn a_wait_that_cannot_be_read_keeps_the_last_one() {
    let selected = Kept { selected: Some(1), ..Kept::default() };
    let typing = selected.with_wait("5 x".into());
    assert_eq!((typing.min_wait_ns, typing.selected), (60_000_000_000, Some(1)));
    let typed = typing.with_wait("5 m".into());
    assert_eq!((typed.min_wait_ns, typed.selected), (300_000_000_000, None));
}

#[test]
fn names_are_split_where_people_look() {
    assert_eq!(split_function("net/http.(*conn).serve"), ("net/http.", "(*conn).serve"));
    assert_eq!(split_function("main.leak.func1"), ("main.", "leak.func1"));
    assert_eq!(split_function("ingest::session::Session::run"), ("ingest::session::", "Session::run"));
    assert_eq!(split_function("github.com/a/b.v2.F"), ("github.com/a/b.", "v2.F"));
    assert_eq!(split_function("main"), ("", "main"));
    assert_eq!(split_site("main.leak in main.go:70"), ("main.leak", "main.go:70"));
    assert_eq!(split_site("main.wait main.go:81"), ("main.wait", "main.go:81"));
    assert_eq!(split_site(""), ("", ""));
}

#[test]
fn an_issue_text_says_what_where_and_why() {
    let text = issue_text(&groups()[0]);
    assert_eq!(
        text,
        "3 tasks leaked: main.nilReceive\n\
         spawned at main.leak in main.go:70\n\
         waiting in chan receive (nil chan) at main.wait main.go:81\n\
         longest wait 1 m 00 s\n\
         certain: A receive from a nil channel never ends\n\
         stack:\n  main.wait main.go:81\n"
    );
    assert!(
        issue_text(&group(1, Verdict::Likely, "", None))
            .starts_with("1 task looks leaked: unknown function\n")
    );
}
