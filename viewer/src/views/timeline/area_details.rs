//! Statistics of the selected area: who was there, how the time divides, what was waited for.

use taskscope_engine::api::{
    Answer, AreaAnswer, AreaHistogram, AreaQuery, AreaShare, AreaWait, BlockingKind, FlameSource, Request,
    Scope, Share,
};
use taskscope_engine::units;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::mark::swatch;
use crate::commands::Command;
use crate::components::{Buckets, IconName, Splitter, histogram, icon, share_bar, share_table};
use crate::hooks::use_answer;
use crate::link::PartRef;

/// Waits listed.
const WAITS: u32 = 8;
/// The blocking profiles, as their links say.
const PROFILES: [(BlockingKind, &str); 4] = [
    (BlockingKind::Sync, "Sync"),
    (BlockingKind::Network, "Network"),
    (BlockingKind::Syscall, "Syscall"),
    (BlockingKind::Scheduler, "Scheduler"),
];

/// What the panel is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AreaDetailsProps {
    /// The part.
    pub part: PartRef,
    /// The area.
    pub scope: Scope,
    /// How many lanes it has; 0 for all.
    pub lanes: u32,
    /// Does what a key would do.
    pub command: Callback<Command>,
    /// Goes to a span.
    pub visit: Callback<u32>,
    /// Shows the area as a flame graph.
    pub flame: Callback<FlameSource>,
}

/// The panel beside or below the lanes.
#[component]
pub fn AreaDetails(props: &AreaDetailsProps) -> Html {
    let query = AreaQuery { scope: props.scope.clone(), waits: WAITS };
    let answer = use_answer("area", props.part, Some(Request::Area(query)));
    let state = use_state_eq(|| None::<String>);
    let body = match answer.get() {
        Some(Answer::Area(area)) => html! {<>
            { facts(area) }
            { shares(area) }
            { links(area, &props.flame) }
            { waits(area, &props.visit) }
            { lengths(area, &state, &props.visit) }
        </>},
        Some(Answer::Unavailable(why)) => html! { <section><p class="note">{ why }</p></section> },
        _ => Html::default(),
    };
    html! {
        <aside class="det tl-details" aria-label="Statistics of the selection">
            <Splitter name="timeline" />
            <div class="dets">{ head(props) }{ body }</div>
        </aside>
    }
}

fn head(props: &AreaDetailsProps) -> Html {
    let button = |command: Command, title: &'static str, name: IconName| {
        let onclick = props.command.reform(move |_: MouseEvent| command);
        html! { <button type="button" class="btn icon" {title} aria-label={title} {onclick}>{ icon(name) }</button> }
    };
    let length = props.scope.t1_ns.unwrap_or(0).saturating_sub(props.scope.t0_ns.unwrap_or(0));
    let lanes = match props.lanes {
        0 => "all lanes".to_owned(),
        lanes => units::plural(lanes.into(), "lane"),
    };
    html! {
        <div class="dh">
            <div class="dt"><b>{ "Selection" }</b><span class="num big">{ units::duration(length) }</span></div>
            <div class="dsub">{ lanes }</div>
            <div class="drow">
                <button type="button" class="btn" title="Mark this time and keep the mark (Shift+M)"
                    onclick={props.command.reform(|_: MouseEvent| Command::KeepMark)}>
                    <span>{ "Mark" }</span>
                </button>
                <span class="grow"></span>
                { button(Command::ZoomToSelection, "Zoom to it (F)", IconName::Zoom) }
                { button(Command::Back, "Close (Esc)", IconName::Close) }
            </div>
        </div>
    }
}

fn facts(area: &AreaAnswer) -> Html {
    let count = |n: u64| units::count_u64(n);
    let wakes = match area.wakes.all {
        0 => "none".to_owned(),
        all => format!(
            "{}, {} by the runtime, {} between these",
            count(all),
            count(area.wakes.by_runtime),
            count(area.wakes.inside)
        ),
    };
    let rows = [
        ("Tasks", count(area.tasks.into())),
        (
            "Running",
            format!("{:.2} on average, {} at most", area.running_mean, count(area.running_max.into())),
        ),
        ("Ready", format!("{:.2} on average, {} at most", area.ready_mean, count(area.ready_max.into()))),
        ("Wakes", wakes),
    ];
    html! {
        <section><dl class="kv">
            { for rows.into_iter().map(|(label, value)| html! {<><dt>{ label }</dt><dd class="num">{ value }</dd></>}) }
        </dl></section>
    }
}

fn shares(area: &AreaAnswer) -> Html {
    if area.shares.is_empty() {
        return html! { <section><p class="note">{ "No task was there in this time." }</p></section> };
    }
    let share = |share: &AreaShare| Share {
        mark: share.mark,
        state: share.state.clone(),
        ns: share.ns,
        per_mille: share.per_mille,
        spans: u32::try_from(share.spans).unwrap_or(u32::MAX),
    };
    let shares: Vec<Share> = area.shares.iter().map(share).collect();
    html! {
        <section>
            <h3><span>{ "States" }</span><em class="num">{ format!("of all tasks together, {}", units::duration(area.total_ns)) }</em></h3>
            { share_bar(&shares) }
            { share_table(&shares, area.total_ns) }
        </section>
    }
}

fn links(area: &AreaAnswer, flame: &Callback<FlameSource>) -> Html {
    let link = |label: String, source: FlameSource| {
        let onclick = flame.reform(move |_: MouseEvent| source);
        html! { <button type="button" class="btn" {onclick}><span>{ label }</span></button> }
    };
    html! {
        <section>
            <h3>{ "Flame graph of this selection" }</h3>
            <div class="tl-links">
                if area.samples > 0 {
                    { link(format!("CPU samples ({})", units::count_u64(area.samples)), FlameSource::default()) }
                }
                { for PROFILES.iter().map(|&(kind, name)| link(name.to_owned(), FlameSource::Blocking(kind))) }
            </div>
        </section>
    }
}

fn waits(area: &AreaAnswer, visit: &Callback<u32>) -> Html {
    if area.waits.is_empty() {
        return Html::default();
    }
    let row = |wait: &AreaWait| {
        let longest = wait.longest;
        let onclick = visit.reform(move |_: MouseEvent| longest);
        let title = format!("To the longest one, {}", units::duration(wait.max_ns));
        let times =
            if wait.count == 1 { "once".to_owned() } else { format!("{} ×", units::count_u64(wait.count)) };
        html! {
            <li><button type="button" class="who" {title} {onclick}>
                { swatch(wait.mark) }
                <span><b>{ &wait.state }</b><small class="mono">{ &wait.at }</small></span>
                <span class="num end">{ units::duration(wait.ns) }<small>{ times }</small></span>
            </button></li>
        }
    };
    let more = u64::from(area.waits_all).saturating_sub(area.waits.len() as u64);
    html! {
        <section>
            <h3><span>{ "Longest waits" }</span><em>{ "by reason and stack" }</em></h3>
            <ul class="tl-waits">{ for area.waits.iter().map(row) }</ul>
            if more > 0 { <p class="note num">{ format!("{} more.", units::count_u64(more)) }</p> }
        </section>
    }
}

/// How long spans of one state were; people choose which.
fn lengths(area: &AreaAnswer, state: &UseStateHandle<Option<String>>, visit: &Callback<u32>) -> Html {
    let chosen = state.as_deref().unwrap_or_default();
    let known = area.histograms.iter().find(|one| one.state == chosen).or(area.histograms.first());
    let Some(shown) = known else { return Html::default() };
    let setter = state.setter();
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            setter.set(Some(select.value()));
        }
    });
    let option = |one: &AreaHistogram| {
        html! { <option value={one.state.clone()} selected={one.state == shown.state}>{ &one.state }</option> }
    };
    let longest = shown.longest;
    let onclick = visit.reform(move |_: MouseEvent| longest);
    let edges = edges(&shown.edges_ns);
    let buckets =
        Buckets { label: "Lengths of the spans", of: "span", edges_ns: &edges, counts: &shown.counts };
    html! {
        <section>
            <h3>
                <span>{ "Lengths of" }</span>
                <em><select class="inp" aria-label="State" {onchange}>{ for area.histograms.iter().map(option) }</select></em>
            </h3>
            { histogram(buckets, None, None) }
            <p class="note num">
                { format!("{} spans: median {}, 99 % under {}, ", units::count_u64(shown.spans), units::duration(shown.median_ns), units::duration(shown.p99_ns)) }
                <button type="button" class="link" {onclick}>{ format!("longest {}", units::duration(shown.max_ns)) }</button>
            </p>
        </section>
    }
}

/// The lower edges of buckets, and the upper one of the last: a fifth of a decade further.
fn edges(lower_ns: &[u64]) -> Vec<u64> {
    let last = lower_ns.last().map(|&edge| (edge.max(1) as f64 * 10f64.powf(0.2)).round() as u64);
    lower_ns.iter().copied().chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bucket_has_an_upper_edge() {
        assert_eq!(edges(&[10, 16, 25]), [10, 16, 25, 40]);
        assert!(edges(&[]).is_empty());
    }
}
