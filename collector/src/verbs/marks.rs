//! `tasks` and `regions`: what the program marked itself, by type and one by one.

use std::fmt::Write as _;

use serde::Serialize;
use taskscope_engine::analysis::user_tasks::{self, Listing, UserIndex};
use taskscope_engine::api::{
    Mark, MarkState, MarkType, MarkTypesAnswer, MarkTypesQuery, Marked, MarksAnswer, MarksQuery, RegionRow,
    UserTaskRow,
};
use taskscope_engine::units;
use taskscope_proto::load::Part;

use super::{loaded, ns};
use crate::cli::{MarksArgs, TasksArgs};
use crate::failure::Failure;
use crate::share;
use crate::table::{self, BOLD, DIM, Side, WARNING};

/// What is asked of a part, and how much of it is listed.
struct Ask<'a> {
    marked: Marked,
    args: &'a MarksArgs,
    log: &'a str,
}

/// The types and the rows that pass the filters.
#[derive(Serialize)]
struct Report {
    types: Vec<MarkType>,
    #[serde(flatten)]
    list: MarksAnswer,
}

/// `tasks`.
pub fn tasks(args: &TasksArgs) -> Result<(), Failure> {
    run(&Ask { marked: Marked::Tasks, args: &args.marks, log: &args.log })
}

/// `regions`.
pub fn regions(args: &MarksArgs) -> Result<(), Failure> {
    run(&Ask { marked: Marked::Regions, args, log: "" })
}

fn run(ask: &Ask<'_>) -> Result<(), Failure> {
    let file = &ask.args.read.file;
    let parts = loaded::open(file)?;
    let marked: Vec<&Part> = parts.iter().filter(|part| has_any(part, ask.marked)).collect();
    if marked.is_empty() {
        return Err(loaded::nothing(file, absent(ask.marked)));
    }
    let mut reports = Vec::new();
    for part in marked {
        reports.push((part, report(part, ask)?));
    }
    loaded::print(&parts, reports, ask.args.read.json, |part, report| text(part, ask, report))
}

fn has_any(part: &Part, marked: Marked) -> bool {
    match marked {
        Marked::Tasks => !part.dataset.user_tasks.is_empty(),
        Marked::Regions => !part.dataset.regions.is_empty(),
    }
}

fn absent(marked: Marked) -> &'static str {
    match marked {
        Marked::Tasks => "user tasks (runtime/trace.NewTask)",
        Marked::Regions => "regions (runtime/trace.WithRegion)",
    }
}

fn report(part: &Part, ask: &Ask<'_>) -> Result<Report, Failure> {
    let index = UserIndex::build(&part.dataset);
    let search = ask.args.of_type.clone();
    let query =
        MarkTypesQuery { marked: ask.marked, search: search.clone(), count: u32::MAX, ..Default::default() };
    let types: MarkTypesAnswer = user_tasks::types(&part.dataset, &index, &query);
    let count = if ask.args.read.json { u32::MAX } else { ask.args.rows };
    let query = MarksQuery {
        marked: ask.marked,
        search,
        log: ask.log.into(),
        min_ns: ask.args.min.map(ns),
        max_ns: ask.args.max.map(ns),
        complete: ask.args.incomplete.then_some(false),
        ..MarksQuery::default()
    };
    let list = Listing::run(&part.dataset, &index, &query).window(&part.dataset, &index, 0, count);
    if !list.search_error.is_empty() {
        return Err(Failure::Usage(list.search_error));
    }
    Ok(Report { types: types.rows, list })
}

fn text(part: &Part, ask: &Ask<'_>, report: &Report) -> String {
    let mut text = String::new();
    let noun = noun(ask.marked, report.list.all);
    let types = units::plural(report.types.len() as u64, "type");
    let _ = writeln!(text, "{} {noun} of {types}\n", units::count_u64(report.list.all.into()));
    write_types(&mut text, &report.types);
    let (matching, start) = (report.list.matching, part.dataset.facts.start_ns);
    let rows = match ask.marked {
        Marked::Tasks => task_rows(&report.list.tasks, start),
        Marked::Regions => region_rows(&report.list.regions, start),
    };
    let listed = units::count_u64(rows.len().saturating_sub(1) as u64);
    let filtered = if matching == report.list.all { "" } else { " that match" };
    let _ = writeln!(
        text,
        "\n{BOLD}{listed} of {} {noun}{filtered}{BOLD:#}, longest first",
        units::count_u64(matching.into())
    );
    let sides = match ask.marked {
        Marked::Tasks => TASK_SIDES,
        Marked::Regions => REGION_SIDES,
    };
    text += &table::headed(sides, &rows);
    text
}

fn noun(marked: Marked, count: u32) -> &'static str {
    match (marked, count) {
        (Marked::Tasks, 1) => "user task",
        (Marked::Tasks, _) => "user tasks",
        (Marked::Regions, 1) => "region",
        (Marked::Regions, _) => "regions",
    }
}

fn write_types(text: &mut String, types: &[MarkType]) {
    let heads = ["count", "incomplete", "total", "p50", "p95", "p99", "max", "type", "durations"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for row in types {
        let stats = &row.durations;
        let times = [stats.total_ns, stats.p50_ns, stats.p95_ns, stats.p99_ns, stats.max_ns];
        let time = |ns| if stats.count == 0 { String::new() } else { units::duration(ns) };
        let counts = [row.count, row.incomplete].map(|count| units::count_u64(count.into()));
        let name = if row.name.is_empty() { "(no name seen)".into() } else { row.name.clone() };
        rows.push(counts.into_iter().chain(times.map(time)).chain([name, share::histogram(stats)]).collect());
    }
    *text += &table::headed(TYPE_SIDES, &rows);
    for row in types.iter().filter(|row| !row.states.is_empty()) {
        let _ = writeln!(text, "\n{BOLD}{}{BOLD:#} {DIM}{}{DIM:#}", row.name, row.place);
        write_states(text, &row.states);
    }
}

/// The bar of some states and its legend.
pub(super) fn write_states(text: &mut String, states: &[MarkState]) {
    let parts: Vec<(Mark, u64)> = states.iter().map(|state| (state.mark, state.ns)).collect();
    let _ = writeln!(text, "  {}", share::bar(&parts));
    let legend = states.iter().map(|state| {
        let share = units::per_mille(state.per_mille);
        format!("{} {} {} ({share})", share::swatch(state.mark), state.state, units::duration(state.ns))
    });
    let _ = writeln!(text, "  {}", legend.collect::<Vec<_>>().join("  "));
}

const TYPE_SIDES: &[Side] = &[
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Right,
    Side::Left,
    Side::Left,
];
const TASK_SIDES: &[Side] =
    &[Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left, Side::Left];
const REGION_SIDES: &[Side] =
    &[Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left, Side::Left, Side::Left];

/// The head and a row a task; times since `start`, the trace's first ns.
pub(super) fn task_rows(tasks: &[UserTaskRow], start: u64) -> Vec<Vec<String>> {
    let heads = ["duration", "start", "task", "goroutines", "regions", "logs", "type", ""];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(tasks.iter().map(|task| {
        let counts = [task.goroutines, task.regions, task.logs].map(|count| units::count_u64(count.into()));
        let ends = match (task.begun, task.ended) {
            (true, true) => "",
            (true, false) => "did not end",
            (false, true) => "began before the trace",
            (false, false) => "neither began nor ended",
        };
        let (length, since) = (units::duration(task.end_ns - task.start_ns), since(task.start_ns, start));
        let first = [length, since, task.id.to_string()];
        first.into_iter().chain(counts).chain([task.name.clone(), ends.into()]).collect()
    }));
    rows
}

/// The head and a row a region.
pub(super) fn region_rows(regions: &[RegionRow], start: u64) -> Vec<Vec<String>> {
    let heads = ["duration", "start", "running", "ready", "task", "goroutine", "type", ""];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(regions.iter().map(|region| {
        let share = |mark: Mark| {
            let of = region.states.iter().filter(|state| state.mark == mark);
            units::per_mille(of.map(|state| state.per_mille).sum())
        };
        let task = region.task.map_or_else(String::new, |(_, id)| id.to_string());
        vec![
            units::duration(region.end_ns - region.start_ns),
            since(region.start_ns, start),
            share(Mark::Running),
            share(Mark::Ready),
            task,
            region.goroutine.clone(),
            region.name.clone(),
            if region.complete { String::new() } else { "incomplete".into() },
        ]
    }));
    rows
}

/// `1.234 567 s` since the trace's start.
pub(super) fn since(time: u64, start: u64) -> String {
    units::moment(time.saturating_sub(start))
}

/// Writes a list under a title, with what it leaves out.
pub(super) fn write_list(text: &mut String, title: &str, rows: &[Vec<String>], marked: Marked) {
    let _ = writeln!(text, "\n{BOLD}{title}{BOLD:#}");
    let sides = if marked == Marked::Tasks { TASK_SIDES } else { REGION_SIDES };
    *text += &table::headed(sides, rows);
}

/// Asks for attention.
pub(super) fn attention(text: &str) -> String {
    format!("{WARNING}{text}{WARNING:#}")
}
