//! `latency`: how long goroutines were ready before they ran.

use std::fmt::Write as _;

use taskscope_engine::analysis::gc;
use taskscope_engine::api::{LatencyAnswer, LatencyQuery, LatencySeries};
use taskscope_engine::units::{self, count_u64, duration};

use super::loaded;
use crate::cli::ReadArgs;
use crate::failure::Failure;
use crate::table::{self, Side};

/// Prints percentiles, histogram and longest waits of each trace.
pub fn run(args: &ReadArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.file)?;
    let traces = loaded::traces(&args.file, &parts)?;
    let answers = traces.into_iter().map(|part| (part, gc::latency(&part.dataset, &LatencyQuery::default())));
    loaded::print(&parts, answers.collect(), args.json, |_, answer| text(answer))
}

fn text(answer: &LatencyAnswer) -> String {
    let count = answer.series.first().map_or(0, |all| all.count);
    let mut text = format!("Goroutines waited {} times for a P\n\n", count_u64(count));
    let head = ["waits", "p50", "p90", "p99", "p99.9", "max", ""].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = [head].into_iter().chain(answer.series.iter().map(percentiles)).collect();
    text += &table::headed(&SIDES, &rows);
    if let Some(all) = answer.series.first().filter(|all| all.count > 0) {
        let _ = writeln!(text);
        write_histogram(&mut text, answer, all);
    }
    if answer.still_ready > 0 {
        let _ = writeln!(text, "\n{} still ready at the end, not counted", count_u64(answer.still_ready));
    }
    if !answer.longest.is_empty() {
        let _ = writeln!(text, "\nLongest");
    }
    for wait in &answer.longest {
        let at = units::moment(wait.place.t0_ns.saturating_sub(answer.t0_ns));
        let _ = writeln!(text, "  {} at {at}  {}", duration(wait.wait_ns), wait.task);
    }
    text
}

const SIDES: [Side; 7] =
    [Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left];

fn percentiles(series: &LatencySeries) -> Vec<String> {
    let times = [series.p50_ns, series.p90_ns, series.p99_ns, series.p999_ns, series.max_ns].map(duration);
    [count_u64(series.count)].into_iter().chain(times).chain([series.name.clone()]).collect()
}

fn write_histogram(text: &mut String, answer: &LatencyAnswer, all: &LatencySeries) {
    let most = all.counts.iter().copied().max().unwrap_or(0).max(1);
    let rows = answer.edges_ns.iter().zip(&all.counts).map(|(&edge, &count)| {
        let bar = table::bar(count as f64 / most as f64);
        vec![format!("from {}", duration(edge)), count_u64(count), bar]
    });
    for line in table::align(&[Side::Right, Side::Right, Side::Left], &rows.collect::<Vec<_>>()) {
        let _ = writeln!(text, "{line}");
    }
}
