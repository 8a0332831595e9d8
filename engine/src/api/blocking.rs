//! Blocking profiles at the border.

use serde::{Deserialize, Serialize};

use super::{Scope, WhySubject};

/// What goroutines wait for: the four profiles of `go tool trace -pprof`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BlockingKind {
    /// Network (`net`): the poller.
    Network,
    /// Synchronisation (`sync`): channels, select, locks.
    #[default]
    Sync,
    /// System calls (`syscall`).
    Syscall,
    /// The scheduler (`sched`): runnable, but not running.
    Scheduler,
}

/// What a flame graph or a top table weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FlameSource {
    /// A sample type, by its index in the part's sample types; in a trace its CPU samples.
    Samples(u32),
    /// Time in a kind of wait, ns.
    Blocking(BlockingKind),
    /// How often a kind of wait ended.
    Contentions(BlockingKind),
    /// Time on the critical path of an interval, ns; the scope does not count.
    CriticalPath(WhySubject),
}

impl Default for FlameSource {
    fn default() -> Self {
        Self::Samples(0)
    }
}

/// Asks how much there is to see in each blocking profile, to offer those that are not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingQuery {
    /// What part of the trace counts.
    pub scope: Scope,
}

/// The four profiles in one line each, and the CPU samples.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingAnswer {
    /// Network, Sync, Syscall, Scheduler.
    pub kinds: Vec<BlockingTotal>,
    /// CPU samples in the scope.
    pub samples: u64,
}

/// One profile's sums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingTotal {
    /// Which one.
    pub kind: BlockingKind,
    /// How many waits ended.
    pub contentions: u64,
    /// How long they took, ns.
    pub delay_ns: u64,
    /// Distinct stacks.
    pub stacks: u32,
}
