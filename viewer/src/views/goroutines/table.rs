//! The table of groups, or of goroutines.

use taskscope_engine::api::{GoroutineRow, GoroutineRows, GoroutineSort, GoroutinesAnswer};
use taskscope_engine::units;
use yew::prelude::*;

use super::Kept;
use super::states::states;
use crate::components::{Grid, Head, TimeUnit, grid_row, number, share_bar};
use crate::hooks::Picked;

/// Go's name of the range in which a goroutine has to mark while it allocates.
const ASSIST: &str = "GC mark assist";

/// The table; `first` is the number of the first row in the answer, `rows` what its rows are.
pub fn table(
    kept: &Kept,
    change: &Callback<Kept>,
    answer: &GoroutinesAnswer,
    rows: GoroutineRows,
    first: u32,
    onfirst: &Callback<u32>,
    search: &str,
) -> Html {
    let sorts = sorts();
    let current = sorts.iter().position(|sort| *sort == kept.sort).map_or(u32::MAX, |at| at as u32);
    let onsort = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |to: u32| {
            change.emit(kept.sorted(sorts.get(to as usize).cloned().unwrap_or_default()));
        })
    };
    let unit = TimeUnit::of(answer.longest_ns);
    let assist = answer.ranges.iter().position(|range| range == ASSIST);
    let list = answer.rows.iter().zip(first..).map(|(row, at)| {
        let (kept, change) = (kept.clone(), change.clone());
        let group = (rows == GoroutineRows::Groups).then(|| (row.entry.clone(), row.name.clone()));
        let selected = kept.picked.row == Some(at);
        let pick = Callback::from(move |double| {
            change.emit(match group.clone().filter(|_| double) {
                Some((entry, name)) => kept.inside(entry, name),
                None => Kept { picked: Picked::row(at), ..kept.clone() },
            });
        });
        let key = format!("{} {}", row.id, row.entry);
        grid_row(&key, at, selected, &pick, cells(row, rows, answer, unit, assist))
    });
    let natural = kept.sort == GoroutineSort::Name || kept.sort == GoroutineSort::Id;
    let about = format!("{rows:?} {:?} {current} {} {search}", kept.scope, kept.reverse);
    let columns = "minmax(200px, 3fr) 72px 80px minmax(96px, 1fr) repeat(6, minmax(64px, 84px))";
    html! {
        <Grid id="goroutines" label="Goroutines" {columns} heads={heads(rows, unit)} sort={current}
            ascending={natural != kept.reverse} {onsort} all={answer.matching} {first} given={answer.rows.len() as u32}
            {onfirst} {about}>
            { for list }
            if answer.matching == 0 {
                <p class="flame-none">{ format!("None of {} matches “{search}”.", units::count_u64(answer.all.into())) }</p>
            }
        </Grid>
    }
}

/// Orders by their numbers in the heads.
fn sorts() -> Vec<GoroutineSort> {
    vec![
        GoroutineSort::Name,
        GoroutineSort::Count,
        GoroutineSort::Id,
        GoroutineSort::Total,
        GoroutineSort::Running,
        GoroutineSort::Ready,
        GoroutineSort::Syscall,
        GoroutineSort::SyscallBlocked,
        GoroutineSort::Blocked,
        GoroutineSort::Range(ASSIST.into()),
    ]
}

fn heads(rows: GoroutineRows, unit: TimeUnit) -> Vec<Head> {
    let groups = rows == GoroutineRows::Groups;
    vec![
        Head::text("Entry function", Some(0)),
        if groups { Head::number("Count", Some(1)) } else { Head::number("Goroutine", Some(2)) },
        Head::number(unit.head("Total"), Some(3))
            .titled("From creation, or the start of the trace, to the end"),
        Head::text("", None),
        Head::number("Execution", Some(4)).titled("Running on a processor"),
        Head::number("Sched wait", Some(5)).titled("Ready to run, waiting for a processor"),
        Head::number("Syscall", Some(6)).titled("In system calls"),
        Head::number("Sys block", Some(7)).titled("In system calls that lost their processor"),
        Head::number("Blocked", Some(8)).titled("Blocked for any reason; the details tell which"),
        Head::number("Assist", Some(9)).titled("Marking for the collector; overlaps the others"),
    ]
}

fn cells(
    row: &GoroutineRow,
    rows: GoroutineRows,
    answer: &GoroutinesAnswer,
    unit: TimeUnit,
    assist: Option<usize>,
) -> Html {
    let times = &row.times;
    let time = |ns: u64| number(unit.text(ns), ns == 0);
    let which = match rows {
        GoroutineRows::Groups => units::count_u64(times.count.into()),
        GoroutineRows::Each => format!("G {}", row.id),
    };
    let shares: Vec<_> = states(times, &answer.reasons).into_iter().map(|state| state.0).collect();
    let assist = assist.and_then(|at| times.ranges_ns.get(at)).copied().unwrap_or(0);
    html! {<>
        <div class="vt-name" role="gridcell" title={row.name.clone()}>
            <span class={classes!("mono", row.system.then_some("mut"))}>{ &row.name }</span>
        </div>
        { number(which, false) }
        { time(times.total_ns) }
        <div role="presentation" class="vt-shares">{ share_bar(&shares) }</div>
        { time(times.running_ns) }{ time(times.ready_ns) }{ time(times.syscall_ns) }{ time(times.syscall_blocked_ns) }
        { time(times.blocked_ns) }{ time(assist) }
    </>}
}
