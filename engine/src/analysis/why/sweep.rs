//! An interval by state: of one task, or of a user task that several goroutines work for.

use std::collections::BTreeMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::TaskId;

use super::class::Class;
use super::pieces;
use super::ranges::Ranges;
use crate::analysis::user_tasks::Work;

/// Spans that are put in order at once: a task that lasts as long as its trace may have all of them.
const SLICE: usize = 1 << 17;

/// Time and stretches of each class.
pub(super) type Sums = BTreeMap<Class, (u64, u32)>;

/// What `task` did from `start` to `end`; sums to that length.
pub(super) fn of_task(dataset: &Dataset, ranges: &Ranges, task: TaskId, interval: (u64, u64)) -> Sums {
    let mut sums = Sums::new();
    pieces::of_task(dataset, ranges, task, interval, |piece| {
        add(&mut sums, piece.class, piece.end - piece.start, true);
    });
    sums
}

/// What those at work did: each moment counts as the most active of them. Sums to the interval.
pub(super) fn of_workers(dataset: &Dataset, ranges: &Ranges, work: &[Work], interval: (u64, u64)) -> Sums {
    let (mut sums, mut last) = (Sums::new(), None);
    // Halves that are still too much at once, the earliest last.
    let mut slices = vec![interval];
    while let Some((start, end)) = slices.pop() {
        let middle = start.midpoint(end);
        if middle > start && spans(dataset, work, (start, end)) > SLICE {
            slices.extend([(middle, end), (start, middle)]);
        } else {
            last = sweep(dataset, ranges, work, (start, end), &mut sums, last);
        }
    }
    sums
}

/// Sums one slice; gives the class at its end, after `last`, the one before it.
fn sweep(
    dataset: &Dataset,
    ranges: &Ranges,
    work: &[Work],
    (start, end): (u64, u64),
    sums: &mut Sums,
    mut last: Option<Class>,
) -> Option<Class> {
    let (mut busy, mut now) = (BTreeMap::<Class, i64>::new(), start);
    for (time, class, change) in edges(dataset, ranges, work, (start, end)) {
        if time > now {
            let class = most_active(&busy);
            add(sums, class, time - now, last != Some(class));
            (now, last) = (time, Some(class));
        }
        *busy.entry(class).or_default() += change;
    }
    if end > now {
        add(sums, Class::NOBODY, end - now, last != Some(Class::NOBODY));
        last = Some(Class::NOBODY);
    }
    last
}

/// How many spans those at work have in a slice, counted by their beginnings.
fn spans(dataset: &Dataset, work: &[Work], (start, end): (u64, u64)) -> usize {
    let of = |work: &Work| {
        let starts = dataset.spans.start_ns.get(dataset.spans.rows_of(work.task)).unwrap_or(&[]);
        let begun = |time: u64| starts.partition_point(|&at| at < time);
        begun(end.min(work.end_ns)).saturating_sub(begun(start.max(work.start_ns)))
    };
    work.iter().map(of).sum()
}

fn add(sums: &mut Sums, class: Class, ns: u64, is_new: bool) {
    let (sum, count) = sums.entry(class).or_default();
    *sum = sum.saturating_add(ns);
    *count = count.saturating_add(u32::from(is_new));
}

/// Where pieces begin and end, in order of time.
fn edges(
    dataset: &Dataset,
    ranges: &Ranges,
    work: &[Work],
    (start, end): (u64, u64),
) -> Vec<(u64, Class, i64)> {
    let mut edges = Vec::new();
    for work in work {
        let part = (work.start_ns.max(start), work.end_ns.min(end));
        if part.0 < part.1 {
            pieces::of_task(dataset, ranges, work.task, part, |piece| {
                edges.push((piece.start, piece.class, 1));
                edges.push((piece.end, piece.class, -1));
            });
        }
    }
    edges.sort_unstable();
    edges
}

/// Who runs comes before who is ready, and that before who waits; what is not known comes last.
fn most_active(busy: &BTreeMap<Class, i64>) -> Class {
    let there = || busy.iter().filter(|&(_, &count)| count > 0).map(|(&class, _)| class);
    there().find(|&class| class != Class::UNKNOWN).or_else(|| there().next()).unwrap_or(Class::NOBODY)
}
