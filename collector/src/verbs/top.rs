//! `top`: functions by flat and cumulative value, the numbers of the viewer's table.

use serde::Serialize;
use taskscope_engine::analysis::top::{self, TopTable};
use taskscope_engine::analysis::weights;
use taskscope_engine::api::{TopQuery, TopRow, TopSort};
use taskscope_engine::units;
use taskscope_proto::load::Part;

use super::loaded;
use crate::cli::TopArgs;
use crate::failure::{Failure, Report};
use crate::out;
use crate::table::{self, BOLD, DIM, Side};

#[derive(Serialize)]
struct Json<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'a str>,
    sample_type: &'a str,
    unit: &'a str,
    total: i64,
    rows: Vec<JsonRow<'a>>,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    function: &'a str,
    flat: i64,
    cum: i64,
}

/// Prints the table of each part that has samples.
pub fn run(args: &TopArgs) -> Result<(), Failure> {
    let parts = loaded::open(&args.read.file)?;
    let weighed: Vec<&Part> =
        parts.iter().filter(|part| !weights::sample_types(&part.dataset).is_empty()).collect();
    if weighed.is_empty() {
        return Err(loaded::nothing(&args.read.file, "samples, so there is nothing to rank"));
    }
    let tables = tables(&weighed, args.sample_type.as_deref())?;
    if args.read.json {
        return print_json(&tables, args.cum);
    }
    let blocks: Vec<String> =
        tables.iter().map(|(part, table)| text(loaded::title(part), table, args)).collect();
    out::styled(&blocks.join("\n"))
}

/// The table of every part that has the sample type; an error if none has.
fn tables<'a>(parts: &[&'a Part], wanted: Option<&str>) -> Result<Vec<(&'a Part, TopTable)>, Failure> {
    let table = |part: &'a Part| {
        let number = choose(part, wanted)?;
        top::table(&part.dataset, number).map(|table| (part, table))
    };
    let tables: Vec<_> = parts.iter().copied().filter_map(table).collect();
    if tables.is_empty() { Err(no_such_type(parts, wanted.unwrap_or_default())) } else { Ok(tables) }
}

/// The sample type of this name, or the default one; `None` if the part has none of that name.
fn choose(part: &Part, wanted: Option<&str>) -> Option<u32> {
    let Some(wanted) = wanted else { return Some(weights::default_sample_type(&part.dataset)) };
    let types = weights::sample_types(&part.dataset);
    types.iter().position(|known| known.kind == wanted).and_then(|number| u32::try_from(number).ok())
}

fn no_such_type(parts: &[&Part], wanted: &str) -> Failure {
    let types = parts.iter().flat_map(|part| weights::sample_types(&part.dataset));
    let names: Vec<String> = types.map(|known| known.kind).collect();
    Report::new(format!("no sample type is called {wanted}"))
        .and(format!("There are: {}", names.join(", ")))
        .into()
}

/// The rows in the order asked for, at most `count` of them.
fn rows(table: &TopTable, by_cum: bool, count: u32) -> Vec<TopRow> {
    let sort = if by_cum { TopSort::Cumulative } else { TopSort::Flat };
    let query = TopQuery { sample_type: 0, sort, search: String::new(), first: 0, count };
    top::window(table, &query).rows
}

fn print_json(tables: &[(&Part, TopTable)], by_cum: bool) -> Result<(), Failure> {
    let sorted: Vec<Vec<TopRow>> = tables.iter().map(|(_, table)| rows(table, by_cum, u32::MAX)).collect();
    let documents = tables.iter().zip(&sorted).map(|((part, table), rows)| Json {
        part: loaded::title(part),
        sample_type: &table.kind,
        unit: &table.unit,
        total: table.total,
        rows: rows
            .iter()
            .map(|row| JsonRow { function: &row.function, flat: row.flat, cum: row.cum })
            .collect(),
    });
    out::json_parts(documents.collect())
}

/// As `go tool pprof -top` lays it out: flat, its share, their running sum, cum, its share, name.
fn text(title: Option<&str>, table: &TopTable, args: &TopArgs) -> String {
    let shown = rows(table, args.cum, args.rows);
    let total = units::value(table.total, &table.unit);
    let title = title.map_or_else(String::new, |title| format!("{BOLD}{title}{BOLD:#}\n"));
    let head = ["flat", "flat%", "sum%", "cum", "cum%", "function"].map(str::to_owned).to_vec();
    let mut sum = 0;
    let body = shown.iter().map(|row| {
        sum += row.flat;
        vec![
            units::value(row.flat, &table.unit),
            share(row.flat, table.total),
            share(sum, table.total),
            units::value(row.cum, &table.unit),
            share(row.cum, table.total),
            row.function.clone(),
        ]
    });
    let all: Vec<Vec<String>> = std::iter::once(head).chain(body).collect();
    let mut lines = table::align(&SIDES, &all).into_iter();
    let head = lines.next().map_or_else(String::new, |head| format!("{DIM}{head}{DIM:#}\n"));
    let rest: String = lines.map(|line| line + "\n").collect();
    let hidden = table.rows.len() - shown.len();
    let more =
        if hidden == 0 { String::new() } else { format!("{DIM}{hidden} more; -n N shows N rows{DIM:#}\n") };
    format!("{title}{} · {total} in all\n{head}{rest}{more}", table.kind)
}

const SIDES: [Side; 6] = [Side::Right, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left];

fn share(value: i64, total: i64) -> String {
    if total == 0 {
        return String::new();
    }
    format!("{:.1}%", value as f64 * 100.0 / total as f64)
}
