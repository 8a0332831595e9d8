//! Findings at the border: what is odd in a trace, with evidence, threshold and places.

use serde::{Deserialize, Serialize};

use super::Verdict;

/// A place in a trace to jump to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// First ns on the trace's clock.
    pub t0_ns: u64,
    /// One past the last ns.
    pub t1_ns: u64,
    /// Key of the lane, as in [`Lane::key`](super::Lane::key); `None` for the whole height.
    pub lane: Option<u64>,
    /// The span to select, as in [`SpanQuery::span`](super::SpanQuery::span).
    pub span: Option<u32>,
}

/// What is looked for, in the order of the list of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Tasks were ready for long before they ran.
    LongSchedulerWaits,
    /// Tasks that were ready far longer than they ran.
    StarvedTasks,
    /// Stops of the world that took long.
    LongStops,
    /// Allocating tasks had to mark for the collector.
    AssistStorm,
    /// Collections took much of the CPU.
    GcCpu,
    /// The program had little of the CPU for some time, because of the collector.
    LowUtilisation,
    /// Many tasks queued for one lock and got it one after the other.
    MutexConvoy,
    /// System calls that did not return for long.
    LongSyscalls,
    /// Tasks that are spawned at one place and do not end.
    GrowingTasks,
    /// User tasks that did not end.
    UnfinishedUserTasks,
    /// User regions that did not end.
    UnfinishedRegions,
}

/// Something odd in a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked for.
    pub kind: FindingKind,
    /// In a few words, with what it is about: `Stops of the world of up to 12.4 ms`.
    pub title: String,
    /// How sure; never `Explained`.
    pub verdict: Verdict,
    /// How often it was seen.
    pub count: u64,
    /// The evidence, in one sentence with its numbers.
    pub why: String,
    /// From where on it counts: `p99 over 10 ms, or one wait over 100 ms`.
    pub threshold: String,
    /// What usually helps, or what would tell; a sentence.
    pub advice: String,
    /// Label and value, further numbers.
    pub numbers: Vec<(String, String)>,
    /// Where it was seen, the worst first, at most [`FINDING_PLACES`].
    pub places: Vec<FindingPlace>,
}

/// Places that a finding names at most.
pub const FINDING_PLACES: u32 = 20;

/// One place where something was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingPlace {
    /// What is there: `G 42 · main.work waited 12.4 ms`.
    pub label: String,
    /// Where that is.
    pub place: Place,
}

/// What was looked for, and with which threshold: the answer where nothing is found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked for.
    pub kind: FindingKind,
    /// In words: `Long waits for a P`.
    pub title: String,
    /// From where on it counts.
    pub threshold: String,
    /// What was measured: `p99 84 µs, longest 1.204 ms of 31 877 waits`.
    pub measured: String,
    /// How many findings came of it.
    pub found: u32,
}

/// All findings: by verdict, then by kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingsAnswer {
    /// What the findings rest on: `a trace of 4.812 s with 8 Ps`.
    pub evidence: String,
    /// What was found; empty if all checks passed.
    pub findings: Vec<Finding>,
    /// Every check, found or not.
    pub checks: Vec<Check>,
}
