//! Where time went, and critical paths: on traces made by hand, with the answers written out, and on
//! real ones, by what must hold of every answer.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fmt::Write;

use support::{Made, Maker, run, small_trace, span, wait};
use taskscope_engine::analysis::user_tasks::UserIndex;
use taskscope_engine::analysis::why::{Ranges, Why};
use taskscope_engine::api::*;
use taskscope_proto::Dataset;
use taskscope_proto::load::load;
use taskscope_proto::model::{RangeScope, StringId, TaskId, TaskState, UserTask, UserTaskId};

fn ask(dataset: &Dataset, subject: WhySubject, below: u64) -> Option<WhyAnswer> {
    let (index, ranges) = (UserIndex::build(dataset), Ranges::build(dataset));
    let why = Why::find(dataset, &index, &ranges, subject)?;
    Some(why.answer(dataset, &WhyQuery { subject, merge: WhyMerge::Below(below), first: 0, count: u32::MAX }))
}

fn goroutine(id: u64, t0: u64, t1: u64) -> WhySubject {
    WhySubject::Goroutine { id, t0_ns: Some(t0), t1_ns: Some(t1) }
}

/// What must hold of every answer.
fn check(answer: &WhyAnswer) {
    let whole = answer.place.t1_ns - answer.place.t0_ns;
    assert_eq!(answer.states.iter().map(|state| state.ns).sum::<u64>(), whole, "{answer:?}");
    assert_eq!(answer.states.iter().map(|state| state.per_mille).sum::<u32>(), 1000);
    assert_eq!(answer.causes.iter().map(|cause| cause.ns).sum::<u64>(), whole);
    assert_eq!(answer.causes.iter().map(|cause| cause.per_mille).sum::<u32>(), 1000);
    let mut time = answer.place.t0_ns;
    for segment in &answer.segments {
        assert_eq!(segment.t0_ns, time);
        assert!(segment.t1_ns > time);
        time = segment.t1_ns;
    }
    assert_eq!(time, answer.place.t1_ns);
    assert_eq!(answer.segments_all as usize, answer.segments.len());
}

/// The path, a segment a line, times from the interval's start.
fn path(answer: &WhyAnswer) -> String {
    check(answer);
    let mut text = String::new();
    for segment in &answer.segments {
        let (from, to) = (segment.t0_ns - answer.place.t0_ns, segment.t1_ns - answer.place.t0_ns);
        let leaf = segment.stack.first().map_or("-", |frame| frame.function.as_str());
        writeln!(text, "{from}..{to} {} {} @ {leaf} {}", segment.task, segment.state, segment.then).unwrap();
    }
    text
}

fn states(answer: &WhyAnswer) -> Vec<(&str, u64)> {
    answer.states.iter().map(|state| (state.state.as_str(), state.ns)).collect()
}

/// G 1 waits for G 2, which waits for G 3 meanwhile; then for the network.
fn chain() -> Maker {
    let mut maker = Maker::new(0, 1000, 2);
    let first = maker.task(
        1,
        "main.main",
        &[
            run(0, 0),
            wait(100, "chan receive", &["runtime.chanrecv1", "main.main"]),
            span(600, TaskState::Ready),
            run(620, 0),
            wait(700, "network", &["internal/poll.(*FD).Read", "main.main"]),
            span(880, TaskState::Ready),
            run(900, 0),
        ],
    );
    let second = maker.task(
        2,
        "main.middle",
        &[
            run(0, 1),
            wait(50, "sync", &["sync.(*Mutex).Lock", "main.middle"]),
            Made { stack: &["sync.(*Mutex).Unlock", "main.holder"], ..span(400, TaskState::Ready) },
            run(450, 1),
            wait(610, "chan receive", &["main.middle"]),
        ],
    );
    let third = maker.task(3, "main.holder", &[run(0, 0), wait(420, "select", &["main.holder"])]);
    maker.wake(first, 2, second);
    maker.wake(first, 5, TaskId::NONE);
    maker.wake(second, 2, third);
    maker
}

#[test]
fn a_path_follows_wakers_only_as_long_as_the_waiter_was_blocked() {
    let dataset = chain().finish();
    let answer = ask(&dataset, goroutine(1, 0, 1000), 0).unwrap();
    let expected = "\
        0..100 G 1 running @ runtime.chanrecv1 waits; meanwhile G 3\n\
        100..400 G 3 running @ sync.(*Mutex).Unlock wakes G 2\n\
        400..450 G 2 ready (waiting for a P) @ sync.(*Mutex).Lock \n\
        450..600 G 2 running @ - wakes G 1\n\
        600..620 G 1 ready (waiting for a P) @ runtime.chanrecv1 \n\
        620..700 G 1 running @ internal/poll.(*FD).Read \n\
        700..880 G 1 blocked: network @ internal/poll.(*FD).Read \n\
        880..900 G 1 ready (waiting for a P) @ internal/poll.(*FD).Read \n\
        900..1000 G 1 running @ - the end\n";
    assert_eq!(path(&answer), expected);
    let split = [("blocked: chan receive", 500), ("running", 280), ("blocked: network", 180)];
    assert_eq!(states(&answer), [&split[..], &[("ready (waiting for a P)", 40)]].concat());
    assert_eq!((answer.path_tasks, answer.path_running_ns), (3, 730));
    assert_eq!(answer.causes[0].function, "main.holder");
    assert_eq!(answer.verdict, "30.0 % of 1 µs was running in main.holder, on a chain over 3 goroutines.");
    assert_eq!(answer.cut, "");
}

#[test]
fn a_window_starts_inside_a_wait() {
    let dataset = chain().finish();
    let expected = "\
        0..50 G 3 running @ sync.(*Mutex).Unlock wakes G 2\n\
        50..100 G 2 ready (waiting for a P) @ sync.(*Mutex).Lock \n\
        100..250 G 2 running @ - wakes G 1\n\
        250..260 G 1 ready (waiting for a P) @ runtime.chanrecv1 the end\n";
    assert_eq!(path(&ask(&dataset, goroutine(1, 350, 610), 0).unwrap()), expected);
    // The end of this one is inside the wait: who ends it later is not known to matter.
    let blocked = "0..50 G 1 blocked: chan receive @ runtime.chanrecv1 the end\n";
    assert_eq!(path(&ask(&dataset, goroutine(1, 350, 400), 0).unwrap()), blocked);
    assert!(ask(&dataset, goroutine(1, 400, 400), 0).is_none());
    assert!(ask(&dataset, goroutine(77, 0, 400), 0).is_none());
}

#[test]
fn short_segments_are_merged_on_demand() {
    let dataset = chain().finish();
    let answer = ask(&dataset, goroutine(1, 0, 1000), 60).unwrap();
    check(&answer);
    let merged: Vec<(u64, u32)> = answer.segments.iter().map(|part| (part.t0_ns, part.merged)).collect();
    assert_eq!(
        merged,
        [(0, 1), (100, 1), (400, 1), (450, 1), (600, 1), (620, 1), (700, 1), (880, 1), (900, 1)]
    );
    let answer = ask(&dataset, goroutine(1, 0, 1000), 300).unwrap();
    check(&answer);
    let merged: Vec<(u64, u32)> = answer.segments.iter().map(|part| (part.t0_ns, part.merged)).collect();
    assert_eq!(merged, [(0, 1), (100, 1), (400, 4), (700, 3)]);
    assert_eq!(answer.segments[3].state, "blocked: network");

    let subject = goroutine(1, 0, 1000);
    let why = Why::find(&dataset, &UserIndex::build(&dataset), &Ranges::build(&dataset), subject).unwrap();
    for count in 0..12 {
        let answer = why.answer(&dataset, &WhyQuery { subject, merge: WhyMerge::Fit, first: 0, count });
        let most = count.max(1);
        assert!(
            answer.segments_all <= most && (count == 0 || answer.segments_all * 3 > count.min(9)),
            "{count}"
        );
        assert_eq!(answer.segments.len() as u32, answer.segments_all.min(count));
    }
}

#[test]
fn before_its_creation_the_path_goes_on_in_the_creator() {
    let mut maker = Maker::new(0, 1000, 2);
    let parent = maker.task(1, "main.main", &[run(0, 0), wait(500, "sync", &["main.main"])]);
    let child = maker.task(2, "main.child", &[span(300, TaskState::Ready), run(350, 1)]);
    let third = maker.task(
        3,
        "main.waiter",
        &[wait(100, "chan receive", &["main.waiter"]), span(800, TaskState::Ready), run(900, 1)],
    );
    let spawn = maker.stack(&["main.spawn", "main.main"]);
    let row = &mut maker.data.tasks.rows[child.index()];
    (row.created_ns, row.parent, row.spawn_stack) = (Some(300), parent, spawn);
    maker.wake(third, 1, child);
    let dataset = maker.finish();
    let expected = "\
        0..200 G 1 running @ main.spawn creates G 2\n\
        200..250 G 2 ready (waiting for a P) @ - \n\
        250..700 G 2 running @ - wakes G 3\n\
        700..800 G 3 ready (waiting for a P) @ main.waiter \n\
        800..900 G 3 running @ - the end\n";
    assert_eq!(path(&ask(&dataset, goroutine(3, 100, 1000), 0).unwrap()), expected);
}

#[test]
fn assists_and_stops_are_told_apart() {
    let mut maker = Maker::new(0, 1000, 2);
    let task = maker.task(1, "main.main", &[run(0, 0), span(400, TaskState::Ready), run(700, 0)]);
    let collector = maker.task(2, "main.gc", &[run(0, 1)]);
    maker.range("GC mark assist", RangeScope::Task(task), 100, 150);
    maker.range("GC mark assist", RangeScope::Task(task), 200, 210);
    maker.range("stop-the-world (GC mark termination)", RangeScope::Task(collector), 350, 450);
    maker.range("stop-the-world (read mem stats)", RangeScope::Task(task), 900, 930);
    let answer = ask(&maker.finish(), goroutine(1, 0, 1000), 0).unwrap();
    check(&answer);
    let expected = [
        ("running", 610),
        ("ready (waiting for a P)", 250),
        ("GC assist", 60),
        ("stopped world", 50),
        ("stopping the world", 30),
    ];
    assert_eq!(states(&answer), expected);
}

#[test]
fn a_user_task_is_what_its_most_active_goroutine_is() {
    let mut maker = Maker::new(0, 1000, 2);
    let client = maker.task(
        1,
        "main.client",
        &[run(0, 0), wait(100, "chan receive", &["main.client"]), span(800, TaskState::Ready), run(850, 0)],
    );
    let worker = maker.task(
        2,
        "main.worker",
        &[wait(0, "select", &["main.worker"]), span(200, TaskState::Ready), run(300, 1)],
    );
    maker.wake(client, 2, worker);
    maker.wake(worker, 1, TaskId::NONE);
    let name = maker.data.strings.intern("request");
    maker.data.user_tasks.push(UserTask {
        id: 17,
        name,
        parent: UserTaskId::NONE,
        start_ns: Some(50),
        end_ns: Some(900),
        task: client,
    });
    let region = |name: StringId, start, end| taskscope_proto::model::Region {
        name,
        task: worker,
        user_task: UserTaskId(0),
        start_ns: Some(start),
        end_ns: Some(end),
        stack: Default::default(),
    };
    maker.data.regions.push(region(name, 250, 820));
    let answer = ask(&maker.finish(), WhySubject::UserTask(0), 0).unwrap();
    let expected = "\
        0..50 G 1 running @ main.client waits; meanwhile G 2\n\
        50..150 G 2 blocked: select @ main.worker \n\
        150..250 G 2 ready (waiting for a P) @ main.worker \n\
        250..750 G 2 running @ - wakes G 1\n\
        750..800 G 1 ready (waiting for a P) @ main.client \n\
        800..850 G 1 running @ - the end\n";
    assert_eq!(path(&answer), expected);
    assert_eq!(answer.title, "Task request 17");
    // 50..100 the client, 100..250 it waits alone, 250..300 the worker is ready, 300..820 it runs,
    // 820..850 the client is ready, 850..900 it runs.
    let split = [("running", 620), ("blocked: chan receive", 150), ("ready (waiting for a P)", 80)];
    assert_eq!(states(&answer), split);
}

#[test]
fn wakes_in_a_circle_end() {
    let mut maker = Maker::new(0, 100, 1);
    let spans =
        || [wait(0, "sync", &["main.a"]), span(50, TaskState::Ready), run(50, 0), wait(50, "sync", &[])];
    let tasks: Vec<TaskId> = (0..4).map(|id| maker.task(id, "main.a", &spans())).collect();
    for (at, &task) in tasks.iter().enumerate() {
        maker.wake(task, 1, tasks[(at + 1) % 4]);
    }
    let dataset = maker.finish();
    let answer = ask(&dataset, goroutine(0, 0, 100), 0).unwrap();
    check(&answer);
    assert_eq!(answer.states[0].state, "blocked: sync");
}

#[test]
fn any_interval_of_real_traces_is_covered_and_sums_up() {
    for version in ["go1.22.10", "go1.25.5", "go1.26.8.generations"] {
        let path = format!("{}/../proto/tests/data/trace/{version}.bin", env!("CARGO_MANIFEST_DIR"));
        let dataset = load(std::fs::read(path).unwrap()).unwrap().remove(0).dataset;
        let (index, ranges) = (UserIndex::build(&dataset), Ranges::build(&dataset));
        let mut longest = 0;
        for task in &dataset.tasks.rows {
            let subject = WhySubject::Goroutine { id: task.id, t0_ns: None, t1_ns: None };
            let Some(why) = Why::find(&dataset, &index, &ranges, subject) else { continue };
            let answer = why.answer(
                &dataset,
                &WhyQuery { subject, merge: WhyMerge::Below(1000), first: 0, count: u32::MAX },
            );
            check(&answer);
            assert_eq!(answer.cut, "");
            longest = longest.max(answer.path_tasks);
        }
        assert!(longest > 3, "{version}: {longest}");
        for row in 0..dataset.user_tasks.len() as u32 {
            let answer = ask(&dataset, WhySubject::UserTask(row), 0).unwrap();
            check(&answer);
        }
    }
}

#[test]
fn the_picture_trace_knows_who_held_the_lock() {
    let dataset = small_trace();
    let answer = ask(&dataset, WhySubject::Span(2), 0).unwrap();
    check(&answer);
    assert_eq!(answer.title, "G 1893 · blocked: sync");
    assert_eq!(answer.segments.len(), 1);
    assert_eq!((answer.segments[0].task.as_str(), answer.segments[0].state.as_str()), ("G 1861", "running"));
    assert!(ask(&dataset, WhySubject::Span(9999), 0).is_none());
    assert!(ask(&dataset, WhySubject::Region(0), 0).is_none());
    assert!(ask(&dataset, WhySubject::UserTask(u32::MAX), 0).is_none());
}

#[test]
fn the_path_is_a_flame_graph() {
    let trace = format!("{}/tests/data/user_tasks/tasks.trace", env!("CARGO_MANIFEST_DIR"));
    let mut session = taskscope_engine::Session::new();
    let file = session.open("tasks.trace", std::fs::read(trace).unwrap());
    let part = loop {
        match session.step(file) {
            taskscope_engine::Opening::Working { .. } => {}
            taskscope_engine::Opening::Open(parts) => break parts[0].part,
            taskscope_engine::Opening::Failed(error) => panic!("{error:?}"),
        }
    };
    let subject = WhySubject::UserTask(1);
    let why = Request::Why(WhyQuery { subject, merge: WhyMerge::Nothing, first: 0, count: u32::MAX });
    let Answer::Why(Some(why)) = session.ask(part, &why) else { panic!("no answer") };
    let top = |session: &mut taskscope_engine::Session, subject| {
        let query = TopQuery {
            source: FlameSource::CriticalPath(subject),
            scope: Scope::default(),
            sort: TopSort::Cumulative,
            search: String::new(),
            first: 0,
            count: 100,
        };
        session.ask(part, &Request::Top(query))
    };
    let Answer::Top(table) = top(&mut session, subject) else { panic!("no table") };
    assert_eq!(table.total as u64, why.place.t1_ns - why.place.t0_ns);
    assert_eq!(table.unit, "nanoseconds");
    let slept = why.causes.iter().filter(|cause| cause.state == "sleep").map(|cause| cause.ns).sum::<u64>();
    let sleep = table.rows.iter().find(|row| row.function == "time.Sleep").unwrap();
    assert!(sleep.cum as u64 >= slept && slept > 0, "{} {slept}", sleep.cum);
    assert!(matches!(top(&mut session, WhySubject::Region(u32::MAX)), Answer::Unavailable(_)));
}

#[test]
fn a_long_task_is_summed_in_slices() {
    // Two goroutines that take turns a quarter of a million times, so more than one slice.
    const TURNS: u64 = 250_000;
    let mut maker = Maker::new(0, TURNS * 4, 2);
    let spans = |phase: u64| -> Vec<Made<'static>> {
        let turn = |at: u64| [run(at * 4 + phase, 0), wait(at * 4 + phase + 2, "sync", &[])];
        (0..TURNS).flat_map(turn).collect()
    };
    let first = maker.task(1, "main.a", &spans(0));
    let second = maker.task(2, "main.b", &spans(1));
    let name = maker.data.strings.intern("long");
    maker.data.user_tasks.push(UserTask {
        id: 1,
        name,
        parent: UserTaskId::NONE,
        start_ns: Some(0),
        end_ns: None,
        task: first,
    });
    maker.data.regions.push(taskscope_proto::model::Region {
        name,
        task: second,
        user_task: UserTaskId(0),
        start_ns: Some(0),
        end_ns: None,
        stack: Default::default(),
    });
    let subject = WhySubject::UserTask(0);
    let dataset = maker.finish();
    let why = Why::find(&dataset, &UserIndex::build(&dataset), &Ranges::build(&dataset), subject).unwrap();
    let answer = why.answer(&dataset, &WhyQuery { subject, merge: WhyMerge::Fit, first: 0, count: 100 });
    let states: Vec<(&str, u64, u32)> =
        answer.states.iter().map(|state| (state.state.as_str(), state.ns, state.count)).collect();
    // Of four ns three have someone running: 0..2 the first, 1..3 the second.
    let turns = TURNS as u32;
    assert_eq!(states, [("running", TURNS * 3, turns), ("blocked: sync", TURNS, turns)]);
    assert!(answer.segments.len() <= 100);
}
