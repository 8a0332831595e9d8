//! `cargo xtask bench traces`: a large trace, read by us and by Go's own reader, in one run on one machine.

pub mod agent;
mod browser;
mod programs;
mod report;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::TracesOptions;
use crate::console;
use programs::Programs;
use report::{Report, Tool};

/// What Go's reader with events and summary needs for an event, measured; a machine without that much free memory
/// reads fewer events.
const GO_SUMMARY_BYTES: u64 = 480;

/// Measures and prints; the exit code says whether every budget was met.
pub fn traces(options: &TracesOptions) -> Result<ExitCode> {
    let programs = Programs::build()?;
    let file = match &options.file {
        Some(file) => std::path::absolute(file)?,
        None => programs.trace()?,
    };
    let mut report = Report::new(&file)?;
    measure(&programs, &mut report, options.runs)?;
    if !options.no_browser {
        report.browser = Some(browser::measure(&file)?);
    }
    report.print(options.json)?;
    Ok(if report.missed().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Round by round, so that whatever else the machine does disturbs all alike.
fn measure(programs: &Programs, report: &mut Report, runs: u32) -> Result<()> {
    let file = report.file.clone();
    for run in 1..=runs {
        console::step(&format!("round {run} of {runs}: Taskscope"));
        report.add(Tool::Ours, programs.ours(&file, false)?);
        report.add(Tool::OursSummary, programs.ours(&file, true)?);
        console::note("Go's reader");
        report.add(Tool::Go, programs.go(&file, None)?);
        let events = report.events_for_go_summary(GO_SUMMARY_BYTES);
        console::note(&format!("Go's reader and summary, of {events} events"));
        report.add(Tool::GoSummary, programs.go(&file, Some(events))?);
    }
    Ok(())
}
