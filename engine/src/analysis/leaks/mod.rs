//! Leaked tasks: who waits where, grouped by spawn site and blocked stack, with a verdict that says why.
//!
//! Groups are formed and judged by spawn site *and* wait; the coarser groupings merge judged groups,
//! so that a stuck send does not hide behind healthy siblings.

mod growth;
mod healthy;
mod looks;
mod rust;
mod sighting;
mod verdict;
mod wait;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use taskscope_proto::Dataset;
use taskscope_proto::model::{FrameId, StackId};

use self::looks::Looks;
use self::sighting::{Before, Sighting, Source};
use self::verdict::{Case, judge};
use super::text;
use super::timeline::keys;
use crate::api::{FrameText, LeakGroup, LeakGrouping, LeakGrowth, LeaksAnswer, LeaksQuery, Place, Verdict};
use crate::units::{count_u64, duration};

/// Ids that a group names at most.
const NAMED_TASKS: usize = 100;

/// Whether the file has tasks to list.
pub fn available(dataset: &Dataset) -> bool {
    sighting::source(dataset).is_some()
}

/// The listing; empty for a file without tasks.
pub fn leaks(dataset: &Dataset, query: &LeaksQuery) -> LeaksAnswer {
    listing(dataset, None, query)
}

/// The listing for the last of several dumps of one process, with what the earlier ones tell: which tasks
/// came, which went, which have not moved. `span_ns` is the time from the first to the last.
pub fn compared(dumps: &[&Dataset], span_ns: u64, query: &LeaksQuery) -> LeaksAnswer {
    let Some(last) = dumps.last() else { return LeaksAnswer::default() };
    listing(last, Looks::new(dumps, span_ns).as_ref(), query)
}

fn listing(dataset: &Dataset, looks: Option<&Looks>, query: &LeaksQuery) -> LeaksAnswer {
    let Some(source) = sighting::source(dataset) else { return LeaksAnswer::default() };
    let mut sightings = sighting::sightings(dataset);
    for seen in &mut sightings {
        seen.before = looks.map_or_else(Before::default, |looks| looks.before(dataset, seen));
        seen.spawned_in_trace |= looks.is_some() && seen.before == Before::Unseen;
    }
    let mut groups = judged_groups(dataset, source, looks, &sightings, query);
    if query.grouping != LeakGrouping::SiteAndWait {
        groups = merged(groups, query.grouping);
    }
    groups.sort_by(|a, b| order(a).cmp(&order(b)));
    let sum = |groups: &mut dyn Iterator<Item = &LeakGroup>| {
        groups.fold(0, |sum: u64, g| sum.saturating_add(g.count))
    };
    LeaksAnswer {
        living: sum(&mut groups.iter()),
        suspects: sum(&mut groups.iter().filter(|group| group.verdict != Verdict::Explained)),
        evidence: evidence(dataset, source, looks),
        noun: if sightings.iter().any(|seen| seen.rust.is_some()) { "task" } else { "goroutine" }.into(),
        groups,
    }
}

/// How many groups of the default listing are not explained; `None` for a file without tasks.
pub fn suspect_groups(dataset: &Dataset) -> Option<u32> {
    available(dataset).then(|| {
        let answer = leaks(dataset, &LeaksQuery::default());
        answer.groups.iter().filter(|group| group.verdict != Verdict::Explained).count() as u32
    })
}

fn judged_groups(
    dataset: &Dataset,
    source: Source,
    looks: Option<&Looks>,
    sightings: &[Sighting],
    query: &LeaksQuery,
) -> Vec<LeakGroup> {
    let mut places = Places::default();
    let growths = growth::growths(dataset, &mut places);
    let mut groups: BTreeMap<(u32, u32, &str, &str), Vec<&Sighting>> = BTreeMap::new();
    for sighting in sightings {
        let spawn = places.of(dataset, sighting.spawn_stack);
        let stack = places.of(dataset, sighting.stack);
        groups.entry((spawn, stack, &sighting.words, &sighting.entry)).or_default().push(sighting);
    }
    let judged = groups.into_iter().map(|((spawn, _, _, entry), members)| {
        let entry = dataset.strings.lookup(entry);
        let traced = entry.and_then(|entry| growths.get(&(spawn, entry)));
        let growth = match looks {
            Some(looks) => members.first().and_then(|first| looks.growth(dataset, first)),
            None => traced.filter(|_| source == Source::Trace),
        };
        group(dataset, source, looks, &members, query, growth)
    });
    judged.collect()
}

fn group(
    dataset: &Dataset,
    source: Source,
    looks: Option<&Looks>,
    members: &[&Sighting],
    query: &LeaksQuery,
    growth: Option<&LeakGrowth>,
) -> LeakGroup {
    let stack = members.first().map_or(StackId::NONE, |first| first.stack);
    let spawn_stack = members.first().map_or(StackId::NONE, |first| first.spawn_stack);
    let names = sighting::functions(dataset, stack);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let judgement = judge(&Case {
        sightings: members,
        stack: &names,
        source,
        min_wait_ns: query.min_wait_ns,
        blocked_for_ns: query.blocked_for_ns.unwrap_or(trace_ns(dataset) / 2),
        growth,
        trace_ns: trace_ns(dataset),
        looks: looks.map(|looks| (looks.count, looks.span_ns)),
    });
    let mut waits: Vec<u64> = members.iter().filter_map(|sighting| sighting.wait_ns).collect();
    waits.sort_unstable();
    let frames = text::stack(dataset, stack);
    let spawn_frames = text::stack(dataset, spawn_stack);
    let mut task_ids: Vec<u64> = members.iter().filter_map(|sighting| sighting.task_id).collect();
    task_ids.sort_unstable();
    task_ids.truncate(NAMED_TASKS);
    LeakGroup {
        count: members.iter().fold(0, |sum, sighting| sum.saturating_add(sighting.count)),
        state: members.first().map_or(String::new(), |first| first.words.to_string()),
        mark: members.first().map_or_else(Default::default, |first| first.wait.mark()),
        entry: members.first().map_or(String::new(), |first| first.entry.to_string()),
        spawned_at: place(dataset, spawn_stack, " in "),
        blocked_at: place(dataset, blocked_stack(dataset, stack), " "),
        wait_ns: waits.last().copied(),
        median_wait_ns: waits.get(waits.len() / 2).copied(),
        growth: growth.filter(|_| !spawn_stack.is_none()).cloned(),
        place: longest_wait(dataset, members),
        verdict: judgement.verdict,
        cause: judgement.cause,
        why: judgement.why,
        evidence: judgement.evidence,
        frames,
        spawn_frames,
        task_ids,
    }
}

/// Worst verdict first, then what grows most, then the largest group; the rest only makes the order
/// certain.
fn order(group: &LeakGroup) -> impl Ord + '_ {
    let grown = group.growth.as_ref().filter(|growth| growth::grows(growth, verdict::SEVERAL));
    let grown = grown.map_or(0, |growth| growth.spawned - growth.ended);
    let places = (&group.spawned_at, &group.blocked_at, &group.entry, &group.state);
    (group.verdict, Reverse(grown), Reverse(group.count), places)
}

/// The span of the longest wait, on its lane.
fn longest_wait(dataset: &Dataset, members: &[&Sighting]) -> Option<Place> {
    let longest = members.iter().max_by_key(|sighting| sighting.wait_ns)?;
    let span = dataset.span(longest.span)?;
    let lane = Some(keys::task(span.task));
    Some(Place { t0_ns: span.start_ns, t1_ns: span.end_ns, lane, span: Some(longest.span.0) })
}

/// Function and location of every frame of a stack.
type Lines = Vec<(String, String)>;

/// Groups of the same spawn site, or the same wait, as one: with the words of the worst of them.
fn merged(groups: Vec<LeakGroup>, grouping: LeakGrouping) -> Vec<LeakGroup> {
    let mut by_key: BTreeMap<(String, Lines), Vec<LeakGroup>> = BTreeMap::new();
    let key =
        |frames: &[FrameText]| frames.iter().map(|f| (f.function.clone(), f.location.clone())).collect();
    for group in groups {
        let key = match grouping {
            // Without a spawn site the entry function says best who they are.
            LeakGrouping::Site if group.spawn_frames.is_empty() => (group.entry.clone(), Vec::new()),
            LeakGrouping::Site => (String::new(), key(&group.spawn_frames)),
            _ => (group.state.clone(), key(&group.frames)),
        };
        by_key.entry(key).or_default().push(group);
    }
    by_key.into_values().filter_map(merge).collect()
}

fn merge(mut groups: Vec<LeakGroup>) -> Option<LeakGroup> {
    groups.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut rest = groups.into_iter();
    let mut first = rest.next()?;
    for group in rest {
        first.evidence.push(format!(
            "With them {} in {}: {}.",
            count_u64(group.count),
            group.state,
            group.why
        ));
        first.count = first.count.saturating_add(group.count);
        first.wait_ns = first.wait_ns.max(group.wait_ns);
        // Of another spawn site, which would have to be added once only.
        first.growth = first.growth.filter(|growth| group.growth.as_ref() == Some(growth));
        first.task_ids.extend(group.task_ids);
    }
    first.task_ids.sort_unstable();
    first.task_ids.truncate(NAMED_TASKS);
    Some(first)
}

/// Stacks told apart by functions and lines only: addresses and arguments differ between tasks.
#[derive(Debug, Default)]
struct Places {
    known: HashMap<Vec<(u32, u32)>, u32>,
    of_stack: HashMap<StackId, u32>,
}

impl Places {
    /// The place of `stack`; equal for stacks that people would call the same.
    fn of(&mut self, dataset: &Dataset, stack: StackId) -> u32 {
        if let Some(&place) = self.of_stack.get(&stack) {
            return place;
        }
        let frames = dataset.stacks.leaf_first(stack).take(text::SHOWN_FRAMES);
        let lines = frames.map(|frame| {
            let row = dataset.frames.get(frame);
            let name = row.and_then(|row| dataset.functions.get(row.function)).map_or(u32::MAX, |f| f.name.0);
            (name, row.map_or(0, |row| row.line))
        });
        let next = self.known.len() as u32;
        let place = *self.known.entry(lines.collect()).or_insert(next);
        self.of_stack.insert(stack, place);
        place
    }
}

/// The stack cut to its innermost frame of own code; without one, to the innermost that is not the
/// runtime's way to sleep.
fn blocked_stack(dataset: &Dataset, stack: StackId) -> StackId {
    let named = |wanted: &dyn Fn(FrameId, &str) -> bool| {
        let mut chain = dataset.stacks.chain(stack);
        chain.find(|&at| {
            let frame = dataset.stacks.frame(at);
            wanted(frame, &super::names::frame_name(dataset, frame))
        })
    };
    let own = named(&|frame, function| !text::of_language(dataset, frame, function));
    let plumbing = ["runtime.", "internal/", "sync.", "syscall."];
    own.or_else(|| named(&|_, function| !plumbing.iter().any(|prefix| function.starts_with(prefix))))
        .unwrap_or(stack)
}

/// `main.leak in main.go:70`; empty for no stack.
fn place(dataset: &Dataset, stack: StackId, between: &str) -> String {
    let frame = dataset.stacks.frame(stack);
    if frame.is_none() {
        return String::new();
    }
    let function = super::names::frame_name(dataset, frame).into_owned();
    match text::location(dataset, frame, 1).as_str() {
        "" => function,
        location => format!("{function}{between}{location}"),
    }
}

fn evidence(dataset: &Dataset, source: Source, looks: Option<&Looks>) -> String {
    if let Some(looks) = looks {
        return format!("{} looks in {}", looks.count, duration(looks.span_ns));
    }
    match source {
        Source::Dump => "one goroutine dump".into(),
        Source::Counts => "one goroutine profile: counts and stacks, no waits".into(),
        Source::LeakProfile => "Go's goroutine leak profile".into(),
        Source::Trace => format!("a trace of {}", duration(trace_ns(dataset))),
    }
}

fn trace_ns(dataset: &Dataset) -> u64 {
    dataset.facts.end_ns.saturating_sub(dataset.facts.start_ns)
}
