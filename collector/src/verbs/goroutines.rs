//! `goroutines`: what goroutines spent their time on, the numbers of `go tool trace`.

use std::fmt::Write as _;

use taskscope_engine::analysis::goroutines::{self, Listing, Table};
use taskscope_engine::analysis::selection;
use taskscope_engine::api::{
    GoroutineRow, GoroutineRows, GoroutineSort, GoroutineTimes, GoroutinesAnswer, GoroutinesQuery, Scope,
};
use taskscope_engine::units::{count_u64, duration};
use taskscope_proto::Dataset;

use super::{loaded, ns};
use crate::cli::{By, Column, GoroutinesArgs, WindowArgs};
use crate::failure::Failure;
use crate::table::{self, DIM, Side};

/// Prints the table of each trace.
pub fn run(args: &GoroutinesArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.read.file)?;
    let mut answers = Vec::new();
    for part in loaded::traces(&args.read.file, &parts)? {
        answers.push((part, ask(&part.dataset, args)?));
    }
    if args.read.json {
        let reports = answers.iter().map(|(part, answer)| (*part, goroutines::report(answer)));
        return loaded::print_json(&parts, reports.collect());
    }
    loaded::print_text(&parts, answers, |_, answer| text(answer, args))
}

fn ask(dataset: &Dataset, args: &GoroutinesArgs) -> Result<GoroutinesAnswer, Failure> {
    let query = GoroutinesQuery {
        rows: match args.by {
            By::Entry => GoroutineRows::Groups,
            By::Goroutine => GoroutineRows::Each,
        },
        scope: scope(dataset, &args.window, None)?,
        sort: sort(args.sort),
        count: if args.read.json { u32::MAX } else { args.rows },
        ..GoroutinesQuery::default()
    };
    let table = Table::build(dataset, &query.scope);
    Ok(Listing::run(dataset, &table, &query).window(dataset, &table, query.first, query.count))
}

/// The part of the trace that the arguments mean; times count from its start.
pub(super) fn scope(dataset: &Dataset, window: &WindowArgs, region: Option<&str>) -> Result<Scope, Failure> {
    let time = |since| dataset.facts.start_ns.saturating_add(ns(since));
    let (t0_ns, t1_ns) = (window.from.map(time), window.to.map(time));
    if t0_ns.zip(t1_ns).is_some_and(|(t0, t1)| t0 >= t1) {
        return Err(Failure::Usage("--to must be later than --from".into()));
    }
    let tasks = selection::entries_matching(dataset, &window.group).map_err(Failure::Usage)?;
    Ok(Scope { t0_ns, t1_ns, tasks, region: region.map(str::to_owned) })
}

fn sort(column: Column) -> GoroutineSort {
    match column {
        Column::Name => GoroutineSort::Name,
        Column::Count => GoroutineSort::Count,
        Column::Total => GoroutineSort::Total,
        Column::Execution => GoroutineSort::Running,
        Column::Sched => GoroutineSort::Ready,
        Column::Syscall => GoroutineSort::Syscall,
        Column::SyscallBlock => GoroutineSort::SyscallBlocked,
        Column::Block => GoroutineSort::Blocked,
    }
}

fn text(answer: &GoroutinesAnswer, args: &GoroutinesArgs) -> String {
    let length = duration(answer.t1_ns.saturating_sub(answer.t0_ns));
    let goroutines = count_u64(answer.sum.count.into());
    let mut text = match args.by {
        By::Entry => {
            format!("{goroutines} goroutines of {} entry functions in {length}\n\n", answer.matching)
        }
        By::Goroutine => format!("{goroutines} goroutines in {length}\n\n"),
    };
    let first = if args.by == By::Entry { "count" } else { "goroutine" };
    let head = [first, "total", "exec", "sched", "syscall", "blk sys", "blocked", "mostly", "entry"];
    let rows = answer.rows.iter().map(|row| cells(answer, row, args.by));
    let rows: Vec<Vec<String>> = [head.map(str::to_owned).to_vec()].into_iter().chain(rows).collect();
    text += &table::headed(&SIDES, &rows);
    if let Some(hidden) = answer.matching.checked_sub(args.rows).filter(|&hidden| hidden > 0) {
        let _ = writeln!(text, "{DIM}{} more; -n N shows N rows{DIM:#}", count_u64(hidden.into()));
    }
    text
}

fn cells(answer: &GoroutinesAnswer, row: &GoroutineRow, by: By) -> Vec<String> {
    let times = &row.times;
    let first = if by == By::Entry { count_u64(times.count.into()) } else { format!("G {}", row.id) };
    let numbers = [
        times.total_ns,
        times.running_ns,
        times.ready_ns,
        times.syscall_ns,
        times.syscall_blocked_ns,
        times.blocked_ns,
    ];
    let numbers = numbers.map(|ns| if ns == 0 { "–".into() } else { duration(ns) });
    [first].into_iter().chain(numbers).chain([mostly(answer, times), row.name.clone()]).collect()
}

/// The reason with most block time.
fn mostly(answer: &GoroutinesAnswer, times: &GoroutineTimes) -> String {
    let longest = answer.reasons.iter().zip(&times.reasons_ns).max_by_key(|(_, ns)| **ns);
    match longest {
        Some((reason, &ns)) if ns > 0 && reason.is_empty() => "not known".into(),
        Some((reason, &ns)) if ns > 0 => reason.clone(),
        _ => String::new(),
    }
}

const SIDES: [Side; 9] = {
    const R: Side = Side::Right;
    [R, R, R, R, R, R, R, Side::Left, Side::Left]
};
