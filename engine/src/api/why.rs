//! "Why was this slow?" at the border: where the time of an interval went, and the chain of wakes
//! that it waited for, backwards from its end (the critical path).

use serde::{Deserialize, Serialize};

use super::{FrameText, Mark, Place};

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WhySubject {
    /// One span of a task, by its row.
    Span(u32),
    /// A goroutine by its runtime id, from and to; `None` for its life inside the trace.
    Goroutine {
        /// The runtime's id.
        id: u64,
        /// First ns on the trace's clock.
        t0_ns: Option<u64>,
        /// One past the last ns.
        t1_ns: Option<u64>,
    },
    /// A user task, by its row.
    UserTask(u32),
    /// A region, by its row.
    Region(u32),
}

/// Which neighbouring segments of a path are shown as one, by the longest of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WhyMerge {
    /// None.
    #[default]
    Nothing,
    /// Those shorter than this, ns, until they are as long together. An overlay passes a pixel's time.
    Below(u64),
    /// Short ones, as far as it takes to have no more segments than are asked for.
    Fit,
}

/// Asks where the time went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyQuery {
    /// What is asked about.
    pub subject: WhySubject,
    /// Which segments are shown as one.
    pub merge: WhyMerge,
    /// First segment wanted, in time order.
    pub first: u32,
    /// How many segments at most.
    pub count: u32,
}

/// Where the time went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WhyAnswer {
    /// What it is about: `Task http.request 17`, `Region decode on G 19`, `G 19 · main.main`.
    pub title: String,
    /// Where the interval is on the timeline.
    pub place: Place,
    /// The interval by state, the largest first; sums to the interval. Of a user task that several
    /// goroutines work for, each moment counts as the most active of them: one runs, so the task runs.
    pub states: Vec<WhyState>,
    /// What the critical path consists of, the largest first; sums to the interval.
    pub causes: Vec<WhyCause>,
    /// Segments of the critical path in all, after merging.
    pub segments_all: u32,
    /// The segments asked for, in time order, without gaps or overlaps.
    pub segments: Vec<WhySegment>,
    /// Goroutines on the path.
    pub path_tasks: u32,
    /// Time on the path during which some goroutine ran, ns.
    pub path_running_ns: u64,
    /// One sentence: where most of the time went.
    pub verdict: String,
    /// Why the path is cut short; empty if it reaches the interval's start.
    pub cut: String,
}

/// One state's part of the interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyState {
    /// Mark of the state.
    pub mark: Mark,
    /// `running`, `ready (waiting for a P)`, `blocked: chan receive`, `syscall`, `syscall without P`,
    /// `GC assist`, `stopped world`, …
    pub state: String,
    /// Time in it, ns.
    pub ns: u64,
    /// Per mille of the interval; all sum to 1000 (largest remainder).
    pub per_mille: u32,
    /// How many stretches.
    pub count: u32,
}

/// One cause on the critical path: a state in a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyCause {
    /// Mark of the state.
    pub mark: Mark,
    /// As in [`WhyState::state`].
    pub state: String,
    /// The function of the program's own code there; the entry function where no stack tells.
    pub function: String,
    /// Time, ns.
    pub ns: u64,
    /// Per mille of the interval; all sum to 1000.
    pub per_mille: u32,
    /// How many segments.
    pub count: u32,
}

/// One segment of the critical path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhySegment {
    /// First ns on the trace's clock.
    pub t0_ns: u64,
    /// One past the last; the next segment's first.
    pub t1_ns: u64,
    /// `G 19`.
    pub task: String,
    /// Its entry function.
    pub entry: String,
    /// Key of its lane.
    pub lane: Option<u64>,
    /// The span it is part of; `None` where the task was not there.
    pub span: Option<u32>,
    /// Mark of the state.
    pub mark: Mark,
    /// As in [`WhyState::state`].
    pub state: String,
    /// How many segments were merged; 1 for one.
    pub merged: u32,
    /// How the path goes on from here: `wakes G 19`, `creates G 19`, `waits; meanwhile G 7`, `the end`;
    /// empty where the same goroutine goes on.
    pub then: String,
    /// Stack that tells most: where it blocked, where it woke the next one or ended its run; leaf first,
    /// up to 16 frames.
    pub stack: Vec<FrameText>,
}
