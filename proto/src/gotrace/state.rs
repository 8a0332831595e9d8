//! What the emulated scheduler remembers of goroutines, Ps and threads.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::counts::{GoState, ProcState};
use super::staging::Room;
use crate::model::ids::NONE;

/// A sequence counter, which counts within one generation only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seq {
    generation: u32,
    count: u64,
}

impl Seq {
    /// The counter at the start of `generation`.
    pub fn start(generation: u32) -> Self {
        Self { generation, count: 0 }
    }

    /// Whether event `next` of `generation` follows this state.
    #[inline]
    pub fn precedes(self, generation: u32, next: u64) -> bool {
        self.generation == generation && self.count.wrapping_add(1) == next
    }

    /// The counter after event `count` of `generation`.
    #[inline]
    pub fn at(generation: u32, count: u64) -> Self {
        Self { generation, count }
    }
}

/// A goroutine; its row is that of its task.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Go {
    /// Its counter.
    pub seq: Seq,
    /// How many spans and wakes it has.
    pub room: Room,
    /// Its state; `NotExist` also for one that is not known now.
    pub state: GoState,
    /// Whether its task has an entry function.
    pub named: bool,
}

/// States of a P as written in ProcStatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum ProcStatus {
    /// Not known now.
    #[default]
    Absent,
    Running,
    Idle,
    Syscall,
    /// In a syscall whose thread is not known any more.
    Abandoned,
}

impl ProcStatus {
    /// From the wire.
    pub fn new(raw: u64) -> Option<Self> {
        [Self::Running, Self::Idle, Self::Syscall, Self::Abandoned].get(raw.checked_sub(1)? as usize).copied()
    }

    /// What Go's API shows for it.
    pub fn public(self) -> ProcState {
        match self {
            Self::Absent => ProcState::NotExist,
            Self::Running | Self::Syscall => ProcState::Running,
            Self::Idle | Self::Abandoned => ProcState::Idle,
        }
    }
}

/// A P.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proc {
    /// Its number.
    pub id: u64,
    /// Its counter.
    pub seq: Seq,
    /// Its status.
    pub status: ProcStatus,
    /// The thread that got it last.
    pub holder: u32,
    /// Since when it has a thread, and which.
    pub held: Option<(u64, u32)>,
}

/// A thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thread {
    /// Its goroutine, or `NONE`.
    pub g: u32,
    /// Its P, or `NONE`.
    pub p: u32,
    /// Whether an event was tried on it or named it.
    pub known: bool,
    /// Whether an event came from it.
    pub seen: bool,
}

/// The context of an event: rows of its thread, goroutine and P, each `NONE` if there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cx {
    /// Thread.
    pub m: u32,
    /// Goroutine.
    pub g: u32,
    /// P.
    pub p: u32,
}

/// Why an event does not advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Another thread's event comes first.
    NotYet,
    /// It contradicts the events before it; says how.
    Broken(&'static str),
}

/// Whether an event advanced. One that did not has changed nothing.
pub(crate) type Rule = Result<(), Stop>;

/// Not yet, unless `ready`.
#[inline]
pub(crate) fn wait_unless(ready: bool) -> Rule {
    if ready { Ok(()) } else { Err(Stop::NotYet) }
}

/// Broken, unless `legal`.
#[inline]
pub(crate) fn must(legal: bool, why: &'static str) -> Rule {
    if legal { Ok(()) } else { Err(Stop::Broken(why)) }
}

impl Cx {
    /// The event needs a thread.
    #[inline]
    pub fn needs_m(self) -> Rule {
        must(self.m != NONE, "it belongs to no thread")
    }

    /// The event needs a thread with a P.
    #[inline]
    pub fn needs_mp(self) -> Rule {
        self.needs_m()?;
        must(self.p != NONE, "its thread has no P")
    }

    /// The event needs a thread with a goroutine.
    #[inline]
    pub fn needs_mg(self) -> Rule {
        self.needs_m()?;
        must(self.g != NONE, "its thread runs no goroutine")
    }

    /// The event needs a thread with a P that runs a goroutine.
    #[inline]
    pub fn needs_all(self) -> Rule {
        self.needs_mp()?;
        must(self.g != NONE, "its thread runs no goroutine")
    }

    /// The event needs a thread without a goroutine.
    #[inline]
    pub fn needs_no_g(self) -> Rule {
        must(self.g == NONE, "its thread already runs a goroutine")
    }
}

/// Runtime ids to rows, with a small cache before the hash table: events that name a goroutine
/// mostly name one of few.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    cache: Box<[(u64, u32); CACHE]>,
    rows: HashMap<u64, u32, RandomState>,
}

const CACHE: usize = 256;

impl Default for Rows {
    fn default() -> Self {
        Self { cache: Box::new([(0, NONE); CACHE]), rows: HashMap::default() }
    }
}

impl Rows {
    /// The row of `id`, if it has one.
    #[inline]
    pub fn get(&mut self, id: u64) -> Option<u32> {
        let slot = &mut self.cache[id as usize % CACHE];
        if slot.0 == id && slot.1 != NONE {
            return Some(slot.1);
        }
        let row = *self.rows.get(&id)?;
        *slot = (id, row);
        Some(row)
    }

    /// Gives `id`, which has none, the next row.
    pub fn add(&mut self, id: u64) -> u32 {
        let row = self.rows.len() as u32;
        self.rows.insert(id, row);
        row
    }
}
