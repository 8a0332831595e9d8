//! The table of types.

use taskscope_engine::api::{MarkType, MarkTypeSort, MarkTypesAnswer, Marked};
use taskscope_engine::units;
use yew::prelude::*;

use super::Kept;
use crate::components::{Grid, Head, TimeUnit, bar, grid_row, number};

/// Orders by their numbers in the heads.
const SORTS: [MarkTypeSort; 8] = [
    MarkTypeSort::Name,
    MarkTypeSort::Count,
    MarkTypeSort::Incomplete,
    MarkTypeSort::Total,
    MarkTypeSort::P50,
    MarkTypeSort::P95,
    MarkTypeSort::P99,
    MarkTypeSort::Max,
];

/// The table; a click lists the marks of that type, another one all again.
pub fn types(
    kept: &Kept,
    change: &Callback<Kept>,
    answer: &MarkTypesAnswer,
    first: u32,
    onfirst: &Callback<u32>,
) -> Html {
    let sort = SORTS.iter().position(|other| *other == kept.type_sort).unwrap_or(0) as u32;
    let onsort = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |to: u32| {
            let type_sort = SORTS.get(to as usize).copied().unwrap_or_default();
            change.emit(Kept { type_sort, ..kept.clone() });
        })
    };
    let unit = TimeUnit::of(answer.rows.iter().map(|row| row.durations.max_ns).max().unwrap_or(0));
    let total = TimeUnit::of(answer.rows.iter().map(|row| row.durations.total_ns).max().unwrap_or(0));
    let largest = answer.rows.iter().map(|row| row.durations.total_ns).max().unwrap_or(1);
    let chosen = kept.of_type.as_ref().map(|of| of.0);
    let rows = answer.rows.iter().zip(first..).map(|(row, at)| {
        let (kept, change) = (kept.clone(), change.clone());
        let of = (row.key, row.name.clone());
        let pick = Callback::from(move |double: bool| {
            // The second click of a double click would choose all again.
            let again = !double && chosen == Some(of.0);
            change.emit(Kept { of_type: (!again).then(|| of.clone()), ..kept.fresh() });
        });
        grid_row(&row.key.to_string(), at, chosen == Some(row.key), &pick, cells(row, unit, total, largest))
    });
    html! {
        <div class="mk-types">
            <Grid id="types" label="Types" columns="minmax(160px, 2fr) 64px 80px 88px 72px repeat(4, minmax(64px, 88px))"
                heads={heads(kept.marked, unit, total)} {sort} ascending={kept.type_sort == MarkTypeSort::Name} {onsort}
                all={answer.matching} {first} given={answer.rows.len() as u32} {onfirst}
                about={format!("{:?} {sort}", kept.marked)}>
                { for rows }
                if answer.matching == 0 { <p class="flame-none">{ none(answer, kept.marked) }</p> }
            </Grid>
        </div>
    }
}

fn none(answer: &MarkTypesAnswer, marked: Marked) -> String {
    let what = if marked == Marked::Tasks { "user task" } else { "region" };
    match answer.all {
        0 => format!(
            "This program marked no {what}. Call runtime/trace.NewTask, WithRegion and Log to see its own work here."
        ),
        all => format!("None of {} types matches the search.", units::count_u64(all.into())),
    }
}

fn heads(marked: Marked, unit: TimeUnit, total: TimeUnit) -> Vec<Head> {
    let name = if marked == Marked::Tasks { "Task type" } else { "Region, begun in" };
    vec![
        Head::text(name, Some(0)),
        Head::number("Count", Some(1)),
        Head::number("Incomplete", Some(2)).titled("Began or ended outside the trace"),
        Head::number(total.head("Total"), Some(3)),
        Head::text("", None),
        Head::number(unit.head("Median"), Some(4)),
        Head::number(unit.head("p95"), Some(5)),
        Head::number(unit.head("p99"), Some(6)),
        Head::number(unit.head("Max"), Some(7)),
    ]
}

fn cells(row: &MarkType, unit: TimeUnit, total: TimeUnit, largest: u64) -> Html {
    let durations = &row.durations;
    let time = |ns: u64| number(unit.text(ns), durations.count == 0);
    html! {<>
        <div class="vt-name" role="gridcell" title={format!("{}\n{}", row.name, row.place)}>
            <span class="mono">{ name(&row.name) }</span>
            if !row.place.is_empty() { <span class="mono mut">{ &row.place }</span> }
        </div>
        { number(units::count_u64(row.count.into()), false) }
        { number(units::count_u64(row.incomplete.into()), row.incomplete == 0) }
        { number(total.text(durations.total_ns), durations.count == 0) }
        { bar(durations.total_ns, largest) }
        { time(durations.p50_ns) }{ time(durations.p95_ns) }{ time(durations.p99_ns) }{ time(durations.max_ns) }
    </>}
}

/// A type whose name was not seen has one nevertheless.
pub fn name(name: &str) -> String {
    if name.is_empty() { "(began before the trace)".into() } else { name.to_owned() }
}
