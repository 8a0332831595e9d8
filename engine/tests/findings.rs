//! Findings and leaks in traces made by hand, each with one thing planted, and in those of Go.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use support::{Made, Maker, run, span, wait};
use taskscope_engine::analysis::gc::Work;
use taskscope_engine::analysis::{findings, leaks};
use taskscope_engine::api::*;
use taskscope_proto::Dataset;
use taskscope_proto::model::{RangeScope, Region, StackId, TaskId, TaskState, UserTask, UserTaskId};

const MS: u64 = 1_000_000;
const S: u64 = 1_000 * MS;

fn find(dataset: &Dataset) -> FindingsAnswer {
    findings::findings(dataset, &Work::build(dataset))
}

/// The only finding there is.
#[track_caller]
fn only(dataset: &Dataset, kind: FindingKind) -> Finding {
    let mut found = find(dataset).findings;
    assert_eq!(found.iter().map(|finding| finding.kind).collect::<Vec<_>>(), [kind], "{found:#?}");
    found.remove(0)
}

/// 10 s on four Ps, with a main goroutine that runs to and fro.
fn healthy() -> Maker {
    let mut maker = Maker::new(0, 10 * S, 4);
    let spans: Vec<Made<'_>> = (0..1000)
        .flat_map(|turn| {
            let at = turn * 10 * MS;
            [
                run(at, 0),
                wait(at + 4 * MS, "sleep", &["time.Sleep", "main.main"]),
                span(at + 10 * MS - 5_000, TaskState::Ready),
            ]
        })
        .collect();
    maker.task(1, "main.main", &spans);
    maker
}

#[test]
fn nothing_planted_nothing_found() {
    let answer = find(&healthy().finish());
    assert_eq!(answer.evidence, "a trace of 10 s with 4 Ps");
    assert_eq!(answer.findings, []);
    assert_eq!(answer.checks.len(), 11);
    let all_said =
        |check: &Check| !check.measured.is_empty() && !check.threshold.is_empty() && check.found == 0;
    assert!(answer.checks.iter().all(all_said), "{answer:#?}");
    assert_eq!(answer.checks[0].measured, "p99 5 µs, longest 5 µs of 999 waits");
    assert_eq!(find(&Dataset::default()), FindingsAnswer::default());
}

#[test]
fn one_wait_is_possible_many_are_likely() {
    let late = |at: u64, wait_ms: u64| {
        [
            span(at * MS, TaskState::Ready),
            run((at + wait_ms) * MS, 1),
            wait((at + wait_ms) * MS + 1000, "network", &[]),
        ]
    };
    let mut maker = healthy();
    let task = maker.task(7, "main.serve", &late(2000, 150));
    let found = only(&maker.finish(), FindingKind::LongSchedulerWaits);
    assert_eq!((found.verdict, found.count), (Verdict::Possible, 1));
    let place = found.places[0].place;
    assert_eq!((place.t0_ns, place.t1_ns), (2000 * MS, 2150 * MS));
    assert_eq!(place.lane, Some(8 << 56 | u64::from(task.0)));
    assert!(place.span.is_some() && found.places[0].label == "G 7 · main.serve was ready for 150 ms");

    let mut maker = healthy();
    let spans: Vec<Made<'_>> = (0..300).flat_map(|turn| late(turn * 30 + 20, 12)).collect();
    maker.task(7, "main.serve", &spans[1..]);
    let found = find(&maker.finish()).findings;
    let waits = found.iter().find(|finding| finding.kind == FindingKind::LongSchedulerWaits).unwrap();
    assert_eq!((waits.verdict, waits.count), (Verdict::Likely, 299));
    // Ready for 3.6 s, running for 0.3 ms.
    assert!(found.iter().any(|finding| finding.kind == FindingKind::StarvedTasks));
}

#[test]
fn preempted_tasks_have_not_waited_to_be_woken() {
    let mut maker = healthy();
    maker.task(7, "main.spin", &[run(0, 1), span(4 * S, TaskState::Ready), run(4 * S + 200 * MS, 1)]);
    assert_eq!(find(&maker.finish()).findings, []);
}

#[test]
fn stops_of_the_world_are_held_against_their_median() {
    let mut maker = healthy();
    let stop = |maker: &mut Maker, at: u64, ns: u64, kind: &str| {
        maker.range(&format!("stop-the-world ({kind})"), RangeScope::Task(TaskId(0)), at, at + ns);
    };
    (1..20).for_each(|turn| stop(&mut maker, turn * 100 * MS, 50_000, "GC mark termination"));
    stop(&mut maker, 5 * S, 1_500_000, "GC sweep termination");
    stop(&mut maker, 0, 80 * MS, "start trace");
    let found = only(&maker.finish(), FindingKind::LongStops);
    assert_eq!((found.verdict, found.count), (Verdict::Possible, 1));
    assert_eq!(found.why, "1 of 20 stops took 1 ms or more, 1.5 ms in all; the median is 50 µs.");
    assert_eq!(found.places[0].label, "GC sweep termination for 1.5 ms");

    let mut maker = healthy();
    stop(&mut maker, 5 * S, 30 * MS, "GOMAXPROCS");
    assert_eq!(only(&maker.finish(), FindingKind::LongStops).verdict, Verdict::Likely);
}

#[test]
fn assists_count_against_running_time() {
    let mut maker = healthy();
    let busy = maker.task(7, "main.allocate", &[run(0, 1)]);
    maker.range("GC mark assist", RangeScope::Task(busy), 3 * S, 3 * S + 70 * MS);
    maker.range("GC mark assist", RangeScope::Task(busy), 5 * S, 5 * S + 9 * MS);
    let found = only(&maker.finish(), FindingKind::AssistStorm);
    // In that 100 ms main ran for 40 ms, and this one all the time.
    assert_eq!(found.why, "In 1 part of 100 ms assists took 70 ms of 140 ms that tasks ran, 50 %.");
    assert_eq!((found.verdict, found.places[0].place.t0_ns), (Verdict::Certain, 3 * S));
    assert_eq!(found.numbers[0], ("main.allocate".into(), "79 ms".into()));
}

#[test]
fn collections_may_take_a_quarter_of_the_cpu() {
    let collecting = |workers: u32, share: u64| {
        let mut maker = healthy();
        for worker in 0..workers {
            let spans: Vec<Made<'_>> = (0..100)
                .flat_map(|turn| {
                    let at = turn * 100 * MS;
                    let reason = "GC (dedicated)";
                    [
                        Made { reason, ..run(at, worker + 1) },
                        wait(at + share * MS, "system goroutine wait", &[]),
                    ]
                })
                .collect();
            maker.task(20 + u64::from(worker), "runtime.gcBgMarkWorker", &spans);
        }
        (0..100).for_each(|turn| {
            maker.range(
                "GC concurrent mark phase",
                RangeScope::Global,
                turn * 100 * MS,
                (turn * 100 + share) * MS,
            );
        });
        maker.finish()
    };
    assert_eq!(find(&collecting(1, 90)).findings, []);
    let found = only(&collecting(2, 60), FindingKind::GcCpu);
    assert_eq!(
        (found.verdict, found.title.as_str()),
        (Verdict::Likely, "Collections take 30.0 % of the CPU")
    );
    let found = find(&collecting(3, 90)).findings;
    let kinds: Vec<(FindingKind, Verdict)> = found.iter().map(|found| (found.kind, found.verdict)).collect();
    assert_eq!(
        kinds,
        [(FindingKind::GcCpu, Verdict::Certain), (FindingKind::LowUtilisation, Verdict::Possible)]
    );
    assert!(found[1].title.starts_with("The program has 32.5 % of the CPU"), "{}", found[1].title);
}

#[test]
fn a_queue_for_a_lock_is_a_convoy_if_it_stays() {
    let lock: &[&str] = &["sync.(*Mutex).lockSlow", "sync.(*Mutex).Lock", "main.(*Cache).Get", "main.serve"];
    // Eight tasks in turn: each holds the lock for 1 ms and waits for 7.
    let convoy = |turns: u64| {
        let mut maker = healthy();
        let tasks: Vec<TaskId> = (0..8)
            .map(|row| {
                let spans: Vec<Made<'_>> = (0..turns)
                    .flat_map(|turn| {
                        let at = S + (turn * 8 + row) * MS;
                        [
                            wait(at + MS, "sync", lock),
                            span(at + 8 * MS, TaskState::Ready),
                            run(at + 8 * MS + 200, 2),
                        ]
                    })
                    .collect();
                maker.task(30 + row, "main.serve", &spans)
            })
            .collect();
        for turn in 0..turns as usize {
            for row in 0..8 {
                maker.wake(tasks[row], turn * 3 + 1, tasks[(row + 7) % 8]);
            }
        }
        maker.finish()
    };
    let found = only(&convoy(300), FindingKind::MutexConvoy);
    assert_eq!(
        (found.verdict, found.title.as_str()),
        (Verdict::Likely, "Tasks queue for the lock in main.(*Cache).Get")
    );
    assert!(found.why.starts_with("8 tasks waited 2\u{202f}400 times for it, "), "{}", found.why);
    assert_eq!(found.numbers[2], ("Most at once".into(), "7".into()));
    assert_eq!(find(&convoy(5)).findings, [], "40 ms of 10 s");
}

#[test]
fn system_calls_that_hold_a_worker_are_told_from_those_that_do_not() {
    let call: &[&str] = &["syscall.Syscall", "os.(*File).Read", "main.load"];
    let calling = |worker| {
        let mut maker = healthy();
        let slow = Made { stack: call, worker, ..span(2 * S, TaskState::Syscall) };
        maker.task(7, "main.load", &[run(S, 2), slow, run(2 * S + 40 * MS, 2)]);
        maker.finish()
    };
    let found = only(&calling(Some(2)), FindingKind::LongSyscalls);
    assert_eq!((found.verdict, found.count), (Verdict::Possible, 1));
    assert_eq!(found.numbers[1], ("Called by".into(), "main.load".into()));
    assert_eq!(find(&calling(None)).findings, []);
}

/// Tasks of `main.leak` spawned one every `every` ns, of which one in `ends` ends.
fn spawning(every: u64, ends: usize) -> Dataset {
    let mut maker = healthy();
    let wait_for: &[&str] = &["runtime.chanrecv1", "main.leak.func1"];
    let site = maker.stack(&["main.leak", "main.main"]);
    for (number, at) in (1..).map(|turn| turn * every).take_while(|&at| at < 10 * S).enumerate() {
        let spans =
            [span(at, TaskState::Ready), run(at + 1000, 1), wait(at + 2000, "chan receive", wait_for)];
        let task = maker.task(100 + number as u64, "main.leak.func1", &spans);
        let row = &mut maker.data.tasks.rows[task.index()];
        (row.created_ns, row.spawn_stack) = (Some(at), site);
        if number % ends == 0 {
            row.ended_ns = Some(at + MS);
        }
    }
    maker.finish()
}

#[test]
fn tasks_that_never_end_grow() {
    let found = only(&spawning(200 * MS, 20), FindingKind::GrowingTasks);
    assert_eq!((found.verdict, found.count), (Verdict::Possible, 46));
    assert!(
        found.why.contains("49 tasks spawned at main.leak") && found.why.contains("3 ended"),
        "{}",
        found.why
    );
    assert_eq!(only(&spawning(20 * MS, 50), FindingKind::GrowingTasks).verdict, Verdict::Likely);
    assert_eq!(find(&spawning(20 * MS, 2)).findings, [], "half of them end");
}

#[test]
fn growth_is_evidence_of_a_leak() {
    let dataset = spawning(200 * MS, 20);
    let listed = |blocked_for_ns| {
        let query = LeaksQuery { blocked_for_ns, ..LeaksQuery::default() };
        let groups = leaks::leaks(&dataset, &query).groups;
        groups.into_iter().find(|group| group.entry == "main.leak.func1").unwrap()
    };
    let group = listed(None);
    assert_eq!((group.verdict, group.count), (Verdict::Likely, 46));
    let growth = group.growth.unwrap();
    assert_eq!((growth.spawned, growth.ended, growth.living.len()), (49, 3, 60));
    assert_eq!((growth.living[0], growth.living[30], growth.living[59]), (0, 23, 46));
    assert!(growth.living.is_sorted());
    assert!(group.evidence.iter().any(|line| line == "Their number grew in 6 of 6 parts of the trace."));
    assert!(
        group.evidence.iter().any(|line| line.ends_with("have been blocked for 5 s or more at the end."))
    );
    // The longest wait began with the first that did not end.
    assert_eq!(group.place.unwrap().t0_ns, 400 * MS + 2000);
    assert_eq!(listed(Some(20 * S)).verdict, Verdict::Likely, "growth needs no long wait");
}

#[test]
fn what_blocked_just_now_is_at_work() {
    let mut maker = healthy();
    let stack: &[&str] = &["runtime.chansend1", "main.worker"];
    for id in 0..5 {
        maker.task(50 + id, "main.worker", &[run(0, 1), wait(8 * S, "chan send", stack)]);
    }
    let dataset = maker.finish();
    let verdict = |blocked_for_ns| {
        let query = LeaksQuery { blocked_for_ns, ..LeaksQuery::default() };
        let groups = leaks::leaks(&dataset, &query).groups;
        groups.into_iter().find(|group| group.entry == "main.worker").unwrap()
    };
    assert_eq!(verdict(None).verdict, Verdict::Explained);
    assert_eq!(verdict(None).why, "at work: none has been blocked for 5 s, as this listing asks");
    assert_eq!(verdict(Some(S)).verdict, Verdict::Likely);
}

#[test]
fn user_tasks_and_regions_that_do_not_end() {
    let marked = |open_ns: u64| {
        let mut maker = healthy();
        let name = maker.data.strings.intern("request");
        for turn in 0..21_u64 {
            let start_ns = Some(if turn == 20 { 10 * S - open_ns } else { turn * 100 * MS });
            let end_ns = (turn < 20).then_some((turn * 100 + 80) * MS);
            let (task, parent) = (TaskId(0), UserTaskId::NONE);
            maker.data.user_tasks.push(UserTask { id: turn, name, parent, start_ns, end_ns, task });
            let (user_task, stack) = (UserTaskId::NONE, StackId::NONE);
            maker.data.regions.push(Region { name, task, user_task, start_ns, end_ns, stack });
        }
        maker.finish()
    };
    assert_eq!(find(&marked(900 * MS)).findings, [], "under way");
    let found = find(&marked(4 * S)).findings;
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].kind, found[0].verdict), (FindingKind::UnfinishedUserTasks, Verdict::Likely));
    assert_eq!(found[0].why, "1 is open, the oldest for 4 s; 20 others ended, after at most 80 ms.");
    assert_eq!(found[1].kind, FindingKind::UnfinishedRegions);
    assert_eq!(found[1].places[0].place.t0_ns, 6 * S);
}

#[test]
fn traces_of_go_name_few_and_true_things() {
    // Ping-pong on two Ps starves the others in some of them; all else is well.
    for file in ["go1.22.10", "go1.23.9", "go1.24.11", "go1.25.5", "go1.26.6", "go1.27.3"] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../proto/tests/data/trace/{file}.bin"));
        let dataset = taskscope_proto::load::load(std::fs::read(path).unwrap()).unwrap().remove(0).dataset;
        for found in find(&dataset).findings {
            let starving = [FindingKind::LongSchedulerWaits, FindingKind::StarvedTasks].contains(&found.kind);
            assert!(starving && ["go1.23.9", "go1.27.3"].contains(&file), "{file}: {found:#?}");
            assert!(!found.places.is_empty() && found.places.len() <= FINDING_PLACES as usize);
        }
    }
}
