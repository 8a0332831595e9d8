//! The timeline as tables: lanes of the visible time, and the spans of the chosen one.

use taskscope_engine::api::{
    Answer, LaneRow, LaneTable, LaneTableQuery, Request, SpanRow, SpanTable, SpanTableQuery, TimelineQuery,
};
use taskscope_engine::units;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::mark::swatch;
use crate::components::{Grid, Head, PAGE, TimeUnit, grid_row, number};
use crate::hooks::use_answer;
use crate::link::PartRef;

/// What the tables are given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TablesProps {
    /// The part.
    pub part: PartRef,
    /// First ns of the trace.
    pub start_ns: u64,
    /// Which lanes in which time.
    pub lanes: TimelineQuery,
    /// The selected lane.
    pub lane: Option<u64>,
    /// The selected span.
    pub span: Option<u32>,
    /// Selects a lane.
    pub select: Callback<u64>,
    /// Goes to a span.
    pub visit: Callback<u32>,
}

/// Both tables.
#[component]
pub fn Tables(props: &TablesProps) -> Html {
    let (since, till) = (
        units::moment(props.lanes.t0_ns.saturating_sub(props.start_ns)),
        units::moment(props.lanes.t1_ns.saturating_sub(props.start_ns)),
    );
    let unit = TimeUnit::of(props.lanes.t1_ns.saturating_sub(props.lanes.t0_ns)).name;
    html! {
        <section class="tl-tables" aria-label="The timeline as tables">
            <p class="tl-caption num">{ format!("Lanes from {since} to {till}, times in {unit}; choose a lane for its spans.") }</p>
            <Lanes ..props.clone() />
            if props.lane.is_some() {
                <Spans ..props.clone() />
            }
        </section>
    }
}

#[component]
fn Lanes(props: &TablesProps) -> Html {
    let first = use_state_eq(|| 0_u32);
    let query = LaneTableQuery { lanes: props.lanes.clone(), first: *first, count: PAGE };
    let answers = use_answer("table", props.part, Some(Request::LaneTable(query)));
    let Some(Answer::LaneTable(table)) = answers.get() else { return Html::default() };
    let shown = match answers.asked() {
        Some(Request::LaneTable(query)) => query.first,
        _ => 0,
    };
    let unit = TimeUnit::of(props.lanes.t1_ns.saturating_sub(props.lanes.t0_ns));
    let columns =
        format!("minmax(120px, 1fr) minmax(96px, 1fr){} 72px", " 104px".repeat(table.columns.len()));
    let rows = table.rows.iter().zip(shown..).map(|(row, at)| lane_row(row, at, unit, props));
    let about = format!("{:?}", (&props.lanes.filter, props.lanes.grouping, props.lanes.sort));
    html! {
        <Grid id="tl-lanes" label="Lanes" {columns} heads={heads(table)} sort={u32::MAX} onsort={Callback::noop()}
            all={table.all} first={shown} given={table.rows.len() as u32} onfirst={setter(&first)} {about}
            onkey={lane_keys(table, props)}>
            { for rows }
        </Grid>
    }
}

fn heads(table: &LaneTable) -> Vec<Head> {
    let state = |(_, name): &(taskscope_engine::api::Mark, String)| Head::number(name.clone(), None);
    let mut heads = vec![Head::text("Lane", None), Head::text("Group", None)];
    heads.extend(table.columns.iter().map(state));
    heads.push(Head::number("Spans", None));
    heads
}

fn lane_row(row: &LaneRow, at: u32, unit: TimeUnit, props: &TablesProps) -> Html {
    let key = row.key;
    let pick = props.select.reform(move |_: bool| key);
    let cells = html! {<>
        <div class="vt-name" role="gridcell" title={row.name.clone()}><span>{ &row.name }</span></div>
        <div role="gridcell" title={row.group.clone()}>{ &row.group }</div>
        { for row.ns.iter().map(|&ns| number(unit.text(ns), ns == 0)) }
        { number(units::count_u64(row.spans.into()), row.spans == 0) }
    </>};
    grid_row(&key.to_string(), at, props.lane == Some(key), &pick, cells)
}

/// Arrow keys choose the neighbouring lane.
fn lane_keys(table: &LaneTable, props: &TablesProps) -> Callback<KeyboardEvent> {
    let keys: Vec<u64> = table.rows.iter().map(|row| row.key).collect();
    let (lane, select) = (props.lane, props.select.clone());
    Callback::from(move |event: KeyboardEvent| {
        let at = keys.iter().position(|key| Some(*key) == lane);
        if let Some(key) = stepped(&event, at).and_then(|to| keys.get(to)) {
            select.emit(*key);
        }
    })
}

#[component]
fn Spans(props: &TablesProps) -> Html {
    let first = use_state_eq(|| 0_u32);
    let (lane, t0_ns, t1_ns) = (props.lane.unwrap_or_default(), props.lanes.t0_ns, props.lanes.t1_ns);
    let query = SpanTableQuery { lane, t0_ns, t1_ns, first: *first, count: PAGE };
    let answers = use_answer("table", props.part, Some(Request::SpanTable(query)));
    let Some(Answer::SpanTable(table)) = answers.get() else { return Html::default() };
    let shown = match answers.asked() {
        Some(Request::SpanTable(query)) => query.first,
        _ => 0,
    };
    let heads = vec![
        Head::text("State", None),
        Head::number("Start", None),
        Head::number("Length", None),
        Head::text("What", None),
    ];
    let rows = table.rows.iter().zip(shown..).map(|(row, at)| span_row(row, at, props));
    html! {
        <Grid id="tl-spans" label="Spans of the chosen lane" columns="160px 128px 96px minmax(160px, 1fr)" {heads}
            sort={u32::MAX} onsort={Callback::noop()} all={table.all} first={shown} given={table.rows.len() as u32}
            onfirst={setter(&first)} about={lane.to_string()} onkey={span_keys(table, props)}>
            { for rows }
            if table.all == 0 { <p class="tl-none">{ "This lane has no spans in this time." }</p> }
        </Grid>
    }
}

fn span_row(row: &SpanRow, at: u32, props: &TablesProps) -> Html {
    let span = row.span;
    let pick = props.visit.reform(move |_: bool| span);
    let cells = html! {<>
        <div class="vt-name" role="gridcell">{ swatch(row.mark) }<span>{ &row.state }</span></div>
        { number(units::moment(row.start_ns.saturating_sub(props.start_ns)), false) }
        { number(units::duration(row.ns), false) }
        <div role="gridcell" title={row.text.clone()}>{ &row.text }</div>
    </>};
    grid_row(&span.to_string(), at, props.span == Some(span), &pick, cells)
}

/// Arrow keys choose the neighbouring span.
fn span_keys(table: &SpanTable, props: &TablesProps) -> Callback<KeyboardEvent> {
    let spans: Vec<u32> = table.rows.iter().map(|row| row.span).collect();
    let (span, visit) = (props.span, props.visit.clone());
    Callback::from(move |event: KeyboardEvent| {
        let at = spans.iter().position(|other| Some(*other) == span);
        if let Some(to) = stepped(&event, at).and_then(|to| spans.get(to)) {
            visit.emit(*to);
        }
    })
}

/// The row that an arrow key leads to; the key then does nothing else.
fn stepped(event: &KeyboardEvent, at: Option<usize>) -> Option<usize> {
    let to = match event.key().as_str() {
        "ArrowDown" => at.map_or(0, |at| at + 1),
        "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
        _ => return None,
    };
    event.prevent_default();
    event.stop_propagation();
    Some(to)
}

fn setter(first: &UseStateHandle<u32>) -> Callback<u32> {
    let first = first.setter();
    Callback::from(move |to| first.set(to))
}
