//! Everything about one group: why, evidence, stack, where spawned, and the text for an issue.

use taskscope_engine::api::{FrameText, LeakGroup, View};
use yew::prelude::*;

use super::List;
use super::listing::{Kept, issue_text, tasks};
use super::table::growth;
use crate::components::{IconName, Look, Splitter, badge, button, icon_button, titled_button, word};
use crate::views::ViewProps;

/// The details of the group at this place of the answer, if it is there.
pub fn details(at: u32, list: &List, view: &ViewProps) -> Html {
    let Some(group) = list.groups.get(at) else { return Html::default() };
    let copy = {
        let copy = list.copy.clone();
        Callback::from(move |_| copy.emit(at))
    };
    let close = {
        let (kept, change) = (list.kept.clone(), list.change.clone());
        Callback::from(move |_| change.emit(Kept { details: false, ..kept.clone() }))
    };
    html! {
        <aside class="det wide" aria-label="Details of the group">
            <Splitter name="leaks" />
            <div class="dets">
            <div class="dh">
                <div class="dt">{ badge(group.verdict) }<span class="big num">{ tasks(group.count) }</span></div>
                <p class="dsub mono" title={group.entry.clone()}>{ &group.entry }</p>
                <div class="drow">
                    { titled_button(Look::Primary, "Copy as issue text", Some("Copy as issue text (C)"), IconName::Copy, copy) }
                    if view.facts.span_ns.is_some() { { to_timeline(group, list) } }
                    <span class="grow"></span>
                    { icon_button("Close details (Esc)", IconName::Close, close) }
                </div>
            </div>
            <section>
                <h3>{ format!("Why {}", word(group.verdict)) }</h3>
                { evidence(group) }
            </section>
            if group.growth.is_some() {
                <section><h3>{ "Alive over the trace" }<em>{ "spawned and ended" }</em></h3>{ growth(group) }</section>
            }
            <section>
                <h3>{ "Where they wait" }<em>{ example(group) }</em></h3>
                { stack(&group.frames, "No stack was taken.") }
                if !group.spawn_frames.is_empty() || !group.spawned_at.is_empty() {
                    <h4>{ "Spawned by" }</h4>
                    { spawned(group) }
                }
            </section>
            if !group.task_ids.is_empty() { { ids(group) } }
            <section>
                <h3>{ "Issue text" }</h3>
                <pre class="code">{ issue_text(group) }</pre>
            </section>
            </div>
        </aside>
    }
}

/// The reason and the further evidence, each with its first words strong.
pub fn evidence(group: &LeakGroup) -> Html {
    html! {
        <ul class="ev">
            <li><b>{ format!("{}.", group.why.trim_end_matches('.')) }</b></li>
            { for group.evidence.iter().map(|text| html! { <li>{ text }</li> }) }
        </ul>
    }
}

/// A stack, leaf first.
pub fn stack(frames: &[FrameText], none: &'static str) -> Html {
    if frames.is_empty() {
        return html! { <p class="mut">{ none }</p> };
    }
    let rows = frames.iter().map(|frame| {
        let inlined = if frame.inlined { ", inlined" } else { "" };
        let title = format!("{} {}{inlined}", frame.function, frame.location);
        html! {
            <li class={frame.own.then_some("own")} {title}>
                <span class="mono">{ &frame.function }</span><span class="mono loc">{ &frame.location }</span>
            </li>
        }
    });
    html! { <ol class="stk">{ for rows }</ol> }
}

fn spawned(group: &LeakGroup) -> Html {
    if group.spawn_frames.is_empty() {
        return html! { <p class="mono">{ &group.spawned_at }</p> };
    }
    stack(&group.spawn_frames, "")
}

fn example(group: &LeakGroup) -> String {
    group.task_ids.first().map(|id| format!("example: task {id}")).unwrap_or_default()
}

fn ids(group: &LeakGroup) -> Html {
    let shown = group.task_ids.len() as u64;
    let ids = group.task_ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    html! {
        <section>
            <h3>{ "Tasks" }if shown < group.count { <em>{ format!("the first {shown}") }</em> }</h3>
            <p class="ids mono">{ ids }</p>
        </section>
    }
}

/// To the longest wait; without one, to what a search for the first task finds.
fn to_timeline(group: &LeakGroup, list: &List) -> Html {
    let (place, id) = (group.place, group.task_ids.first().copied());
    if place.is_none() && id.is_none() {
        return Html::default();
    }
    let jumps = list.jumps.clone();
    let onclick = Callback::from(move |_| match place {
        Some(place) => jumps.to_timeline(place),
        None => jumps.to_search(View::Timeline, id.unwrap_or_default().to_string()),
    });
    button(Look::Plain, "Show on timeline", IconName::Lanes, onclick)
}
