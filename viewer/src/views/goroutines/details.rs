//! Everything about one group, or one goroutine.

use taskscope_engine::api::{
    Answer, AreaAnswer, AreaHistogram, AreaQuery, AreaWait, BlockingKind, FlameSource, GoroutineRow,
    GoroutineSort, Place, Request, Scope, ScopeTasks,
};
use taskscope_engine::units;
use yew::prelude::*;

use super::states::{State, states};
use crate::components::{
    Buckets, IconName, Look, Splitter, TimeUnit, button, histogram, icon_button, share_bar, tenths,
};
use crate::hooks::use_answer;
use crate::link::PartRef;
use crate::views::jump::{Jumps, place_row};
use crate::views::mark_class;

/// The largest waits that are listed.
const WAITS: u32 = 8;

/// What the panel is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct DetailsProps {
    /// What is looked at.
    pub part: PartRef,
    /// The group or goroutine.
    pub row: GoroutineRow,
    /// Names of block reasons, as the row's times have them.
    pub reasons: Vec<String>,
    /// Names of special ranges.
    pub ranges: Vec<String>,
    /// What part of the trace the table is about.
    pub scope: Scope,
    /// First and one past the last ns of the scope.
    pub span: (u64, u64),
    /// Whether the trace has CPU samples.
    pub sampled: bool,
    /// Leads to other views.
    pub jumps: Jumps,
    /// Closes the panel.
    pub close: Callback<()>,
    /// Lists the goroutines of a group: its entry function, and how it is shown.
    pub enter: Callback<(String, String)>,
    /// Sorts the table.
    pub sort: Callback<GoroutineSort>,
}

/// The panel.
#[component]
pub fn Details(props: &DetailsProps) -> Html {
    let row = &props.row;
    let tasks =
        row.task.map_or_else(|| ScopeTasks::Entry(row.entry.clone()), |task| ScopeTasks::Tasks(vec![task]));
    let scope = Scope { tasks, ..props.scope.clone() };
    let query = AreaQuery { scope: scope.clone(), waits: WAITS };
    let answers = use_answer("row", props.part, Some(Request::Area(query.clone())));
    // What is known of another row is not shown for this one.
    let current = answers.asked() == Some(&Request::Area(query));
    let area = match answers.get().filter(|_| current) {
        Some(Answer::Area(area)) => Some(area),
        _ => None,
    };
    let states = states(&row.times, &props.reasons);
    html! {
        <aside class="det wide" aria-label="Details of the goroutines">
            <Splitter name="goroutines" />
            <div class="dets">
                { head(props) }
                <section>
                    <h3>{ "Where the time went" }<em class="num">{ units::duration(row.times.total_ns) }</em></h3>
                    { share_bar(&states.iter().map(|state| state.0.clone()).collect::<Vec<_>>()) }
                    { share_rows(&states, row.times.total_ns, &props.sort) }
                </section>
                { profiles(props, &scope) }
                { ranges(props) }
                if let Some(area) = area {
                    { waits(area, &props.jumps, row.lane) }
                    <Lengths histograms={area.histograms.clone()} />
                }
            </div>
        </aside>
    }
}

fn head(props: &DetailsProps) -> Html {
    let row = &props.row;
    let title = match row.task {
        Some(_) => format!("G {}", row.id),
        None => units::plural(row.times.count.into(), "goroutine"),
    };
    let show = {
        let (jumps, row, span) = (props.jumps.clone(), row.clone(), props.span);
        Callback::from(move |_: MouseEvent| {
            let place = Place {
                t0_ns: row.created_ns.unwrap_or(span.0).max(span.0),
                t1_ns: row.ended_ns.unwrap_or(span.1).min(span.1),
                lane: Some(row.lane),
                span: None,
            };
            jumps.to_timeline(place);
        })
    };
    let enter = {
        let of = (row.entry.clone(), row.name.clone());
        props.enter.reform(move |_: MouseEvent| of.clone())
    };
    let life = match (row.created_ns, row.ended_ns) {
        (Some(from), Some(to)) => format!("lived {}", units::duration(to.saturating_sub(from))),
        (Some(_), None) => "alive at the end".to_owned(),
        (None, Some(_)) => "created before the trace".to_owned(),
        (None, None) => "alive through the whole trace".to_owned(),
    };
    html! {
        <div class="dh">
            <div class="dt"><b>{ title }</b>
                if row.task.is_some() { <span class="mut right">{ life }</span> }
            </div>
            <p class="dsub mono" title={row.name.clone()}>{ &row.name }</p>
            <div class="drow">
                { button(Look::Primary, "Show on timeline", IconName::Lanes, show) }
                if row.task.is_none() { { button(Look::Plain, "Its goroutines", IconName::Right, enter) } }
                <span class="grow"></span>
                { icon_button("Close details (Esc)", IconName::Close, props.close.reform(|_: MouseEvent| ())) }
            </div>
        </div>
    }
}

/// The states as a table; a state's name sorts the goroutines by it.
fn share_rows(states: &[State], total_ns: u64, sort: &Callback<GoroutineSort>) -> Html {
    let unit = TimeUnit::of(total_ns);
    let row = |(share, by): &State| {
        let by = by.clone();
        let onclick = sort.reform(move |_: MouseEvent| by.clone());
        html! {
            <tr>
                <td><i class={classes!("sw", mark_class(share.mark))}></i>
                    <button type="button" class="plain" title="Sort the table by it" {onclick}>{ &share.state }</button></td>
                <td class="n">{ unit.text(share.ns) }</td>
                <td class="n">{ tenths(share.per_mille) }</td>
            </tr>
        }
    };
    let sum = states.iter().map(|state| state.0.ns).fold(0, u64::saturating_add);
    let per_mille = states.iter().map(|state| state.0.per_mille).sum();
    html! {
        <table class="mini">
            <thead><tr><th>{ "State" }</th><th class="n">{ unit.name }</th><th class="n">{ "%" }</th></tr></thead>
            <tbody>{ for states.iter().map(row) }</tbody>
            <tfoot><tr><td>{ "Sum" }</td><td class="n">{ unit.text(sum) }</td><td class="n">{ tenths(per_mille) }</td></tr></tfoot>
        </table>
    }
}

/// Links to flame graphs of these goroutines.
fn profiles(props: &DetailsProps, scope: &Scope) -> Html {
    let times = &props.row.times;
    let link = |name: &'static str, source: Option<FlameSource>| {
        let (jumps, scope) = (props.jumps.clone(), scope.clone());
        let onclick = Callback::from(move |_: MouseEvent| jumps.to_flame(source, scope.clone()));
        html! { <button type="button" class="btn" {onclick}>{ name }</button> }
    };
    let blocking = |kind| Some(FlameSource::Blocking(kind));
    html! {
        <section>
            <h3>{ "Flame graphs of their waits" }</h3>
            <div class="btns">
                if times.blocked_ns > 0 {
                    { link("Network", blocking(BlockingKind::Network)) }
                    { link("Sync", blocking(BlockingKind::Sync)) }
                }
                if times.syscall_ns + times.syscall_blocked_ns > 0 { { link("Syscalls", blocking(BlockingKind::Syscall)) } }
                { link("Scheduler", blocking(BlockingKind::Scheduler)) }
                if props.sampled { { link("CPU samples", Some(FlameSource::Samples(0))) } }
            </div>
        </section>
    }
}

fn ranges(props: &DetailsProps) -> Html {
    let times = &props.row.times;
    let unit = TimeUnit::of(times.ranges_ns.iter().copied().max().unwrap_or(0));
    let rows: Vec<_> = props.ranges.iter().zip(&times.ranges_ns).filter(|(_, ns)| **ns > 0).collect();
    if rows.is_empty() {
        return Html::default();
    }
    html! {
        <section>
            <h3>{ "Special ranges" }<em>{ "overlap the states" }</em></h3>
            <table class="mini"><tbody>{ for rows.into_iter().map(|(name, ns)| {
                let by = GoroutineSort::Range(name.clone());
                let onclick = props.sort.reform(move |_: MouseEvent| by.clone());
                html! { <tr><td><button type="button" class="plain" title="Sort the table by it" {onclick}>{ name }</button></td>
                    <td class="n">{ format!("{} {}", unit.text(*ns), unit.name) }</td></tr> }
            }) }</tbody></table>
        </section>
    }
}

fn waits(area: &AreaAnswer, jumps: &Jumps, lane: u64) -> Html {
    if area.waits.is_empty() {
        return Html::default();
    }
    let row = |wait: &AreaWait| {
        let place =
            Place { t0_ns: area.t0_ns, t1_ns: area.t1_ns, lane: Some(lane), span: Some(wait.longest) };
        let content = html! {<>
            <i class={classes!("sw", mark_class(wait.mark))}></i>
            <span>{ &wait.state }<small class="mono">{ &wait.at }</small></span>
            <em class="num">{ units::duration(wait.ns) }<small>{ format!("{} ×", units::count_u64(wait.count)) }</small></em>
        </>};
        place_row(jumps, place, "Show the longest one on the timeline", content)
    };
    let of = format!("the largest {} of {}", area.waits.len(), units::count_u64(area.waits_all.into()));
    html! { <section><h3>{ "Largest waits" }<em class="num">{ of }</em></h3><ul class="whos">{ for area.waits.iter().map(row) }</ul></section> }
}

#[derive(Clone, Debug, PartialEq, Properties)]
struct LengthsProps {
    histograms: Vec<AreaHistogram>,
}

/// How long spans of one state were; which state is chosen here.
#[component]
fn Lengths(props: &LengthsProps) -> Html {
    let chosen = use_state_eq(|| 0_usize);
    let Some(shown) = props.histograms.get(*chosen).or(props.histograms.first()) else {
        return Html::default();
    };
    let onchange = {
        let chosen = chosen.setter();
        Callback::from(move |event: Event| {
            let list = event.target_dyn_into::<web_sys::HtmlSelectElement>();
            if let Some(at) = list.and_then(|list| list.value().parse().ok()) {
                chosen.set(at);
            }
        })
    };
    let option = |(at, histogram): (usize, &AreaHistogram)| {
        html! { <option key={at} value={at.to_string()} selected={shown.state == histogram.state}>{ &histogram.state }</option> }
    };
    // The last bucket ends after the longest.
    let mut edges = shown.edges_ns.clone();
    edges.push(shown.max_ns.saturating_add(1));
    let buckets = Buckets { label: "Lengths of spans", of: "span", edges_ns: &edges, counts: &shown.counts };
    let figures = format!(
        "{} spans · median {} · p99 {} · max {}",
        units::count_u64(shown.spans),
        units::duration(shown.median_ns),
        units::duration(shown.p99_ns),
        units::duration(shown.max_ns)
    );
    html! {
        <section>
            <h3>{ "How long at a time" }<em><select class="inp" aria-label="State" {onchange}>{ for props.histograms.iter().enumerate().map(option) }</select></em></h3>
            <h4 class="num">{ figures }</h4>
            { histogram(buckets, None, None) }
        </section>
    }
}
