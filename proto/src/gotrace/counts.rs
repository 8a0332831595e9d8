//! Counts of events in Go's public terms, to be held against `go tool trace -d=parsed`.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::model::{Reason, StringId, Strings, TraceCounts};

/// States of a goroutine in Go's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum GoState {
    Undetermined,
    #[default]
    NotExist,
    Runnable,
    Running,
    Waiting,
    Syscall,
}

const GO_STATES: [&str; 6] = ["Undetermined", "NotExist", "Runnable", "Running", "Waiting", "Syscall"];

/// States of a P in Go's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ProcState {
    Undetermined,
    NotExist,
    Running,
    Idle,
}

const PROC_STATES: [&str; 4] = ["Undetermined", "NotExist", "Running", "Idle"];

/// Metrics, in the order of [`METRIC_NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    Procs,
    HeapAlloc,
    HeapGoal,
}

/// Go's names of the metrics.
pub(crate) const METRIC_NAMES: [&str; 3] =
    ["/sched/gomaxprocs:threads", "/memory/classes/heap/objects:bytes", "/gc/heap/goal:bytes"];

/// Events that are neither transitions nor metrics nor ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    Sync,
    Label,
    StackSample,
    TaskBegin,
    TaskEnd,
    RegionBegin,
    RegionEnd,
    Log,
    Experimental,
}

const OTHERS: [&str; 9] = [
    "Sync",
    "Label",
    "StackSample",
    "TaskBegin",
    "TaskEnd",
    "RegionBegin",
    "RegionEnd",
    "Log",
    "Experimental",
];

/// Which event of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RangeEvent {
    Begin,
    Active,
    End,
}

impl RangeEvent {
    fn kind(self) -> &'static str {
        match self {
            Self::Begin => "RangeBegin",
            Self::Active => "RangeActive",
            Self::End => "RangeEnd",
        }
    }
}

/// Counters in arrays, since every event counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    go: [[u64; GO_STATES.len()]; GO_STATES.len()],
    proc: [[u64; PROC_STATES.len()]; PROC_STATES.len()],
    reasons: Vec<u64>,
    metrics: [u64; METRIC_NAMES.len()],
    others: [u64; OTHERS.len()],
    ranges: HashMap<(RangeEvent, StringId), u64, RandomState>,
    /// Distinct user tasks begun.
    pub user_tasks: u64,
    /// Complete generations.
    pub generations: u64,
}

impl Counts {
    /// Counts a goroutine's transition.
    #[inline]
    pub fn go(&mut self, from: GoState, to: GoState) {
        self.go[from as usize][to as usize] += 1;
    }

    /// Counts a P's transition.
    #[inline]
    pub fn proc(&mut self, from: ProcState, to: ProcState) {
        self.proc[from as usize][to as usize] += 1;
    }

    /// Counts a transition's reason; `u16::MAX` is none.
    #[inline]
    pub fn reason(&mut self, reason: u16) {
        if let Some(count) = self.reasons.get_mut(usize::from(reason)) {
            *count += 1;
        }
    }

    /// Makes room for the reasons known so far.
    pub fn grow_reasons(&mut self, reasons: usize) {
        self.reasons.resize(reasons, 0);
    }

    /// Counts a metric.
    pub fn metric(&mut self, metric: Metric) {
        self.metrics[metric as usize] += 1;
    }

    /// Counts an event of a range.
    pub fn range(&mut self, event: RangeEvent, name: StringId) {
        *self.ranges.entry((event, name)).or_default() += 1;
    }

    /// Counts any other event.
    pub fn other(&mut self, other: Other) {
        self.others[other as usize] += 1;
    }

    /// The counts under Go's names. Threads, goroutines and times are the caller's.
    pub fn finish(&self, strings: &Strings, reasons: &[Reason]) -> TraceCounts {
        let mut counts = TraceCounts {
            user_tasks: self.user_tasks,
            go_transitions: edges(&self.go, &GO_STATES),
            proc_transitions: edges(&self.proc, &PROC_STATES),
            metrics: named(METRIC_NAMES.iter().zip(&self.metrics)),
            kinds: named(OTHERS.iter().zip(&self.others)),
            generations: self.generations,
            ..TraceCounts::default()
        };
        counts.reasons = named(reasons.iter().map(|reason| strings.get(reason.text)).zip(&self.reasons));
        counts.ranges = self.ranges(strings);
        self.add_kinds(&mut counts);
        counts
    }

    fn ranges(&self, strings: &Strings) -> BTreeMap<String, u64> {
        let name = |event: RangeEvent, name| format!("{}:{}", event.kind(), strings.get(name));
        collected(&mut self.ranges.iter().map(|(&(event, id), &count)| (name(event, id), count)))
    }

    /// Adds the kinds that are counted in detail, and the sum of all.
    fn add_kinds(&self, counts: &mut TraceCounts) {
        let transitions = counts.go_transitions.values().chain(counts.proc_transitions.values()).sum();
        let mut add = |kind: &str, count: u64| {
            if count > 0 {
                *counts.kinds.entry(kind.into()).or_default() += count;
            }
        };
        add("StateTransition", transitions);
        add("Metric", self.metrics.iter().sum());
        for (&(event, _), &count) in &self.ranges {
            add(event.kind(), count);
        }
        counts.events = counts.kinds.values().sum();
    }
}

fn edges<const N: usize>(table: &[[u64; N]; N], names: &[&str; N]) -> BTreeMap<String, u64> {
    let rows = table.iter().zip(names);
    let cells = rows.flat_map(|(row, from)| row.iter().zip(names).map(move |(count, to)| (from, to, count)));
    let seen = cells.filter(|&(.., &count)| count > 0);
    collected(&mut seen.map(|(from, to, &count)| (format!("{from}->{to}"), count)))
}

fn named<'a, N: AsRef<str>>(rows: impl Iterator<Item = (N, &'a u64)>) -> BTreeMap<String, u64> {
    let seen = rows.filter(|&(_, &count)| count > 0);
    collected(&mut seen.map(|(name, &count)| (name.as_ref().to_owned(), count)))
}

/// One function for all tables, and without the sort that `collect` brings for each: 8 kB of the viewer.
fn collected(rows: &mut dyn Iterator<Item = (String, u64)>) -> BTreeMap<String, u64> {
    let mut table = BTreeMap::new();
    for (name, count) in rows {
        table.insert(name, count);
    }
    table
}
