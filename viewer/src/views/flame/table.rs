//! The top table: functions by weight, only the visible rows in the DOM.

use taskscope_engine::api::{Answer, Request, TopAnswer, TopQuery, TopRow, TopSort};
use taskscope_engine::scene::label::without_directories as short;
use taskscope_engine::units;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::column::{Column, share};
use crate::canvas::pointer::is_coarse;
use crate::components::{IconName, Splitter, icon_in};
use crate::hooks::use_answer;
use crate::link::PartRef;

/// Height of a row; a coarse pointer's rows are higher, see the style sheet.
const ROW_PX: f64 = 24.0;
const COARSE_ROW_PX: f64 = 44.0;
/// Rows asked for at once.
const PAGE: u32 = 120;
/// Rows before the first visible one.
const BEFORE: u32 = 30;

/// What the table is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TopTableProps {
    /// What is looked at.
    pub part: PartRef,
    /// Index into the part's sample types.
    pub sample_type: u32,
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
    let body = use_node_ref();
    let heaviest = use_mut_ref(|| ((0_u32, AttrValue::default()), 1_i64));
    {
        let (first, body) = (first.setter(), body.clone());
        use_effect_with((*sort, props.search.clone(), props.sample_type), move |_| {
            first.set(0);
            if let Some(body) = body.cast::<Element>() {
                body.set_scroll_top(0);
            }
        });
    }
    let query = TopQuery {
        sample_type: props.sample_type,
        sort: *sort,
        search: props.search.to_string(),
        first: *first,
        count: PAGE,
    };
    let answers = use_answer("top", props.part, Some(Request::Top(query)));
    let Some(Answer::Top(answer)) = answers.get() else {
        return html! { <aside class="flame-table" aria-label="Top functions"></aside> };
    };
    let largest = {
        // Bars are relative to the heaviest row seen so far: the first one, in the usual order.
        let mut seen = heaviest.borrow_mut();
        let of = (props.sample_type, props.search.clone());
        let before = if seen.0 == of { seen.1 } else { 1 };
        *seen = (of, answer.rows.iter().map(|row| row.flat.abs()).fold(before, i64::max));
        seen.1
    };
    let row_px = if is_coarse() { COARSE_ROW_PX } else { ROW_PX };
    let onscroll = {
        let first = first.setter();
        Callback::from(move |event: Event| {
            let top = event.target_dyn_into::<Element>().map_or(0, |body| body.scroll_top());
            let row = (f64::from(top.max(0)) / row_px) as u32;
            // In steps, so that most scrolling asks nothing.
            first.set((row / BEFORE * BEFORE).saturating_sub(BEFORE));
        })
    };
    let set_sort = {
        let sort = sort.setter();
        Callback::from(move |to| sort.set(to))
    };
    html! {
        <aside class="flame-table" aria-label="Top functions">
            <Splitter name="top" />
            <div class="flame-table-head">
                <b>{ "Top functions" }</b>
                <span class="mut num">{ counted(answer) }</span>
            </div>
            <div class="flame-table-body" ref={body} {onscroll} tabindex="0" onkeydown={keys(answer, props)}
                role="grid" aria-label="Top functions" aria-rowcount={answer.matching.to_string()}>
                { head(answer, *sort, &set_sort) }
                { rows(answer, *first, row_px, largest, props) }
                if answer.matching == 0 {
                    <p class="flame-none">{ format!("No function matches “{}”.", props.search) }</p>
                }
            </div>
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

fn head(answer: &TopAnswer, sort: TopSort, set: &Callback<TopSort>) -> Html {
    let column = Column::of(answer.total, &answer.unit);
    let cell = |name: String, by: TopSort, class: &'static str| {
        let current = sort == by;
        let direction = if by == TopSort::Name { "ascending" } else { "descending" };
        let onclick = set.reform(move |_: MouseEvent| by);
        html! {
            <div role="columnheader" class={class} aria-sort={current.then_some(direction)}>
                <button type="button" class={classes!(current.then_some("so"))} {onclick}>
                    { name }
                    if current { { icon_in(if by == TopSort::Name { "up" } else { "" }, IconName::Sort) } }
                </button>
            </div>
        }
    };
    html! {
        <div class="ft-row ft-head" role="row">
            { cell("Function".into(), TopSort::Name, "ft-name") }
            { cell(column.head("Self"), TopSort::Flat, "n") }
            <div class="n" role="columnheader">{ "%" }</div>
            <div role="presentation"></div>
            { cell(column.head("Total"), TopSort::Cumulative, "n") }
            <div class="n" role="columnheader">{ "%" }</div>
        </div>
    }
}

/// The rows that are there, between two spacers.
fn rows(answer: &TopAnswer, first: u32, row_px: f64, largest: i64, props: &TopTableProps) -> Html {
    let column = Column::of(answer.total, &answer.unit);
    let shown = answer.rows.len() as u32;
    let after = answer.matching.saturating_sub(first).saturating_sub(shown);
    let spacer = |rows: u32| html! { <div role="presentation" style={format!("height:{}px", f64::from(rows) * row_px)}></div> };
    let row = |(at, row): (usize, &TopRow)| {
        let choose = |zoom: bool| {
            let name = AttrValue::from(row.function.clone());
            props.choose.reform(move |_: MouseEvent| (name.clone(), zoom))
        };
        let selected = props.selected == row.function;
        html! {
            <div key={row.function.clone()} role="row" class={classes!("ft-row", selected.then_some("sel"))}
                aria-selected={selected.to_string()} aria-rowindex={(first as usize + at + 1).to_string()}
                onclick={choose(false)} ondblclick={choose(true)}>
                <div class="ft-name" role="gridcell" title={title(row)}>
                    <i class="sq" style={format!("background:var(--fr-{})", row.module.min(6))}></i>
                    <span class="mono">{ short(&row.function) }</span>
                </div>
                <div class={number(row.flat)} role="gridcell">{ column.text(row.flat) }</div>
                <div class={number(row.flat)} role="gridcell">{ share(row.flat, answer.total) }</div>
                <div class="br" role="presentation">{ bar(row.flat, largest) }</div>
                <div class={number(row.cum)} role="gridcell">{ column.text(row.cum) }</div>
                <div class={number(row.cum)} role="gridcell">{ share(row.cum, answer.total) }</div>
            </div>
        }
    };
    html! {<>
        { spacer(first) }
        { for answer.rows.iter().enumerate().map(row) }
        { spacer(after) }
    </>}
}

fn title(row: &TopRow) -> String {
    if row.location.is_empty() { row.function.clone() } else { format!("{}\n{}", row.function, row.location) }
}

/// The class of a number's cell: nothing steps back.
fn number(value: i64) -> &'static str {
    if value == 0 { "n mut" } else { "n" }
}

/// A bar as long as the value's part of the largest one; none for nothing.
fn bar(value: i64, largest: i64) -> Html {
    if value == 0 {
        return Html::default();
    }
    let width = (value.abs() as f64 / largest as f64 * 100.0).clamp(2.0, 100.0);
    html! { <i style={format!("width:{width:.1}%")}></i> }
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
