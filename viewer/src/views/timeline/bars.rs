//! What the timeline puts into the shell's bars, and what it says in words.

use taskscope_engine::api::{LaneColumn, LaneGrouping, LaneKind, LaneSort, SearchAnswer};
use taskscope_engine::units;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::Told;
use super::host::TimelineHost;
use super::saved::COLUMNS;
use crate::canvas::cell::HostCell;
use crate::commands::Command;
use crate::components::{IconName, icon};

/// Buttons and the filter, for the tool bar.
pub fn tools(told: &Told, host: &HostCell<TimelineHost>, press: &Callback<Command>) -> Html {
    let grouping = |name: &'static str, to: LaneGrouping| {
        let host = host.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(host) = host.get() {
                host.set_layout(|layout| layout.grouping = to);
            }
        });
        let pressed = (told.layout.grouping == to).to_string();
        html! { <button type="button" aria-pressed={pressed} {onclick}>{ name }</button> }
    };
    let oninput = {
        let host = host.clone();
        Callback::from(move |event: InputEvent| {
            if let (Some(input), Some(host)) = (event.target_dyn_into::<HtmlInputElement>(), host.get()) {
                host.set_layout(|layout| layout.filter = input.value());
            }
        })
    };
    html! {<>
        <button type="button" class="btn" title="Fit the whole trace (Home)" onclick={press.reform(|_: MouseEvent| Command::FitAll)}>
            { icon(IconName::Fit) }<span>{ "Fit" }</span>
        </button>
        <div class="seg" role="group" aria-label="Group lanes by">
            { grouping("Entry function", LaneGrouping::Entry) }
            { grouping("Parent", LaneGrouping::Parent) }
            { grouping("Flat", LaneGrouping::Flat) }
        </div>
        { sort_menu(told.layout.sort, host) }
        { table_button(told, host) }
        <label class="search in tl-filter">
            { icon(IconName::Filter) }
            <input value={told.layout.filter.clone()} {oninput} placeholder="Filter lanes" spellcheck="false"
                aria-label="Filter lanes: a name, an id, an entry function, or /regex/" />
        </label>
    </>}
}

fn table_button(told: &Told, host: &HostCell<TimelineHost>) -> Html {
    let onclick = host.call(TimelineHost::toggle_table).reform(|_: MouseEvent| ());
    html! {
        <button type="button" class="btn icon" title="Show as table" aria-label="Show as table"
            aria-pressed={told.table.is_some().to_string()} {onclick}>{ icon(IconName::Lanes) }</button>
    }
}

/// What lanes are sorted by, and the other way round.
fn sort_menu(sort: LaneSort, host: &HostCell<TimelineHost>) -> Html {
    let onchange = {
        let host = host.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            let column = chosen.and_then(|key| COLUMNS.iter().find(|column| column.1 == key));
            if let (Some(column), Some(host)) = (column, host.get()) {
                host.set_layout(|layout| layout.sort = LaneSort { column: column.0, reversed: false });
            }
        })
    };
    let turn = {
        let host = host.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(host) = host.get() {
                host.set_layout(|layout| layout.sort.reversed = !layout.sort.reversed);
            }
        })
    };
    let option = |&(column, key, name): &(LaneColumn, &'static str, &'static str)| {
        html! { <option value={key} selected={column == sort.column}>{ name }</option> }
    };
    let title = "Sort lanes by (Shift+G)";
    html! {
        <span class="pick tl-sort">
            <span>{ "Sort" }</span>
            <select class="inp" {title} aria-label={title} {onchange}>{ for COLUMNS.iter().map(option) }</select>
            <button type="button" class="btn icon" title="The other way round" aria-label="The other way round"
                aria-pressed={sort.reversed.to_string()} onclick={turn}>{ icon(IconName::Sort) }</button>
        </span>
    }
}

/// Facts for the status bar.
pub fn status(told: &Told) -> Html {
    let range = told.area.as_ref().map(|area| {
        let (lo, hi) = area.stretch();
        let (from, to) = (units::moment(lo as u64), units::moment(hi as u64));
        html! { <span class="num" data-fact="range">{ format!("Range {} from {from} to {to}", units::duration((hi - lo) as u64)) }</span> }
    });
    let lanes = told.answer.as_ref().map(|answer| {
        html! { <span class="num" data-fact="lanes">{ format!("{} lanes", units::count_u64(answer.lanes_all.into())) }</span> }
    });
    let hits = told.found.as_ref().map(|found| {
        html! { <span class="num" data-fact="hits">{ hits(found) }</span> }
    });
    html! {<>{ hits }{ range }{ lanes }</>}
}

/// What a search has found: `Hit 3 of 128: sync.Mutex.Lock`, or how many there are of what.
fn hits(found: &SearchAnswer) -> String {
    if !found.error.is_empty() {
        return found.error.clone();
    }
    match (&found.hit, found.total) {
        (Some(hit), total) => format!(
            "Hit {} of {}: {}",
            units::count_u64(hit.number.into()),
            units::count_u64(total.into()),
            hit.text
        ),
        (None, 0) => "No hit in this trace".into(),
        (None, _) => {
            let kind =
                |(kind, count): &(String, u32)| format!("{} {kind}", units::count_u64((*count).into()));
            format!("Found {}", found.kinds.iter().map(kind).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The selection for those who hear it.
pub fn said(told: &Told) -> String {
    let Some(span) = &told.selected else { return String::new() };
    let length = units::duration(span.end_ns.saturating_sub(span.start_ns));
    format!("{}, {length}, {}", span.title, span.task)
}

/// Says so where a filter leaves no lane.
pub fn nothing(told: &Told) -> Html {
    let Some(answer) = &told.answer else { return Html::default() };
    // Tasks and their groups come last.
    let last = answer.lanes.last().map(|lane| lane.kind);
    if told.layout.filter.is_empty() || matches!(last, Some(LaneKind::Task | LaneKind::Group)) {
        return Html::default();
    }
    html! { <p class="tl-none">{ format!("No lane matches “{}”.", told.layout.filter) }</p> }
}
