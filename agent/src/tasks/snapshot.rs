//! All tasks at one moment.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::capture::Captured;
use super::record::{Kind, Record, THREAD};
use super::site::Site;
use super::word::State;
use super::{clock, registry, watch};
use crate::native::RawStack;

/// How much a snapshot may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DumpLimits {
    /// Tasks that are described; the oldest are.
    pub(crate) tasks: u64,
    /// Whether tasks are polled for their stacks.
    pub(crate) stacks: bool,
    /// How long to wait for these polls, in all; what they cost the program comes in portions.
    pub(crate) wait: Duration,
}

impl Default for DumpLimits {
    fn default() -> Self {
        Self { tasks: 200_000, stacks: true, wait: Duration::from_millis(500) }
    }
}

/// Tasks that are asked for their stacks at a time, and the pause after them.
const PORTION: usize = 256;
const PAUSE: Duration = Duration::from_millis(1);

/// Up to so many tasks keep their stacks, so that those that wait on need not be polled for the next
/// snapshot; of more the memory would be felt.
const KEPT: usize = 10_000;

/// Who woke a task last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waker {
    /// Nobody yet.
    Nobody,
    /// Another task, or it itself.
    Task(u64),
    /// A thread that ran no task: a driver, a timer, or a foreign one.
    Thread(u32),
}

/// One task at a moment.
#[derive(Clone, Debug)]
pub(crate) struct TaskSnapshot {
    /// Its number.
    pub(crate) id: u64,
    /// The task that spawned it; 0 for none known.
    pub(crate) parent: u64,
    /// Where it was spawned.
    pub(crate) site: &'static Site,
    /// Its name, if it was given one.
    pub(crate) name: Option<Box<str>>,
    /// What runs it.
    pub(crate) kind: Kind,
    /// Its runtime, where known.
    pub(crate) runtime: Option<tokio::runtime::Id>,
    /// The thread of its last poll, if there was one: where it runs while it is running.
    pub(crate) thread: Option<u32>,
    /// What it does.
    pub(crate) state: State,
    /// For how long, where known.
    pub(crate) since_ns: Option<u64>,
    /// Since it was spawned.
    pub(crate) age_ns: u64,
    /// Polls, without those that only took its stacks.
    pub(crate) polls: u64,
    /// Wakes that made it runnable, or came while it ran.
    pub(crate) wakes: u64,
    /// Of those, the ones where it woke itself.
    pub(crate) self_wakes: u64,
    /// Who woke it last.
    pub(crate) woken_by: Waker,
    /// Wakers of it that live; `None` if they are not ours.
    pub(crate) wakers: Option<u64>,
    /// Whether it ever gave a waker away; `None` if they are not ours.
    pub(crate) registered: Option<bool>,
    /// Places that kept its waker at its last poll; `None` if that is not known.
    pub(crate) leaves: Option<u32>,
    /// The stack of each such place, leaf first; at most some.
    pub(crate) stacks: Vec<RawStack>,
}

/// One snapshot at a time: another one's hold on the records would look like wakers.
static LOOKING: Mutex<()> = Mutex::new(());

/// All tasks that are alive, by id. Waiting ones are polled once for their stacks, never one that runs.
pub(crate) fn snapshot(limits: &DumpLimits) -> Vec<TaskSnapshot> {
    let _alone = LOOKING.lock().unwrap_or_else(PoisonError::into_inner);
    watch::begin();
    let mut records = Vec::new();
    registry::live(&mut |record| {
        if record.state.load().state() != State::Ended {
            records.push(Arc::clone(record));
        }
    });
    records.sort_unstable_by_key(|record| record.id);
    records.truncate(usize::try_from(limits.tasks).unwrap_or(usize::MAX));
    let start = clock::now();
    if limits.stacks {
        capture(&records, limits.wait);
    }
    records.retain(|record| record.state.load().state() != State::Ended);
    let tasks = records.iter().map(|record| describe(record, start)).collect();
    if records.len() > KEPT {
        records.iter().for_each(|record| record.forget_capture());
    }
    tasks
}

/// Takes the stacks of tasks that wait, and of those that will soon run. Tasks that have not run since
/// their stacks were taken keep them. Asks no more while many have not answered: their workers are busy.
/// Gives up when `wait`, and twice the time of the pauses, is over.
pub(crate) fn capture(records: &[Arc<Record>], wait: Duration) {
    let stale = |record: &&Arc<Record>| record.has_wakers() && fresh(record).is_none();
    let wanting: Vec<_> = records.iter().filter(stale).collect();
    let pauses = u32::try_from(wanting.len().div_ceil(PORTION)).unwrap_or(u32::MAX);
    let end = Instant::now() + wait + PAUSE.saturating_mul(pauses).saturating_mul(2);
    let mut asked: Vec<&Arc<Record>> = Vec::new();
    for portion in wanting.chunks(PORTION) {
        portion.iter().for_each(|record| record.want_capture());
        asked.extend(portion);
        await_answers(&mut asked, 4 * PORTION, end);
        if Instant::now() >= end {
            break;
        }
    }
    await_answers(&mut asked, 0, end);
    asked.iter().for_each(|record| record.cancel_capture());
}

/// Pauses, and goes on to do so while more than `open` have not answered.
fn await_answers(asked: &mut Vec<&Arc<Record>>, open: usize, end: Instant) {
    loop {
        asked.retain(|record| record.is_wanted());
        if asked.is_empty() || Instant::now() >= end {
            return;
        }
        thread::sleep(PAUSE);
        if asked.len() <= open {
            return;
        }
    }
}

/// What the last capture saw, if the task waits since then.
fn fresh(record: &Record) -> Option<Arc<Captured>> {
    let captured = record.captured()?;
    let waits = record.state.load().state() == State::Waiting;
    (captured.pending && waits && captured.polls == record.polls.load(Ordering::Relaxed)).then_some(captured)
}

/// The task now, with the stacks that were taken since `start` or since when it waits.
fn describe(record: &Arc<Record>, start: u64) -> TaskSnapshot {
    let state = record.state.load().state();
    let recent = || record.captured().filter(|captured| captured.pending && captured.at >= start);
    let stays = matches!(state, State::Waiting | State::Runnable);
    let captured = fresh(record).or_else(recent).filter(|_| stays);
    let now = clock::now();
    let since = record.since.load(Ordering::Relaxed);
    let thread = record.thread.load(Ordering::Relaxed);
    let woken_by = match record.woken_by.load(Ordering::Relaxed) {
        0 => Waker::Nobody,
        by if by & THREAD != 0 => Waker::Thread(by as u32),
        by => Waker::Task(by),
    };
    TaskSnapshot {
        id: record.id,
        parent: record.parent,
        site: record.site,
        name: record.name.clone(),
        kind: record.kind,
        runtime: record.runtime,
        thread: (thread != 0).then_some(thread),
        state,
        since_ns: (since != 0).then(|| now.saturating_sub(since)),
        age_ns: now.saturating_sub(record.spawned),
        polls: record.own_polls(),
        wakes: record.wakes(),
        self_wakes: record.self_wakes.load(Ordering::Relaxed),
        woken_by,
        wakers: record.wakers(),
        registered: record.has_wakers().then(|| record.registered.load(Ordering::Relaxed)),
        leaves: captured.as_ref().map(|captured| captured.leaves),
        stacks: captured.map(|captured| captured.stacks.clone()).unwrap_or_default(),
    }
}

impl Record {
    /// Polls that ended, without those that only took stacks.
    pub(crate) fn own_polls(&self) -> u64 {
        // Looks first: a capture in between must not make the difference negative.
        let looks = self.looks.load(Ordering::Relaxed);
        self.polls.load(Ordering::Relaxed).saturating_sub(looks)
    }

    /// Wakes that made it runnable, or came while it ran: all polls began by one, but for the first and
    /// those that came without.
    pub(crate) fn wakes(&self) -> u64 {
        let state = self.state.load().state();
        let ended = self.polls.load(Ordering::Relaxed);
        let unwoken = self.unwoken.load(Ordering::Relaxed) + 1;
        let begun = ended + u64::from(state != State::Waiting && state != State::Ended);
        (begun + u64::from(state == State::RunningWoken)).saturating_sub(unwoken)
    }

    /// Whether its wakers are ours: not of a blocking task, which has none, nor of one that others spawned.
    pub(crate) fn has_wakers(&self) -> bool {
        !matches!(self.kind, Kind::Blocking | Kind::Foreign)
    }

    /// Wakers that live: whoever holds the record, but for the future and the caller; more while others
    /// look at it, too. `None` for a blocking task.
    pub(crate) fn wakers(self: &Arc<Self>) -> Option<u64> {
        let holders = Arc::strong_count(self) as u64;
        self.has_wakers().then(|| holders.saturating_sub(2))
    }
}
