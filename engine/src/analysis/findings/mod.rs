//! Findings: what is odd in a trace, each with its evidence, its threshold and its places.
//!
//! Every check says what it measured, so that "nothing found" is an answer too. `Certain` is for what
//! lies far beyond its threshold, `Likely` for what does beyond doubt, `Possible` for what a healthy
//! program may show as well, or what a short trace cannot tell.

mod collector;
mod lives;
mod locks;
mod marks;
mod scheduler;
mod survey;
mod syscalls;

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, StackId, TaskId};

use self::survey::Survey;
use super::gc::Work;
use super::names::frame_name;
use super::timeline::{keys, names};
use crate::api::{Check, FINDING_PLACES, Finding, FindingKind, FindingPlace, FindingsAnswer, Place, Verdict};
use crate::sorting::Sort;
use crate::units::{duration, plural};

/// Runs every check; empty for a file without events over time.
pub fn findings(dataset: &Dataset, work: &Work) -> FindingsAnswer {
    if dataset.spans.is_empty() {
        return FindingsAnswer::default();
    }
    let survey = Survey::build(dataset);
    let case = Case { dataset, work, survey: &survey, length_ns: work.t1_ns - work.t0_ns };
    let mut answer = FindingsAnswer { evidence: evidence(&case), ..FindingsAnswer::default() };
    for check in CHECKS {
        let done = check(&case);
        answer.checks.push(Check {
            kind: done.kind,
            title: done.title.into(),
            threshold: done.threshold,
            measured: done.measured,
            found: done.findings.len() as u32,
        });
        answer.findings.extend(done.findings);
    }
    answer.findings.order_by_key(|finding| (finding.verdict, finding.kind));
    answer
}

const CHECKS: [fn(&Case<'_>) -> Done; 11] = [
    scheduler::long_waits,
    scheduler::starved,
    collector::long_stops,
    collector::assist_storms,
    collector::cpu,
    collector::low_utilisation,
    locks::convoys,
    syscalls::long,
    lives::growing,
    marks::user_tasks,
    marks::regions,
];

/// What checks look at.
#[derive(Clone, Copy, Debug)]
struct Case<'a> {
    dataset: &'a Dataset,
    work: &'a Work,
    survey: &'a Survey,
    /// Length of the trace.
    length_ns: u64,
}

/// A check and what came of it.
#[derive(Debug)]
struct Done {
    kind: FindingKind,
    title: &'static str,
    threshold: String,
    measured: String,
    findings: Vec<Finding>,
}

impl Done {
    /// A check that has measured nothing yet.
    fn new(kind: FindingKind, title: &'static str, threshold: String) -> Self {
        Self { kind, title, threshold, measured: String::new(), findings: Vec::new() }
    }

    /// A finding of this check, with its threshold.
    fn find(&mut self, found: Found) {
        self.findings.push(Finding {
            kind: self.kind,
            title: found.title,
            verdict: found.verdict,
            count: found.count,
            why: found.why,
            threshold: self.threshold.clone(),
            advice: found.advice.into(),
            numbers: found.numbers,
            places: found.places.into_iter().take(FINDING_PLACES as usize).collect(),
        });
    }
}

/// What a check says of a finding.
#[derive(Debug)]
struct Found {
    title: String,
    verdict: Verdict,
    count: u64,
    why: String,
    advice: &'static str,
    numbers: Vec<(String, String)>,
    places: Vec<FindingPlace>,
}

fn evidence(case: &Case<'_>) -> String {
    let workers = case.work.workers.iter().map(|step| step.1).max().unwrap_or(1);
    format!("a trace of {} with {}", duration(case.length_ns), plural(workers, "P"))
}

fn number(label: &str, value: impl Into<String>) -> (String, String) {
    (label.into(), value.into())
}

/// A share of a whole in per cent, as text.
fn share(part: u64, whole: u64) -> String {
    names::share(part, whole)
}

/// The place of a span, on the lane of its task.
fn span_place(dataset: &Dataset, row: usize) -> Option<Place> {
    let id = SpanId::from_index(row);
    let span = dataset.span(id)?;
    let lane = Some(keys::task(span.task));
    Some(Place { t0_ns: span.start_ns, t1_ns: span.end_ns, lane, span: Some(id.0) })
}

/// The place of a span with a label that begins with its task: `G 42 · main.work waited 12 ms`.
fn labelled_span(dataset: &Dataset, row: usize, what: &str) -> Option<FindingPlace> {
    let span = dataset.span(SpanId::from_index(row))?;
    let place = span_place(dataset, row)?;
    let length = duration(span.end_ns - span.start_ns);
    let label = format!("{} {what} {length}", names::task_and_entry(dataset, span.task));
    Some(FindingPlace { label, place })
}

/// A stretch on the lane of `task`.
fn task_place(task: TaskId, t0_ns: u64, t1_ns: u64) -> Place {
    Place { t0_ns, t1_ns, lane: task.get().map(keys::task), span: None }
}

/// The innermost function of the program's own code in `stack`, or else its leaf; empty for no stack.
fn own_function(dataset: &Dataset, stack: StackId) -> String {
    let frame = names::own_frame(dataset, stack).or_else(|| dataset.stacks.frame(stack).get());
    frame.map_or_else(String::new, |frame| frame_name(dataset, frame).into_owned())
}
