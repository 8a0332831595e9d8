//! Leaked tasks in tests: what `#[taskscope_agent::test]`, `verify_none` and `Guard` find and leave alone.

use std::future::pending;
use std::time::Duration;

use taskscope_agent::leak::{self, Guard, Options};
use tokio::sync::oneshot;

#[taskscope_agent::test]
async fn tasks_that_end_are_no_leaks() {
    taskscope_agent::spawn(async { tokio::task::yield_now().await });
}

#[taskscope_agent::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_end_a_little_later_are_no_leaks() {
    taskscope_agent::spawn(async { tokio::time::sleep(Duration::from_millis(20)).await });
}

#[taskscope_agent::test(ignore = ["heartbeat*", "tests/other.rs"])]
async fn ignored_tasks_may_stay() -> Result<(), Box<dyn std::error::Error>> {
    taskscope_agent::spawn_named("heartbeat 1", pending::<()>());
    taskscope_agent::spawn(async {}).await?;
    Ok(())
}

#[taskscope_agent::test]
#[should_panic(expected = "task is left on the runtime")]
async fn a_leaked_task_fails_its_test() {
    taskscope_agent::spawn(pending::<()>());
}

#[taskscope_agent::test]
#[should_panic(expected = "its own words")]
async fn a_test_that_panics_says_its_own_words() {
    taskscope_agent::spawn(pending::<()>());
    panic!("its own words");
}

#[taskscope_agent::test(start_paused = true)]
#[should_panic(expected = "task is left on the runtime")]
async fn a_paused_clock_does_not_wake_leaked_sleepers() {
    taskscope_agent::spawn(tokio::time::sleep(Duration::from_secs(3600)));
}

#[tokio::test]
async fn the_report_names_task_place_and_stack() {
    let (_kept, receiver) = oneshot::channel::<()>();
    let line = line!() + 1;
    taskscope_agent::spawn_named("waits for news", receiver);
    let report = leak::find().await;
    let [task] = report.tasks() else { panic!("{report}") };
    assert_eq!((task.name.as_deref(), task.spawned_at.line()), (Some("waits for news"), line));
    assert!(task.type_name.contains("oneshot::Receiver"), "{}", task.type_name);
    assert_eq!((task.polls, report.untracked()), (1, 0));
    assert_eq!(task.stacks.len(), 1, "it waits at one place");
    assert!(task.stacks[0].iter().any(|function| function.contains("oneshot")), "{report}");
    assert_eq!(task.state, "waits: oneshot recv");
    let text = report.to_string();
    for part in ["1 task is left", "`waits for news`", "tests/leak.rs", "polled once"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[tokio::test]
async fn tasks_past_the_agent_are_counted() {
    tokio::spawn(pending::<()>());
    let report = leak::find().await;
    assert_eq!((report.tasks().len(), report.untracked()), (0, 1));
    assert!(report.to_string().contains("spawned past the agent"), "{report}");
}

#[tokio::test]
async fn the_calling_task_is_not_its_own_leak() {
    let tracked = taskscope_agent::spawn(async { leak::find().await.is_empty() });
    assert!(tracked.await.expect("no panic"));
    let untracked = tokio::spawn(async { leak::find().await.is_empty() });
    assert!(untracked.await.expect("no panic"));
}

#[tokio::test]
async fn runtimes_are_checked_one_by_one() {
    let (sender, started) = std::sync::mpsc::channel();
    let (_end, ended) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let other = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        other.block_on(async {
            taskscope_agent::spawn(pending::<()>());
            sender.send(()).expect("somebody waits");
            // Until the test is over.
            let _ = ended.await;
        });
    });
    started.recv().expect("the other runtime runs");
    leak::verify_none().await;
}

#[tokio::test]
async fn a_guard_counts_from_its_making() {
    taskscope_agent::spawn(pending::<()>());
    tokio::spawn(pending::<()>());
    Guard::new().verify().await;
    let options = Options::new().ignore_current();
    taskscope_agent::spawn(pending::<()>());
    tokio::spawn(pending::<()>());
    let report = options.find().await;
    assert_eq!((report.tasks().len(), report.untracked()), (1, 1), "{report}");
}

#[tokio::test]
async fn options_leave_out_by_place_name_type_and_number() {
    for _ in 0..3 {
        taskscope_agent::spawn_named("pool", pending::<u8>());
    }
    let ignoring = |options: Options| async move { options.patience(Duration::ZERO).find().await.is_empty() };
    assert!(ignoring(Options::new().ignore_site("leak.rs:*")).await);
    assert!(ignoring(Options::new().ignore_name("po?l")).await);
    assert!(ignoring(Options::new().ignore_type("*::Pending<u8>")).await);
    assert!(ignoring(Options::new().allow(3)).await);
    assert!(!ignoring(Options::new().allow(2)).await);
    assert!(!ignoring(Options::new().ignore_site("other.rs").ignore_name("leak.rs")).await);
}

#[tokio::test]
async fn blocking_and_local_tasks_count() {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    taskscope_agent::spawn_blocking(move || held.recv().is_err());
    let local = tokio::task::LocalSet::new();
    let report = local
        .run_until(async {
            taskscope_agent::spawn_local(pending::<()>());
            leak::find().await
        })
        .await;
    drop(hold);
    assert_eq!((report.tasks().len(), report.untracked()), (2, 0), "{report}");
    assert!(report.tasks().iter().any(|task| task.state == "blocks a thread"), "{report}");
}
