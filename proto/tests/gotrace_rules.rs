//! Small traces as text, one scenario each: what the rules make of them.
#![allow(clippy::unwrap_used, reason = "a trace that cannot be read fails its test")]

mod gotrace_support;

use gotrace_support::text::to_bytes;
use gotrace_support::{check, holders, messages, read, read_text, spans, task};
use taskscope_proto::Phase;
use taskscope_proto::model::{RangeScope, UserTaskId};

/// A 1.26 trace of one generation, with strings, whose clock counts ns.
fn trace(events: &str) -> String {
    format!("Trace Go1.26\n{}", generation(1, events))
}

/// One generation of a 1.26 trace.
fn generation(number: u64, events: &str) -> String {
    let events = events.replace("THREAD", &format!("EventBatch gen={number} time=0"));
    let mut text = String::new();
    // `THREAD m=5` stands for the head of a batch, whose arguments are in another order.
    for line in events.lines() {
        match line.trim().strip_prefix(&format!("EventBatch gen={number} time=0 m=")) {
            Some(m) => text.push_str(&format!("EventBatch gen={number} m={m} time=0\n")),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    format!(
        "EventBatch gen={number} m=-1 time=0
Sync
Frequency freq=1000000000
ClockSnapshot dt=1 mono=1 sec=1700000000 nsec=500
{text}
EventBatch gen={number} m=-1 time=0
Strings
String id=1
data=\"sleep\"
String id=2
data=\"main.work\"
String id=3
data=\"work.go\"
String id=4
data=\"outer\"
String id=5
data=\"inner\"
EventBatch gen={number} m=-1 time=0
Stacks
Stack id=1 nframes=1
pc=4096 func=2 file=3 line=7
EndOfGeneration
"
    )
}

#[test]
fn a_goroutine_lives_from_creation_to_end() {
    let data = read_text(&trace(
        "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoCreate dt=9 new_g=2 new_stack=1 stack=1
GoBlock dt=10 reason_string=1 stack=1
GoStart dt=1 g=2 g_seq=1
GoUnblock dt=9 g=1 g_seq=1 stack=0
GoDestroy dt=10
GoStart dt=1 g=1 g_seq=2
GoStop dt=9 reason_string=0 stack=0",
    ));
    assert_eq!(
        spans(&data, 1),
        "1..120 Running P0\n120..130 Blocked (sleep)\n130..141 Ready by 2\n141..150 Running P0\n150..150 Ready\n"
    );
    assert_eq!(spans(&data, 2), "110..121 Ready\n121..140 Running P0\n");
    let child = data.tasks.get(task(&data, 2)).unwrap();
    assert_eq!((child.parent, child.created_ns, child.ended_ns), (task(&data, 1), Some(110), Some(140)));
    let entry = data.functions.get(child.entry).unwrap();
    assert_eq!((data.strings.get(entry.name), data.strings.get(entry.file)), ("main.work", "work.go"));
    assert_eq!(holders(&data, 0), "1..150 M5\n");
    // Snapshot: ns 1 is 1700000000.0000005 s, which is when the trace begins: its first batch does.
    assert_eq!(data.facts.wall_start_ns, Some(1_700_000_000_000_000_500));
}

#[test]
fn a_late_first_status_holds_from_the_start() {
    let data = read_text(&trace(
        "THREAD m=5
ProcStatus dt=100 p=3 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoBlock dt=99 reason_string=1 stack=0
THREAD m=-1
GoStatus dt=500 g=7 m=-1 gstatus=4
GoStatus dt=1 g=8 m=-1 gstatus=1",
    ));
    assert_eq!(spans(&data, 7), "1..501 Blocked\n");
    assert_eq!(spans(&data, 8), "1..501 Ready\n");
    assert_eq!(data.trace_counts.unwrap().go_transitions["Undetermined->Waiting"], 1);
}

#[test]
fn a_status_in_a_later_generation_changes_nothing() {
    let first = "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoCreate dt=1 new_g=2 new_stack=1 stack=0
GoBlock dt=8 reason_string=1 stack=0
GoStart dt=10 g=2 g_seq=1";
    let second = "THREAD m=5
ProcStatus dt=200 p=0 pstatus=1
GoStatus dt=1 g=2 m=5 gstatus=2
GoStatus dt=1 g=1 m=-1 gstatus=4
GoUnblock dt=8 g=1 g_seq=1 stack=0";
    let data = read_text(&format!("Trace Go1.26\n{}{}", generation(1, first), generation(2, second)));
    assert_eq!(spans(&data, 1), "1..110 Running P0\n110..210 Blocked (sleep)\n210..210 Ready by 2\n");
    assert_eq!(spans(&data, 2), "102..120 Ready\n120..210 Running P0\n");
    assert_eq!(holders(&data, 0), "1..210 M5\n");
    let counts = data.trace_counts.unwrap();
    assert_eq!((counts.generations, counts.go_transitions["Waiting->Waiting"]), (2, 1));
}

#[test]
fn a_syscall_keeps_its_worker_until_that_is_stolen() {
    let data = read_text(&trace(
        "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoSyscallBegin dt=9 p_seq=1 stack=1
GoSyscallEnd dt=10
GoSyscallBegin dt=10 p_seq=2 stack=1
GoSyscallEndBlocked dt=50
THREAD m=6
ProcStatus dt=105 p=1 pstatus=1
ProcSteal dt=35 p=0 p_seq=3 m=5
ProcStop dt=5
ProcStart dt=5 p=0 p_seq=4
GoStart dt=40 g=1 g_seq=1",
    ));
    assert_eq!(
        spans(&data, 1),
        "1..110 Running P0\n110..120 Syscall P0\n120..130 Running P0\n130..140 Syscall P0\n140..180 Syscall\n180..190 Ready\n190..190 Running P0\n"
    );
    assert_eq!(holders(&data, 0), "1..140 M5\n150..190 M6\n");
    assert_eq!(holders(&data, 1), "1..145 M6\n");
    let reason = "the runtime woke nobody: leaving a syscall is not a wake";
    assert_eq!(data.wakes.span, [], "{reason}");
}

#[test]
fn a_thread_may_steal_its_own_worker() {
    let data = read_text(&trace(
        "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoSyscallBegin dt=9 p_seq=1 stack=0
ProcSteal dt=10 p=0 p_seq=2 m=5
GoSyscallEndBlocked dt=10",
    ));
    assert_eq!(spans(&data, 1), "1..110 Running P0\n110..120 Syscall P0\n120..130 Syscall\n130..130 Ready\n");
    assert_eq!(holders(&data, 0), "1..120 M5\n");
}

#[test]
fn an_abandoned_worker_is_stolen_from_nobody() {
    let data = read_text(&trace(
        "THREAD m=5
ProcStatus dt=100 p=1 pstatus=1
ProcStatus dt=10 p=0 pstatus=4
ProcSteal dt=10 p=0 p_seq=1 m=99
ProcStop dt=10
ProcStart dt=10 p=0 p_seq=2",
    ));
    assert_eq!(holders(&data, 0), "140..140 M5\n");
    let counts = data.trace_counts.unwrap();
    assert_eq!(
        (counts.proc_transitions["Undetermined->Idle"], counts.proc_transitions["Idle->Idle"]),
        (1, 1)
    );
}

#[test]
fn an_abandoned_status_of_a_known_syscall_stays_with_its_thread() {
    let first = "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoSyscallBegin dt=9 p_seq=1 stack=0";
    let second = "THREAD m=6
ProcStatus dt=200 p=0 pstatus=4
ProcSteal dt=10 p=0 p_seq=1 m=5
ProcStart dt=10 p=0 p_seq=2
THREAD m=5
GoStatus dt=215 g=1 m=5 gstatus=3
GoSyscallEndBlocked dt=15";
    let data = read_text(&format!("Trace Go1.26\n{}{}", generation(1, first), generation(2, second)));
    assert_eq!(spans(&data, 1), "1..110 Running P0\n110..210 Syscall P0\n210..230 Syscall\n230..230 Ready\n");
    assert_eq!(holders(&data, 0), "1..210 M5\n220..230 M6\n");
    assert_eq!(data.trace_counts.unwrap().threads, 2);
}

#[test]
fn coroutines_switch_without_a_scheduler() {
    let data = read_text(&trace(
        "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoCreateBlocked dt=9 new_g=2 new_stack=1 stack=0
GoSwitch dt=10 g=2 g_seq=1
GoSwitchDestroy dt=10 g=1 g_seq=1",
    ));
    assert_eq!(
        spans(&data, 1),
        "1..121 Running P0\n121..130 Blocked\n130..132 Ready by 2\n132..132 Running P0\n"
    );
    assert_eq!(spans(&data, 2), "110..120 Blocked\n120..122 Ready by 1\n122..131 Running P0\n");
    assert_eq!(data.tasks.get(task(&data, 2)).unwrap().ended_ns, Some(131));
    let transitions = data.trace_counts.unwrap().go_transitions;
    assert_eq!((transitions["Running->Waiting"], transitions["Running->NotExist"]), (1, 1));
}

#[test]
fn foreign_threads_come_and_go_through_syscalls() {
    let data = read_text(&trace(
        "THREAD m=5
GoCreateSyscall dt=100 new_g=4
ProcStatus dt=1 p=0 pstatus=2
ProcStart dt=9 p=0 p_seq=1
GoSyscallEndBlocked dt=1
GoStart dt=9 g=4 g_seq=1
GoSyscallBegin dt=10 p_seq=2 stack=0
GoDestroySyscall dt=10
THREAD m=6
ProcSteal dt=150 p=0 p_seq=3 m=5
ProcStart dt=10 p=0 p_seq=4",
    ));
    assert_eq!(
        spans(&data, 4),
        "100..111 Syscall\n111..120 Ready\n120..130 Running P0\n130..141 Syscall P0\n"
    );
    assert_eq!(holders(&data, 0), "110..140 M5\n160..160 M6\n");
    let counts = data.trace_counts.unwrap();
    assert_eq!((counts.go_transitions["Syscall->NotExist"], counts.proc_transitions["Idle->Idle"]), (1, 1));
}

#[test]
fn threads_wait_for_one_another_whatever_their_clocks_say() {
    // The wake comes 50 ns before the block by its thread's clock.
    let data = read_text(&trace(
        "THREAD m=6
ProcStatus dt=110 p=1 pstatus=1
GoStatus dt=1 g=2 m=6 gstatus=2
GoUnblock dt=39 g=1 g_seq=1 stack=0
THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoBlock dt=99 reason_string=1 stack=0",
    ));
    assert_eq!(spans(&data, 1), "1..200 Running P0\n200..201 Blocked (sleep)\n201..201 Ready by 2\n");
}

#[test]
fn regions_may_end_out_of_order_or_without_a_begin() {
    let text = trace(
        "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
UserRegionEnd dt=9 task=0 name_string=5 stack=0
UserTaskBegin dt=5 task=9 parent_task=0 name_string=2 stack=0
UserRegionBegin dt=5 task=9 name_string=4 stack=0
UserRegionBegin dt=10 task=0 name_string=5 stack=1
UserRegionEnd dt=10 task=9 name_string=4 stack=0
UserRegionEnd dt=10 task=3 name_string=4 stack=0
UserRegionBegin dt=10 task=0 name_string=4 stack=0
GoDestroy dt=10",
    );
    let data = read(to_bytes(&text));
    check(&data);
    let regions: Vec<_> = data
        .regions
        .iter()
        .map(|region| (data.strings.get(region.name), region.start_ns, region.end_ns))
        .collect();
    let want = [
        ("inner", None, Some(110)),
        ("outer", None, Some(150)),
        ("outer", Some(120), Some(140)),
        ("inner", Some(130), Some(170)),
        ("outer", Some(160), Some(170)),
    ];
    assert_eq!(regions, want);
    assert_eq!(data.regions[2].user_task, UserTaskId(0));
    assert_eq!(data.notices.len(), 1);
    assert!(data.notices[0].message.starts_with("2 region ends do not match"), "{:?}", data.notices);
}

#[test]
fn user_tasks_may_conflict_and_end_twice() {
    let text = trace(
        "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
UserTaskEnd dt=9 task=8 stack=0
UserTaskBegin dt=10 task=9 parent_task=8 name_string=4 stack=0
UserTaskBegin dt=10 task=9 parent_task=9 name_string=5 stack=0
UserTaskEnd dt=10 task=9 stack=0
UserTaskEnd dt=10 task=9 stack=0
UserLog dt=10 task=9 key_string=4 value_string=5 stack=1",
    );
    let data = read(to_bytes(&text));
    let tasks: Vec<_> =
        data.user_tasks.iter().map(|task| (task.id, task.parent, task.start_ns, task.end_ns)).collect();
    let want = [
        (8, UserTaskId::NONE, None, Some(110)),
        (9, UserTaskId(0), Some(120), None),
        (9, UserTaskId(1), Some(130), Some(140)),
    ];
    assert_eq!(tasks, want);
    assert_eq!(data.logs[0].user_task, UserTaskId(2));
    assert!(data.notices[0].message.starts_with("1 user tasks begin under the id"), "{:?}", data.notices);
    assert_eq!(data.trace_counts.unwrap().user_tasks, 1);
}

#[test]
fn ranges_are_global_or_of_a_goroutine_or_a_worker() {
    let data = read_text(&trace(
        "THREAD m=5
ProcStatus dt=100 p=2 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GCActive dt=1 gc_seq=4
GCSweepActive dt=1 p=2
GCMarkAssistBegin dt=7 stack=1
STWBegin dt=10 kind_string=4 stack=0
STWEnd dt=10
GCEnd dt=10 gc_seq=5
GCSweepEnd dt=10 swept_value=8 reclaimed_value=8
HeapGoal dt=10 heapgoal_value=18446744073709551615
HeapGoal dt=10 heapgoal_value=4194304",
    ));
    let ranges: Vec<_> = data
        .ranges
        .iter()
        .map(|range| (data.strings.get(range.name), range.start_ns, range.end_ns))
        .collect();
    let want = [
        ("GC concurrent mark phase", 1, 140),
        ("GC incremental sweep", 1, 150),
        ("GC mark assist", 110, 170),
        ("stop-the-world (outer)", 120, 130),
    ];
    assert_eq!(ranges, want);
    assert_eq!(data.ranges[0].scope, RangeScope::Global);
    assert!(
        matches!(data.ranges[1].scope, RangeScope::Worker(worker) if data.workers[worker.index()].id == 2)
    );
    assert_eq!(data.ranges[3].scope, RangeScope::Task(task(&data, 1)));
    assert_eq!((&data.counters[0].values, &data.counters[0].time_ns), (&vec![0, 4_194_304], &vec![160, 170]));
}

#[test]
fn after_a_contradiction_the_next_generation_begins_anew() {
    let first = "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoCreate dt=9 new_g=2 new_stack=1 stack=0
GoSyscallEnd dt=10
HeapAlloc dt=10 heapalloc_value=1";
    let second = "THREAD m=5
ProcStatus dt=200 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoStatus dt=1 g=3 m=-1 gstatus=4
GoBlock dt=8 reason_string=1 stack=0";
    let data = read(to_bytes(&format!("Trace Go1.26\n{}{}", generation(1, first), generation(2, second))));
    check(&data);
    assert_eq!(
        spans(&data, 1),
        "1..130 Running P0\n130..131 Unknown\n131..210 Running P0\n210..210 Blocked (sleep)\n"
    );
    assert_eq!(spans(&data, 2), "110..130 Ready\n130..131 Unknown\n");
    assert_eq!(spans(&data, 3), "131..210 Blocked\n");
    assert_eq!(data.notices.len(), 1);
    assert_eq!(data.notices[0].phase, Phase::Order);
    assert!(
        messages(&data.notices)[0].contains("GoSyscallEnd: its goroutine is in no syscall"),
        "{:?}",
        data.notices
    );
    assert_eq!(data.trace_counts.unwrap().generations, 1);
}

#[test]
fn an_id_that_lives_twice_is_one_task_with_a_gap() {
    let data = read_text(&trace(
        "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
GoStatus dt=1 g=1 m=5 gstatus=2
GoDestroy dt=9
GoCreate dt=10 new_g=1 new_stack=1 stack=0
GoStart dt=10 g=1 g_seq=1",
    ));
    assert_eq!(spans(&data, 1), "1..110 Running P0\n110..120 Gone\n120..130 Ready\n130..130 Running P0\n");
}

#[test]
fn experimental_events_and_batches_are_only_counted() {
    let text = trace(
        "THREAD m=5
ProcStatus dt=100 p=0 pstatus=1
SpanAlloc dt=9 id=1 npages_value=1 kindclass=2
GoroutineStackFree dt=9 id=1
ExperimentalBatch exp=1 gen=1 m=5 time=100
data=\"\\xd7\\000TSK\"",
    );
    let data = read_text(&text);
    assert_eq!(data.trace_counts.unwrap().kinds["Experimental"], 2);
    assert!(data.facts.limits[0].starts_with("2 events of Go's experiment"), "{:?}", data.facts.limits);
}
