//! `why`: where the time of an interval went, and its critical path.

use std::fmt::Write as _;

use taskscope_engine::analysis::user_tasks::UserIndex;
use taskscope_engine::analysis::why::{Ranges, Why};
use taskscope_engine::api::{
    FrameText, WhyAnswer, WhyCause, WhyMerge, WhyQuery, WhySegment, WhyState, WhySubject,
};
use taskscope_engine::units;
use taskscope_proto::load::Part;

use super::{loaded, marks, ns, task};
use crate::cli::WhyArgs;
use crate::failure::{Failure, Report};
use crate::table::{self, BOLD, DIM, Side};
use crate::{share, source};

/// Causes that the text form lists.
const CAUSES: usize = 8;
/// Frames of a segment's stack that it lists.
const FRAMES: usize = 3;

/// Explains the interval in each part that has it.
pub fn run(args: &WhyArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.read.file)?;
    let answers: Vec<(&Part, WhyAnswer)> =
        parts.iter().filter_map(|part| Some((part, answer(part, args)?))).collect();
    if parts.iter().all(|part| part.dataset.spans.is_empty()) {
        return Err(loaded::nothing(&args.read.file, "events over time, so there is nothing to explain"));
    }
    if answers.is_empty() {
        return Err(absent(args));
    }
    loaded::print(&parts, answers, args.read.json, text)
}

fn absent(args: &WhyArgs) -> Failure {
    let file = source::file::name(&args.read.file);
    let report = match (args.task, &args.region, args.goroutine) {
        (Some(id), ..) => return task::unknown(&file, id),
        (_, Some(name), _) => Report::new(format!("{file} has no region {name:?} number {}", args.nth))
            .and("List what it has with `collector regions`."),
        (.., id) => {
            Report::new(format!("goroutine {} was not there then, in {file}", id.unwrap_or_default()))
                .and("Times count from the start of the trace; leave --from and --to out for its whole life.")
        }
    };
    report.into()
}

fn answer(part: &Part, args: &WhyArgs) -> Option<WhyAnswer> {
    let dataset = &part.dataset;
    let index = UserIndex::build(dataset);
    let subject = subject(part, &index, args)?;
    let why = Why::find(dataset, &index, &Ranges::build(dataset), subject)?;
    let (merge, count) =
        if args.read.json { (WhyMerge::Nothing, u32::MAX) } else { (WhyMerge::Fit, args.rows) };
    Some(why.answer(dataset, &WhyQuery { subject, merge, first: 0, count }))
}

fn subject(part: &Part, index: &UserIndex, args: &WhyArgs) -> Option<WhySubject> {
    if let Some(id) = args.task {
        return task::row(part, id).map(WhySubject::UserTask);
    }
    if let Some(name) = &args.region {
        let slowest = index.slowest_regions(&part.dataset, name);
        return slowest.get(args.nth as usize - 1).copied().map(WhySubject::Region);
    }
    let start = part.dataset.facts.start_ns;
    let time = |since| start.saturating_add(ns(since));
    Some(WhySubject::Goroutine { id: args.goroutine?, t0_ns: args.from.map(time), t1_ns: args.to.map(time) })
}

fn text(part: &Part, answer: &WhyAnswer) -> String {
    let mut text = String::new();
    let start = part.dataset.facts.start_ns;
    let (from, to) = (answer.place.t0_ns, answer.place.t1_ns);
    let length = units::duration(to - from);
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}", answer.title);
    let _ = writeln!(text, "{length} · {} to {}", marks::since(from, start), marks::since(to, start));
    let _ = writeln!(text, "{}", answer.verdict);
    write_states(&mut text, &answer.states);
    write_path(&mut text, answer);
    write_causes(&mut text, &answer.causes);
    text
}

fn write_states(text: &mut String, states: &[WhyState]) {
    let parts: Vec<_> = states.iter().map(|state| (state.mark, state.ns)).collect();
    let _ = writeln!(text, "\n{BOLD}By state{BOLD:#}\n{}", share::bar(&parts));
    let mut rows: Vec<Vec<String>> = states
        .iter()
        .map(|state| {
            let count = format!("{} ×", units::count_u64(state.count.into()));
            vec![units::duration(state.ns), units::per_mille(state.per_mille), count, state.state.clone()]
        })
        .collect();
    let total = states.iter().map(|state| state.ns).sum();
    let shares: u32 = states.iter().map(|state| state.per_mille).sum();
    rows.push(vec![units::duration(total), units::per_mille(shares), String::new(), "in all".into()]);
    let lines = table::align(&[Side::Right, Side::Right, Side::Right, Side::Left], &rows);
    let swatches = states.iter().map(|state| share::swatch(state.mark)).chain([" ".into()]);
    for (line, swatch) in lines.iter().zip(swatches) {
        let _ = writeln!(text, "{swatch} {line}");
    }
}

fn write_path(text: &mut String, answer: &WhyAnswer) {
    let tasks = units::plural(answer.path_tasks.into(), "goroutine");
    let _ = writeln!(
        text,
        "\n{BOLD}Critical path{BOLD:#} {DIM}over {tasks}, times from the start of the interval{DIM:#}"
    );
    let rows: Vec<Vec<String>> =
        answer.segments.iter().map(|segment| segment_row(segment, answer.place.t0_ns)).collect();
    let lines = table::align(&[Side::Right, Side::Right, Side::Left, Side::Left], &rows);
    let mut shown: &[FrameText] = &[];
    for (segment, line) in answer.segments.iter().zip(lines) {
        let _ = writeln!(text, "{} {line}", share::swatch(segment.mark));
        let is_new = segment.stack != shown;
        for frame in own_frames(&segment.stack).into_iter().filter(|_| is_new) {
            let _ = writeln!(text, "      {DIM}{} {}{DIM:#}", frame.function, frame.location);
        }
        shown = &segment.stack;
        if !segment.then.is_empty() && segment.then != "the end" {
            let _ = writeln!(text, "    ↳ {}", segment.then);
        }
    }
    if !answer.cut.is_empty() {
        let _ = writeln!(text, "{}", marks::attention(&answer.cut));
    }
}

fn segment_row(segment: &WhySegment, start: u64) -> Vec<String> {
    let merged = match segment.merged {
        1 => String::new(),
        several => format!(" and {} shorter", units::count_u64(u64::from(several) - 1)),
    };
    vec![
        format!("+{}", units::duration(segment.t0_ns - start)),
        units::duration(segment.t1_ns - segment.t0_ns),
        segment.task.clone(),
        format!("{}{merged}", segment.state),
    ]
}

/// The innermost frames of the program's own code, else the innermost of all.
fn own_frames(stack: &[FrameText]) -> Vec<&FrameText> {
    let own: Vec<&FrameText> = stack.iter().filter(|frame| frame.own).take(FRAMES).collect();
    if own.is_empty() { stack.iter().take(1).collect() } else { own }
}

fn write_causes(text: &mut String, causes: &[WhyCause]) {
    let _ = writeln!(text, "\n{BOLD}What the path consists of{BOLD:#}");
    let rows: Vec<Vec<String>> = causes
        .iter()
        .take(CAUSES)
        .map(|cause| {
            let count = format!("{} ×", units::count_u64(cause.count.into()));
            let share = units::per_mille(cause.per_mille);
            vec![units::duration(cause.ns), share, count, cause.state.clone(), cause.function.clone()]
        })
        .collect();
    let lines = table::align(&[Side::Right, Side::Right, Side::Right, Side::Left, Side::Left], &rows);
    for (cause, line) in causes.iter().zip(lines) {
        let _ = writeln!(text, "{} {line}", share::swatch(cause.mark));
    }
    if causes.len() > CAUSES {
        let _ = writeln!(text, "{DIM}{} more; --json has all{DIM:#}", causes.len() - CAUSES);
    }
}
