//! `leaks`: tasks that wait, grouped by spawn site and blocked stack, with a verdict on each group.

mod live;

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use taskscope_engine::analysis::leaks;
use taskscope_engine::api::{FrameText, LeakGroup, LeaksAnswer, LeaksQuery, Verdict};
use taskscope_engine::{report, units};
use taskscope_proto::load::Part;

use super::loaded;
use crate::cli::LeaksArgs;
use crate::failure::Failure;
use crate::table::{self, BOLD, DIM, Side};
use crate::target::TargetSpec;

/// Frames of the blocked stack that the text form shows.
const FRAMES: usize = 6;

/// Prints the listing of a process, or of each part of a file that has one.
pub fn run(args: &LeaksArgs) -> Result<(), Failure> {
    match target(&args.source) {
        Some(target) => live::run(&target, args),
        None => of_file(args),
    }
}

/// Whom to look at, unless a file has this name.
fn target(source: &Path) -> Option<TargetSpec> {
    source.to_str().filter(|_| !source.exists())?.parse().ok()
}

fn query(args: &LeaksArgs) -> LeaksQuery {
    LeaksQuery {
        min_wait_ns: super::ns(args.older_than),
        blocked_for_ns: args.blocked_for.map(super::ns),
        ..LeaksQuery::default()
    }
}

fn of_file(args: &LeaksArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.source)?;
    let judged: Vec<&Part> = parts.iter().filter(|part| leaks::available(&part.dataset)).collect();
    if judged.is_empty() {
        return Err(loaded::nothing(&args.source, "goroutines, so there is nothing to judge"));
    }
    let query = query(args);
    if args.json {
        let reports =
            judged.into_iter().filter_map(|part| Some((part, report::leaks(&part.dataset, &query)?)));
        return loaded::print_json(&parts, reports.collect());
    }
    let answers = judged.into_iter().map(|part| (part, leaks::leaks(&part.dataset, &query)));
    loaded::print_text(&parts, answers.collect(), |_, answer| text(answer))
}

fn text(answer: &LeaksAnswer) -> String {
    let mut text = String::new();
    let (suspects, living) = (units::count_u64(answer.suspects), units::count_u64(answer.living));
    let noun = if answer.noun.is_empty() { "task" } else { &answer.noun };
    let _ = writeln!(text, "{suspects} of {living} {noun}s are suspect, by {}", answer.evidence);
    let (explained, suspect): (Vec<_>, Vec<_>) =
        answer.groups.iter().partition(|group| group.verdict == Verdict::Explained);
    suspect.iter().for_each(|group| write_group(&mut text, group));
    if !explained.is_empty() {
        let _ = writeln!(text, "\n{DIM}Explained, so not suspect:{DIM:#}");
        let rows: Vec<Vec<String>> = explained.iter().map(|group| explained_row(group)).collect();
        for line in table::align(&[Side::Right, Side::Left, Side::Left], &rows) {
            let _ = writeln!(text, "{DIM}{line}{DIM:#}");
        }
    }
    text
}

fn write_group(text: &mut String, group: &LeakGroup) {
    let style = verdict_style(group.verdict);
    let (count, state, verdict) = (units::count_u64(group.count), &group.state, verdict(group.verdict));
    let wait = group.wait_ns.map_or_else(String::new, |ns| format!(" · for {}", units::duration(ns)));
    let _ = writeln!(text, "\n{BOLD}{count} ×{BOLD:#} {state} · {style}{verdict}{style:#}{wait}");
    let _ = writeln!(text, "  {}", group.why);
    // Looks at a process find mostly that nothing came or went.
    if let Some(growth) = group.growth.as_ref().filter(|growth| growth.living.len() > 9 || growth.spawned > 0)
    {
        let (spawned, ended) = (units::count_u64(growth.spawned), units::count_u64(growth.ended));
        let _ = writeln!(
            text,
            "  {spawned} spawned, {ended} ended  {DIM}{}{DIM:#}",
            table::spark(&growth.living)
        );
    }
    if !group.spawned_at.is_empty() {
        let _ = writeln!(text, "  spawned at {}", group.spawned_at);
    }
    if !group.blocked_at.is_empty() {
        let _ = writeln!(text, "  blocked at {}", group.blocked_at);
    }
    // Where libraries fill all that is shown, it begins with what the program's own code called.
    let own = group.frames.iter().position(|frame| frame.own);
    let skipped = own.filter(|&at| at >= FRAMES).map_or(0, |at| at - 1);
    for frame in group.frames.iter().skip(skipped).take(FRAMES).map(frame) {
        let _ = writeln!(text, "    {DIM}{frame}{DIM:#}");
    }
    if let Some(hidden) = group.frames.len().checked_sub(skipped + FRAMES).filter(|&hidden| hidden > 0) {
        let _ = writeln!(text, "    {DIM}… {hidden} more{DIM:#}");
    }
}

fn explained_row(group: &LeakGroup) -> Vec<String> {
    let place = if group.spawned_at.is_empty() { &group.blocked_at } else { &group.spawned_at };
    vec![
        format!("{} ×", units::count_u64(group.count)),
        group.state.clone(),
        format!("{place} · {}", group.why),
    ]
}

fn frame(frame: &FrameText) -> String {
    format!("{} {}", frame.function, frame.location).trim_end().to_owned()
}

/// A verdict in a word.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Certain => "certain",
        Verdict::Likely => "likely",
        Verdict::Possible => "possible",
        Verdict::Explained => "explained",
    }
}

/// The style of a verdict: red for what is certain, yellow for what is likely.
pub fn verdict_style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Certain => AnsiColor::Red,
        Verdict::Likely => AnsiColor::Yellow,
        Verdict::Possible | Verdict::Explained => return Style::new(),
    };
    Style::new().fg_color(Some(colour.into())).bold()
}
