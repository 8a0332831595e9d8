//! The table of collections.

use taskscope_engine::api::{Collection, GcAnswer, GcSort};
use taskscope_engine::units;
use yew::prelude::*;

use super::{Kept, Scene};
use crate::components::{Grid, Head, TimeUnit, grid_row, number};

/// Orders by their numbers in the heads.
const SORTS: [GcSort; 6] =
    [GcSort::Start, GcSort::Mark, GcSort::Stopped, GcSort::Background, GcSort::Assist, GcSort::HeapEnd];

/// The table; `first` is the number of the first row in the answer.
pub fn collections(scene: &Scene<'_>, gc: &GcAnswer, first: u32, onfirst: &Callback<u32>) -> Html {
    if gc.collections == 0 {
        return html! { <p class="none">{ "No collection ran during this trace." }</p> };
    }
    let (kept, jumps) = (scene.kept, scene.jumps);
    let sort = SORTS.iter().position(|other| *other == kept.sort).unwrap_or(0) as u32;
    let onsort = scene
        .change
        .reform(move |to: u32| Kept { sort: SORTS.get(to as usize).copied().unwrap_or_default(), ..kept });
    let unit = TimeUnit::of(gc.rows.iter().map(|row| row.mark_ns).max().unwrap_or(0));
    let rows = gc.rows.iter().zip(first..).map(|(row, at)| {
        let (jumps, place) = (jumps.clone(), row.place);
        let pick = Callback::from(move |double| {
            if double {
                jumps.to_timeline(place);
            }
        });
        grid_row(&row.number.to_string(), at, false, &pick, cells(scene, row, unit))
    });
    html! {
        <Grid id="collections" label="Collections" columns="56px 112px minmax(72px, 1fr) repeat(5, minmax(72px, 1fr)) minmax(120px, 1.4fr) 88px"
            heads={heads(unit)} {sort} ascending={kept.sort == GcSort::Start} {onsort} all={gc.collections} {first}
            given={gc.rows.len() as u32} {onfirst} about={sort.to_string()}>
            { for rows }
        </Grid>
    }
}

fn heads(unit: TimeUnit) -> Vec<Head> {
    vec![
        Head::number("GC", None),
        Head::number("Start", Some(0)).titled("Where marking began; a link to the timeline"),
        Head::text("Trigger", None),
        Head::number(unit.head("Mark"), Some(1)).titled("From the first to the last moment of marking"),
        Head::number(unit.head("Stop 1"), Some(2)).titled("Stopped before marking (sweep termination)"),
        Head::number(unit.head("Stop 2"), None).titled("Stopped at the end of marking (mark termination)"),
        Head::number(unit.head("Background"), Some(3)).titled("CPU of dedicated and fractional mark workers"),
        Head::number(unit.head("Assists"), Some(4))
            .titled("CPU of goroutines that had to mark while they allocated"),
        Head::number("Heap", Some(5)).titled("In use as marking began and ended"),
        Head::number("Goal", None).titled("Heap goal as marking began"),
    ]
}

fn cells(scene: &Scene<'_>, row: &Collection, unit: TimeUnit) -> Html {
    let (jumps, place) = (scene.jumps.clone(), row.place);
    let onclick = Callback::from(move |_: MouseEvent| jumps.to_timeline(place));
    let start = units::moment(place.t0_ns.saturating_sub(scene.start_ns));
    let time = |ns: u64| number(unit.text(ns), ns == 0);
    let stop =
        |ns: Option<u64>| number(ns.map_or_else(|| "not seen".into(), |ns| unit.text(ns)), ns.is_none());
    html! {<>
        { number(row.number.to_string(), false) }
        <div class="n" role="gridcell">
            <button type="button" class="link num" title="Show on the timeline" {onclick}>
                { if row.began_before { "before".to_owned() } else { start } }
            </button>
        </div>
        <div role="gridcell">{ &row.trigger }{ if row.open { " · not ended" } else { "" } }</div>
        { time(row.mark_ns) }
        { stop(row.stop_before_ns) }
        { stop(row.stop_after_ns) }
        { time(row.background_ns) }
        { time(row.assist_ns) }
        { number(heap(row), row.heap_start.is_none() && row.heap_end.is_none()) }
        { number(bytes(row.goal), row.goal.is_none()) }
    </>}
}

fn heap(row: &Collection) -> String {
    format!("{} → {}", bytes(row.heap_start), bytes(row.heap_end))
}

fn bytes(value: Option<u64>) -> String {
    value.map_or_else(|| "?".into(), units::bytes_u64)
}
