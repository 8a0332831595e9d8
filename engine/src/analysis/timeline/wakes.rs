//! Who woke whom: the waker of a span, those that a span woke, and the chain behind a wait.

use taskscope_proto::Dataset;
use taskscope_proto::model::{Span, SpanId, StackId, TaskId, TaskState};

use super::{keys, names};
use crate::analysis::names::frame_name;
use crate::analysis::symbols::{is_standard, package};
use crate::api::{ChainLink, WakeChain, Waker, Woken};

/// How many woken tasks are told; more arrows are no picture.
const MAX_WOKEN: usize = 64;
/// How many links of a chain are followed.
const MAX_LINKS: usize = 64;
/// How many spans of a waker are looked through for the wake before.
const MAX_STEPS: usize = 100_000;

/// Rows of the wakes by waker. 4 bytes a wake; made when first asked for.
#[derive(Debug, Default)]
pub(super) struct WakeIndex {
    first: Vec<u32>,
    rows: Vec<u32>,
}

impl WakeIndex {
    /// Sorts the wakes by waker: two passes.
    pub(super) fn build(dataset: &Dataset) -> Self {
        let mut first = vec![0_u32; dataset.tasks.len() + 1];
        let wakers = &dataset.wakes.waker;
        for waker in wakers {
            if let Some(count) = first.get_mut(waker.index().saturating_add(1)) {
                *count += 1;
            }
        }
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut next = first.clone();
        let mut rows = vec![0; first.last().map_or(0, |&end| end as usize)];
        for (row, waker) in wakers.iter().enumerate() {
            let known = waker.index() < dataset.tasks.len();
            if let Some(place) = next.get_mut(waker.index()).filter(|_| known) {
                rows[*place as usize] = row as u32;
                *place += 1;
            }
        }
        Self { first, rows }
    }

    fn of(&self, task: TaskId) -> &[u32] {
        match (self.first.get(task.index()), self.first.get(task.index().saturating_add(1))) {
            (Some(&first), Some(&end)) => self.rows.get(first as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The Ready span whose wake ended the wait `here`, or led to it: itself, or the one before.
pub(super) fn wake_of(dataset: &Dataset, id: SpanId, here: &Span) -> Option<SpanId> {
    let rows = dataset.spans.rows_of(here.task);
    let row = match here.state {
        TaskState::Blocked => id.index() + 1,
        TaskState::Ready => id.index(),
        _ => id.index().checked_sub(1)?,
    };
    let woken = SpanId::from_index(row);
    (rows.contains(&row) && dataset.wakes.waker_of(woken).is_some()).then_some(woken)
}

/// Who began the Ready span `woken`.
pub(super) fn waker(dataset: &Dataset, woken: SpanId) -> Option<Waker> {
    let waker = dataset.wakes.waker_of(woken)?;
    let span = dataset.span(woken)?;
    Some(Waker {
        task: if waker.is_none() { "runtime".into() } else { names::task(dataset, waker) },
        entry: names::entry(dataset, waker).into(),
        span: span_before(dataset, waker, span.start_ns),
        by: waking_frame(dataset, span.stack),
        lane: waker.get().map(keys::task),
        at_ns: span.start_ns,
    })
}

/// The tasks that the task of `here` woke meanwhile, in time order, and how many there are in all.
pub(super) fn woken(dataset: &Dataset, index: &WakeIndex, here: &Span) -> (Vec<Woken>, u32) {
    let spans = index.of(here.task).iter().filter_map(|&row| dataset.wakes.span.get(row as usize));
    let started = spans.filter_map(|span| Some((*dataset.spans.start_ns.get(span.index())?, *span)));
    let mut found: Vec<(u64, SpanId)> =
        started.filter(|(start, _)| (here.start_ns..=here.end_ns).contains(start)).collect();
    found.sort_unstable();
    let all = found.len() as u32;
    (found.into_iter().take(MAX_WOKEN).filter_map(|(_, id)| woken_task(dataset, id)).collect(), all)
}

fn woken_task(dataset: &Dataset, id: SpanId) -> Option<Woken> {
    let span = dataset.span(id)?;
    Some(Woken {
        task: names::task(dataset, span.task),
        entry: names::entry(dataset, span.task).into(),
        span: id.0,
        lane: keys::task(span.task),
        at_ns: span.start_ns,
        waited_ns: waited(dataset, id, &span),
    })
}

/// How long the task waited before the wake that began `span`.
fn waited(dataset: &Dataset, id: SpanId, span: &Span) -> u64 {
    let before = id.0.checked_sub(1).and_then(|id| dataset.span(SpanId(id)));
    let wait = before.filter(|before| before.task == span.task && before.state == TaskState::Blocked);
    wait.map_or(0, |wait| wait.end_ns - wait.start_ns)
}

/// Who woke the task of a span, who had woken that one, and so on, back to where the wait began.
pub fn wake_chain(dataset: &Dataset, span: u32) -> WakeChain {
    let mut chain = WakeChain::default();
    let id = SpanId(span);
    let Some(here) = dataset.span(id) else { return chain };
    let Some(mut woken) = wake_of(dataset, id, &here) else {
        chain.end = format!("No wake of {} is recorded here.", names::task(dataset, here.task));
        return chain;
    };
    let began =
        dataset.span(woken).map_or(0, |span| span.start_ns.saturating_sub(waited(dataset, woken, &span)));
    while chain.links.len() < MAX_LINKS {
        let (Some(span), Some(task)) = (dataset.span(woken), dataset.wakes.waker_of(woken)) else { break };
        let Some(waker) = waker(dataset, woken) else { break };
        let before = previous_wake(dataset, task, span.start_ns, began);
        let since = before.and_then(|id| dataset.span(id)).map_or(began, |span| span.start_ns);
        let name = waker.task.clone();
        chain.links.push(ChainLink {
            waker,
            to_lane: keys::task(span.task),
            waited_ns: waited(dataset, woken, &span),
            held_ns: if task.is_none() { 0 } else { span.start_ns.saturating_sub(since) },
        });
        match before {
            Some(id) => woken = id,
            None if task.is_none() => {
                chain.end = "The runtime woke it: a timer, the network poller or the collector.".into();
                return chain;
            }
            None => {
                chain.end = format!("{name} was awake since before the wait began.");
                return chain;
            }
        }
    }
    chain.end = "The chain goes on; it is not followed further.".into();
    chain
}

/// The last wake of `task` before `time`, not before `began`.
fn previous_wake(dataset: &Dataset, task: TaskId, time: u64, began: u64) -> Option<SpanId> {
    let last = span_before(dataset, task, time)? as usize;
    let rows = dataset.spans.rows_of(task);
    let rows = (rows.start..=last).rev().take(MAX_STEPS);
    let since = rows.take_while(|&row| dataset.spans.start_ns.get(row).is_some_and(|&start| start > began));
    let mut ready =
        since.filter(|&row| dataset.spans.state.get(row) == Some(&TaskState::Ready)).map(SpanId::from_index);
    ready.find(|&id| dataset.wakes.waker_of(id).is_some())
}

/// What `task` was doing just before `time`.
fn span_before(dataset: &Dataset, task: TaskId, time: u64) -> Option<u32> {
    let rows = dataset.spans.rows_of(task);
    let starts = dataset.spans.start_ns.get(rows.clone())?;
    let after = starts.partition_point(|&start| start < time).max(1);
    (!starts.is_empty()).then(|| (rows.start + after - 1) as u32)
}

/// The call that woke and the program's own function that made it, as far as they differ:
/// `sync.(*Mutex).Unlock ← main.(*Cache).Get`, `runtime.chansend1 ← main.produce`. What lies deeper
/// in the runtime than its entry is left out.
fn waking_frame(dataset: &Dataset, stack: StackId) -> String {
    let frames: Vec<_> = dataset.stacks.leaf_first(stack).map(|frame| frame_name(dataset, frame)).collect();
    let outside = frames.iter().position(|name| package(name) != "runtime").unwrap_or(frames.len());
    let call = match frames.get(outside) {
        Some(name) if is_standard(name) => Some(name),
        _ => outside.checked_sub(1).and_then(|entry| frames.get(entry)),
    };
    let own = frames.iter().find(|name| !is_standard(name));
    let parts: Vec<&str> = call.into_iter().chain(own).map(AsRef::as_ref).collect();
    parts.join(" ← ")
}
