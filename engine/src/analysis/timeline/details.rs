//! Everything about one span: what, how long, why, who woke the task, and what its life was.

use taskscope_proto::Dataset;
use taskscope_proto::model::{Span, SpanId, StackId, TaskId, TaskState};

use super::blocks::total;
use super::index::TimelineIndex;
use super::marks::{CLASSES, MARKS, NOTHING, words};
use super::{keys, names, wakes};
use crate::analysis::text;
use crate::api::{FrameText, Mark, Share, SpanDetails};
use crate::units;

/// Everything about the span of row `span`; `None` if there is no such row.
pub fn span_details(dataset: &Dataset, index: &TimelineIndex, span: u32) -> Option<SpanDetails> {
    let id = SpanId(span);
    let here = dataset.span(id)?;
    let rows = dataset.spans.rows_of(here.task);
    let previous = id.index().checked_sub(1).filter(|&row| row >= rows.start).map(SpanId::from_index);
    let next = Some(id.index() + 1).filter(|&row| row < rows.end).map(SpanId::from_index);
    let row = dataset.tasks.get(here.task);
    let mark = index.mark_of(dataset, id);
    let (stack_title, stack) = stack(dataset, id, &here, previous, next);
    let (wakes, wakes_all) = wakes::woken(dataset, index.wakes(dataset), &here);
    let (shares, life_ns) = shares(dataset, index, here.task);
    Some(SpanDetails {
        span,
        title: title(here.state, mark).into(),
        mark,
        task_id: row.map_or(0, |task| task.id),
        task: names::task(dataset, here.task),
        entry: names::entry(dataset, here.task).into(),
        lane: keys::task(here.task),
        start_ns: here.start_ns,
        end_ns: here.end_ns,
        facts: facts(dataset, index, &here, previous, next),
        previous: previous.map(|id| id.0),
        next: next.map(|id| id.0),
        woken_by: wakes::wake_of(dataset, id, &here).and_then(|woken| wakes::waker(dataset, woken)),
        woke: wakes.first().map(|woken| woken.span),
        wakes,
        wakes_all,
        cpu_samples: cpu_samples(dataset, &here),
        stack,
        stack_title: stack_title.into(),
        shares,
        life_ns,
        spawn_stack: row.map_or_else(Vec::new, |task| text::stack(dataset, task.spawn_stack)),
    })
}

fn title(state: TaskState, mark: Mark) -> &'static str {
    match (state, mark) {
        (TaskState::Running, _) => "Running",
        (TaskState::Ready, _) => "Ready",
        (TaskState::Syscall, _) => "Syscall",
        (TaskState::Unknown, _) => "Unknown",
        (TaskState::Gone, _) => "Not there",
        (TaskState::Blocked, Mark::Sync) => "Blocked: sync",
        (TaskState::Blocked, Mark::Network) => "Blocked: network, I/O",
        (TaskState::Blocked, Mark::Sleep) => "Sleep",
        (TaskState::Blocked, Mark::Gc) => "Blocked: GC",
        (TaskState::Blocked, _) => "Blocked",
    }
}

fn facts(
    dataset: &Dataset,
    index: &TimelineIndex,
    here: &Span,
    previous: Option<SpanId>,
    next: Option<SpanId>,
) -> Vec<(String, String)> {
    let reason =
        dataset.reasons.get(here.reason.index()).map(|reason| dataset.strings.get(reason.text).to_string());
    let state = |id: SpanId| Some((dataset.span(id)?, words(index.mark_of(dataset, id))));
    let after = |id: SpanId| {
        let (span, words) = state(id)?;
        let then = dataset.span(SpanId(id.0.saturating_add(1))).filter(|then| then.task == span.task);
        let then =
            match then.filter(|then| then.state == TaskState::Running && span.state == TaskState::Ready) {
                Some(then) => format!(", then {}", names::worker(dataset, then.worker.0)),
                None => on(dataset, &span),
            };
        Some(format!("{words} {}{then}", units::duration(span.end_ns - span.start_ns)))
    };
    let before = |id: SpanId| {
        let (span, words) = state(id)?;
        Some(format!("{words}{}, {}", on(dataset, &span), units::duration(span.end_ns - span.start_ns)))
    };
    let start = here.start_ns.saturating_sub(dataset.facts.start_ns);
    let worker = here.worker.get().map(|worker| names::worker(dataset, worker.0));
    let rows = [
        ("Start", Some(units::moment(start))),
        ("Reason", reason),
        ("Worker", worker),
        ("Before", previous.and_then(before)),
        ("After", next.and_then(after)),
    ];
    let present = |(label, value): (&str, Option<String>)| {
        Some((label.to_string(), value.filter(|value| !value.is_empty())?))
    };
    rows.into_iter().filter_map(present).collect()
}

/// ` on P 0`; empty for a span without worker.
fn on(dataset: &Dataset, span: &Span) -> String {
    span.worker.get().map_or_else(String::new, |worker| format!(" on {}", names::worker(dataset, worker.0)))
}

/// CPU samples taken of the task of `here` meanwhile.
fn cpu_samples(dataset: &Dataset, here: &Span) -> u32 {
    let times = &dataset.samples.time_ns;
    let place = |time| times.partition_point(|&at| at < time);
    let tasks = dataset.samples.task.get(place(here.start_ns)..place(here.end_ns)).unwrap_or_default();
    tasks.iter().filter(|&&task| task == here.task).count() as u32
}

/// The stack that tells most about a span, and what it is.
fn stack(
    dataset: &Dataset,
    id: SpanId,
    here: &Span,
    previous: Option<SpanId>,
    next: Option<SpanId>,
) -> (&'static str, Vec<FrameText>) {
    let spawned =
        previous.is_none() && dataset.tasks.get(here.task).is_some_and(|task| task.created_ns.is_some());
    let title = match here.state {
        TaskState::Blocked => "Stack when blocked",
        TaskState::Syscall => "Stack at the system call",
        TaskState::Ready if dataset.wakes.waker_of(id).is_some() && !spawned => "Stack of the waker",
        TaskState::Ready if spawned => "Stack of the spawner",
        TaskState::Ready => "Stack when stopped",
        TaskState::Running if here.stack.is_none() => {
            // Nothing is recorded while a task runs; where the run ended is the nearest.
            let end = next.and_then(|next| dataset.span(next)).map_or(StackId::NONE, |span| span.stack);
            return ("Stack when the run ended", text::stack(dataset, end));
        }
        TaskState::Running => "Stack when the run began",
        TaskState::Unknown | TaskState::Gone => "Stack",
    };
    (title, text::stack(dataset, here.stack))
}

/// The whole life of `task` by state, and its length. Marking that the task had to help with is
/// taken out of its running time.
fn shares(dataset: &Dataset, index: &TimelineIndex, task: TaskId) -> (Vec<Share>, u64) {
    let rows = dataset.spans.rows_of(task);
    let (mut time, mut spans) = ([0_u64; CLASSES + 1], [0_u32; CLASSES + 1]);
    let ends = (rows.start + 1..rows.end).map(|row| dataset.spans.start_ns[row]);
    let ends = ends.chain(std::iter::once(dataset.end_of(task)));
    for (row, end) in rows.zip(ends) {
        let class = index.marks.class(dataset.spans.state[row], dataset.spans.reason[row]);
        time[class] = time[class].saturating_add(end.saturating_sub(dataset.spans.start_ns[row]));
        spans[class] += 1;
    }
    let assists = index.assists.of(task).len() as u32;
    let assist_ns = index.assists.time_of(dataset, task);
    let assist_ns = assist_ns.min(time[Mark::Running as usize]);
    time[Mark::Running as usize] -= assist_ns;
    let states = MARKS.into_iter().map(|mark| (mark, words(mark), time[mark as usize], spans[mark as usize]));
    let assisted = (Mark::Gc, "GC assist", assist_ns, if assist_ns > 0 { assists } else { 0 });
    let present: Vec<_> = states.chain(std::iter::once(assisted)).filter(|&(.., spans)| spans > 0).collect();
    let parts: Vec<u64> = present.iter().map(|&(_, _, ns, _)| ns).collect();
    let per_mille = units::largest_remainder(&parts, 1000);
    let share = |((mark, state, ns, spans), per_mille): ((Mark, &str, u64, u32), u32)| Share {
        mark,
        state: state.into(),
        ns,
        per_mille,
        spans,
    };
    let life = total(&time[..NOTHING]).saturating_add(assist_ns);
    (present.into_iter().zip(per_mille).map(share).collect(), life)
}
