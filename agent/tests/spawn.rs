//! Tasks that the agent describes behave as tokio's own.

use std::future::{Future, pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use taskscope_agent::{JoinSetExt, instrument, spawn, spawn_blocking, spawn_local, spawn_named, spawn_on};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, LocalSet, yield_now};

/// Counts how often it is dropped.
struct Dropped(Arc<AtomicU64>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_go_through_many_tasks() {
    let (first, mut last) = mpsc::channel(1);
    let mut next = first;
    for _ in 0..100 {
        let (sender, mut receiver) = mpsc::channel::<u64>(1);
        let out = std::mem::replace(&mut next, sender);
        spawn(async move {
            while let Some(number) = receiver.recv().await {
                out.send(number + 1).await.expect("the next one listens");
            }
        });
    }
    for number in 0..50 {
        next.send(number).await.expect("the chain listens");
        assert_eq!(last.recv().await, Some(number + 100));
    }
    drop(next);
    assert_eq!(last.recv().await, None, "every task of the chain ended");
}

#[tokio::test]
async fn every_way_to_spawn_gives_the_value() {
    let handle = tokio::runtime::Handle::current();
    assert_eq!(spawn(async { 1 }).await.ok(), Some(1));
    assert_eq!(spawn_named("two", async { 2 }).await.ok(), Some(2));
    assert_eq!(spawn_on(&handle, async { 3 }).await.ok(), Some(3));
    assert_eq!(spawn_blocking(|| 4).await.ok(), Some(4));
    assert_eq!(instrument(async { 5 }).await, 5);
    let local = LocalSet::new().run_until(async { spawn_local(async { 6 }).await.ok() }).await;
    assert_eq!(local, Some(6));
    let mut set = JoinSet::new();
    set.spawn_task(async { 7 });
    set.spawn_task_named("eight", async { 8 });
    set.spawn_task_on(async { 9 }, &handle);
    set.spawn_blocking_task(|| 10);
    let mut values = set.join_all().await;
    values.sort_unstable();
    assert_eq!(values, [7, 8, 9, 10]);
}

#[tokio::test]
async fn aborted_and_panicking_tasks_drop_their_future_once() {
    let drops = Arc::new(AtomicU64::new(0));
    let (waiting, unpolled, panicking) =
        (Dropped(drops.clone()), Dropped(drops.clone()), Dropped(drops.clone()));
    let waiting = spawn(async move {
        let _waiting = waiting;
        pending::<()>().await;
    });
    yield_now().await;
    let unpolled = spawn(async move { drop(unpolled) });
    let panicking = spawn(async move {
        let _panicking = panicking;
        yield_now().await;
        panic!("on purpose");
    });
    waiting.abort();
    unpolled.abort();
    assert!(waiting.await.is_err_and(|error| error.is_cancelled()));
    assert!(unpolled.await.is_err_and(|error| error.is_cancelled()));
    assert!(panicking.await.is_err_and(|error| error.is_panic()));
    assert_eq!(drops.load(Ordering::Relaxed), 3);
}

#[test]
fn a_runtime_that_shuts_down_drops_its_tasks() {
    let drops = Arc::new(AtomicU64::new(0));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        for _ in 0..100 {
            let dropped = Dropped(drops.clone());
            spawn(async move {
                let _dropped = dropped;
                pending::<()>().await;
            });
        }
        yield_now().await;
    });
    drop(runtime);
    assert_eq!(drops.load(Ordering::Relaxed), 100);
}

#[tokio::test]
async fn wakers_outlive_their_task_and_wake_from_anywhere() {
    let (give, take) = oneshot::channel::<Waker>();
    let mut give = Some(give);
    let mut polls = 0;
    let task = spawn(poll_fn(move |cx| {
        polls += 1;
        if let Some(give) = give.take() {
            assert!(cx.waker().will_wake(&cx.waker().clone()), "it stays the same");
            give.send(cx.waker().clone()).expect("somebody takes it");
        }
        if polls < 2 { Poll::Pending } else { Poll::Ready(()) }
    }));
    let waker = take.await.expect("the task sends it");
    let foreign = waker.clone();
    std::thread::spawn(move || foreign.wake()).join().expect("no panic");
    task.await.expect("woken by a foreign thread");
    waker.wake_by_ref();
    drop(waker.clone());
    waker.wake();
}

#[test]
fn a_waker_is_woken_and_dropped_while_its_thread_is_torn_down() {
    struct AtExit(Waker);
    impl Drop for AtExit {
        fn drop(&mut self) {
            self.0.wake_by_ref();
        }
    }
    thread_local!(static LAST: std::cell::RefCell<Option<AtExit>> = const { std::cell::RefCell::new(None) });
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut given = false;
    runtime.block_on(async {
        let task = spawn(poll_fn(move |cx| {
            if given {
                return Poll::Ready(());
            }
            given = true;
            let waker = AtExit(cx.waker().clone());
            std::thread::spawn(move || LAST.set(Some(waker)));
            Poll::Pending
        }));
        task.await.expect("woken by a destructor of thread locals");
    });
}

#[tokio::test]
async fn a_future_may_move_between_pollers() {
    let (send, mut receive) = mpsc::channel(1);
    let mut future = Box::pin(instrument(async move { receive.recv().await }));
    let polled = tokio::time::timeout(Duration::from_millis(1), &mut future).await;
    assert!(polled.is_err(), "nothing was sent");
    let task = tokio::spawn(future);
    yield_now().await;
    send.send(11).await.expect("it listens");
    assert_eq!(task.await.ok().flatten(), Some(11), "the second poller was woken");
}

#[tokio::test]
async fn polls_nest() {
    let local = LocalSet::new();
    let (send, receive) = oneshot::channel();
    local.spawn_local(async move {
        let inner = spawn_local(async {
            yield_now().await;
            12
        });
        send.send(inner.await.expect("no panic")).expect("somebody listens");
    });
    let outer = instrument(async move {
        local.await;
        instrument(receive).await
    });
    assert_eq!(instrument(outer).await.ok(), Some(12));
}

#[tokio::test]
async fn a_forgotten_future_is_harmless() {
    let mut future = Box::pin(instrument(pending::<()>()));
    poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    std::mem::forget(future);
}
