//! `top`: functions by flat and cumulative value, the numbers of the viewer's table.

use std::cmp::Reverse;
use std::fmt::Write as _;

use taskscope_engine::report::{self, TopReport};
use taskscope_engine::units;

use super::loaded;
use crate::cli::TopArgs;
use crate::failure::{Failure, Report};
use crate::source;
use crate::table::{self, DIM, Side};

/// Prints the table of each part that has the sample type.
pub fn run(args: &TopArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.read.file)?;
    let mut reports = Vec::new();
    let mut reasons = Vec::new();
    for part in &parts {
        match report::top(&part.dataset, args.sample_type.as_deref()) {
            Ok(report) => reports.push((part, sorted(report, args.cum))),
            Err(reason) => reasons.push(reason),
        }
    }
    if reports.is_empty() {
        let report = Report::new(format!("nothing to rank in {}", source::file::name(&args.read.file)));
        return Err(reasons.iter().fold(report, Report::and).into());
    }
    loaded::print(&parts, reports, args.read.json, |_, report| table(report, args.rows))
}

/// Reports come sorted by flat value.
fn sorted(mut report: TopReport, by_cum: bool) -> TopReport {
    if by_cum {
        report.rows.sort_by_key(|row| Reverse(row.cum.unsigned_abs()));
    }
    report
}

/// As `go tool pprof -top` lays it out: flat, its share, their running sum, cum, its share, name.
pub(super) fn table(report: &TopReport, most: u32) -> String {
    let mut text = String::new();
    let value = |value| units::value(value, &report.unit);
    let share = |value| share(value, report.total);
    let mut rows = vec![["flat", "flat%", "sum%", "cum", "cum%", "function"].map(str::to_owned).to_vec()];
    let mut sum = 0_i64;
    for row in report.rows.iter().take(most as usize) {
        sum = sum.saturating_add(row.flat);
        let shares = [value(row.flat), share(row.flat), share(sum), value(row.cum), share(row.cum)];
        rows.push(shares.into_iter().chain([row.function.clone()]).collect());
    }
    let _ = writeln!(text, "{} · {} in all", report.sample_type, value(report.total));
    text += &table::headed(&SIDES, &rows);
    if let Some(hidden) = report.rows.len().checked_sub(most as usize).filter(|&hidden| hidden > 0) {
        let _ = writeln!(text, "{DIM}{hidden} more; -n N shows N rows{DIM:#}");
    }
    text
}

const SIDES: [Side; 6] = [Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left];

fn share(value: i64, total: i64) -> String {
    if total == 0 { String::new() } else { format!("{:.1}%", value as f64 * 100.0 / total as f64) }
}
