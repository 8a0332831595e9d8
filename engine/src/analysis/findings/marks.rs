//! What the program itself marked and did not end: user tasks and regions.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use taskscope_proto::model::{StringId, TaskId};

use super::{Case, Done, Found, number, task_place};
use crate::analysis::timeline::names;
use crate::api::{FindingKind, FindingPlace, Verdict};
use crate::sorting::Sort;
use crate::units::{count_u64, duration, plural};

/// Younger ones are just under way.
const AGE_NS: u64 = 1_000_000_000;
/// Where others of the name ended, it must be so many times as old as the longest of them.
const TIMES: u64 = 2;
/// So many that ended say how long one takes.
const ENOUGH_ENDED: u64 = 10;
/// Names that get a finding of their own.
const NAMES: usize = 5;

/// A user task or region, whichever is looked at.
#[derive(Clone, Copy, Debug)]
struct Mark {
    name: StringId,
    task: TaskId,
    start_ns: Option<u64>,
    end_ns: Option<u64>,
}

/// Those of one name.
#[derive(Debug, Default)]
struct Named {
    ended: u64,
    longest_ns: u64,
    /// Since when, and whose.
    open: Vec<(u64, TaskId)>,
}

/// User tasks that did not end.
pub(super) fn user_tasks(case: &Case<'_>) -> Done {
    let marks = case.dataset.user_tasks.iter().map(|task| Mark {
        name: task.name,
        task: task.task,
        start_ns: task.start_ns,
        end_ns: task.end_ns,
    });
    check(case, FindingKind::UnfinishedUserTasks, "Unfinished user tasks", "task", marks)
}

/// User regions that did not end.
pub(super) fn regions(case: &Case<'_>) -> Done {
    let marks = case.dataset.regions.iter().map(|region| Mark {
        name: region.name,
        task: region.task,
        start_ns: region.start_ns,
        end_ns: region.end_ns,
    });
    check(case, FindingKind::UnfinishedRegions, "Unfinished regions", "region", marks)
}

fn check(
    case: &Case<'_>,
    kind: FindingKind,
    title: &'static str,
    thing: &str,
    marks: impl Iterator<Item = Mark>,
) -> Done {
    let mut done = Done::new(
        kind,
        title,
        format!(
            "open for {} or more and {TIMES} times as long as the longest that ended; without one for half the trace",
            duration(AGE_NS)
        ),
    );
    let names = by_name(marks);
    let (ended, open) =
        names.values().fold((0, 0), |sum, named| (sum.0 + named.ended, sum.1 + named.open.len() as u64));
    done.measured = match ended + open {
        0 => format!("no user {thing}s"),
        all => format!("{} of {} open at the end", count_u64(open), plural(all, thing)),
    };
    let mut odd: Vec<(StringId, Named)> = names.into_iter().collect();
    odd.iter_mut().for_each(|(_, named)| named.keep_odd(case));
    odd.retain(|(_, named)| !named.open.is_empty());
    odd.order_by_key(|(_, named)| Reverse(named.open.len()));
    for (name, named) in odd.into_iter().take(NAMES) {
        done.find(unfinished(case, thing, case.dataset.strings.get(name), named));
    }
    done
}

impl Named {
    /// Leaves those that are too old, or cannot end.
    fn keep_odd(&mut self, case: &Case<'_>) {
        let usual = match self.ended {
            0 => case.length_ns / 2,
            _ => self.longest_ns.saturating_mul(TIMES),
        };
        let end = case.work.t1_ns;
        self.open.retain(|&(since, _)| end.saturating_sub(since) >= AGE_NS.max(usual));
    }
}

fn unfinished(case: &Case<'_>, thing: &str, name: &str, mut named: Named) -> Found {
    named.open.order_by_key(|open| open.0);
    let end = case.work.t1_ns;
    let oldest = named.open.first().map_or(0, |open| end.saturating_sub(open.0));
    let count = named.open.len() as u64;
    let ended = match named.ended {
        0 => "none of the name ended in the trace".into(),
        ended => format!("{} others ended, after at most {}", count_u64(ended), duration(named.longest_ns)),
    };
    let place = |&(since, task): &(u64, TaskId)| FindingPlace {
        label: format!(
            "{} began it {} before the end",
            names::task_and_entry(case.dataset, task),
            duration(end.saturating_sub(since))
        ),
        place: task_place(task, since, end),
    };
    Found {
        title: format!("User {thing}s \u{201c}{name}\u{201d} do not end"),
        verdict: if named.ended >= ENOUGH_ENDED { Verdict::Likely } else { Verdict::Possible },
        count,
        why: format!(
            "{} {} open, the oldest for {}; {ended}.",
            count_u64(count),
            if count == 1 { "is" } else { "are" },
            duration(oldest)
        ),
        advice: "A missing End, often on the way of an error: `defer` it where it begins.",
        numbers: vec![number("Oldest", duration(oldest)), number("Ended", count_u64(named.ended))],
        places: named.open.iter().map(place).collect(),
    }
}

fn by_name(marks: impl Iterator<Item = Mark>) -> BTreeMap<StringId, Named> {
    let mut names: BTreeMap<StringId, Named> = BTreeMap::new();
    for mark in marks {
        let named = names.entry(mark.name).or_default();
        match (mark.start_ns, mark.end_ns) {
            (Some(start), Some(end)) => {
                named.ended += 1;
                named.longest_ns = named.longest_ns.max(end.saturating_sub(start));
            }
            (Some(start), None) => {
                named.open.push((start, mark.task));
            }
            (None, Some(_)) => named.ended += 1,
            (None, None) => {}
        }
    }
    names
}
