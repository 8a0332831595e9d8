//! Leaks of Rust tasks: the causes that the agent's counts show, and what several looks tell.

use std::fmt::Write as _;

use taskscope_engine::analysis::leaks;
use taskscope_engine::api::{LeakCause, LeakGroup, LeaksAnswer, LeaksQuery, Verdict};
use taskscope_proto::Dataset;
use taskscope_proto::load;

const SECOND: u64 = 1_000_000_000;

/// A task as the agent writes it.
struct Task {
    id: u64,
    state: &'static str,
    labels: &'static str,
    polls: u64,
    waiting_ms: u64,
    wakers: u64,
    registered: u64,
    frames: &'static [&'static str],
    site: u32,
}

const WAITS: Task = Task {
    id: 1,
    state: "chan receive",
    labels: "name: task, ",
    polls: 1,
    waiting_ms: 100,
    wakers: 1,
    registered: 1,
    frames: &["tokio::sync::mpsc::chan::Rx<T,S>::recv", "shop::work::{{closure}}"],
    site: 10,
};

const LOCK: &[&str] = &[
    "<tokio::sync::batch_semaphore::Acquire as core::future::future::Future>::poll",
    "tokio::sync::mutex::Mutex<T>::lock::{{closure}}",
    "shop::take::{{closure}}",
];
/// The same in a release build.
const INLINED: &[&str] = &[LOCK[0], LOCK[2]];
const JOIN: &[&str] =
    &["<tokio::runtime::task::join::JoinHandle<T> as core::future::future::Future>::poll", "shop::wait"];

fn dump(tasks: &[Task]) -> Dataset {
    let mut text = String::new();
    for task in tasks {
        let Task { id, state, labels, polls, waiting_ms, wakers, registered, .. } = task;
        writeln!(
            text,
            "goroutine {id} [{state}] {{{labels}polls: {polls}, registered: {registered}, \
             type: \"shop::work\", waiting_ms: {waiting_ms}, wakers: {wakers}}}:"
        )
        .expect("a string");
        for frame in task.frames {
            writeln!(text, "{frame}()\n\t/bin/shop:0 +0x10 pc=0x10").expect("a string");
        }
        writeln!(text, "created by shop::main\n\tsrc/main.rs:{}\n", task.site).expect("a string");
    }
    load::load(text.into_bytes()).expect("a dump").remove(0).dataset
}

fn only(answer: &LeaksAnswer) -> &LeakGroup {
    assert_eq!(answer.groups.len(), 1, "{:#?}", answer.groups);
    &answer.groups[0]
}

fn judged(task: Task) -> (Verdict, LeakCause) {
    let dump = dump(&[task]);
    let answer = leaks::leaks(&dump, &LeaksQuery::default());
    (only(&answer).verdict, only(&answer).cause)
}

#[test]
fn a_task_without_waker_is_certain_and_says_which_way() {
    let never = Task { wakers: 0, registered: 0, frames: &[], state: "select (no cases)", ..WAITS };
    assert_eq!(judged(never), (Verdict::Certain, LeakCause::Unwakeable));
    let lost = Task { wakers: 0, registered: 2, frames: &[], state: "select (no cases)", ..WAITS };
    assert_eq!(judged(lost), (Verdict::Certain, LeakCause::LostWaker));
}

#[test]
fn without_waker_all_the_same_are_tasks_at_work_and_roots() {
    for task in [
        Task { wakers: 0, registered: 0, polls: 0, state: "runnable", frames: &[], ..WAITS },
        Task { wakers: 0, registered: 0, state: "running", frames: &[], ..WAITS },
        Task { wakers: 0, registered: 0, state: "syscall", labels: "kind: blocking, ", frames: &[], ..WAITS },
        Task { wakers: 0, registered: 0, labels: "kind: root, ", frames: &[], ..WAITS },
    ] {
        let state = task.state;
        assert_eq!(judged(task).0, Verdict::Explained, "{state}");
    }
}

#[test]
fn long_waits_are_named_by_what_they_wait_for() {
    let long = 120_000;
    let cases: [(&'static [&'static str], _, _); 4] = [
        (LOCK, Verdict::Likely, LeakCause::Lock),
        (INLINED, Verdict::Likely, LeakCause::Lock),
        (JOIN, Verdict::Likely, LeakCause::Join),
        (WAITS.frames, Verdict::Possible, LeakCause::Old),
    ];
    for (frames, verdict, cause) in cases {
        assert_eq!(judged(Task { frames, waiting_ms: long, ..WAITS }), (verdict, cause), "{frames:?}");
        assert_eq!(judged(Task { frames, ..WAITS }).0, Verdict::Explained, "{frames:?}");
    }
}

#[test]
fn a_site_that_grows_shows_in_several_looks() {
    let looks: Vec<Dataset> = [3, 9, 15]
        .map(|count| dump(&(1..=count).map(|id| Task { id, waiting_ms: 10, ..WAITS }).collect::<Vec<_>>()))
        .into();
    let looks: Vec<&Dataset> = looks.iter().collect();
    let answer = leaks::compared(&looks, 5 * SECOND, &LeaksQuery::default());
    let group = only(&answer);
    assert_eq!((group.verdict, group.cause), (Verdict::Likely, LeakCause::GrowingSite));
    let growth = group.growth.as_ref().expect("growth");
    assert_eq!((growth.spawned, growth.ended, growth.living.as_slice()), (12, 0, [3, 9, 15].as_slice()));
    assert!(group.why.contains("none like them ended"), "{}", group.why);
    assert_eq!(answer.evidence, "3 looks in 5 s");
    let alone = leaks::leaks(looks[0], &LeaksQuery::default());
    assert_ne!(only(&alone).cause, LeakCause::GrowingSite, "one look shows no growth");
}

#[test]
fn tasks_that_come_and_go_or_run_between_looks_are_healthy() {
    let query = LeaksQuery::default();
    // As many others as before.
    let first = dump(&(1..=20).map(|id| Task { id, ..WAITS }).collect::<Vec<_>>());
    let second = dump(&(31..=52).map(|id| Task { id, ..WAITS }).collect::<Vec<_>>());
    assert_eq!(leaks::compared(&[&first, &second], SECOND, &query).suspects, 0);
    // The same ones, which were polled meanwhile.
    let second = dump(&(1..=20).map(|id| Task { id, polls: 7, ..WAITS }).collect::<Vec<_>>());
    assert_eq!(leaks::compared(&[&first, &second], SECOND, &query).suspects, 0);
    // The same ones, which were not: as many at one place as an idle pool has.
    let answer = leaks::compared(&[&first, &first], SECOND, &query);
    assert_eq!(only(&answer).verdict, Verdict::Possible);
    assert!(only(&answer).why.contains("none has moved in 1 s"), "{}", only(&answer).why);
}

#[test]
fn threads_of_a_dump_are_no_tasks() {
    let mut text =
        String::from("goroutine 1000000000004711 [syscall] {cpu_ms: 1, thread: \"main\", tid: 4711}:\n");
    text.push_str("epoll_wait()\n\t/lib/libc.so.6:0 +0x10 pc=0x10\n\n");
    text.push_str("goroutine 7 [chan receive] {polls: 1, registered: 1, wakers: 1}:\n");
    text.push_str("shop::f()\n\t/bin/shop:0 +0x10 pc=0x10\n");
    let dataset = load::load(text.into_bytes()).expect("a dump").remove(0).dataset;
    assert_eq!(leaks::leaks(&dataset, &LeaksQuery::default()).living, 1);
}
