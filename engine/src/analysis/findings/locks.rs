//! Convoys: many tasks that wait for one lock and get it one after the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use taskscope_proto::Dataset;
use taskscope_proto::model::{FunctionId, SpanId, StackId, TaskId, TaskState, WaitKind};

use super::{Case, Done, Found, labelled_span, number, own_function, share};
use crate::analysis::names::frame_name;
use crate::analysis::timeline::names;
use crate::api::{FindingKind, FindingPlace, Place, Verdict};
use crate::sorting::Sort;
use crate::units::{duration, plural};

/// So many waiters at the same time are a convoy,
const QUEUE: u64 = 4;
/// if they are there for so long,
const QUEUE_NS: u64 = 10_000_000;
/// or for this part of the trace, if that is longer, in per cent.
const QUEUE_PERCENT: u64 = 1;
/// Waits at a place that make it worth a second look.
const ENOUGH_WAITS: u64 = 20;
/// Frames above the lock that belong to the runtime and to `sync`.
const LOCK_DEPTH: usize = 8;
/// Places that get a finding of their own.
const SITES: usize = 5;

const LOCKS: [&str; 8] = [
    "sync.(*Mutex).Lock",
    "sync.(*Mutex).lockSlow",
    "internal/sync.(*Mutex).Lock",
    "internal/sync.(*Mutex).lockSlow",
    "sync.(*RWMutex).Lock",
    "sync.(*RWMutex).RLock",
    "sync.runtime_SemacquireMutex",
    "sync.runtime_SemacquireRWMutexR",
];

/// A wait that ended.
#[derive(Clone, Copy, Debug)]
struct Wait {
    start_ns: u64,
    end_ns: u64,
    row: usize,
    task: TaskId,
}

/// Convoys by the function that takes the lock.
pub(super) fn convoys(case: &Case<'_>) -> Done {
    let least = QUEUE_NS.max(case.length_ns / 100 * QUEUE_PERCENT);
    let mut done = Done::new(
        FindingKind::MutexConvoy,
        "Mutex convoys",
        format!("{QUEUE} tasks that wait for a lock at one place, for {} in all", duration(least)),
    );
    let sites = Sites::build(case.dataset);
    let (count, total) = sites.sums();
    done.measured = match count {
        0 => "no waits for a lock that ended".into(),
        _ => format!("{} for a lock, {} in all", plural(count, "wait"), duration(total)),
    };
    let waits = sites.waits(case.dataset, case.length_ns / 10);
    let mut convoys: Vec<(Queue, FunctionId, Vec<Wait>)> = Vec::new();
    for (site, waits) in waits {
        let queue = Queue::of(&waits);
        if queue.busy_ns >= least {
            convoys.push((queue, site, waits));
        }
    }
    convoys.order_by_key(|(queue, ..)| Reverse(queue.busy_ns));
    for (queue, _, waits) in convoys.iter().take(SITES) {
        done.find(convoy(case, queue, waits));
    }
    done
}

fn convoy(case: &Case<'_>, queue: &Queue, waits: &[Wait]) -> Found {
    let dataset = case.dataset;
    let tasks: HashSet<TaskId> = waits.iter().map(|wait| wait.task).collect();
    let handed = waits.iter().filter(|wait| {
        let waker = dataset.wakes.waker_of(SpanId::from_index(wait.row + 1));
        waker.is_some_and(|waker| tasks.contains(&waker))
    });
    let handed = handed.count() as u64;
    let count = waits.len() as u64;
    let total = waits.iter().map(|wait| wait.end_ns - wait.start_ns).fold(0, u64::saturating_add);
    let longest = waits.iter().max_by_key(|wait| wait.end_ns - wait.start_ns);
    let stack = longest.and_then(|wait| dataset.spans.stack.get(wait.row)).copied();
    let site = own_function(dataset, stack.unwrap_or(StackId::NONE));
    let mut rows: Vec<&Wait> = waits.iter().collect();
    rows.order_by_key(|wait| Reverse(wait.end_ns - wait.start_ns));
    let single = rows.into_iter().take(10).filter_map(|wait| labelled_span(dataset, wait.row, "waited"));
    let stretch = FindingPlace {
        label: format!(
            "the longest queue of {QUEUE} or more, {}",
            duration(queue.longest.1 - queue.longest.0)
        ),
        place: Place { t0_ns: queue.longest.0, t1_ns: queue.longest.1, lane: None, span: None },
    };
    Found {
        title: format!("Tasks queue for the lock in {site}"),
        verdict: if handed * 2 >= count { Verdict::Likely } else { Verdict::Possible },
        count,
        why: format!(
            "{} waited {} for it, {} in all, up to {} at once and {QUEUE} or more for {}; {} of the wakes came from one of them.",
            plural(tasks.len() as u64, "task"),
            plural(count, "time"),
            duration(total),
            queue.most,
            duration(queue.busy_ns),
            share(handed, count)
        ),
        advice: "Hold it for less, or split what it guards; what the holder does meanwhile is in its lane.",
        numbers: vec![
            number("Waited in all", duration(total)),
            number(
                "Longest wait",
                longest.map_or(String::new(), |wait| duration(wait.end_ns - wait.start_ns)),
            ),
            number("Most at once", queue.most.to_string()),
        ],
        places: std::iter::once(stretch).chain(single).collect(),
    }
}

/// How many wait at once.
#[derive(Clone, Copy, Debug, Default)]
struct Queue {
    /// The most.
    most: u64,
    /// Time with [`QUEUE`] or more.
    busy_ns: u64,
    /// The longest such stretch.
    longest: (u64, u64),
}

impl Queue {
    fn of(waits: &[Wait]) -> Self {
        let mut changes: Vec<(u64, i64)> =
            waits.iter().flat_map(|wait| [(wait.start_ns, 1), (wait.end_ns, -1)]).collect();
        changes.sort_unstable();
        let (mut queue, mut waiting, mut since) = (Self::default(), 0_i64, None);
        for (time, change) in changes {
            waiting += change;
            queue.most = queue.most.max(waiting.max(0) as u64);
            since = match (since, waiting >= QUEUE as i64) {
                (None, true) => Some(time),
                (Some(from), false) => {
                    queue.busy_ns = queue.busy_ns.saturating_add(time - from);
                    if time - from > queue.longest.1 - queue.longest.0 {
                        queue.longest = (from, time);
                    }
                    None
                }
                (since, _) => since,
            };
        }
        queue
    }
}

/// Where locks are taken, by stack, and how much was waited there.
struct Sites {
    /// By stack; the outer `None` is for one not looked at.
    of_stack: Vec<Option<Option<FunctionId>>>,
    sums: BTreeMap<FunctionId, (u64, u64)>,
}

impl Sites {
    fn build(dataset: &Dataset) -> Self {
        let mut of_stack: Vec<Option<Option<FunctionId>>> = vec![None; dataset.stacks.len()];
        let mut sums: BTreeMap<FunctionId, (u64, u64)> = BTreeMap::new();
        each_ended(dataset, |wait| {
            let stack = dataset.spans.stack.get(wait.row).copied().unwrap_or_default();
            let Some(known) = of_stack.get_mut(stack.index()) else { return };
            if let Some(site) = *known.get_or_insert_with(|| lock_site(dataset, stack)) {
                let sum = sums.entry(site).or_default();
                *sum = (sum.0 + 1, sum.1.saturating_add(wait.end_ns - wait.start_ns));
            }
        });
        Self { of_stack, sums }
    }

    /// Waits for locks, and their time.
    fn sums(&self) -> (u64, u64) {
        self.sums.values().fold((0, 0), |sum, site| (sum.0 + site.0, sum.1.saturating_add(site.1)))
    }

    /// The waits of each place with enough of them and `least` ns in all.
    fn waits(&self, dataset: &Dataset, least: u64) -> BTreeMap<FunctionId, Vec<Wait>> {
        let worth = |(count, total): (u64, u64)| count >= ENOUGH_WAITS && total >= least;
        let mut waits: BTreeMap<FunctionId, Vec<Wait>> =
            self.sums.iter().filter(|(_, sum)| worth(**sum)).map(|(&site, _)| (site, Vec::new())).collect();
        if !waits.is_empty() {
            each_ended(dataset, |wait| {
                let stack = dataset.spans.stack.get(wait.row).copied().unwrap_or_default();
                let site = self.of_stack.get(stack.index()).copied().flatten().flatten();
                if let Some(waits) = site.and_then(|site| waits.get_mut(&site)) {
                    waits.push(wait);
                }
            });
        }
        waits
    }
}

/// Every wait for something of `sync` that ended. Those that did not are leaks, not convoys.
fn each_ended(dataset: &Dataset, mut see: impl FnMut(Wait)) {
    let sync: Vec<bool> = dataset.reasons.iter().map(|reason| reason.kind == WaitKind::Sync).collect();
    let spans = &dataset.spans;
    for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
        let rows = spans.rows_of(task);
        let (Some(states), Some(reasons), Some(starts)) =
            (spans.state.get(rows.clone()), spans.reason.get(rows.clone()), spans.start_ns.get(rows.clone()))
        else {
            continue;
        };
        for at in 1..states.len() {
            let waited = states[at - 1] == TaskState::Blocked && states[at] == TaskState::Ready;
            if waited && sync.get(usize::from(reasons[at - 1])).copied().unwrap_or(false) {
                let (start_ns, row) = (starts[at - 1], rows.start + at - 1);
                see(Wait { start_ns, end_ns: starts[at].max(start_ns), row, task });
            }
        }
    }
}

/// The function that takes the lock; `None` for a stack that waits for something else.
fn lock_site(dataset: &Dataset, stack: StackId) -> Option<FunctionId> {
    let mut frames = dataset.stacks.leaf_first(stack).take(LOCK_DEPTH);
    frames.find(|&frame| LOCKS.contains(&&*frame_name(dataset, frame)))?;
    let own = names::own_frame(dataset, stack);
    let outer = || frames.find(|&frame| !LOCKS.contains(&&*frame_name(dataset, frame)));
    let frame = own.or_else(outer)?;
    dataset.frames.get(frame).map(|row| row.function)
}
