//! `gctrace`: garbage collections and stops of the world, one a line.

use std::fmt::Write as _;

use taskscope_engine::analysis::gc::{self, Work};
use taskscope_engine::api::{Collection, GcAnswer, GcQuery, StopKind};
use taskscope_engine::units::{self, count_u64, duration};

use super::{loaded, mmu};
use crate::cli::ReadArgs;
use crate::failure::Failure;
use crate::table::{self, Side};

/// Prints the lists of each trace, all collections in both forms.
pub fn run(args: &ReadArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.file)?;
    let query = GcQuery { count: u32::MAX, ..GcQuery::default() };
    let traces = loaded::traces(&args.file, &parts)?;
    let answers =
        traces.into_iter().map(|part| (part, gc::gc(&part.dataset, &Work::build(&part.dataset), &query)));
    loaded::print(&parts, answers.collect(), args.json, |_, answer| text(answer))
}

fn text(answer: &GcAnswer) -> String {
    let mut text = summary(answer);
    if !answer.rows.is_empty() {
        let head = [
            "#",
            "start",
            "mark",
            "stop before",
            "stop after",
            "background",
            "idle",
            "assist",
            "heap",
            "→",
            "goal",
            "why",
        ];
        let rows = answer.rows.iter().map(|row| collection(answer, row));
        write_table(&mut text, &head, rows, &[Side::Right; 11]);
    }
    if !answer.stops.is_empty() {
        let head = ["stops", "total", "median", "p99", "max", "at", "kind"];
        write_table(
            &mut text,
            &head,
            answer.stops.iter().map(|stop| stop_row(answer, stop)),
            &[Side::Right; 6],
        );
    }
    text
}

fn summary(answer: &GcAnswer) -> String {
    let totals = &answer.totals;
    let length = answer.t1_ns - answer.t0_ns;
    let share = |ns: u64, of: u64| units::percent(ns as i64, of.max(1) as i64);
    format!(
        "{} in {} took {} of {} P\n  marking {} of the time · stopped {} for them, {} for other reasons\n  \
         background workers {} of the CPU · assists {} · sweeping {} · idle workers {} besides\n",
        units::plural(answer.collections.into(), "collection"),
        duration(length),
        mmu::share(totals.share),
        (answer.workers * 100.0).round() / 100.0,
        share(totals.mark_ns, length),
        duration(totals.gc_stop_ns),
        duration(totals.other_stop_ns),
        share(totals.background_ns, totals.cpu_ns),
        share(totals.assist_ns, totals.cpu_ns),
        share(totals.sweep_ns, totals.cpu_ns),
        share(totals.idle_ns, totals.cpu_ns),
    )
}

/// Numbers on the right, the last column of words on the left; the head is dim.
fn write_table(text: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>, sides: &[Side]) {
    let head = head.iter().map(|&title| title.to_owned()).collect();
    let rows: Vec<Vec<String>> = [head].into_iter().chain(rows).collect();
    let sides: Vec<Side> = sides.iter().copied().chain([Side::Left]).collect();
    let _ = writeln!(text);
    *text += &table::headed(&sides, &rows);
}

fn collection(answer: &GcAnswer, row: &Collection) -> Vec<String> {
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
    let bytes = |value: Option<u64>| or_dash(value.map(units::bytes_u64));
    let stop = |value: Option<u64>| or_dash(value.map(duration));
    let why = match (row.began_before, row.open) {
        (true, _) => "began before the trace",
        (_, true) => "open at the end",
        _ => "",
    };
    let why = [row.trigger.as_str(), why].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    vec![
        count_u64(row.number.into()),
        units::moment(row.place.t0_ns.saturating_sub(answer.t0_ns)),
        duration(row.mark_ns),
        stop(row.stop_before_ns),
        stop(row.stop_after_ns),
        duration(row.background_ns),
        duration(row.idle_ns),
        duration(row.assist_ns),
        bytes(row.heap_start),
        bytes(row.heap_end),
        bytes(row.goal),
        why.join(", "),
    ]
}

fn stop_row(answer: &GcAnswer, stop: &StopKind) -> Vec<String> {
    vec![
        count_u64(stop.count),
        duration(stop.total_ns),
        duration(stop.median_ns),
        duration(stop.p99_ns),
        duration(stop.max_ns),
        units::moment(stop.longest.t0_ns.saturating_sub(answer.t0_ns)),
        stop.kind.clone(),
    ]
}
