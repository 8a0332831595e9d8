//! What the agent knows of tasks, in real runtimes. Tests share the process: each looks at its own tasks.

use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Barrier, Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::task::yield_now;

use super::record::Record;
use super::snapshot::{DumpLimits, TaskSnapshot, Waker, snapshot};
use super::word::State;
use crate::{instrument, spawn, spawn_blocking, spawn_named};

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// The tasks of a runtime as soon as `ready` says so; panics if it never does.
fn until(runtime: &Runtime, ready: impl Fn(&[TaskSnapshot]) -> bool) -> Vec<TaskSnapshot> {
    let mut tasks = Vec::new();
    for _ in 0..1000 {
        tasks = snapshot(&DumpLimits::default());
        tasks.retain(|task| task.runtime == Some(runtime.handle().id()));
        if ready(&tasks) {
            return tasks;
        }
        std::thread::yield_now();
    }
    panic!("never so: {tasks:#?}");
}

fn named<'a>(tasks: &'a [TaskSnapshot], name: &str) -> &'a TaskSnapshot {
    tasks
        .iter()
        .find(|task| task.name.as_deref() == Some(name))
        .unwrap_or_else(|| panic!("{name} in {tasks:#?}"))
}

fn all_waiting(tasks: &[TaskSnapshot]) -> bool {
    tasks.iter().all(|task| task.state == State::Waiting && task.leaves.is_some())
}

#[test]
fn a_snapshot_tells_what_tasks_do() {
    let runtime = runtime();
    let (send, mut receive) = mpsc::channel::<u64>(1);
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let _context = runtime.enter();
    spawn_named("receiver", async move { while receive.recv().await.is_some() {} });
    spawn_named("parent", async {
        spawn_named("child", pending::<()>());
        pending::<()>().await;
    });
    spawn_named("yielder", async {
        let mut left = 10;
        poll_fn(move |cx| {
            left -= 1;
            cx.waker().wake_by_ref();
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        pending::<()>().await;
    });
    let blocking = spawn_blocking(move || stopped.recv().is_ok());
    until(&runtime, |tasks| {
        tasks.iter().any(|task| task.name.as_deref() == Some("receiver") && task.leaves == Some(1))
    });
    send.blocking_send(1).expect("it listens");
    let settled = |tasks: &[TaskSnapshot]| {
        let waiting =
            tasks.iter().filter(|task| task.state == State::Waiting && task.leaves.is_some()).count();
        let running =
            tasks.iter().filter(|task| task.state == State::Running && task.wakers.is_none()).count();
        let woken = tasks.iter().any(|task| task.name.as_deref() == Some("receiver") && task.wakes == 1);
        (waiting, running, woken) == (4, 1, true)
    };
    let tasks = until(&runtime, settled);
    let receiver = named(&tasks, "receiver");
    assert_eq!((receiver.polls, receiver.wakes, receiver.leaves, receiver.wakers), (2, 1, Some(1), Some(1)));
    assert!(matches!(receiver.woken_by, Waker::Thread(_)), "by this thread: {:?}", receiver.woken_by);
    assert!(receiver.site.location.file().ends_with("tests.rs"));
    assert_eq!(receiver.stacks.len(), 1);
    let (parent, child) = (named(&tasks, "parent"), named(&tasks, "child"));
    assert_eq!(child.parent, parent.id);
    assert_eq!((child.leaves, child.wakers), (Some(0), Some(0)), "nothing can wake it");
    let yielder = named(&tasks, "yielder");
    assert_eq!((yielder.polls, yielder.wakes, yielder.self_wakes), (11, 10, 10));
    assert!(yielder.since_ns.is_some_and(|since| since <= yielder.age_ns));
    stop.send(()).expect("it waits");
    assert_eq!(runtime.block_on(blocking).ok(), Some(true));
}

#[test]
fn looking_does_not_count_as_polling_and_ends_no_wait() {
    let runtime = runtime();
    let _context = runtime.enter();
    spawn_named("sleeper", tokio::time::sleep(Duration::from_secs(3600)));
    let first = until(&runtime, |tasks| tasks.len() == 1 && all_waiting(tasks));
    let (polls, since) = (first[0].polls, first[0].since_ns.expect("it waits"));
    assert_eq!(polls, 1);
    for _ in 0..5 {
        let again = until(&runtime, all_waiting);
        assert_eq!(again[0].polls, polls);
        assert!(again[0].since_ns.is_some_and(|now| now >= since), "it waits on");
    }
}

/// Names of the functions of a stack, by the symbols of the test program.
fn trace_of(task: &TaskSnapshot) -> Vec<Vec<u64>> {
    task.stacks.iter().map(|stack| stack.pcs.to_vec()).collect()
}

#[test]
fn every_leaf_of_tokio_shows_its_stack() {
    let runtime = runtime();
    let _context = runtime.enter();
    let (_send, mut receive) = mpsc::channel::<()>(1);
    let (full, _full) = mpsc::channel::<()>(1);
    full.try_send(()).expect("there is room for one");
    let (_one, once) = oneshot::channel::<()>();
    let (_cast, mut casts) = broadcast::channel::<()>(1);
    let (_seen, mut see) = watch::channel(());
    let semaphore = Arc::new(Semaphore::new(0));
    let mutex = Arc::new(Mutex::new(()));
    let locked = mutex.clone().try_lock_owned().expect("free");
    let lock = Arc::new(RwLock::new(()));
    let written = lock.clone().try_write_owned().expect("free");
    let (notify, barrier) = (Arc::new(Notify::new()), Arc::new(Barrier::new(2)));
    spawn_named("recv", async move { receive.recv().await });
    spawn_named("send", async move { full.send(()).await });
    spawn_named("oneshot", async move { once.await.ok() });
    spawn_named("broadcast", async move { casts.recv().await.ok() });
    spawn_named("watch", async move { see.changed().await });
    spawn_named("semaphore", async move { drop(semaphore.acquire().await) });
    spawn_named("mutex", async move { drop(mutex.lock().await) });
    spawn_named("rwlock", async move { drop(lock.read().await) });
    spawn_named("notify", async move { notify.notified().await });
    spawn_named("barrier", async move { barrier.wait().await.is_leader() });
    spawn_named("join", async move { tokio::spawn(pending::<()>()).await });
    spawn_named("sleep", tokio::time::sleep(Duration::from_secs(3600)));
    spawn_named("accept", async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.accept().await.is_ok()
    });
    spawn_named("three", async move {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(3600)) => (),
            () = tokio::time::sleep(Duration::from_secs(3601)) => (),
            () = tokio::time::sleep(Duration::from_secs(3602)) => (),
        }
    });
    let tasks = until(&runtime, |tasks| tasks.len() == 14 && all_waiting(tasks));
    for task in &tasks {
        let name = task.name.as_deref().unwrap_or_default();
        let leaves = if name == "three" { 3 } else { 1 };
        assert_eq!(task.leaves, Some(leaves), "{name}");
        assert_eq!(task.wakers, Some(u64::from(leaves)), "{name}");
        assert_eq!(task.stacks.len(), leaves as usize, "{name}");
        for stack in trace_of(task) {
            assert!((1..40).contains(&stack.len()), "{name}: from the leaf to the task only: {stack:x?}");
        }
    }
    drop((locked, written));
}

#[test]
fn ended_tasks_are_forgotten_and_counted() {
    let runtime = runtime();
    let line = line!() + 2;
    runtime.block_on(async {
        let tasks: Vec<_> = (0..1000).map(|_| spawn(async { yield_now().await })).collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    // The join may be seen before the task lets go of its future.
    drop(runtime);
    let site = super::site::sites()
        .into_iter()
        .find(|site| site.location.line() == line && site.location.file() == file!());
    let site = site.expect("the site is known");
    assert_eq!((site.spawned.load(std::sync::atomic::Ordering::Relaxed), site.alive()), (1000, 0));
    let mut left = 0;
    super::live(&mut |record: &Arc<Record>| left += u64::from(std::ptr::eq(record.site, site)));
    assert_eq!(left, 0);
}

#[tokio::test]
async fn nested_polls_know_the_inner_task() {
    let outer = instrument(async {
        let outer = super::current().expect("in a task");
        let inner = instrument(async { super::current().expect("in a task") }).await;
        assert_ne!(inner.id, outer.id);
        assert_eq!(super::current(), Some(outer), "back in the outer one");
    });
    outer.await;
    assert_eq!(super::current(), None);
}

#[test]
fn many_tasks_are_all_described() {
    const MANY: usize = 20_000;
    let runtime = runtime();
    let _context = runtime.enter();
    let tasks: Vec<_> = (0..MANY).map(|_| spawn(tokio::time::sleep(Duration::from_secs(3600)))).collect();
    let seen = until(&runtime, |tasks| tasks.iter().filter(|task| task.leaves == Some(1)).count() == MANY);
    assert_eq!(seen.len(), MANY);
    assert!(seen.iter().all(|task| task.polls == 1 && task.wakers == Some(1)));
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    until(&runtime, <[_]>::is_empty);
}

#[test]
fn a_running_task_is_never_polled_for_its_stack() {
    let runtime = runtime();
    let _context = runtime.enter();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let (started, start) = std::sync::mpsc::channel::<()>();
    let task = spawn_named("wedged", async move {
        started.send(()).expect("the test waits");
        stopped.recv().is_ok()
    });
    start.recv().expect("it starts");
    let limits = DumpLimits { wait: Duration::from_millis(20), ..DumpLimits::default() };
    let tasks = snapshot(&limits);
    let wedged = named(&tasks, "wedged");
    assert_eq!((wedged.state, wedged.polls, wedged.leaves), (State::Running, 0, None));
    assert!(wedged.thread.is_some());
    stop.send(()).expect("it waits");
    assert_eq!(runtime.block_on(task).ok(), Some(true));
}
