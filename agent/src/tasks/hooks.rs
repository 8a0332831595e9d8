//! Tasks that others spawn, by the runtime's own hooks: every task of a runtime that our builder made,
//! with `--cfg tokio_unstable`. Their wakers are not seen, so neither are their wakes and stacks.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::runtime::{Builder, Id as RuntimeId, TaskMeta};
use tokio::task::Id;

use super::future::{Running, retire};
use super::record::{Kind, Outcome, Record};
use super::site;

/// What the type of a future is called that only tokio knows.
struct Unknown;

/// Each with its own lock.
const SHARDS: usize = 64;

type Shard = Mutex<Option<HashMap<Id, Arc<Record>>>>;

/// Tasks that are alive.
static TASKS: [Shard; SHARDS] = [const { Mutex::new(None) }; SHARDS];

thread_local! {
    /// Whether the task that is being spawned is described already.
    static OURS: Cell<bool> = const { Cell::new(false) };
    /// Polls that run on this thread, the innermost last; `None` for tasks that are described already.
    static POLLS: RefCell<Vec<Option<Poll>>> = const { RefCell::new(Vec::new()) };
}

/// A poll that runs.
struct Poll {
    record: Arc<Record>,
    outer: *const Record,
    over: bool,
}

/// Lets a builder's runtime tell us of all its tasks. Who builds it then says which one it is.
pub(crate) fn install(tokio: &mut Builder) -> Arc<OnceLock<RuntimeId>> {
    let runtime = Arc::new(OnceLock::new());
    let known = Arc::clone(&runtime);
    tokio.on_task_spawn(move |meta| spawned(meta, known.get().copied())).on_task_terminate(ended);
    tokio.on_before_task_poll(poll_begins).on_after_task_poll(poll_ended);
    runtime
}

/// Calls a function of tokio's that spawns a task which is described already.
#[inline]
pub(super) fn ours<T>(spawn: impl FnOnce() -> T) -> T {
    let _restore = Restore(OURS.replace(true));
    spawn()
}

/// Puts the mark back, also where tokio panics.
struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        OURS.set(self.0);
    }
}

fn shard(id: Id) -> MutexGuard<'static, Option<HashMap<Id, Arc<Record>>>> {
    use std::hash::{BuildHasher, RandomState};
    static HASHER: OnceLock<RandomState> = OnceLock::new();
    let at = HASHER.get_or_init(RandomState::new).hash_one(id) as usize % SHARDS;
    TASKS[at].lock().unwrap_or_else(PoisonError::into_inner)
}

fn spawned(meta: &TaskMeta<'_>, runtime: Option<RuntimeId>) {
    if OURS.replace(false) {
        return;
    }
    let record = Record::spawn(site::site::<Unknown>(meta.spawned_at()), Kind::Foreign, None, runtime);
    shard(meta.id()).get_or_insert_default().insert(meta.id(), record);
}

fn poll_begins(meta: &TaskMeta<'_>) {
    let record = shard(meta.id()).as_ref().and_then(|tasks| tasks.get(&meta.id()).cloned());
    let poll = record.map(|record| {
        let outer = Running::begin(&record).suspend();
        Poll { record, outer, over: false }
    });
    let _ = POLLS.try_with(|polls| polls.borrow_mut().push(poll));
}

/// The task is over; if its poll runs, this comes before the end of the poll.
fn ended(meta: &TaskMeta<'_>) {
    // Blocking tasks and the workers themselves end, too; they were not spawned as tasks.
    let Some(record) = shard(meta.id()).as_mut().and_then(|tasks| tasks.remove(&meta.id())) else { return };
    let polled = POLLS.try_with(|polls| match polls.borrow_mut().last_mut() {
        Some(Some(poll)) if Arc::ptr_eq(&poll.record, &record) => {
            poll.over = true;
            true
        }
        _ => false,
    });
    if !polled.unwrap_or(false) {
        Running::begin(&record).end(Outcome::Dropped);
        retire(&record);
    }
}

fn poll_ended(_meta: &TaskMeta<'_>) {
    let Ok(Some(Some(poll))) = POLLS.try_with(|polls| polls.borrow_mut().pop()) else { return };
    // SAFETY: `poll_begins` made it on this thread from this record, and nothing that it nests in has
    // ended: polls of a thread end in the reverse order.
    let running = unsafe { Running::resume(&poll.record, poll.outer) };
    if poll.over {
        running.end(Outcome::Ready);
        retire(&poll.record);
    } else {
        running.pend();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::mpsc;

    use crate::runtime::Builder;
    use crate::tasks::snapshot::{DumpLimits, snapshot};
    use crate::tasks::word::State;

    #[test]
    fn tasks_of_others_are_described() {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let id = runtime.handle().id();
        let line = line!() + 1;
        let foreign = runtime.spawn(async { std::future::pending::<()>().await });
        let own = crate::spawn_on(runtime.handle(), async { std::future::pending::<()>().await });
        let tasks = || {
            let mut tasks = snapshot(&DumpLimits { stacks: false, ..DumpLimits::default() });
            tasks.retain(|task| task.runtime == Some(id));
            tasks
        };
        let settled = (0..10_000).map(|_| tasks()).find(|tasks| {
            std::thread::yield_now();
            tasks.iter().all(|task| task.state == State::Waiting && task.polls == 1)
        });
        let settled = settled.expect("both wait in the end");
        assert_eq!(settled.len(), 2, "each once: {settled:#?}");
        assert!(settled.iter().any(|task| task.site.location.line() == line));
        foreign.abort();
        own.abort();
        let (send, receive) = mpsc::channel();
        runtime.spawn(async move { send.send((foreign.await.is_err(), own.await.is_err())) });
        assert_eq!(receive.recv().ok(), Some((true, true)));
        drop(runtime);
        assert!(tasks().is_empty());
    }
}
