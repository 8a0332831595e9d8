//! What the collector prints as JSON: stable names, the file's own units, every row.

use std::collections::BTreeMap;

use serde::Serialize;
use taskscope_proto::model::{Dataset, TraceCounts};

use crate::analysis::{facts, leaks, top, weights};
use crate::api::{LeakCause, LeakGroup, LeakGrowth, LeaksAnswer, LeaksQuery, Verdict};

/// `top --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopReport {
    /// The sample type: `inuse_space`.
    pub sample_type: String,
    /// Its unit, in which all values are.
    pub unit: String,
    /// Weight of all samples.
    pub total: i64,
    /// Every function with weight, by falling flat weight.
    pub rows: Vec<TopReportRow>,
}

/// One function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopReportRow {
    /// The full function name.
    pub function: String,
    /// Own weight.
    pub flat: i64,
    /// Weight with callees.
    pub cum: i64,
}

/// `leaks --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeakReport {
    /// All groups: by verdict, then count, explained ones last.
    pub groups: Vec<LeakReportGroup>,
}

/// One group of the leak listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeakReportGroup {
    /// How many tasks.
    pub count: u64,
    /// Their state in the runtime's words.
    pub state: String,
    /// Entry function, or a Rust task's name or type; empty if unknown.
    pub entry: String,
    /// Where they were spawned; empty if unknown.
    pub spawned_at: String,
    /// Where they wait.
    pub blocked_at: String,
    /// Longest wait known, ns.
    pub wait_ns: Option<u64>,
    /// `certain`, `likely`, `possible` or `explained`.
    pub verdict: Verdict,
    /// What that rests on most.
    pub cause: LeakCause,
    /// The evidence, in one line.
    pub why: String,
    /// Traces only: how their number changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth: Option<LeakGrowth>,
    /// Stack where they wait, leaf first.
    pub frames: Vec<LeakReportFrame>,
}

/// One frame of a group's stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeakReportFrame {
    /// The full function name.
    pub function: String,
    /// `dir/file.go:42`; empty when unknown.
    pub location: String,
}

/// `inspect --json`, for one part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InspectReport {
    /// The name it was given.
    pub file: String,
    /// Format in words.
    pub format: String,
    /// Layers that were peeled, outermost first.
    pub layers: Vec<String>,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of the innermost layer.
    pub content_bytes: u64,
    /// What is missing or odd.
    pub notices: Vec<NoticeReport>,
    /// Counts of a trace, in Go's terms.
    #[serde(flatten)]
    pub trace: Option<TraceReport>,
    /// Counts of a profile.
    #[serde(flatten)]
    pub profile: Option<ProfileReport>,
    /// Counts of a dump.
    #[serde(flatten)]
    pub dump: Option<DumpReport>,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeReport {
    /// The stage of reading.
    pub phase: String,
    /// Where, in bytes from the start of the innermost layer.
    pub offset: u64,
    /// What is missing and what that means.
    pub message: String,
}

/// Counts that can be held against `go tool trace -d=parsed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceReport {
    /// All events.
    pub events: u64,
    /// Events by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Distinct goroutines with a transition.
    pub goroutines: u64,
    /// Distinct threads.
    pub threads: u64,
    /// Distinct user tasks.
    pub user_tasks: u64,
    /// Goroutine transitions: `Running->Waiting`.
    pub go_transitions: BTreeMap<String, u64>,
    /// P transitions.
    pub proc_transitions: BTreeMap<String, u64>,
    /// Goroutine transitions by reason.
    pub reasons: BTreeMap<String, u64>,
    /// Range events: `RangeBegin:NAME`.
    pub ranges: BTreeMap<String, u64>,
    /// Metric events by name.
    pub metrics: BTreeMap<String, u64>,
    /// Time of the first event that is not Sync.
    pub first_ns: Option<u64>,
    /// Time of the last event that is not Sync.
    pub last_ns: Option<u64>,
    /// Complete generations.
    pub generations: u64,
    /// Length of the trace, ns.
    pub duration_ns: u64,
}

/// What is in a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileReport {
    /// What it is about: `cpu`, `heap`; empty if that cannot be told.
    pub profile_kind: String,
    /// Sample types with their totals, in file order.
    pub sample_types: Vec<SampleTypeReport>,
    /// The sample type shown first.
    pub default_sample_type: String,
    /// Samples in the file.
    pub samples: u64,
    /// Distinct stacks, callers counted.
    pub stacks: u64,
    /// Distinct functions.
    pub functions: u64,
    /// Distinct frames: function, line and address.
    pub locations: u64,
    /// Binaries.
    pub mappings: u64,
    /// Length that the file states, ns.
    pub duration_ns: Option<u64>,
    /// When it was taken, Unix ns.
    pub time_ns: Option<i64>,
}

/// One sample type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SampleTypeReport {
    /// Its name.
    pub kind: String,
    /// Its unit.
    pub unit: String,
    /// The sum of all samples.
    pub total: i64,
}

/// What is in a dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DumpReport {
    /// Goroutines in all.
    pub goroutines: u64,
    /// Goroutines by state.
    pub states: BTreeMap<String, u64>,
}

/// The functions of a sample type, by name or, if `None`, of the one shown first. The error names the
/// sample types that there are.
pub fn top(dataset: &Dataset, sample_type: Option<&str>) -> Result<TopReport, String> {
    let types = weights::sample_types(dataset);
    let row = match sample_type {
        None => weights::default_sample_type(dataset),
        Some(wanted) => types.iter().position(|kind| kind.kind == wanted).map_or(u32::MAX, |row| row as u32),
    };
    let Some(table) = top::table(dataset, row) else {
        let known: Vec<&str> = types.iter().map(|kind| kind.kind.as_str()).collect();
        return Err(match known.is_empty() {
            true => "there are no samples in this file".into(),
            false => format!(
                "there is no sample type {}; this file has {}",
                sample_type.unwrap_or_default(),
                known.join(", ")
            ),
        });
    };
    let rows = table.rows.into_iter().map(|row| TopReportRow {
        function: row.function,
        flat: row.flat,
        cum: row.cum,
    });
    Ok(TopReport { sample_type: table.kind, unit: table.unit, total: table.total, rows: rows.collect() })
}

/// The leak listing; `None` for a file without tasks.
pub fn leaks(dataset: &Dataset, query: &LeaksQuery) -> Option<LeakReport> {
    leaks::available(dataset).then(|| leak_report(leaks::leaks(dataset, query)))
}

/// A leak listing as scripts read it.
pub fn leak_report(answer: LeaksAnswer) -> LeakReport {
    LeakReport { groups: answer.groups.into_iter().map(leak_group).collect() }
}

/// What a part is and what is in it.
pub fn inspect(name: &str, dataset: &Dataset) -> InspectReport {
    let facts = &dataset.facts;
    let notices = dataset.notices.iter().map(|notice| NoticeReport {
        phase: notice.phase.to_string(),
        offset: notice.offset,
        message: notice.message.clone(),
    });
    let is_trace = dataset.trace_counts.is_some();
    InspectReport {
        file: name.into(),
        format: facts::format(facts),
        layers: facts.layers.clone(),
        file_bytes: facts.file_bytes,
        content_bytes: facts.content_bytes,
        notices: notices.collect(),
        trace: dataset.trace_counts.as_ref().map(|counts| trace(dataset, counts)),
        profile: (!is_trace && !dataset.samples.columns.is_empty()).then(|| profile(dataset)),
        dump: (!is_trace && !dataset.observations.rows.is_empty()).then(|| dump(dataset)),
    }
}

fn leak_group(group: LeakGroup) -> LeakReportGroup {
    let frames = group.frames.into_iter();
    let frames = frames.map(|frame| LeakReportFrame { function: frame.function, location: frame.location });
    LeakReportGroup {
        count: group.count,
        state: group.state,
        entry: group.entry,
        spawned_at: group.spawned_at,
        blocked_at: group.blocked_at,
        wait_ns: group.wait_ns,
        verdict: group.verdict,
        cause: group.cause,
        why: group.why,
        growth: group.growth,
        frames: frames.collect(),
    }
}

fn trace(dataset: &Dataset, counts: &TraceCounts) -> TraceReport {
    let counts = counts.clone();
    TraceReport {
        events: counts.events,
        kinds: counts.kinds,
        goroutines: counts.goroutines,
        threads: counts.threads,
        user_tasks: counts.user_tasks,
        go_transitions: counts.go_transitions,
        proc_transitions: counts.proc_transitions,
        reasons: counts.reasons,
        ranges: counts.ranges,
        metrics: counts.metrics,
        first_ns: counts.first_ns,
        last_ns: counts.last_ns,
        generations: counts.generations,
        duration_ns: dataset.facts.end_ns.saturating_sub(dataset.facts.start_ns),
    }
}

fn profile(dataset: &Dataset) -> ProfileReport {
    let totals = facts::totals(dataset).into_iter();
    let sample_types: Vec<SampleTypeReport> =
        totals.map(|(kind, total)| SampleTypeReport { kind: kind.kind, unit: kind.unit, total }).collect();
    let default = weights::default_sample_type(dataset) as usize;
    ProfileReport {
        profile_kind: dataset.facts.profile_kind.clone(),
        default_sample_type: sample_types.get(default).map_or(String::new(), |kind| kind.kind.clone()),
        sample_types,
        samples: dataset.samples.len() as u64,
        stacks: dataset.stacks.len() as u64,
        functions: dataset.functions.len() as u64,
        locations: dataset.frames.len() as u64,
        mappings: dataset.mappings.len() as u64,
        duration_ns: dataset.facts.duration_ns,
        time_ns: dataset.facts.wall_start_ns,
    }
}

fn dump(dataset: &Dataset) -> DumpReport {
    let states = facts::states(dataset);
    DumpReport { goroutines: states.values().fold(0, |sum, count| sum.saturating_add(*count)), states }
}
