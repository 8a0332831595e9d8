//! One task.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::capture::Captured;
use super::real_waker::RealWaker;
use super::site::Site;
use super::word::{Change, Pin, State, StateWord, Step, Word};
use super::{clock, here, registry};
use crate::trace::{self, TaskTrace, Writer};

/// What runs a task.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A task of a runtime.
    Async,
    /// A task of a runtime that stays on its thread.
    Local,
    /// A closure on the pool for blocking code.
    Blocking,
    /// The future that `block_on` drives.
    Root,
    /// A future that something else polls: `instrument`.
    Wrapped,
    /// A task of a runtime that others spawned: its polls are seen, but not its wakers.
    #[cfg_attr(not(tokio_unstable), allow(dead_code, reason = "only the runtime's hooks make them"))]
    Foreign,
}

/// How a task ended.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did not.
    None,
    /// With its value.
    Ready,
    /// Dropped before: aborted, or its runtime was shut down.
    Dropped,
    /// By a panic.
    Panicked,
}

/// One task, from its spawn until the last one lets go of it: the future itself, its wakers, or who looks.
#[derive(Debug)]
pub(crate) struct Record {
    /// Ours: from 1, never used twice, with gaps.
    pub(crate) id: u64,
    /// The task that spawned it; 0 for none known.
    pub(crate) parent: u64,
    /// Where it was spawned.
    pub(crate) site: &'static Site,
    /// Its name, if it was given one.
    pub(crate) name: Option<Box<str>>,
    /// What runs it.
    pub(crate) kind: Kind,
    /// The runtime it belongs to, where known.
    pub(crate) runtime: Option<tokio::runtime::Id>,
    /// When it was spawned, by [`clock`].
    pub(crate) spawned: u64,
    /// What it does. Whoever changes it writes the event of the change, see `trace`.
    pub(crate) state: StateWord,
    /// Polls that ended.
    pub(crate) polls: AtomicU64,
    /// Polls that began without a wake.
    pub(crate) unwoken: AtomicU64,
    /// Polls that only took its stacks: nobody had woken it, and it still waits.
    pub(crate) looks: AtomicU64,
    /// Wakes while it ran by the task itself.
    pub(crate) self_wakes: AtomicU64,
    /// Who woke it last: a task's id, or [`THREAD`] and the number of a thread; 0: nobody yet.
    pub(crate) woken_by: AtomicU64,
    /// Whether it ever gave a waker away.
    pub(super) registered: AtomicBool,
    /// Since when it is in its state, by [`clock`]; 0: not known, see [`super::watch`].
    pub(crate) since: AtomicU64,
    /// The thread of its last poll.
    pub(crate) thread: AtomicU32,
    /// An [`Outcome`].
    pub(crate) outcome: AtomicU8,
    /// Whether its next poll shall take its stacks.
    pub(crate) wanted: AtomicBool,
    /// Polls that took stacks so far.
    pub(super) captures: AtomicU64,
    /// What the last such poll saw.
    pub(super) captured: Mutex<Option<Arc<Captured>>>,
    /// Its place in the registry, under the registry's lock.
    pub(super) slot: AtomicU32,
    /// The waker of whoever polls it.
    pub(super) real: RealWaker,
    /// What the trace keeps about it.
    pub(crate) trace: TaskTrace,
}

/// In [`Record::woken_by`]: a thread that ran no task.
pub(crate) const THREAD: u64 = 1 << 63;

impl Record {
    /// A new task of `site`, runnable, known to the registry and the trace.
    pub(crate) fn spawn(
        site: &'static Site,
        kind: Kind,
        name: Option<Box<str>>,
        runtime: Option<tokio::runtime::Id>,
    ) -> Arc<Self> {
        let now = clock::now();
        let mut writer = trace::pin();
        let generation = writer.as_ref().map_or(0, Pin::generation);
        let record = Arc::new(Self {
            id: here::next_id(),
            parent: here::current().map_or(0, |task| task.id),
            site,
            name,
            kind,
            runtime,
            spawned: now,
            state: StateWord::new(Word::new(State::Runnable, generation)),
            polls: AtomicU64::new(0),
            unwoken: AtomicU64::new(0),
            looks: AtomicU64::new(0),
            self_wakes: AtomicU64::new(0),
            woken_by: AtomicU64::new(0),
            registered: AtomicBool::new(false),
            since: AtomicU64::new(now),
            thread: AtomicU32::new(0),
            outcome: AtomicU8::new(Outcome::None as u8),
            wanted: AtomicBool::new(false),
            captures: AtomicU64::new(0),
            captured: Mutex::new(None),
            slot: AtomicU32::new(0),
            real: RealWaker::new(),
            trace: TaskTrace::default(),
        });
        site.spawned.fetch_add(1, Ordering::Relaxed);
        registry::insert(&record);
        if let Some(writer) = &mut writer {
            writer.create(&record);
        }
        record
    }

    /// Makes a step and writes its event; `None` if nothing changed.
    #[inline]
    pub(crate) fn step(&self, step: Step) -> Option<Change> {
        let before = self.state.load();
        if trace::is_off()
            && let Ok(change) = self.state.step_untraced(step, before)
        {
            return change;
        }
        self.step_traced(step)
    }

    /// The same while a trace may be written; apart, so that the way without one stays short.
    #[inline(never)]
    fn step_traced(&self, step: Step) -> Option<Change> {
        let (change, writer) = self.state.step(step, trace::pin)?;
        if let Some(writer) = writer {
            self.tell(step, change, writer);
        }
        Some(change)
    }

    #[cold]
    fn tell(&self, step: Step, change: Change, mut writer: Writer) {
        match (step, change.after.state()) {
            (Step::Wake, _) => writer.unblock(self, change),
            (Step::Start, _) => writer.start(self, change),
            (Step::Pend, State::Runnable) => writer.stop(self, change),
            (Step::Pend, _) => writer.block(self, change),
            (Step::End, _) => writer.destroy(self, change),
            (Step::Suspend, _) => writer.suspend(self, change),
            (Step::Resume, _) => writer.resume(self, change),
        }
    }

    /// How it ended.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.outcome.load(Ordering::Relaxed) {
            1 => Outcome::Ready,
            2 => Outcome::Dropped,
            3 => Outcome::Panicked,
            _ => Outcome::None,
        }
    }
}
