//! Counting, and the table at the end.

use std::process::ExitCode;

/// How a part ended, with the reason where it is not good.
pub enum Outcome {
    /// Every test passed.
    Passed,
    /// A test failed, or did not build.
    Failed(String),
    /// The part could not run on this machine.
    Missing(String),
}

/// A line of the table.
pub struct Row {
    /// Name of the part.
    pub part: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that are switched off.
    pub ignored: u64,
    /// Wall-clock time, builds included.
    pub seconds: f64,
}

impl Row {
    /// A part of which nothing is known yet.
    pub fn new(part: &'static str) -> Row {
        Row { part, outcome: Outcome::Passed, passed: 0, failed: 0, ignored: 0, seconds: 0.0 }
    }

    /// Adds up a harness's own summary, `test result: ok. 3 passed; 0 failed; 0 ignored; …`; other lines count
    /// nothing.
    pub fn count(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        let words: Vec<&str> = counts.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else { continue };
            match pair[1] {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

/// Prints the table and a last line `N passed, N failed`; a part that broke without a count is one failure.
pub fn report(rows: &[Row], allow_missing: bool) -> ExitCode {
    println!(
        "\n{:<22} {:<9} {:>7} {:>7} {:>8} {:>8}",
        "part", "result", "passed", "failed", "ignored", "seconds"
    );
    for row in rows {
        let Row { part, passed, failed, ignored, seconds, .. } = row;
        println!("{part:<22} {:<9} {passed:>7} {failed:>7} {ignored:>8} {seconds:>8.1}", word(&row.outcome));
    }
    print_reasons(rows);
    let passed: u64 = rows.iter().map(|row| row.passed).sum();
    let failed: u64 = rows.iter().map(|row| failures(row, allow_missing)).sum();
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "ok",
        Outcome::Failed(_) => "FAILED",
        Outcome::Missing(_) => "MISSING",
    }
}

fn failures(row: &Row, allow_missing: bool) -> u64 {
    match row.outcome {
        Outcome::Passed => row.failed,
        Outcome::Failed(_) => row.failed.max(1),
        Outcome::Missing(_) => u64::from(!allow_missing),
    }
}

fn print_reasons(rows: &[Row]) {
    for row in rows {
        let part = row.part;
        match &row.outcome {
            Outcome::Passed => {}
            Outcome::Failed(reason) => println!("FAILED  {part}: {reason}"),
            Outcome::Missing(reason) => println!("MISSING {part}: {reason}. Passes with --allow-missing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_every_summary_line() {
        let mut row = Row::new("native");
        row.count("running 4 tests");
        row.count(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.04s",
        );
        row.count("test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 5 filtered out");
        assert_eq!((row.passed, row.failed, row.ignored), (13, 2, 1));
    }

    #[test]
    fn a_missing_part_is_a_failure_unless_allowed() {
        let row = Row { outcome: Outcome::Missing("no browser".to_owned()), ..Row::new("end to end") };
        assert_eq!((failures(&row, false), failures(&row, true)), (1, 0));
    }

    #[test]
    fn a_part_that_does_not_build_is_a_failure() {
        let row = Row { outcome: Outcome::Failed("see above".to_owned()), ..Row::new("native") };
        assert_eq!(failures(&row, true), 1);
    }
}
