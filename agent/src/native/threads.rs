//! Threads with their stacks.

use super::raw::RawStack;

/// A thread of the program at one moment.
#[derive(Clone, Debug)]
pub(crate) struct ThreadSnapshot {
    /// The kernel's number of it.
    pub(crate) tid: u32,
    /// Its name, at most 15 bytes.
    pub(crate) name: String,
    /// The kernel's letter: R, S, D, T, Z …
    pub(crate) state: char,
    /// CPU time it used, ns.
    pub(crate) cpu_ns: u64,
    /// The system call that it is in, if it is in one that has a name here.
    pub(crate) call: Option<&'static str>,
    /// The task that runs on it.
    pub(crate) task: Option<u64>,
    /// What stands on its stack.
    pub(crate) stack: Stack,
}

/// A thread's stack, or why there is none.
#[derive(Clone, Debug)]
pub(crate) enum Stack {
    /// As it was, and the task that ran then; 0 for none.
    Taken {
        /// The frames.
        stack: RawStack,
        /// The task's id.
        task: u64,
    },
    /// The thread was not asked.
    NotAsked,
    /// It blocks the signal, is stuck in the kernel or has ended.
    NoAnswer,
}
