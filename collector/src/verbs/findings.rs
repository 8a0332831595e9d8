//! `findings`: what is odd in a trace, with evidence, threshold and place.

use std::fmt::Write as _;

use taskscope_engine::analysis::findings;
use taskscope_engine::analysis::gc::Work;
use taskscope_engine::api::{Finding, FindingPlace, FindingsAnswer, Verdict};
use taskscope_engine::units;
use taskscope_proto::Dataset;

use super::leaks::{verdict, verdict_style};
use super::loaded;
use crate::cli::{FailOn, FindingsArgs};
use crate::failure::{Failure, Report};
use crate::table::{self, BOLD, DIM, Side};

/// Places of a finding that the text form shows.
const PLACES: usize = 5;

/// Prints the findings of each trace. With `--fail-on` a finding that is sure enough is a failure.
pub fn run(args: &FindingsArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.read.file)?;
    let traces = loaded::traces(&args.read.file, &parts)?;
    let answers: Vec<_> = traces.into_iter().map(|part| (part, find(&part.dataset))).collect();
    let failing = answers.iter().flat_map(|(_, answer)| &answer.findings);
    let failing = failing.filter(|finding| fails(finding, args.fail_on)).count();
    // Times are told from the start of the trace; a file with several is told by the first of each.
    let start = answers.first().map_or(0, |(part, _)| part.dataset.facts.start_ns);
    loaded::print(&parts, answers, args.read.json, |_, answer| text(answer, start))?;
    match (failing, args.fail_on) {
        (0, _) | (_, None) => Ok(()),
        (count, Some(on)) => Err(Report::new(format!(
            "{count} finding{} at least {}",
            if count == 1 { " is" } else { "s are" },
            word(on)
        ))
        .and("--fail-on asked to fail then.")
        .into()),
    }
}

fn find(dataset: &Dataset) -> FindingsAnswer {
    findings::findings(dataset, &Work::build(dataset))
}

/// Verdicts are ordered from the surest on.
fn fails(finding: &Finding, on: Option<FailOn>) -> bool {
    on.is_some_and(|on| {
        finding.verdict
            <= match on {
                FailOn::Certain => Verdict::Certain,
                FailOn::Likely => Verdict::Likely,
                FailOn::Possible => Verdict::Possible,
            }
    })
}

fn word(on: FailOn) -> &'static str {
    match on {
        FailOn::Certain => "certain",
        FailOn::Likely => "likely",
        FailOn::Possible => "possible",
    }
}

fn text(answer: &FindingsAnswer, start: u64) -> String {
    let mut text = match answer.findings.len() {
        0 => format!("Nothing odd was found, by {}\n", answer.evidence),
        count => format!("{}, by {}\n", units::plural(count as u64, "finding"), answer.evidence),
    };
    answer.findings.iter().for_each(|finding| write_finding(&mut text, finding, start));
    let _ = writeln!(text, "\n{DIM}Checked:{DIM:#}");
    let rows: Vec<Vec<String>> = answer
        .checks
        .iter()
        .map(|check| {
            let mark = if check.found == 0 { "ok" } else { "found" };
            vec![
                mark.to_owned(),
                check.title.clone(),
                format!("{}; counts {}", check.measured, check.threshold),
            ]
        })
        .collect();
    for line in table::align(&[Side::Left; 3], &rows) {
        let _ = writeln!(text, "{DIM}{line}{DIM:#}");
    }
    text
}

fn write_finding(text: &mut String, finding: &Finding, start: u64) {
    let (style, verdict) = (verdict_style(finding.verdict), verdict(finding.verdict));
    let _ = writeln!(text, "\n{BOLD}{}{BOLD:#} · {style}{verdict}{style:#}", finding.title);
    let _ = writeln!(text, "  {}", finding.why);
    let _ = writeln!(text, "  {DIM}Counts {}.{DIM:#}", finding.threshold);
    let _ = writeln!(text, "  {}", finding.advice);
    for FindingPlace { label, place } in finding.places.iter().take(PLACES) {
        let _ = writeln!(
            text,
            "    {DIM}at {}  {label}{DIM:#}",
            units::moment(place.t0_ns.saturating_sub(start))
        );
    }
    if let Some(hidden) = finding.places.len().checked_sub(PLACES).filter(|&hidden| hidden > 0) {
        let _ = writeln!(text, "    {DIM}… {hidden} more{DIM:#}");
    }
}
