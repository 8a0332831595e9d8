//! The top table: functions by weight, only the visible rows in the DOM.

use taskscope_engine::api::{Answer, FlameSource, Request, Scope, TopAnswer, TopQuery, TopRow, TopSort};
use taskscope_engine::scene::label::without_directories as short;
use taskscope_engine::units;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::column::{Column, share};
use crate::components::{Grid, Head, PAGE, Splitter, bar, grid_row, number};
use crate::hooks::use_answer;
use crate::link::PartRef;

/// Orders by their numbers in the heads.
const SORTS: [TopSort; 3] = [TopSort::Flat, TopSort::Cumulative, TopSort::Name];

/// What the table is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TopTableProps {
    /// What is looked at.
    pub part: PartRef,
    /// What is weighed.
    pub source: FlameSource,
    /// Of which part of a trace.
    pub scope: Scope,
    /// Text or `/regex/` that names must match; empty for all.
    pub search: AttrValue,
    /// The selected function; empty for none.
    pub selected: AttrValue,
    /// A function was chosen, with whether to zoom to it.
    pub choose: Callback<(AttrValue, bool)>,
}

/// The table beside the flame graph.
#[component]
pub fn TopTable(props: &TopTableProps) -> Html {
    let sort = use_state_eq(TopSort::default);
    let first = use_state_eq(|| 0_u32);
    let heaviest = use_mut_ref(|| (AttrValue::default(), 1_u64));
    let query = TopQuery {
        source: props.source,
        scope: props.scope.clone(),
        sort: *sort,
        search: props.search.to_string(),
        first: *first,
        count: PAGE,
    };
    let about = AttrValue::from(format!("{:?} {:?} {}", props.source, props.scope, props.search));
    let answers = use_answer("top", props.part, Some(Request::Top(query)));
    let Some(Answer::Top(answer)) = answers.get() else {
        return html! { <aside class="flame-table" aria-label="Top functions"></aside> };
    };
    let shown = match answers.asked() {
        Some(Request::Top(query)) => query.first,
        _ => 0,
    };
    let largest = {
        // Bars are relative to the heaviest row seen so far: the first one, in the usual order.
        let mut seen = heaviest.borrow_mut();
        let before = if seen.0 == about { seen.1 } else { 1 };
        let largest = answer.rows.iter().map(|row| row.flat.unsigned_abs()).fold(before, u64::max);
        *seen = (about.clone(), largest);
        largest
    };
    let onsort = {
        let sort = sort.setter();
        Callback::from(move |to: u32| sort.set(SORTS.get(to as usize).copied().unwrap_or_default()))
    };
    let onfirst = {
        let first = first.setter();
        Callback::from(move |to| first.set(to))
    };
    let current = SORTS.iter().position(|other| *other == *sort).unwrap_or(0) as u32;
    let rows = answer.rows.iter().zip(shown..).map(|(row, at)| self::row(row, at, answer, largest, props));
    html! {
        <aside class="flame-table" aria-label="Top functions">
            <Splitter name="top" />
            <div class="flame-table-head">
                <b>{ "Top functions" }</b>
                <span class="mut num">{ counted(answer) }</span>
            </div>
            <Grid id="top" label="Top functions" columns="minmax(96px, 1fr) 64px 48px 60px 64px 56px" heads={heads(answer)}
                sort={current} ascending={*sort == TopSort::Name} {onsort} all={answer.matching} first={shown}
                given={answer.rows.len() as u32} {onfirst} about={format!("{about} {current}")} onkey={keys(answer, props)}>
                { for rows }
                if answer.matching == 0 {
                    <p class="flame-none">{ format!("No function matches “{}”.", props.search) }</p>
                }
            </Grid>
        </aside>
    }
}

fn counted(answer: &TopAnswer) -> String {
    let all = units::count_u64(answer.all.into());
    if answer.matching == answer.all {
        all
    } else {
        format!("{} of {all}", units::count_u64(answer.matching.into()))
    }
}

fn heads(answer: &TopAnswer) -> Vec<Head> {
    let column = Column::of(answer.total, &answer.unit);
    vec![
        Head::text("Function", Some(2)),
        Head::number(column.head("Self"), Some(0)),
        Head::number("%", None),
        Head::text("", None),
        Head::number(column.head("Total"), Some(1)),
        Head::number("%", None),
    ]
}

fn row(row: &TopRow, at: u32, answer: &TopAnswer, largest: u64, props: &TopTableProps) -> Html {
    let column = Column::of(answer.total, &answer.unit);
    let name = AttrValue::from(row.function.clone());
    let selected = props.selected == row.function;
    let pick = props.choose.reform(move |zoom: bool| (name.clone(), zoom));
    let cells = html! {<>
        <div class="vt-name" role="gridcell" title={title(row)}>
            <i class="sq" style={format!("background:var(--fr-{})", row.module.min(6))}></i>
            <span class="mono">{ short(&row.function) }</span>
        </div>
        { number(column.text(row.flat), row.flat == 0) }
        { number(share(row.flat, answer.total), row.flat == 0) }
        { bar(row.flat.unsigned_abs(), largest) }
        { number(column.text(row.cum), row.cum == 0) }
        { number(share(row.cum, answer.total), row.cum == 0) }
    </>};
    grid_row(&row.function, at, selected, &pick, cells)
}

fn title(row: &TopRow) -> String {
    if row.location.is_empty() { row.function.clone() } else { format!("{}\n{}", row.function, row.location) }
}

/// Arrow keys choose the neighbouring row, Enter zooms to the selected one.
fn keys(answer: &TopAnswer, props: &TopTableProps) -> Callback<KeyboardEvent> {
    let names: Vec<AttrValue> = answer.rows.iter().map(|row| row.function.clone().into()).collect();
    let (selected, choose) = (props.selected.clone(), props.choose.clone());
    Callback::from(move |event: KeyboardEvent| {
        let at = names.iter().position(|name| *name == selected);
        let to = match event.key().as_str() {
            "ArrowDown" => at.map_or(0, |at| at + 1),
            "ArrowUp" => at.map_or(0, |at| at.saturating_sub(1)),
            "Enter" => at.unwrap_or(0),
            _ => return,
        };
        if let Some(name) = names.get(to) {
            event.prevent_default();
            event.stop_propagation();
            choose.emit((name.clone(), event.key() == "Enter"));
        }
    })
}
