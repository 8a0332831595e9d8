//! A table of any length: rows of one height, only those near the visible ones in the DOM.
//!
//! The view asks the worker for a window of rows and gives them as children; the table says by
//! `onfirst` which window it needs, and keeps room for the rows that are not there.

use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::icon::{IconName, icon_in};
use crate::canvas::pointer::is_coarse;
use crate::dom;

/// Rows to ask for at once.
pub const PAGE: u32 = 120;
/// Rows kept before the first visible one.
const BEFORE: u32 = 30;
/// Height of a row; a coarse pointer's rows are higher, see the style sheet.
const ROW_PX: f64 = 24.0;
const COARSE_ROW_PX: f64 = 44.0;

/// The head of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// What it says; its unit too.
    pub name: AttrValue,
    /// What it means; empty where the name says it.
    pub title: AttrValue,
    /// Class of the cell: `n` for numbers.
    pub class: &'static str,
    /// The order it stands for, as `onsort` is told; `None` for no order.
    pub sort: Option<u32>,
}

/// The table's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct GridProps {
    /// Id of the element, for [`reveal_row`].
    pub id: &'static str,
    /// What it lists; read aloud.
    pub label: AttrValue,
    /// Widths of the columns: a `grid-template-columns`.
    pub columns: AttrValue,
    /// Heads of the columns.
    pub heads: Vec<Head>,
    /// The order in use.
    pub sort: u32,
    /// Whether it is ascending.
    #[prop_or_default]
    pub ascending: bool,
    /// Another order, or the same again, was chosen.
    pub onsort: Callback<u32>,
    /// Rows that there are.
    pub all: u32,
    /// Number of the first row among the children.
    pub first: u32,
    /// Rows among the children.
    pub given: u32,
    /// Rows from this one on are needed.
    pub onfirst: Callback<u32>,
    /// What the rows are about; another value scrolls to the top.
    pub about: AttrValue,
    /// A key was pressed on the table; whether it was taken.
    #[prop_or_default]
    pub onkey: Callback<KeyboardEvent>,
    /// The rows, see [`grid_row`]; then what to say below them.
    pub children: Html,
}

/// The table.
#[component]
pub fn Grid(props: &GridProps) -> Html {
    let body = use_node_ref();
    {
        let (body, onfirst) = (body.clone(), props.onfirst.clone());
        use_effect_with(props.about.clone(), move |_| {
            onfirst.emit(0);
            if let Some(body) = body.cast::<Element>() {
                body.set_scroll_top(0);
            }
        });
    }
    let row_px = if is_coarse() { COARSE_ROW_PX } else { ROW_PX };
    let onscroll = props.onfirst.reform(move |event: Event| {
        let top = event.target_dyn_into::<Element>().map_or(0, |body| body.scroll_top());
        let row = (f64::from(top.max(0)) / row_px) as u32;
        // In steps, so that most scrolling asks nothing.
        (row / BEFORE * BEFORE).saturating_sub(BEFORE)
    });
    let after = props.all.saturating_sub(props.first).saturating_sub(props.given);
    let spacer = |rows: u32| html! { <div role="presentation" style={format!("height:{}px", f64::from(rows) * row_px)}></div> };
    html! {
        <div class="vt" id={props.id} ref={body} {onscroll} tabindex="0" onkeydown={props.onkey.clone()} role="grid"
            aria-label={props.label.clone()} aria-rowcount={props.all.to_string()}
            style={format!("--columns:{}", props.columns)}>
            { head(props) }
            { spacer(props.first) }
            { props.children.clone() }
            { spacer(after) }
        </div>
    }
}

/// A row. `at` is its number among all rows, `cells` its cells, each with `role="gridcell"`.
/// `onpick` is told of a click, and of a double click with `true`.
pub fn grid_row(key: &str, at: u32, selected: bool, onpick: &Callback<bool>, cells: Html) -> Html {
    let pick = |double: bool| onpick.reform(move |_: MouseEvent| double);
    html! {
        <div key={key.to_owned()} role="row" class={classes!("vt-row", selected.then_some("sel"))}
            aria-selected={if selected { "true" } else { "false" }} aria-rowindex={(at + 1).to_string()}
            onclick={pick(false)} ondblclick={pick(true)}>
            { cells }
        </div>
    }
}

/// Scrolls the table of this id so that the row of this number is visible, whether it is there or not.
pub fn reveal_row(id: &str, at: u32) {
    let Some(body) = dom::by_id(id) else { return };
    let row_px = if is_coarse() { COARSE_ROW_PX } else { ROW_PX };
    let (top, height) = (f64::from(body.scroll_top()), f64::from(body.client_height()));
    let row = f64::from(at) * row_px;
    // The head covers a row's height at the top.
    if row < top {
        scroll_to(&body, row);
    } else if row + 2.0 * row_px > top + height {
        scroll_to(&body, row + 2.0 * row_px - height);
    }
}

fn scroll_to(body: &HtmlElement, top: f64) {
    body.set_scroll_top(top as i32);
}

/// A number's cell: nothing steps back.
pub fn number(text: String, is_zero: bool) -> Html {
    html! { <div class={if is_zero { "n mut" } else { "n" }} role="gridcell">{ text }</div> }
}

/// A bar's cell: as long as the value's part of the largest one; none for nothing.
pub fn bar(value: u64, largest: u64) -> Html {
    let width = (value as f64 / largest.max(1) as f64 * 100.0).clamp(2.0, 100.0);
    html! {
        <div class="br" role="presentation">
            if value > 0 { <i style={format!("width:{width:.1}%")}></i> }
        </div>
    }
}

fn head(props: &GridProps) -> Html {
    let cell = |head: &Head| {
        let current = head.sort.is_some() && head.sort == Some(props.sort);
        let direction = if props.ascending { "ascending" } else { "descending" };
        let title = (!head.title.is_empty()).then(|| head.title.clone());
        let content = match head.sort {
            Some(sort) => {
                let onclick = props.onsort.reform(move |_: MouseEvent| sort);
                html! {
                    <button type="button" class={classes!(current.then_some("so"))} {onclick}>
                        { &head.name }
                        if current { { icon_in(if props.ascending { "up" } else { "" }, IconName::Sort) } }
                    </button>
                }
            }
            None => html! { { &head.name } },
        };
        html! {
            <div role="columnheader" class={head.class} {title} aria-sort={current.then_some(direction)}>{ content }</div>
        }
    };
    html! { <div class="vt-row vt-head" role="row">{ for props.heads.iter().map(cell) }</div> }
}

impl Head {
    /// A column of text.
    pub fn text(name: impl Into<AttrValue>, sort: Option<u32>) -> Self {
        Self { name: name.into(), title: AttrValue::default(), class: "", sort }
    }

    /// A column of numbers.
    pub fn number(name: impl Into<AttrValue>, sort: Option<u32>) -> Self {
        Self { class: "n", ..Self::text(name, sort) }
    }

    /// With an explanation.
    pub fn titled(self, title: impl Into<AttrValue>) -> Self {
        Self { title: title.into(), ..self }
    }
}
