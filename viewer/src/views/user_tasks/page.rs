//! Beside the list: everything about one task, one region, or one type.

use taskscope_engine::api::{
    Answer, LogRow, MarkType, Marked, Place, RegionRow, Request, TaskWorker, UserTaskPage, UserTaskQuery,
    UserTaskRow, WhySubject,
};
use taskscope_engine::units;
use yew::prelude::*;

use super::types::name;
use crate::components::{
    Buckets, IconName, Look, Splitter, button, histogram, icon_button, share_bar, share_table, shares_of,
};
use crate::hooks::use_answer;
use crate::link::PartRef;
use crate::views::jump::{Jumps, place_row};
use crate::views::why::Why;

/// Rows of each list of a task's page.
const ROWS: u32 = 100;

/// What a page is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TaskPageProps {
    /// What is looked at.
    pub part: PartRef,
    /// The task's row.
    pub row: u32,
    /// Leads to other views.
    pub jumps: Jumps,
    /// The trace's first ns.
    pub start_ns: u64,
    /// Closes the page.
    pub close: Callback<()>,
}

/// One user task.
#[component]
pub fn TaskPage(props: &TaskPageProps) -> Html {
    let query = UserTaskQuery { row: props.row, count: ROWS };
    let answers = use_answer("task", props.part, Some(Request::UserTask(query)));
    let Some(Answer::UserTask(Some(page))) = answers.get() else {
        return html! { <aside class="det wide" aria-busy="true"></aside> };
    };
    let task = &page.task;
    let length = task.end_ns.saturating_sub(task.start_ns);
    let title = format!("Task {}", units::count_u64(task.id));
    let sub = format!("{} · begun by {} · {}", name(&task.name), task.goroutine, page.entry);
    html! {
        <aside class="det wide" aria-label="Details of the user task">
            <Splitter name="tasks" />
            <div class="dets">
                { head(&title, length, &sub, task.place, props.start_ns, &props.jumps, &props.close) }
                <Why part={props.part} subject={WhySubject::UserTask(props.row)} jumps={props.jumps.clone()} />
                { workers(page, &props.jumps) }
                { logs(page, &props.jumps) }
                { regions(page, &props.jumps) }
                { relatives(page, &props.jumps) }
            </div>
        </aside>
    }
}

fn head(
    title: &str,
    length: u64,
    sub: &str,
    place: Place,
    start_ns: u64,
    jumps: &Jumps,
    close: &Callback<()>,
) -> Html {
    let jumps = jumps.clone();
    let show = Callback::from(move |_| jumps.to_timeline(place));
    let at = units::moment(place.t0_ns.saturating_sub(start_ns));
    html! {
        <div class="dh">
            <div class="dt"><b>{ title.to_owned() }</b><span class="big num right">{ units::duration(length) }</span></div>
            <p class="dsub" title={sub.to_owned()}>{ sub.to_owned() }</p>
            <div class="drow">
                { button(Look::Primary, "Show on timeline", IconName::Lanes, show) }
                <span class="grow"></span>
                <span class="mut num at">{ format!("at {at}") }</span>
                { icon_button("Close details (Esc)", IconName::Close, close.reform(|_: MouseEvent| ())) }
            </div>
        </div>
    }
}

fn section(title: &'static str, shown: usize, all: u32, rows: Html) -> Html {
    if shown == 0 {
        return Html::default();
    }
    let count = match shown as u32 {
        shown if shown < all => format!("the first {shown} of {}", units::count_u64(all.into())),
        _ => units::count_u64(all.into()),
    };
    html! { <section><h3>{ title }<em class="num">{ count }</em></h3>{ rows }</section> }
}

/// A row that leads to a place on the timeline.
fn link(jumps: &Jumps, place: Place, text: Html, figure: String) -> Html {
    let content = html! {<><span>{ text }</span><em class="num">{ figure }</em></>};
    place_row(jumps, place, "Show on the timeline", content)
}

fn length_of(place: Place) -> String {
    units::duration(place.t1_ns.saturating_sub(place.t0_ns))
}

fn workers(page: &UserTaskPage, jumps: &Jumps) -> Html {
    let row = |worker: &TaskWorker| {
        let text = html! {<>
            <b>{ &worker.goroutine }</b>{ format!(" · {}", worker.entry) }<small>{ &worker.why }</small>
            { share_bar(&shares_of(&worker.states)) }
        </>};
        link(jumps, worker.place, text, length_of(worker.place))
    };
    let rows = html! { <ul class="whos">{ for page.goroutines.iter().map(row) }</ul> };
    section("Goroutines that worked for it", page.goroutines.len(), page.task.goroutines, rows)
}

fn logs(page: &UserTaskPage, jumps: &Jumps) -> Html {
    let row = |log: &LogRow| {
        let category = if log.category.is_empty() { String::new() } else { format!(" · {}", log.category) };
        let text = html! {<>{ &log.message }<small>{ format!("{}{category}", log.goroutine) }</small></>};
        link(jumps, log.place, text, format!("+{}", units::duration(log.since_ns)))
    };
    let rows = html! { <ul class="whos">{ for page.logs.iter().map(row) }</ul> };
    section("Logs", page.logs.len(), page.task.logs, rows)
}

fn regions(page: &UserTaskPage, jumps: &Jumps) -> Html {
    let row = |region: &RegionRow| {
        let text = html! {<>
            <span class="mono">{ &region.name }</span><small>{ format!("{} · {}", region.goroutine, region.entry) }</small>
            { share_bar(&shares_of(&region.states)) }
        </>};
        link(jumps, region.place, text, length_of(region.place))
    };
    let rows = html! { <ul class="whos">{ for page.regions.iter().map(row) }</ul> };
    section("Regions", page.regions.len(), page.task.regions, rows)
}

fn relatives(page: &UserTaskPage, jumps: &Jumps) -> Html {
    let row = |task: &UserTaskRow| {
        let text = html! {<><b>{ format!("Task {}", units::count_u64(task.id)) }</b>{ format!(" · {}", name(&task.name)) }</>};
        link(jumps, task.place, text, length_of(task.place))
    };
    let list = |tasks: &[UserTaskRow]| html! { <ul class="whos">{ for tasks.iter().map(row) }</ul> };
    let parent = page.parent.as_slice();
    html! {<>
        { section("Part of", parent.len(), parent.len() as u32, list(parent)) }
        { section("Its own tasks", page.children.len(), page.task.children, list(&page.children)) }
    </>}
}

/// What a region's page is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct RegionPageProps {
    /// What is looked at.
    pub part: PartRef,
    /// The region.
    pub region: RegionRow,
    /// Leads to other views.
    pub jumps: Jumps,
    /// The trace's first ns.
    pub start_ns: u64,
    /// Closes the page.
    pub close: Callback<()>,
}

/// One region.
#[component]
pub fn RegionPage(props: &RegionPageProps) -> Html {
    let region = &props.region;
    let length = region.end_ns.saturating_sub(region.start_ns);
    let task =
        region.task.map_or_else(|| "no task".to_owned(), |(_, id)| format!("task {}", units::count_u64(id)));
    let sub = format!("{} · {} · {task}", region.goroutine, region.entry);
    html! {
        <aside class="det wide" aria-label="Details of the region">
            <Splitter name="tasks" />
            <div class="dets">
                { head(&region.name, length, &sub, region.place, props.start_ns, &props.jumps, &props.close) }
                <Why part={props.part} subject={WhySubject::Region(region.row)} jumps={props.jumps.clone()} />
            </div>
        </aside>
    }
}

/// What a type's page is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TypePageProps {
    /// The type.
    pub of: MarkType,
    /// Tasks or regions.
    pub marked: Marked,
    /// The range of durations that is filtered for.
    pub picked: Option<(u64, u64)>,
    /// A bucket was pressed: its edges.
    pub pick: Callback<(u64, u64)>,
}

/// One type: the histogram of its durations, and what regions of it did.
#[component]
pub fn TypePage(props: &TypePageProps) -> Html {
    let of = &props.of;
    let durations = &of.durations;
    let counts: Vec<u64> = durations.buckets.iter().map(|&count| count.into()).collect();
    let word = if props.marked == Marked::Tasks { "task" } else { "region" };
    let buckets = Buckets { label: "Durations", of: word, edges_ns: &durations.edges_ns, counts: &counts };
    // The filter's end is inside, a bucket's is not.
    let picked = props.picked.map(|(lo, hi)| (lo, hi.saturating_add(1)));
    let states = shares_of(&of.states);
    html! {
        <aside class="det wide" aria-label="Details of the type">
            <Splitter name="tasks" />
            <div class="dets">
                <div class="dh">
                    <div class="dt"><b class="mono">{ name(&of.name) }</b><span class="big num right">{ units::count_u64(of.count.into()) }</span></div>
                    if !of.place.is_empty() { <p class="dsub mono" title={of.place.clone()}>{ &of.place }</p> }
                </div>
                <section>
                    <h3>{ "Durations" }<em>{ "press a column to filter" }</em></h3>
                    { histogram(buckets, picked, Some(&props.pick)) }
                    if counts.is_empty() { <p class="mut">{ "None began and ended inside the trace." }</p> }
                    if of.incomplete > 0 {
                        <p class="mut">{ format!("{} began or ended outside the trace.", units::count_u64(of.incomplete.into())) }</p>
                    }
                </section>
                if !states.is_empty() {
                    <section>
                        <h3>{ "What goroutines did in it" }<em class="num">{ units::duration(durations.total_ns) }</em></h3>
                        { share_bar(&states) }
                        { share_table(&states, durations.total_ns) }
                    </section>
                }
            </div>
        </aside>
    }
}
