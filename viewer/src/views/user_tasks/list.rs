//! The list of tasks or regions that pass the filters.

use taskscope_engine::api::{MarkSort, Marked, MarksAnswer, RegionRow, UserTaskRow};
use taskscope_engine::units;
use yew::prelude::*;

use super::{Kept, counted, types::name};
use crate::components::{Grid, Head, TimeUnit, bar, grid_row, number, share_bar, shares_of};
use crate::hooks::Picked;

/// Orders of tasks by their numbers in the heads.
const TASK_SORTS: [MarkSort; 7] = [
    MarkSort::Id,
    MarkSort::Name,
    MarkSort::Start,
    MarkSort::Duration,
    MarkSort::Goroutines,
    MarkSort::Regions,
    MarkSort::Logs,
];
/// Orders of regions by their numbers in the heads.
const REGION_SORTS: [MarkSort; 4] = [MarkSort::Name, MarkSort::Id, MarkSort::Start, MarkSort::Duration];

/// The line between the tables: what is listed.
pub fn head(kept: &Kept, change: &Callback<Kept>, list: &MarksAnswer) -> Html {
    let of = kept.of_type.as_ref().map(|(_, of)| name(of));
    let durations = &list.durations;
    let all = kept.of_type.is_some().then(|| {
        let (kept, change) = (kept.clone(), change.clone());
        let onclick =
            Callback::from(move |_: MouseEvent| change.emit(Kept { of_type: None, ..kept.fresh() }));
        html! { <button type="button" class="link" {onclick}>{ "all types" }</button> }
    });
    html! {
        <div class="mk-head">
            <b class="num">{ counted(list.matching, kept.marked) }</b>
            if let Some(of) = of { <span class="mono fnm">{ of }</span> }
            if durations.count > 0 {
                <span class="mut num">{ format!("median {}, p99 {}, max {}", units::duration(durations.p50_ns),
                    units::duration(durations.p99_ns), units::duration(durations.max_ns)) }</span>
            }
            { all }
        </div>
    }
}

/// The table; `first` is the number of the first row in the answer.
pub fn list(
    kept: &Kept,
    change: &Callback<Kept>,
    list: &MarksAnswer,
    first: u32,
    onfirst: &Callback<u32>,
    start_ns: u64,
    search: &str,
) -> Html {
    let sorts: &'static [MarkSort] = if kept.marked == Marked::Tasks { &TASK_SORTS } else { &REGION_SORTS };
    let current = sorts.iter().position(|other| *other == kept.sort).map_or(u32::MAX, |at| at as u32);
    let onsort = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |to: u32| {
            let sort = sorts.get(to as usize).copied().unwrap_or_default();
            let reversed = sort == kept.sort && !kept.reversed;
            change.emit(Kept { sort, reversed, ..kept.fresh() });
        })
    };
    let longest = list.durations.max_ns;
    let unit = TimeUnit::of(longest);
    let pick = |at: u32| {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |_: bool| change.emit(Kept { picked: Picked::row(at), ..kept.clone() }))
    };
    let selected = |at: u32| kept.picked.row == Some(at);
    let tasks = list.tasks.iter().zip(first..).map(|(row, at)| {
        grid_row(&row.row.to_string(), at, selected(at), &pick(at), task(row, unit, longest, start_ns))
    });
    let regions = list.regions.iter().zip(first..).map(|(row, at)| {
        grid_row(&row.row.to_string(), at, selected(at), &pick(at), region(row, unit, longest, start_ns))
    });
    let (heads, columns) = if kept.marked == Marked::Tasks { task_heads(unit) } else { region_heads(unit) };
    let natural = matches!(kept.sort, MarkSort::Name | MarkSort::Start | MarkSort::Id);
    let about = AttrValue::from(format!(
        "{:?} {current} {:?} {} {} {} {:?} {} {search}",
        kept.marked, kept.of_type, kept.min, kept.max, kept.log, kept.complete, kept.reversed
    ));
    html! {
        <Grid id="marks" label="Tasks or regions" {columns} {heads} sort={current} ascending={natural != kept.reversed} {onsort}
            all={list.matching} {first} given={(list.tasks.len() + list.regions.len()) as u32} {onfirst} {about}>
            { for tasks }
            { for regions }
            if list.matching == 0 && list.all > 0 {
                <p class="flame-none">{ format!("None of {} passes the filters.", counted(list.all, kept.marked)) }</p>
            }
        </Grid>
    }
}

fn task_heads(unit: TimeUnit) -> (Vec<Head>, &'static str) {
    let heads = vec![
        Head::number("Task", Some(0)),
        Head::text("Type", Some(1)),
        Head::number("Start", Some(2)),
        Head::number(unit.head("Duration"), Some(3)),
        Head::text("", None),
        Head::number("Goroutines", Some(4)),
        Head::number("Regions", Some(5)),
        Head::number("Logs", Some(6)),
        Head::text("Complete", None),
    ];
    (heads, "72px minmax(120px, 1fr) 112px 88px 72px 88px 72px 56px 112px")
}

fn task(row: &UserTaskRow, unit: TimeUnit, longest: u64, start_ns: u64) -> Html {
    let length = row.end_ns.saturating_sub(row.start_ns);
    let count = |count: u32| number(units::count_u64(count.into()), count == 0);
    let complete = match (row.begun, row.ended) {
        (true, true) => "yes",
        (true, false) => "did not end",
        (false, true) => "began before",
        (false, false) => "neither seen",
    };
    html! {<>
        { number(units::count_u64(row.id), false) }
        <div class="mono" role="gridcell" title={row.name.clone()}>{ name(&row.name) }</div>
        { number(units::moment(row.start_ns.saturating_sub(start_ns)), false) }
        { number(unit.text(length), false) }
        { bar(length, longest) }
        { count(row.goroutines) }{ count(row.regions) }{ count(row.logs) }
        <div class={if row.complete { "mut" } else { "warn" }} role="gridcell">{ complete }</div>
    </>}
}

fn region_heads(unit: TimeUnit) -> (Vec<Head>, &'static str) {
    let heads = vec![
        Head::text("Region", Some(0)),
        Head::text("Goroutine", Some(1)),
        Head::number("Start", Some(2)),
        Head::number(unit.head("Duration"), Some(3)),
        Head::text("", None),
        Head::text("What its goroutine did", None),
        Head::number("Task", None),
    ];
    (heads, "minmax(120px, 1fr) minmax(120px, 1fr) 112px 88px 72px 160px 72px")
}

fn region(row: &RegionRow, unit: TimeUnit, longest: u64, start_ns: u64) -> Html {
    let length = row.end_ns.saturating_sub(row.start_ns);
    let task = row.task.map_or_else(String::new, |(_, id)| units::count_u64(id));
    html! {<>
        <div class="mono" role="gridcell" title={row.name.clone()}>{ &row.name }</div>
        <div role="gridcell" title={row.entry.clone()}>{ &row.goroutine }<span class="mut">{ format!(" · {}", row.entry) }</span></div>
        { number(units::moment(row.start_ns.saturating_sub(start_ns)), false) }
        { number(unit.text(length), false) }
        { bar(length, longest) }
        <div role="gridcell" class="vt-shares">{ share_bar(&shares_of(&row.states)) }</div>
        { number(task, row.task.is_none()) }
    </>}
}
