//! Waiting without tokio's clock, and work that must not stand in the way of the tasks.

use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

/// Runs `work` on a thread of its own while the runtime goes on; `None` if the system gives no thread.
///
/// A paused clock stays where it is meanwhile. An idle runtime would move it on to the next timer, and a
/// leaked sleeper would end before anybody has seen it; but tokio never moves the clock while it has a
/// blocking task, even one that found no thread yet. So there is one as long as `work` takes.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, answer) = oneshot::channel();
    let (hold, held) = mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || held.recv());
    let worker = move || {
        // An error means that nobody waits any more.
        let _ = done.send(work());
        // Let go only now that the answer has woken whoever waits for it.
        drop(hold);
    };
    thread::Builder::new().name("taskscope-leaks".into()).spawn(worker).ok()?;
    answer.await.ok()
}
