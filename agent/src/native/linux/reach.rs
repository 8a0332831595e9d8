//! Knowing the stacks of threads before they are asked for them.

use std::collections::HashMap;

use super::signal::Session;
use super::stacks::{self, Maps};
use super::threads::{self, Thread};
use crate::service::thread::PREFIX;

/// The program's threads, and whether the handler will find their stacks. The agent's own are left out.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    known: HashMap<u32, Thread>,
}

/// What [`Threads::refresh`] found.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Threads that were not there before, or are others under an old number.
    pub(crate) new: Vec<u32>,
    /// Threads that have ended.
    pub(crate) gone: Vec<u32>,
}

impl Threads {
    /// The threads as of the last refresh.
    pub(crate) fn get(&self, tid: u32) -> Option<&Thread> {
        self.known.get(&tid)
    }

    /// Looks which threads there are now.
    pub(crate) fn refresh(&mut self) -> Changes {
        let now: HashMap<u32, Thread> = threads::tids()
            .into_iter()
            .filter_map(threads::look)
            .filter(|thread| !thread.name.starts_with(PREFIX))
            .map(|thread| (thread.tid, thread))
            .collect();
        let same =
            |one: &Thread, other: Option<&Thread>| other.is_some_and(|other| one.started == other.started);
        let new = now.values().filter(|thread| !same(thread, self.known.get(&thread.tid)));
        let gone = self.known.values().filter(|thread| !same(thread, now.get(&thread.tid)));
        let changes = Changes {
            new: new.map(|thread| thread.tid).collect(),
            gone: gone.map(|thread| thread.tid).collect(),
        };
        stacks::retain(|tid| now.contains_key(&tid));
        self.known = now;
        changes
    }
}

/// Notes the stacks of those threads that the kernel shows waiting. The others are asked where they are
/// with a signal of `session`; what comes back without a stack goes to [`learn`].
pub(crate) fn prepare(tids: &[u32], session: &Session) {
    let maps = Maps::read();
    for &tid in tids {
        let waiting = threads::in_kernel(tid).and_then(|call| maps.around(call.sp));
        match waiting {
            Some(stack) => stacks::set(tid, &stack),
            None => {
                session.signal(tid);
            }
        }
    }
}

/// Notes the stack of a thread whose stack pointer was seen.
pub(super) fn learn(tid: u32, sp: u64, maps: &Maps) {
    if let Some(stack) = maps.around(sp) {
        stacks::set(tid, &stack);
    }
}

/// The same for many, by thread and stack pointer.
pub(crate) fn learn_all(seen: &[(u32, u64)]) {
    if seen.is_empty() {
        return;
    }
    let maps = Maps::read();
    for &(tid, sp) in seen {
        learn(tid, sp, &maps);
    }
}
