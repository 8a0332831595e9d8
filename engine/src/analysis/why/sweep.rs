//! An interval by state: of one task, or of a user task that several goroutines work for.

use std::collections::BTreeMap;

use taskscope_proto::Dataset;
use taskscope_proto::model::TaskId;

use super::class::Class;
use super::pieces;
use super::ranges::Ranges;
use crate::analysis::user_tasks::Work;

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
pub(super) fn of_workers(
    dataset: &Dataset,
    ranges: &Ranges,
    work: &[Work],
    (start, end): (u64, u64),
) -> Sums {
    let mut sums = Sums::new();
    let (mut busy, mut now, mut last) = (BTreeMap::<Class, i64>::new(), start, None);
    for (time, class, change) in edges(dataset, ranges, work, (start, end)) {
        if time > now {
            let class = most_active(&busy);
            add(&mut sums, class, time - now, last != Some(class));
            (now, last) = (time, Some(class));
        }
        *busy.entry(class).or_default() += change;
    }
    if end > now {
        add(&mut sums, Class::NOBODY, end - now, last != Some(Class::NOBODY));
    }
    sums
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
