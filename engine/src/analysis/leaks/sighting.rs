//! Living tasks as the leak listing sees them, whatever kind of file they come from.

use std::collections::HashMap;
use std::rc::Rc;

use taskscope_proto::Dataset;
use taskscope_proto::model::{
    Format, FunctionId, Label, LabelValue, Observation, ReasonId, SpanId, StackId, Task, TaskId, TaskState,
};
use taskscope_proto::{task_labels, task_waits};

use super::wait::Wait;
use crate::analysis::names::frame_name;
use crate::analysis::weights;

/// A living task, or several that the file does not tell apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The runtime's id, where the file has ids.
    pub task_id: Option<u64>,
    /// How many tasks.
    pub count: u64,
    /// The state in the runtime's words, without mark and minutes.
    pub words: Rc<str>,
    /// The kind of its wait.
    pub wait: Wait,
    /// How long it has waited at least, ns.
    pub wait_ns: Option<u64>,
    /// Where it waits.
    pub stack: StackId,
    /// Where it was spawned.
    pub spawn_stack: StackId,
    /// Its entry function; empty if unknown.
    pub entry: Rc<str>,
    /// The file carries the runtime's proof that nothing can wake it.
    pub leaked: bool,
    /// It was not seen to run: blocked from the trace's first event to its last.
    pub never_ran: bool,
    /// It was spawned during the trace.
    pub spawned_in_trace: bool,
    /// Its last span; `NONE` for what is not from a trace.
    pub span: SpanId,
    /// What the agent says of a Rust task.
    pub rust: Option<RustTask>,
    /// Whether an earlier look at the process saw it, and just the same.
    pub before: Before,
}

/// What the agent in a Rust program counts for each task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RustTask {
    /// How often it was polled.
    pub polls: u64,
    /// Wakers of it that live.
    pub wakers: Option<u64>,
    /// Wakers that it handed out in all.
    pub registered: Option<u64>,
    /// It has a thread of its own.
    pub blocking: bool,
    /// It is what `block_on` drives.
    pub root: bool,
}

/// A task in an earlier look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Before {
    /// There was no look, or it was not there.
    #[default]
    Unseen,
    /// It was there, and has run since then.
    Moved,
    /// It was there and has not moved.
    Still,
}

/// What kind of file the sightings come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A dump with one entry a task.
    Dump,
    /// Counts of stacks, without ids, states or waits.
    Counts,
    /// Go's leak profile, which holds leaked goroutines only.
    LeakProfile,
    /// A trace.
    Trace,
}

/// Where sightings can be had from; `None` for a file without tasks.
pub fn source(dataset: &Dataset) -> Option<Source> {
    let rows = &dataset.observations.rows;
    let profile = dataset.facts.profile_kind.as_str();
    match () {
        () if !dataset.spans.is_empty() => Some(Source::Trace),
        () if rows.iter().any(|row| !row.task.is_none()) => Some(Source::Dump),
        () if profile == "goroutineleak" && weighs_something(dataset) => Some(Source::LeakProfile),
        () if !rows.is_empty() || (profile == "goroutine" && weighs_something(dataset)) => {
            Some(Source::Counts)
        }
        () => None,
    }
}

/// Every living task of the file.
pub fn sightings(dataset: &Dataset) -> Vec<Sighting> {
    let mut reader = Reader { dataset, seen: HashMap::new(), entries: HashMap::new() };
    match source(dataset) {
        None => Vec::new(),
        Some(Source::Trace) => {
            let tasks = dataset.tasks.rows.iter().enumerate();
            tasks.filter_map(|(row, task)| reader.traced(TaskId::from_index(row), task)).collect()
        }
        Some(_) if dataset.observations.rows.is_empty() => reader.sampled(),
        Some(source) => {
            let rows = dataset.observations.rows.iter();
            let all_leaked = source == Source::LeakProfile;
            rows.enumerate().filter_map(|(at, row)| reader.observed(at, row, all_leaked)).collect()
        }
    }
}

/// Names of a stack's functions, leaf first; a very deep one is cut.
pub fn functions(dataset: &Dataset, stack: StackId) -> Vec<String> {
    dataset.stacks.leaf_first(stack).take(200).map(|frame| frame_name(dataset, frame).into_owned()).collect()
}

/// What labels say of a Rust task; `None` for a goroutine.
fn rust_task(dataset: &Dataset, labels: &[Label]) -> Option<RustTask> {
    let number = |key| number_of(dataset, labels, key);
    let kind = text_of(dataset, labels, task_labels::KIND).unwrap_or_default();
    Some(RustTask {
        polls: number(task_labels::POLLS)?,
        wakers: number(task_labels::WAKERS),
        registered: number(task_labels::REGISTERED),
        blocking: kind == task_labels::BLOCKING,
        root: kind == task_labels::ROOT,
    })
}

fn text_of<'a>(dataset: &'a Dataset, labels: &[Label], key: &str) -> Option<&'a str> {
    let label = labels.iter().find(|label| dataset.strings.get(label.key) == key)?;
    match label.value {
        LabelValue::Text(text) => Some(dataset.strings.get(text)),
        LabelValue::Number(..) => None,
    }
}

fn number_of(dataset: &Dataset, labels: &[Label], key: &str) -> Option<u64> {
    text_of(dataset, labels, key)?.parse().ok()
}

fn weighs_something(dataset: &Dataset) -> bool {
    !dataset.samples.is_empty() && !dataset.samples.columns.is_empty()
}

/// Reads sightings; tasks by the thousand share a stack, so what stacks say is kept.
struct Reader<'a> {
    dataset: &'a Dataset,
    seen: HashMap<(TaskState, ReasonId, StackId), Sighting>,
    entries: HashMap<FunctionId, Rc<str>>,
}

impl Reader<'_> {
    /// `None` for a thread, which a dump of a Rust program lists behind its tasks.
    fn observed(&mut self, at: usize, row: &Observation, all_leaked: bool) -> Option<Sighting> {
        let labels = self.dataset.samples.labels_of(at);
        let task = self.dataset.tasks.get(row.task);
        if task.is_some_and(|task| task.id >= task_labels::THREAD_IDS) {
            return None;
        }
        let seen = self.seen(row.state, row.reason, row.stack);
        let said = text_of(self.dataset, labels, task_labels::WAIT);
        let rust = rust_task(self.dataset, labels);
        let waiting_ms = number_of(self.dataset, labels, task_labels::WAITING_MS);
        Some(Sighting {
            task_id: task.map(|task| task.id),
            count: row.count,
            wait_ns: waiting_ms.map(|ms| ms.saturating_mul(1_000_000)).or(row.wait_ns),
            spawn_stack: row.spawn_stack,
            leaked: row.leaked || all_leaked,
            entry: self.name(labels, task).unwrap_or_else(|| seen.entry.clone()),
            rust,
            // The agent knows all stacks of a task that waits for several things.
            wait: said.map_or(seen.wait, |rust| Wait::of_rust(words(self.dataset, row.reason), rust)),
            words: match said {
                Some(said) => said.into(),
                None if seen.wait == Wait::ForEver && rust.is_some() => "no waker".into(),
                None => seen.words,
            },
            ..seen
        })
    }

    /// A Rust task is called by its name or its type, since the root of its stack is a poll.
    fn name(&mut self, labels: &[Label], task: Option<&Task>) -> Option<Rc<str>> {
        let said = |key| text_of(self.dataset, labels, key).filter(|name| !name.is_empty());
        let name = said(task_labels::NAME).or_else(|| said(task_labels::TYPE));
        name.map(Rc::from).or_else(|| self.entry(task))
    }

    /// The samples of a goroutine profile: a stack and a count each.
    fn sampled(&mut self) -> Vec<Sighting> {
        let leaked = self.dataset.facts.profile_kind == "goroutineleak";
        let living = weights::samples(self.dataset, 0).filter(|&(_, count)| count > 0);
        let seen = living.map(|(stack, count)| Sighting {
            count: count.unsigned_abs(),
            leaked,
            ..self.seen(TaskState::Blocked, ReasonId::NONE, stack)
        });
        seen.collect()
    }

    /// The last span of a task that lived when the trace ended.
    fn traced(&mut self, id: TaskId, task: &Task) -> Option<Sighting> {
        let rows = self.dataset.spans.rows_of(id);
        let last = SpanId::from_index(rows.end.checked_sub(1).filter(|_| !rows.is_empty())?);
        let span = self.dataset.span(last)?;
        if task.ended_ns.is_some() || span.state == TaskState::Gone {
            return None;
        }
        let waits = span.state == TaskState::Blocked;
        let stack = if waits || span.state == TaskState::Syscall { span.stack } else { StackId::NONE };
        let seen = self.seen(span.state, span.reason, stack);
        let states = self.dataset.spans.state.get(rows).unwrap_or(&[]);
        Some(Sighting {
            task_id: Some(task.id),
            wait_ns: waits.then(|| span.end_ns.saturating_sub(span.start_ns)),
            spawn_stack: task.spawn_stack,
            spawned_in_trace: task.created_ns.is_some(),
            span: last,
            never_ran: !states.iter().any(|&state| matches!(state, TaskState::Running | TaskState::Syscall)),
            entry: self.entry(Some(task)).unwrap_or_else(|| seen.entry.clone()),
            ..seen
        })
    }

    fn seen(&mut self, state: TaskState, reason: ReasonId, stack: StackId) -> Sighting {
        let dataset = self.dataset;
        self.seen
            .entry((state, reason, stack))
            .or_insert_with(|| sighting(dataset, state, reason, stack))
            .clone()
    }

    fn entry(&mut self, task: Option<&Task>) -> Option<Rc<str>> {
        let id = task?.entry;
        let name = self.dataset.strings.get(self.dataset.functions.get(id)?.name);
        (!name.is_empty()).then(|| self.entries.entry(id).or_insert_with(|| name.into()).clone())
    }
}

fn sighting(dataset: &Dataset, state: TaskState, reason: ReasonId, stack: StackId) -> Sighting {
    let functions = functions(dataset, stack);
    let names: Vec<&str> = functions.iter().map(String::as_str).collect();
    let words = words(dataset, reason).trim_end_matches(" (leaked)");
    let waits = !matches!(state, TaskState::Running | TaskState::Ready | TaskState::Syscall);
    let wait = match Wait::classify(state, words, &names) {
        Wait::ChanReceive | Wait::ChanSend if on_nil_channel(dataset, stack) => Wait::ForEver,
        wait => wait,
    };
    let rust = task_waits::wait_of(names.iter().copied()).filter(|_| waits);
    let (wait, words) = rust.map_or((wait, words), |known| (Wait::of_rust(known.go, known.rust), known.rust));
    // A trace's "forever" and "sync" say less than the stack; a profile says nothing at all.
    let words = match words {
        "" | "sync" | "forever" => said_by_stack(wait, words, &names),
        "chan receive" | "chan send" if wait == Wait::ForEver => said_by_stack(wait, words, &names),
        words => words,
    };
    Sighting {
        task_id: None,
        count: 1,
        words: words.into(),
        wait,
        wait_ns: None,
        stack,
        spawn_stack: StackId::NONE,
        entry: root(&names).into(),
        leaked: false,
        never_ran: false,
        spawned_in_trace: false,
        span: SpanId::NONE,
        rust: None,
        before: Before::Unseen,
    }
}

fn said_by_stack<'a>(wait: Wait, words: &'a str, stack: &[&str]) -> &'a str {
    let leaf = |names: &[&str]| stack.iter().take(6).any(|function| names.contains(function));
    match wait {
        Wait::ForEver if leaf(&["runtime.block"]) => "select (no cases)",
        Wait::ForEver if leaf(&["runtime.chanrecv", "runtime.chanrecv1", "runtime.chanrecv2"]) => {
            "chan receive (nil chan)"
        }
        Wait::ForEver if leaf(&["runtime.chansend", "runtime.chansend1"]) => "chan send (nil chan)",
        Wait::ForEver | Wait::Semaphore if !words.is_empty() => words,
        wait => wait.words(),
    }
}

/// Lines of `runtime/chan.go` at which Go parks a task on a nil channel, by minor version of the trace's
/// header, from and to (Go 1.24 writes 1.23). The status of a goroutine that blocked before the trace has a stack, but no reason.
const NIL_CHANNEL: [(u32, u32, &str, u32); 4] = [
    (23, 24, "runtime.chanrecv", 516),
    (23, 24, "runtime.chanrecv", 533),
    (25, 27, "runtime.chanrecv", 536),
    (26, 27, "runtime.chansend", 181),
];

/// Whether a trace's stack is parked where only nil channels are.
fn on_nil_channel(dataset: &Dataset, stack: StackId) -> bool {
    let Format::GoTrace(minor) = dataset.facts.format else { return false };
    dataset.stacks.leaf_first(stack).take(3).any(|frame| {
        let line = dataset.frames.get(frame).map_or(0, |frame| frame.line);
        let known = |&(from, to, function, at): &(u32, u32, &str, u32)| {
            (from..=to).contains(&minor) && line == at && function == frame_name(dataset, frame)
        };
        NIL_CHANNEL.iter().any(known)
    })
}

fn words(dataset: &Dataset, reason: ReasonId) -> &str {
    dataset.reasons.get(reason.index()).map_or("", |reason| dataset.strings.get(reason.text))
}

/// The outermost function; `runtime.goexit` is below every goroutine and names none.
fn root<'a>(stack: &[&'a str]) -> &'a str {
    stack.iter().rev().copied().find(|function| *function != "runtime.goexit").unwrap_or_default()
}
