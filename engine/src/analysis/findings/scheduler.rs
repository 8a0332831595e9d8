//! Tasks that wait long for a worker.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use taskscope_proto::model::{TaskId, TaskState};

use super::survey::{LONG_WAIT_NS, SINGLE_WAIT_NS, Totals};
use super::{Case, Done, Found, labelled_span, number, share, span_place, task_place};
use crate::analysis::timeline::names;
use crate::api::{FindingKind, FindingPlace, Verdict};
use crate::sorting::Sort;
use crate::units::{duration, plural};

/// Waits that make a percentile worth something.
const ENOUGH_WAITS: u64 = 100;
/// A starved task was ready so many times as long as it ran,
const STARVED_TIMES: u64 = 10;
/// and at least so long.
const STARVED_NS: u64 = 100_000_000;
/// So many of them at one entry are no accident.
const SEVERAL: usize = 3;
/// Entries that get a finding of their own.
const ENTRIES: usize = 5;

/// A task that was ready far longer than it ran.
#[derive(Clone, Copy, Debug)]
struct Starved {
    task: TaskId,
    ready_ns: u64,
    running_ns: u64,
}

/// Waits for a P: the 99th percentile, and single ones.
pub(super) fn long_waits(case: &Case<'_>) -> Done {
    let waits = &case.survey.waits;
    let mut done = Done::new(
        FindingKind::LongSchedulerWaits,
        "Long waits for a P",
        format!(
            "p99 from {} on over at least {ENOUGH_WAITS} waits, or one wait from {} on; preempted tasks left out",
            duration(LONG_WAIT_NS),
            duration(SINGLE_WAIT_NS)
        ),
    );
    let (p99, longest) = (waits.quantile(990), waits.max());
    done.measured = match waits.count() {
        0 => "no task waited for a P".into(),
        count => format!("p99 {}, longest {} of {}", duration(p99), duration(longest), plural(count, "wait")),
    };
    let often = p99 >= LONG_WAIT_NS && waits.count() >= ENOUGH_WAITS;
    let verdict = match (often, case.survey.very_long_waits) {
        (true, _) if p99 >= SINGLE_WAIT_NS => Verdict::Certain,
        (true, _) => Verdict::Likely,
        (false, 0) => return done,
        (false, _) => Verdict::Possible,
    };
    let long = &case.survey.long_waits;
    let count = if often { long.count } else { case.survey.very_long_waits };
    let found = long.rows.iter().filter_map(|&(_, row)| labelled_span(case.dataset, row, "was ready for"));
    done.find(Found {
        title: format!("Tasks are ready for up to {} before they run", duration(longest)),
        verdict,
        count,
        why: format!(
            "{} took {} or more; of all {} one in a hundred took {} or more.",
            plural(count, "wait"),
            duration(if often { LONG_WAIT_NS } else { SINGLE_WAIT_NS }),
            plural(waits.count(), "wait"),
            duration(p99),
        ),
        advice: "More tasks want to run than there are Ps, or few hold them for long: look at what ran meanwhile.",
        numbers: vec![
            number("Median", duration(waits.quantile(500))),
            number("p99", duration(p99)),
            number("p99.9", duration(waits.quantile(999))),
            number("Longest", duration(longest)),
        ],
        places: found.collect(),
    });
    done
}

/// Tasks that were ready far longer than they ran, by entry function.
pub(super) fn starved(case: &Case<'_>) -> Done {
    let least = STARVED_NS.max(case.length_ns / 10);
    let mut done = Done::new(
        FindingKind::StarvedTasks,
        "Starved tasks",
        format!("ready {STARVED_TIMES} times as long as running, and from {} on", duration(least)),
    );
    let mut starved: BTreeMap<&str, Vec<Starved>> = BTreeMap::new();
    let mut count = 0;
    for (row, totals) in case.survey.tasks.iter().enumerate() {
        if totals.ready_ns >= least && totals.ready_ns / STARVED_TIMES >= totals.running_ns {
            let task = TaskId::from_index(row);
            let entry = names::entry(case.dataset, task);
            let Totals { ready_ns, running_ns } = *totals;
            starved.entry(entry).or_default().push(Starved { task, ready_ns, running_ns });
            count += 1;
        }
    }
    done.measured = format!("{} of {}", count, plural(case.survey.tasks.len() as u64, "task"));
    let (mut groups, rest): (Vec<_>, Vec<_>) =
        starved.into_iter().partition(|(entry, tasks)| tasks.len() >= SEVERAL && !entry.is_empty());
    groups.order_by_key(|(_, tasks)| Reverse(tasks.len()));
    for (entry, tasks) in groups.into_iter().take(ENTRIES) {
        done.find(starved_group(case, &format!(" of {entry}"), tasks));
    }
    if !rest.is_empty() {
        done.find(starved_group(case, "", rest.into_iter().flat_map(|(_, tasks)| tasks).collect()));
    }
    done
}

/// `of` says whose: ` of main.work`, or nothing where each is of another entry.
fn starved_group(case: &Case<'_>, of: &str, mut tasks: Vec<Starved>) -> Found {
    tasks.order_by_key(|task| Reverse(task.ready_ns));
    let sum = |pick: fn(&Starved) -> u64| tasks.iter().map(pick).fold(0, u64::saturating_add);
    let (ready, running) = (sum(|task| task.ready_ns), sum(|task| task.running_ns));
    let worst = tasks.first().map_or(0, |task| task.ready_ns);
    let (count, one) = (tasks.len() as u64, tasks.len() == 1);
    Found {
        title: format!("{}{of} {} starved", plural(count, "task"), if one { "is" } else { "are" }),
        verdict: if tasks.len() >= SEVERAL { Verdict::Likely } else { Verdict::Possible },
        count,
        why: format!(
            "{}{of} ran for {} and {} ready for {}, {} of that time.",
            plural(count, "task"),
            duration(running),
            if one { "was" } else { "were" },
            duration(ready),
            share(ready, ready.saturating_add(running))
        ),
        advice: "They could run and get no P: more Ps, fewer busy tasks, or shorter ones would help.",
        numbers: vec![
            number("Ready", duration(ready)),
            number("Running", duration(running)),
            number("Longest ready in all of one task", duration(worst)),
        ],
        places: tasks.iter().map(|starved| starved_place(case, starved)).collect(),
    }
}

/// The longest wait of the task, so that the jump shows it.
fn starved_place(case: &Case<'_>, &Starved { task, ready_ns, .. }: &Starved) -> FindingPlace {
    let rows = case.dataset.spans.rows_of(task);
    let is_ready = |row: &usize| case.dataset.spans.state.get(*row) == Some(&TaskState::Ready);
    let places = rows.filter(is_ready).filter_map(|row| span_place(case.dataset, row));
    let longest = places.max_by_key(|place| place.t1_ns - place.t0_ns);
    FindingPlace {
        label: format!(
            "{} was ready for {} in all",
            names::task_and_entry(case.dataset, task),
            duration(ready_ns)
        ),
        place: longest.unwrap_or_else(|| task_place(task, case.work.t0_ns, case.work.t1_ns)),
    }
}
