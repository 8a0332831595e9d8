//! Which groups are listed, in which order, and how one reads as text. No browser here.

use std::cmp::Reverse;
use std::fmt::Write as _;

use taskscope_engine::analysis::search::Matcher;
use taskscope_engine::api::{LeakGroup, LeakGrouping, LeaksQuery, Verdict};
use taskscope_engine::units;

use crate::components::{parse_duration, word};

/// Frames of a stack in an issue text: enough to find the place, short enough to read.
const ISSUE_FRAMES: usize = 12;

/// What people chose in this view.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The least wait as typed.
    pub wait: String,
    /// Waits shorter than this are no evidence of age: the last one that could be read.
    pub min_wait_ns: u64,
    /// For traces: how long before its end a task must have blocked, as typed; empty for half the trace.
    pub blocked_for: String,
    /// What rows have in common.
    pub grouping: LeakGrouping,
    /// Verdicts that are not listed.
    pub hidden: Vec<Verdict>,
    /// What rows are sorted by.
    pub sort: Sort,
    /// The selected group, by its place in the answer.
    pub selected: Option<u32>,
    /// Whether its details are open.
    pub details: bool,
    /// Whether explained groups are listed.
    pub explained: bool,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Surest first, then the largest.
    #[default]
    Verdict,
    /// Largest first.
    Count,
    /// Longest median wait first, unknown ones last.
    Age,
}

/// Rows to show: places in the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Groups that look leaked.
    pub suspects: Vec<u32>,
    /// Groups that are explained.
    pub explained: Vec<u32>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            wait: "60 s".into(),
            min_wait_ns: 60_000_000_000,
            blocked_for: String::new(),
            grouping: LeakGrouping::default(),
            hidden: Vec::new(),
            sort: Sort::default(),
            selected: None,
            details: true,
            explained: true,
        }
    }
}

impl Kept {
    /// What to ask.
    pub fn question(&self) -> LeaksQuery {
        LeaksQuery {
            min_wait_ns: self.min_wait_ns,
            blocked_for_ns: parse_duration(&self.blocked_for),
            grouping: self.grouping,
        }
    }

    /// With this typed as least wait.
    pub fn with_wait(&self, wait: String) -> Self {
        let read = parse_duration(&wait);
        let min_wait_ns = read.unwrap_or(self.min_wait_ns);
        // The order of the answer changes with its verdicts, and places in it with the order.
        let selected = self.selected.filter(|_| min_wait_ns == self.min_wait_ns);
        Self { wait, min_wait_ns, selected, ..self.clone() }
    }

    /// With the row `by` places below the selected one selected; the first one if there is none.
    pub fn moved(&self, listing: &Listing, by: i64) -> Self {
        let rows = &listing.suspects;
        let now = self.selected.and_then(|at| rows.iter().position(|&row| row == at));
        let last = rows.len().saturating_sub(1) as i64;
        let to = now.map_or(0, |now| (now as i64 + by).clamp(0, last));
        Self { selected: rows.get(to as usize).copied(), ..self.clone() }
    }
}

impl Listing {
    /// The rows that pass the filters and the search.
    pub fn new(groups: &[LeakGroup], kept: &Kept, search: &Matcher) -> Self {
        let matching = |group: &LeakGroup| search.is_empty() || mentions(group, search);
        let found = groups.iter().zip(0u32..).filter(|(group, _)| matching(group));
        let (explained, mut suspects): (Vec<_>, Vec<_>) =
            found.partition(|(group, _)| group.verdict == Verdict::Explained);
        suspects.retain(|(group, _)| !kept.hidden.contains(&group.verdict));
        // The answer comes sorted by verdict; sorting keeps the order of equals. Some comes before none.
        if kept.sort != Sort::Verdict {
            suspects.sort_by_key(|(group, _)| match kept.sort {
                Sort::Age => Reverse(group.median_wait_ns),
                _ => Reverse(Some(group.count)),
            });
        }
        let places = |rows: Vec<(&LeakGroup, u32)>| rows.into_iter().map(|(_, at)| at).collect();
        Self { suspects: places(suspects), explained: places(explained) }
    }
}

/// `main.leak in main.go:70` as function and place; either may be empty.
pub fn split_site(site: &str) -> (&str, &str) {
    match site.split_once(" in ") {
        Some((function, place)) => (function, place),
        None => match site.rsplit_once(' ') {
            Some((function, place)) => (function, place),
            None => (site, ""),
        },
    }
}

/// A function's package path and its own part: `net/http.` and `(*conn).serve`.
pub fn split_function(name: &str) -> (&str, &str) {
    let path = name.rfind('/').map_or(0, |slash| slash + 1);
    let rust = name[path..].rfind("::").map(|at| path + at);
    match rust {
        // Two segments of a Rust path are its own: the type and the method.
        Some(last) => {
            let before = name[..last].rfind("::").map_or(0, |at| at + 2);
            name.split_at(before)
        }
        None => name.split_at(name[path..].find('.').map_or(path, |dot| path + dot + 1)),
    }
}

/// How many tasks: `1 task`, `1 022 tasks`.
pub fn tasks(count: u64) -> String {
    units::plural(count, "task")
}

/// A group as text for an issue.
pub fn issue_text(group: &LeakGroup) -> String {
    let name = if group.entry.is_empty() { "unknown function" } else { &group.entry };
    let verb = match (group.verdict, group.count) {
        (Verdict::Certain, _) => "leaked",
        (Verdict::Explained, _) => "waiting",
        (_, 1) => "looks leaked",
        _ => "look leaked",
    };
    let mut text = format!("{} {verb}: {name}\n", tasks(group.count));
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{label} {value}");
        }
    };
    line("spawned at", &group.spawned_at);
    line(&format!("waiting in {} at", group.state), &group.blocked_at);
    line("longest wait", &group.wait_ns.map(units::duration).unwrap_or_default());
    line(&format!("{}:", word(group.verdict)), &group.why);
    if !group.frames.is_empty() {
        text.push_str("stack:\n");
    }
    for frame in group.frames.iter().take(ISSUE_FRAMES) {
        let _ = writeln!(text, "  {} {}", frame.function, frame.location);
    }
    if group.frames.len() > ISSUE_FRAMES {
        let _ = writeln!(text, "  and {} more", group.frames.len() - ISSUE_FRAMES);
    }
    text
}

fn mentions(group: &LeakGroup, search: &Matcher) -> bool {
    let texts = [&group.entry, &group.spawned_at, &group.blocked_at, &group.state, &group.why];
    let frames = group.frames.iter().chain(&group.spawn_frames);
    texts.into_iter().any(|text| search.matches(text))
        || frames.into_iter().any(|frame| search.matches(&frame.function))
        || group.task_ids.iter().any(|id| search.matches(&id.to_string()))
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
