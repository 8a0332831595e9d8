//! What the timeline puts into the shell's bars, and what it says in words.

use taskscope_engine::api::{LaneGrouping, LaneKind};
use taskscope_engine::units;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Told;
use super::host::TimelineHost;
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
        <label class="search in tl-filter">
            { icon(IconName::Filter) }
            <input value={told.layout.filter.clone()} {oninput} placeholder="Filter lanes" spellcheck="false"
                aria-label="Filter lanes: a name, an id, an entry function, or /regex/" />
        </label>
    </>}
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
    html! {<>{ range }{ lanes }</>}
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
