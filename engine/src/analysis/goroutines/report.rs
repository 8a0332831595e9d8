//! The table as JSON: stable names, ns, every row.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::api::{GoroutineTimes, GoroutinesAnswer};

/// `goroutines --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoroutinesReport {
    /// Length of the scope, ns.
    pub length_ns: u64,
    /// Rows, in the order asked for.
    pub goroutines: Vec<GoroutineReport>,
}

/// A group of goroutines, or one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoroutineReport {
    /// Entry function; empty if no stack was seen.
    pub name: String,
    /// Runtime id, of a group the smallest.
    pub id: u64,
    /// How many goroutines.
    pub count: u32,
    /// Whether it belongs to the runtime.
    pub system: bool,
    /// From creation, or the start of the trace, to the end.
    pub total_ns: u64,
    /// Execution time.
    pub execution_ns: u64,
    /// Scheduler wait time.
    pub sched_wait_ns: u64,
    /// Syscall execution time.
    pub syscall_ns: u64,
    /// Block time (syscall).
    pub syscall_block_ns: u64,
    /// Block time by reason, in Go's words.
    pub block_ns: BTreeMap<String, u64>,
    /// Unknown time.
    pub unknown_ns: u64,
    /// Time in special ranges, which overlap all others.
    pub ranges_ns: BTreeMap<String, u64>,
}

/// The rows of `answer` by name instead of by column. Times of 0 are left out of the maps.
pub fn report(answer: &GoroutinesAnswer) -> GoroutinesReport {
    let named = |names: &[String], ns: &[u64]| {
        let pairs = names.iter().cloned().zip(ns.iter().copied());
        pairs.filter(|&(_, ns)| ns > 0).collect()
    };
    let row = |row: &crate::api::GoroutineRow| {
        let times: &GoroutineTimes = &row.times;
        GoroutineReport {
            name: row.entry.clone(),
            id: row.id,
            count: times.count,
            system: row.system,
            total_ns: times.total_ns,
            execution_ns: times.running_ns,
            sched_wait_ns: times.ready_ns,
            syscall_ns: times.syscall_ns,
            syscall_block_ns: times.syscall_blocked_ns,
            block_ns: named(&answer.reasons, &times.reasons_ns),
            unknown_ns: times.unknown_ns,
            ranges_ns: named(&answer.ranges, &times.ranges_ns),
        }
    };
    GoroutinesReport {
        length_ns: answer.t1_ns.saturating_sub(answer.t0_ns),
        goroutines: answer.rows.iter().map(row).collect(),
    }
}
