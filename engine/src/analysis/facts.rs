//! What a file is and what is in it, as people read it.

use std::collections::BTreeMap;

use taskscope_proto::Notice;
use taskscope_proto::model::{Dataset, Facts, Format, TraceCounts};

use super::{leaks, user_tasks, weights};
use crate::api::{FactSection, FileFacts, NoticeText, SampleType, View};
use crate::sorting::Sort;
use crate::units::{self, bytes_u64, count_u64, duration, plural};

/// Everything that the file bar, the summary page and `inspect` say about a part.
pub fn facts(name: &str, dataset: &Dataset) -> FileFacts {
    let facts = &dataset.facts;
    let traced = !dataset.spans.is_empty();
    FileFacts {
        name: name.into(),
        format: format(facts),
        views: views(dataset),
        headline: headline(dataset),
        sections: sections(name, dataset),
        sample_types: weights::sample_types(dataset),
        default_sample_type: weights::default_sample_type(dataset),
        span_ns: traced.then_some((facts.start_ns, facts.end_ns)),
        notices: dataset.notices.iter().map(notice).collect(),
        leak_groups: leaks::suspect_groups(dataset),
    }
}

/// A format in words: `Go trace v2 · header 1.26`.
pub fn format(facts: &Facts) -> String {
    match (facts.format, facts.profile_kind.as_str()) {
        (Format::GoTrace(minor @ ..22), _) => format!("Go trace v1 · header 1.{minor}"),
        (Format::GoTrace(minor), _) => format!("Go trace v2 · header 1.{minor}"),
        (Format::GoroutineDump, _) => "Go goroutine dump".into(),
        (Format::GoroutineProfileText, "") => "Go profile as text".into(),
        (Format::GoroutineProfileText, kind) => format!("Go {kind} profile as text"),
        (Format::Pprof, "") => "pprof".into(),
        (Format::Pprof, "cpu") => "pprof · CPU profile".into(),
        (Format::Pprof, kind) => format!("pprof · {kind} profile"),
        _ => "a format of a later version".into(),
    }
}

/// A notice as people read it.
pub fn notice(notice: &Notice) -> NoticeText {
    let place = format!("{} · {}", units::byte_offset(notice.offset), notice.phase);
    NoticeText { place, message: notice.message.clone() }
}

/// How many tasks a dump saw in each state, in the runtime's words.
pub fn states(dataset: &Dataset) -> BTreeMap<String, u64> {
    let mut states = BTreeMap::new();
    for row in &dataset.observations.rows {
        let words =
            dataset.reasons.get(row.reason.index()).map_or("", |reason| dataset.strings.get(reason.text));
        let words = if words.is_empty() { "not given" } else { words };
        let sum: &mut u64 = states.entry(words.to_string()).or_default();
        *sum = sum.saturating_add(row.count);
    }
    states
}

/// The sum of each sample type, as `go tool pprof` totals it.
pub fn totals(dataset: &Dataset) -> Vec<(SampleType, i64)> {
    let types = weights::sample_types(dataset).into_iter().enumerate();
    let sum = |row: usize| {
        weights::samples(dataset, row as u32)
            .fold(0i64, |sum, (_, value)| sum.saturating_add(value.saturating_abs()))
    };
    types.map(|(row, kind)| (kind, sum(row))).collect()
}

fn views(dataset: &Dataset) -> Vec<View> {
    let traced = !dataset.spans.is_empty();
    let sampled = weights::samples(dataset, weights::default_sample_type(dataset)).next().is_some();
    let listed = leaks::available(dataset);
    // A dump is read for its leaks first, a goroutine profile too; everything else for its picture.
    let order = [
        (traced, View::Timeline),
        (listed && !traced, View::Leaks),
        (sampled || traced, View::Flame),
        (traced, View::Goroutines),
        (user_tasks::available(dataset), View::UserTasks),
        (listed, View::Leaks),
        (traced, View::Findings),
        (traced, View::Gc),
    ];
    let mut views: Vec<View> = Vec::new();
    for (_, view) in order.into_iter().filter(|(offered, _)| *offered) {
        if !views.contains(&view) {
            views.push(view);
        }
    }
    views.push(View::Summary);
    views
}

fn headline(dataset: &Dataset) -> Vec<String> {
    let facts = &dataset.facts;
    let mut headline = Vec::new();
    headline.extend(length(dataset).map(duration));
    headline.push(bytes_u64(facts.file_bytes));
    headline.push(match (&dataset.trace_counts, tasks_seen(dataset)) {
        (Some(counts), _) => plural(counts.events, "event"),
        (None, tasks @ 1..) => plural(tasks, "goroutine"),
        (None, 0) => plural(weights::sample_count(dataset), "sample"),
    });
    headline
}

fn sections(name: &str, dataset: &Dataset) -> Vec<FactSection> {
    let mut sections = vec![file(name, dataset)];
    if let Some(counts) = &dataset.trace_counts {
        sections.push(trace(dataset, counts));
        sections.push(limits(dataset));
        sections.push(collections(dataset));
        sections.push(table("Events", &counts.kinds));
        sections.push(table("Why goroutines stopped", &counts.reasons));
    }
    if !dataset.observations.rows.is_empty() {
        sections.push(table("Goroutines by state", &states(dataset)));
    }
    if !dataset.samples.is_empty() {
        sections.push(profile(dataset));
        sections.push(sums(dataset));
    }
    sections.retain(|section| !section.rows.is_empty());
    sections
}

fn file(name: &str, dataset: &Dataset) -> FactSection {
    let facts = &dataset.facts;
    let mut rows = Rows::default();
    rows.add("Name", name);
    rows.add("Format", format(facts));
    rows.add("Layers", facts.layers.join(", "));
    rows.add("Size", bytes_u64(facts.file_bytes));
    if facts.content_bytes != facts.file_bytes {
        rows.add("Size unpacked", bytes_u64(facts.content_bytes));
    }
    rows.section("File")
}

fn trace(dataset: &Dataset, counts: &TraceCounts) -> FactSection {
    let facts = &dataset.facts;
    let mut rows = Rows::default();
    rows.add("Began", facts.wall_start_ns.map_or(String::new(), units::utc));
    rows.add("Duration", length(dataset).map_or(String::new(), duration));
    rows.add("Events", count_u64(counts.events));
    rows.add("Generations", count_u64(counts.generations));
    let rust = !dataset.facts.runtime.is_empty();
    let [tasks, workers, threads] = if rust {
        ["Tasks", "Workers and pools", "Threads"]
    } else {
        ["Goroutines", "Workers (P)", "Threads (M)"]
    };
    rows.add(tasks, count_u64(counts.goroutines));
    rows.add(workers, count_u64(dataset.workers.len() as u64));
    rows.add(threads, count_u64(counts.threads));
    rows.count("User tasks", counts.user_tasks);
    rows.count("User regions", dataset.regions.len() as u64);
    rows.count("User logs", dataset.logs.len() as u64);
    rows.add("Stacks", count_u64(dataset.stacks.len() as u64));
    if rust {
        rows.add("Program", format!("Rust, {}", dataset.facts.runtime));
        dataset.facts.comments.iter().for_each(|comment| rows.add("Comment", comment.as_str()));
    }
    rows.section("Trace")
}

/// What the format cannot tell: apart, since a sentence is wider than any number.
fn limits(dataset: &Dataset) -> FactSection {
    let mut rows = Rows::default();
    for limit in &dataset.facts.limits {
        rows.add("Limit", limit.as_str());
    }
    rows.section("What the format does not say")
}

/// Garbage collections and stops of the world.
fn collections(dataset: &Dataset) -> FactSection {
    let lengths = |wanted: &dyn Fn(&str) -> bool| -> Vec<u64> {
        let ranges = dataset.ranges.iter().filter(|range| wanted(dataset.strings.get(range.name)));
        ranges.map(|range| range.end_ns.saturating_sub(range.start_ns)).collect()
    };
    let marks = lengths(&|name| name == "GC concurrent mark phase");
    let stops = lengths(&|name| name.starts_with("stop-the-world"));
    let sum = |lengths: &[u64]| lengths.iter().fold(0, |sum: u64, length| sum.saturating_add(*length));
    let mut rows = Rows::default();
    rows.count("Collections", marks.len() as u64);
    if !marks.is_empty() {
        rows.add("Marking in all", duration(sum(&marks)));
    }
    rows.count("Stops of the world", stops.len() as u64);
    if let Some(&longest) = stops.iter().max() {
        rows.add("Stopped in all", duration(sum(&stops)));
        rows.add("Longest stop", duration(longest));
    }
    rows.section("GC")
}

fn profile(dataset: &Dataset) -> FactSection {
    let facts = &dataset.facts;
    let mut rows = Rows::default();
    if dataset.trace_counts.is_none() {
        rows.add("Kind", facts.profile_kind.as_str());
        rows.add("Taken", facts.wall_start_ns.map_or(String::new(), units::utc));
        rows.add("Duration", length(dataset).map_or(String::new(), duration));
    }
    if let Some((value, kind, unit)) = &facts.period {
        rows.add("Period", format!("{} of {kind}", units::value(*value, unit)));
    }
    rows.add("Samples", count_u64(weights::sample_count(dataset)));
    rows.add("Stacks", count_u64(dataset.stacks.len() as u64));
    rows.add("Functions", count_u64(dataset.functions.len() as u64));
    rows.count("Binaries", dataset.mappings.len() as u64);
    // A trace's own are said where the trace is.
    for comment in facts.comments.iter().filter(|_| dataset.trace_counts.is_none()) {
        rows.add("Comment", comment.as_str());
    }
    rows.section(if dataset.trace_counts.is_some() { "CPU samples" } else { "Profile" })
}

fn sums(dataset: &Dataset) -> FactSection {
    let mut rows = Rows::default();
    for (sample_type, total) in totals(dataset) {
        rows.add(&sample_type.kind, units::value(total, &sample_type.unit));
    }
    rows.section("Totals")
}

fn table(title: &str, counts: &BTreeMap<String, u64>) -> FactSection {
    let mut sorted: Vec<(&String, &u64)> = counts.iter().collect();
    sorted.order_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    let mut rows = Rows::default();
    sorted.into_iter().for_each(|(name, count)| rows.add(name, count_u64(*count)));
    rows.section(title)
}

/// What the file spans: by its own clock for a trace, as it states otherwise.
fn length(dataset: &Dataset) -> Option<u64> {
    let facts = &dataset.facts;
    match facts.end_ns.checked_sub(facts.start_ns) {
        Some(length @ 1..) => Some(length),
        _ => facts.duration_ns.filter(|&length| length > 0),
    }
}

/// Goroutines in a dump or goroutine profile; 0 for other files.
fn tasks_seen(dataset: &Dataset) -> u64 {
    let observed = dataset.observations.rows.iter().fold(0, |sum: u64, row| sum.saturating_add(row.count));
    match dataset.facts.profile_kind.as_str() {
        "goroutine" | "goroutineleak" if observed == 0 => {
            weights::samples(dataset, 0).fold(0, |sum, (_, count)| sum.saturating_add(count.unsigned_abs()))
        }
        _ => observed,
    }
}

/// Rows of a section in the making; what is empty or nought is left out.
#[derive(Default)]
struct Rows(Vec<(String, String)>);

impl Rows {
    fn add(&mut self, label: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((label.into(), value));
        }
    }

    fn count(&mut self, label: &str, count: u64) {
        if count > 0 {
            self.add(label, count_u64(count));
        }
    }

    fn section(self, title: &str) -> FactSection {
        FactSection { title: title.into(), rows: self.0 }
    }
}
