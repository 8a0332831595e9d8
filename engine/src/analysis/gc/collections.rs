//! Collections one by one, and what all of them took.

use std::cmp::Reverse;

use taskscope_proto::Dataset;
use taskscope_proto::model::{Counter, Range, StackId};

use super::stops;
use super::work::{Busy, Kind, Stop, Work};
use crate::analysis::names::frame_name;
use crate::analysis::timeline::keys;
use crate::api::{Collection, GcAnswer, GcQuery, GcSort, GcTotals, Place};
use crate::sorting::Sort;

const HEAP: &str = "/memory/classes/heap/objects:bytes";
const GOAL: &str = "/gc/heap/goal:bytes";
/// Goals past it mean that there is none, as Go's viewer has it.
const NO_GOAL: u64 = 1 << 50;

/// Collections in the window, a page of them, with stops and totals.
pub fn gc(dataset: &Dataset, work: &Work, query: &GcQuery) -> GcAnswer {
    let (t0, t1) = super::clip(query.window_ns, work.t0_ns, work.t1_ns);
    let mut rows = collections(dataset, work);
    rows.retain(|row| row.place.t0_ns <= t1 && row.place.t1_ns >= t0);
    let count = rows.len() as u32;
    sort(&mut rows, query.sort);
    let first = (query.first as usize).min(rows.len());
    let cpu = work.cpu_ns(t0, t1);
    GcAnswer {
        t0_ns: t0,
        t1_ns: t1,
        workers: cpu as f64 / (t1 - t0).max(1) as f64,
        collections: count,
        rows: rows.into_iter().skip(first).take(query.count as usize).collect(),
        stops: stops::by_kind(dataset, work, (t0, t1)),
        totals: totals(dataset, work, (t0, t1)),
    }
}

/// What collections took in `t0` to `t1`.
pub fn totals(dataset: &Dataset, work: &Work, (t0, t1): (u64, u64)) -> GcTotals {
    let within = |start: u64, end: u64| end.min(t1).saturating_sub(start.max(t0));
    let stopped = |gc: bool| {
        let stops = work.stops.iter().filter(|stop| stop.gc == gc);
        stops.map(|stop| within(stop.start_ns, stop.end_ns)).fold(0, u64::saturating_add)
    };
    let marks = work.marks.iter().filter_map(|&row| dataset.ranges.get(row as usize));
    let busy = |wanted: &[Kind]| work.busy_ns(t0, t1, |kind| wanted.contains(&kind));
    let cpu_ns = work.cpu_ns(t0, t1);
    let mut totals = GcTotals {
        cpu_ns,
        mark_ns: marks.map(|range| within(range.start_ns, range.end_ns)).fold(0, u64::saturating_add),
        gc_stop_ns: stopped(true),
        other_stop_ns: stopped(false),
        background_ns: busy(&[Kind::Dedicated, Kind::Fractional]),
        idle_ns: busy(&[Kind::Idle]),
        assist_ns: busy(&[Kind::Assist]),
        sweep_ns: busy(&[Kind::Sweep]),
        share: 0.0,
    };
    totals.share = share(&totals, t1 - t0);
    totals
}

/// A stop takes all workers. What they did for the collector meanwhile is not counted twice, because
/// mark workers stop too.
fn share(totals: &GcTotals, length_ns: u64) -> f64 {
    let workers = totals.cpu_ns as f64 / length_ns.max(1) as f64;
    let worked = totals.background_ns as f64 + totals.assist_ns as f64 + totals.sweep_ns as f64;
    ((totals.gc_stop_ns as f64 * workers + worked) / totals.cpu_ns.max(1) as f64).clamp(0.0, 1.0)
}

fn collections(dataset: &Dataset, work: &Work) -> Vec<Collection> {
    let ranges: Vec<&Range> = work.marks.iter().filter_map(|&row| dataset.ranges.get(row as usize)).collect();
    let (heap, goal) = (counter(dataset, HEAP), counter(dataset, GOAL));
    let mut rows: Vec<Collection> = Vec::with_capacity(ranges.len());
    let mut before = 0;
    for (number, range) in ranges.iter().enumerate() {
        let next = ranges.get(number + 1).map_or(u64::MAX, |next| next.start_ns);
        let mut row = collection(dataset, work, number as u32 + 1, range);
        (row.stop_before_ns, row.stop_after_ns) = stops_of(dataset, work, (before, next), range);
        row.heap_start = at(heap, range.start_ns);
        row.heap_end = at(heap, range.end_ns).filter(|_| !row.open);
        row.goal = at(goal, range.start_ns).filter(|&goal| goal > 0 && goal < NO_GOAL);
        before = range.end_ns;
        rows.push(row);
    }
    add_work(&mut rows, work);
    rows
}

fn collection(dataset: &Dataset, work: &Work, number: u32, range: &Range) -> Collection {
    let end_ns = range.end_ns.max(range.start_ns);
    Collection {
        number,
        place: Place { t0_ns: range.start_ns, t1_ns: end_ns, lane: Some(keys::GC), span: None },
        began_before: range.start_ns <= work.t0_ns,
        open: end_ns >= work.t1_ns,
        trigger: trigger(dataset, range.stack).into(),
        mark_ns: end_ns - range.start_ns,
        stop_before_ns: None,
        stop_after_ns: None,
        background_ns: 0,
        idle_ns: 0,
        assist_ns: 0,
        heap_start: None,
        heap_end: None,
        goal: None,
    }
}

/// The stack of the task that began it says why.
fn trigger(dataset: &Dataset, stack: StackId) -> &'static str {
    let mut found = "";
    for frame in dataset.stacks.leaf_first(stack) {
        match &*frame_name(dataset, frame) {
            "runtime/debug.FreeOSMemory" => return "debug.FreeOSMemory",
            "runtime.GC" => found = "runtime.GC",
            "runtime.forcegchelper" => return "timer",
            name if found.is_empty() && name.starts_with("runtime.mallocgc") => found = "heap",
            _ => {}
        }
    }
    found
}

/// Stopped before a mark phase, and at its end: stops of those kinds near it. Go ends its sweep just
/// before or just after it says that marking began, and may stop several times to end marking, when
/// more work turns up.
fn stops_of(
    dataset: &Dataset,
    work: &Work,
    (before, next): (u64, u64),
    range: &Range,
) -> (Option<u64>, Option<u64>) {
    let first = work.stops.partition_point(|stop| stop.start_ns < before);
    let near = work.stops[first..].iter().take_while(|stop| stop.start_ns < next);
    let sum = |stops: &mut dyn Iterator<Item = &Stop>| {
        stops.map(|stop| stop.end_ns - stop.start_ns).reduce(u64::saturating_add)
    };
    let is = |stop: &Stop, word: &str| stop.gc && stops::kind(dataset, stop).contains(word);
    let begins = |stop: &&Stop| stop.start_ns < range.end_ns && is(stop, "sweep termination");
    let ends = |stop: &&Stop| stop.start_ns >= range.start_ns && is(stop, "mark termination");
    (sum(&mut near.clone().filter(begins)), sum(&mut near.filter(ends)))
}

/// Work belongs to the collection that began last before it.
fn add_work(rows: &mut [Collection], work: &Work) {
    for &Busy { start_ns, end_ns, kind, .. } in &work.busy {
        let row = rows.partition_point(|row| row.place.t0_ns <= start_ns);
        let Some(row) = row.checked_sub(1).and_then(|row| rows.get_mut(row)) else { continue };
        let sum = match kind {
            Kind::Dedicated | Kind::Fractional => &mut row.background_ns,
            Kind::Idle => &mut row.idle_ns,
            Kind::Assist => &mut row.assist_ns,
            Kind::Sweep => continue,
        };
        *sum = sum.saturating_add(end_ns - start_ns);
    }
}

fn sort(rows: &mut [Collection], by: GcSort) {
    let key = |row: &Collection| match by {
        GcSort::Start => u64::MAX - row.place.t0_ns,
        GcSort::Mark => row.mark_ns,
        GcSort::Stopped => row.stop_before_ns.unwrap_or(0).saturating_add(row.stop_after_ns.unwrap_or(0)),
        GcSort::Assist => row.assist_ns,
        GcSort::Background => row.background_ns,
        GcSort::HeapEnd => row.heap_end.unwrap_or(0),
    };
    rows.order_by_key(|row| Reverse(key(row)));
}

fn counter<'a>(dataset: &'a Dataset, name: &str) -> Option<&'a Counter> {
    dataset.counters.iter().find(|counter| dataset.strings.get(counter.name) == name)
}

/// The value that holds at `time`.
fn at(counter: Option<&Counter>, time: u64) -> Option<u64> {
    let counter = counter?;
    let row = counter.time_ns.partition_point(|&from| from <= time).checked_sub(1)?;
    counter.values.get(row).copied()
}
