//! The leak listing at the border.

use serde::{Deserialize, Serialize};

use super::FrameText;

/// How sure the listing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing can wake these tasks.
    Certain,
    /// Strong evidence: many at one place, or blocked for long where work should end.
    Likely,
    /// Old, or at a place where leaks happen, but a wait of that kind can be healthy.
    Possible,
    /// A known healthy wait (runtime, listener, idle pool); not listed as a leak.
    Explained,
}

/// What the verdict rests on most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeakCause {
    /// Nothing speaks for a leak.
    #[default]
    None,
    /// The runtime proved that nothing can wake them: Go's leak profile, nil channels, empty selects.
    Proved,
    /// They registered no waker anywhere (Rust).
    Unwakeable,
    /// Whoever had their waker dropped it without calling it (Rust).
    LostWaker,
    /// Their spawn site makes more and more of them.
    GrowingSite,
    /// They have waited for a lock or semaphore for long.
    Lock,
    /// They have waited for other tasks for long.
    Join,
    /// There are many of them at one place, or at a place where leaks are common.
    Many,
    /// They are old.
    Old,
}

/// What rows of the listing have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LeakGrouping {
    /// Spawn site and blocked stack.
    #[default]
    SiteAndWait,
    /// Spawn site.
    Site,
    /// Blocked stack.
    Wait,
}

/// Asks for the listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaksQuery {
    /// Waits shorter than this are not evidence of age. Groups are listed all the same.
    pub min_wait_ns: u64,
    /// Trace only: tasks that blocked within so long before its end are at work, not leaked. `None` for
    /// half the trace.
    pub blocked_for_ns: Option<u64>,
    /// How tasks are grouped.
    pub grouping: LeakGrouping,
}

impl Default for LeaksQuery {
    /// A minute is long, in a dump and in a trace; groups by spawn site and wait.
    fn default() -> Self {
        Self { min_wait_ns: 60_000_000_000, blocked_for_ns: None, grouping: LeakGrouping::SiteAndWait }
    }
}

/// The listing: groups by verdict, then count, explained ones last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeaksAnswer {
    /// Living tasks in the file.
    pub living: u64,
    /// Those in groups that are not explained.
    pub suspects: u64,
    /// What the verdicts rest on: `one goroutine dump`, `a trace of 4.8 s`.
    pub evidence: String,
    /// What a task is called in the program's language: `goroutine`, `task`.
    pub noun: String,
    /// All groups.
    pub groups: Vec<LeakGroup>,
}

/// Tasks with the same spawn site and blocked stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakGroup {
    /// How many tasks.
    pub count: u64,
    /// Their state in the runtime's words: `chan receive (nil chan)`.
    pub state: String,
    /// Mark of the state, as in the timeline.
    pub mark: super::Mark,
    /// Entry function of the tasks; empty if unknown.
    pub entry: String,
    /// Where they were spawned: `main.leak in main.go:70`; empty if unknown.
    pub spawned_at: String,
    /// Where they wait: innermost frame of the program's own code, `func file:line`.
    pub blocked_at: String,
    /// Longest wait known, ns.
    pub wait_ns: Option<u64>,
    /// Median wait of those known, ns.
    pub median_wait_ns: Option<u64>,
    /// Trace, or several looks: how their number changed; `None` where the spawn site is not known.
    pub growth: Option<LeakGrowth>,
    /// Trace only: the longest wait, to jump to.
    pub place: Option<super::Place>,
    /// How sure.
    pub verdict: Verdict,
    /// What that rests on most.
    pub cause: LeakCause,
    /// The evidence, in one line.
    pub why: String,
    /// Further evidence and what was ruled out, a sentence each.
    pub evidence: Vec<String>,
    /// Stack where they wait, leaf first.
    pub frames: Vec<FrameText>,
    /// Stack where they were spawned, leaf first; often one frame.
    pub spawn_frames: Vec<FrameText>,
    /// Runtime ids of up to a hundred of the tasks.
    pub task_ids: Vec<u64>,
}

/// Tasks of one spawn site and entry over a trace, or over several looks at a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakGrowth {
    /// Spawned during the trace; or came after the first look and lived at the last one.
    pub spawned: u64,
    /// Ended during the trace; or lived at the first look and not at the last one.
    pub ended: u64,
    /// Living at the end of each of 60 equal parts of the trace, or at each look: a sparkline.
    pub living: Vec<u32>,
}
