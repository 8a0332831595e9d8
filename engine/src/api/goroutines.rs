//! The goroutine table at the border.

use serde::{Deserialize, Serialize};

use super::Scope;

/// What a row of the table is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GoroutineRows {
    /// All goroutines of one entry function.
    #[default]
    Groups,
    /// One goroutine.
    Each,
}

/// A column that rows can be sorted by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GoroutineSort {
    /// Entry function, then id.
    Name,
    /// Runtime id; of a group the smallest.
    Id,
    /// How many goroutines.
    Count,
    /// Presence in the trace.
    Total,
    /// Execution time.
    #[default]
    Running,
    /// Scheduler wait time.
    Ready,
    /// Syscall execution time.
    Syscall,
    /// Block time (syscall).
    SyscallBlocked,
    /// Block time for all reasons together.
    Blocked,
    /// Block time for one reason, as in [`GoroutinesAnswer::reasons`].
    Reason(String),
    /// Unknown time.
    Unknown,
    /// Time in one kind of special range, as in [`GoroutinesAnswer::ranges`].
    Range(String),
}

/// Asks for a window of the goroutine table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoroutinesQuery {
    /// What a row is.
    pub rows: GoroutineRows,
    /// What part of the trace counts. `ScopeTasks::Entry` gives the goroutines of one group.
    pub scope: Scope,
    /// Text or `/regex/` that a name or id must match; empty for all.
    pub filter: String,
    /// Sorted by which column; numbers fall, names rise.
    pub sort: GoroutineSort,
    /// The other way round.
    pub reverse: bool,
    /// First row.
    pub first: u32,
    /// How many rows at most.
    pub count: u32,
}

/// A window of the goroutine table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GoroutinesAnswer {
    /// First ns of the scope, on the trace's clock.
    pub t0_ns: u64,
    /// One past the last ns of the scope.
    pub t1_ns: u64,
    /// Reasons of block time in the scope, by name, in Go's words; empty where none was seen
    /// because the goroutine was found waiting.
    pub reasons: Vec<String>,
    /// Names of special ranges in the scope, by name.
    pub ranges: Vec<String>,
    /// Rows that match the filter.
    pub matching: u32,
    /// Rows in the scope.
    pub all: u32,
    /// The largest `total_ns` of matching rows: what a bar of full width stands for.
    pub longest_ns: u64,
    /// All matching rows together.
    pub sum: GoroutineTimes,
    /// The rows asked for.
    pub rows: Vec<GoroutineRow>,
    /// Why the filter cannot be run (a bad regex); empty otherwise.
    pub filter_error: String,
}

/// A group of goroutines, or one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GoroutineRow {
    /// Entry function, as [`ScopeTasks::Entry`](super::ScopeTasks::Entry) takes it; may be empty.
    pub entry: String,
    /// What to show for it: the function, or `(Inactive, no stack trace sampled)`.
    pub name: String,
    /// Runtime id of a single goroutine, of a group the smallest.
    pub id: u64,
    /// Row of a single goroutine for `ScopeTasks::Tasks`; `None` for a group.
    pub task: Option<u32>,
    /// Key of its lane in the timeline.
    pub lane: u64,
    /// Whether it belongs to the runtime.
    pub system: bool,
    /// A single goroutine: when it was created; `None` if before the trace.
    pub created_ns: Option<u64>,
    /// A single goroutine: when it ended; `None` if it lived at the end.
    pub ended_ns: Option<u64>,
    /// Its numbers.
    pub times: GoroutineTimes,
}

/// Times by state, ns: Go's definitions (`go tool trace`, goroutine analysis).
///
/// Execution, scheduler wait, both kinds of syscall time, the block times and unknown time sum to
/// `total_ns`; range times overlap them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoroutineTimes {
    /// How many goroutines.
    pub count: u32,
    /// From creation, or the start of the trace, to the end.
    pub total_ns: u64,
    /// Execution time.
    pub running_ns: u64,
    /// Scheduler wait time.
    pub ready_ns: u64,
    /// Syscall execution time.
    pub syscall_ns: u64,
    /// In a system call without a P.
    pub syscall_blocked_ns: u64,
    /// Block time for all reasons together.
    pub blocked_ns: u64,
    /// Block time by reason, as [`GoroutinesAnswer::reasons`].
    pub reasons_ns: Vec<u64>,
    /// What is left of the total.
    pub unknown_ns: u64,
    /// Time in special ranges, as [`GoroutinesAnswer::ranges`].
    pub ranges_ns: Vec<u64>,
}
