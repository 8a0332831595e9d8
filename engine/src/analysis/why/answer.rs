//! The answer as people read it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use taskscope_proto::Dataset;
use taskscope_proto::model::{FunctionId, StackId};

use super::class::Class;
use super::path::{Link, Segment};
use super::{Why, stacks};
use crate::analysis::text;
use crate::analysis::timeline::{keys, names};
use crate::api::{Mark, Place, WhyAnswer, WhyCause, WhyMerge, WhyQuery, WhySegment, WhyState};
use crate::sorting::Sort;
use crate::units;

/// A state in a function, and its time and segments.
type Sum = ((Class, FunctionId), (u64, u32));

/// Causes that are listed; the rest is one row.
const CAUSES: usize = 30;
/// Frames of a segment's stack.
const FRAMES: usize = 16;

/// The answer to `query` about an interval that was explained.
pub(super) fn answer(dataset: &Dataset, why: &Why, query: &WhyQuery) -> WhyAnswer {
    let (subject, path) = (&why.subject, &why.path.segments);
    let causes = causes(dataset, path);
    let groups = groups(path, query, subject.end - subject.start);
    let shown = groups.iter().skip(query.first as usize).take(query.count as usize);
    let running = path.iter().filter(|segment| segment.class.is_active());
    let path_tasks = path.iter().map(|segment| segment.task).collect::<BTreeSet<_>>().len() as u32;
    WhyAnswer {
        title: subject.title.clone(),
        place: Place {
            t0_ns: subject.start,
            t1_ns: subject.end,
            lane: Some(keys::task(subject.task)),
            span: None,
        },
        states: states(dataset, why),
        segments_all: groups.len() as u32,
        segments: shown.map(|group| segment(dataset, path, group)).collect(),
        path_tasks,
        path_running_ns: running.map(|segment| segment.end - segment.start).sum(),
        verdict: verdict(&causes, subject.end - subject.start, path_tasks),
        cut: cut(why),
        causes,
    }
}

fn states(dataset: &Dataset, why: &Why) -> Vec<WhyState> {
    let mut sums: Vec<(Class, (u64, u32))> = why.sums.iter().map(|(&class, &sum)| (class, sum)).collect();
    sums.order_by_key(|&(class, (ns, _))| (std::cmp::Reverse(ns), class));
    let parts: Vec<u64> = sums.iter().map(|&(_, (ns, _))| ns).collect();
    let per_mille = units::largest_remainder(&parts, 1000);
    let state = |((class, (ns, count)), per_mille): ((Class, (u64, u32)), u32)| {
        let (mark, state) = class.words(dataset);
        WhyState { mark, state, ns, per_mille, count }
    };
    sums.into_iter().zip(per_mille).map(state).collect()
}

/// The path by state and function, the largest first.
fn causes(dataset: &Dataset, path: &[Segment]) -> Vec<WhyCause> {
    let mut functions: HashMap<StackId, FunctionId> = HashMap::new();
    let mut sums: BTreeMap<(Class, FunctionId), (u64, u32)> = BTreeMap::new();
    for segment in path {
        let stack = stacks::stack(dataset, segment);
        let function = match stack.get() {
            Some(stack) if segment.class != Class::UNFOLLOWED => {
                *functions.entry(stack).or_insert_with(|| stacks::function(dataset, segment, stack))
            }
            _ => stacks::function(dataset, segment, StackId::NONE),
        };
        let (ns, count) = sums.entry((segment.class, function)).or_default();
        *ns = ns.saturating_add(segment.end - segment.start);
        *count = count.saturating_add(1);
    }
    let mut rows: Vec<Sum> = sums.into_iter().collect();
    rows.order_by_key(|&(key, (ns, _))| (std::cmp::Reverse(ns), key));
    let named = |&((class, function), (ns, count)): &Sum| {
        let (mark, state) = class.words(dataset);
        let name = dataset.functions.get(function).map_or("", |function| dataset.strings.get(function.name));
        WhyCause { mark, state, function: name.into(), ns, per_mille: 0, count }
    };
    let mut causes: Vec<WhyCause> = rows.iter().take(CAUSES).map(named).collect();
    causes.extend(rest(rows.get(CAUSES..).unwrap_or(&[])));
    let parts: Vec<u64> = causes.iter().map(|cause| cause.ns).collect();
    for (cause, per_mille) in causes.iter_mut().zip(units::largest_remainder(&parts, 1000)) {
        cause.per_mille = per_mille;
    }
    causes
}

fn rest(rows: &[Sum]) -> Option<WhyCause> {
    let (ns, count) = rows.iter().fold((0_u64, 0_u32), |(ns, count), (_, more)| {
        (ns.saturating_add(more.0), count.saturating_add(more.1))
    });
    let function = format!("{} more", units::count_u64(rows.len() as u64));
    let cause = WhyCause { mark: Mark::Unknown, state: "other".into(), function, ns, per_mille: 0, count };
    (!rows.is_empty()).then_some(cause)
}

/// Rows of segments that are shown as one, as the query wants them.
fn groups(path: &[Segment], query: &WhyQuery, whole: u64) -> Vec<Range<usize>> {
    let below = match query.merge {
        WhyMerge::Nothing => 0,
        WhyMerge::Below(ns) => ns,
        WhyMerge::Fit if path.len() <= query.count as usize => 0,
        WhyMerge::Fit => (whole / u64::from(query.count).saturating_mul(16).max(1)).max(1),
    };
    let mut groups = merged(path, below);
    let mut below = below.max(1);
    while query.merge == WhyMerge::Fit && groups.len() > query.count as usize && below <= whole {
        below = below.saturating_mul(2);
        groups = merged(path, below);
    }
    groups
}

/// Rows of segments that are shown as one: short neighbours, until they are long enough together.
fn merged(path: &[Segment], merge_ns: u64) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (row, segment) in path.iter().enumerate() {
        let is_short = segment.end - segment.start < merge_ns;
        match groups.last_mut() {
            Some(group) if open && is_short => group.end = row + 1,
            _ => groups.push(row..row + 1),
        }
        let begun = groups.last().map_or(row, |group| group.start);
        open = is_short && segment.end - path[begun].start < merge_ns;
    }
    groups
}

/// A group of segments by its longest.
fn segment(dataset: &Dataset, path: &[Segment], group: &Range<usize>) -> WhySegment {
    let part = &path[group.clone()];
    let (first, last) = (part[0], part[part.len() - 1]);
    let longest = part.iter().max_by_key(|segment| segment.end - segment.start).unwrap_or(&first);
    let (mark, state) = longest.class.words(dataset);
    let mut stack = text::stack(dataset, stacks::stack(dataset, longest));
    stack.truncate(FRAMES);
    WhySegment {
        t0_ns: first.start,
        t1_ns: last.end,
        task: names::task(dataset, longest.task),
        entry: names::entry(dataset, longest.task).into(),
        lane: Some(keys::task(longest.task)),
        span: longest.span.get().map(|span| span.0),
        mark,
        state,
        merged: part.len() as u32,
        then: then(dataset, &last, path.get(group.end)),
        stack,
    }
}

/// How the path goes on after `segment`.
fn then(dataset: &Dataset, segment: &Segment, next: Option<&Segment>) -> String {
    let Some(next) = next else { return "the end".into() };
    let name = names::task(dataset, next.task);
    match segment.link {
        Link::Wakes => format!("wakes {name}"),
        Link::Creates => format!("creates {name}"),
        Link::GoesOn if next.task == segment.task => String::new(),
        Link::GoesOn => format!("waits; meanwhile {name}"),
    }
}

/// Where most of the time went, in one sentence.
fn verdict(causes: &[WhyCause], whole: u64, tasks: u32) -> String {
    let Some(cause) = causes.first() else { return String::new() };
    let place = if cause.function.is_empty() { String::new() } else { format!(" in {}", cause.function) };
    let chain = match tasks {
        0 | 1 => String::new(),
        _ => format!(", on a chain over {} goroutines", units::count_u64(tasks.into())),
    };
    let (share, whole) = (units::per_mille(cause.per_mille), units::duration(whole));
    format!("{share} of {whole} was {}{place}{chain}.", cause.state)
}

fn cut(why: &Why) -> String {
    if !why.path.is_cut {
        return String::new();
    }
    let segments = units::count_u64(why.path.segments.len() as u64);
    format!("The path was followed over {segments} segments; what lies before is one segment.")
}
