//! `cargo xtask test`: every test there is, part by part, and a table of what happened.

mod parts;
mod tally;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::anyhow;
use parts::{Part, Stop};
use tally::{Outcome, Row};

use crate::cli::TestOptions;
use crate::{command, console};

/// Runs the parts that were asked for, all of them even if one fails, and answers 0 only if all went well.
pub fn run(options: &TestOptions) -> ExitCode {
    let parts = parts::ALL.iter().filter(|part| part.native || !options.native);
    let rows: Vec<Row> = parts.map(run_part).collect();
    tally::report(&rows, options.allow_missing)
}

fn run_part(part: &Part) -> Row {
    console::step(&format!("test: {}", part.name));
    let start = Instant::now();
    let mut row = Row::new(part.name);
    row.outcome = match run_tests(part, &mut row) {
        Ok(()) => Outcome::Passed,
        Err(Stop::Missing(reason)) => Outcome::Missing(format!("{reason:#}")),
        Err(Stop::Failed(reason)) => Outcome::Failed(format!("{reason:#}")),
    };
    row.seconds = start.elapsed().as_secs_f64();
    if let Outcome::Missing(reason) | Outcome::Failed(reason) = &row.outcome {
        console::warn(&format!("{}: {reason}", part.name));
    }
    row
}

fn run_tests(part: &Part, row: &mut Row) -> Result<(), Stop> {
    let mut command = (part.prepare)()?;
    let run = command::stream(&mut command, |line| {
        println!("{line}");
        row.count(line);
    });
    match run.map_err(Stop::Failed)? {
        true if row.passed == 0 => Err(Stop::Failed(anyhow!("no test ran"))),
        true => Ok(()),
        false => Err(Stop::Failed(anyhow!("see above"))),
    }
}
