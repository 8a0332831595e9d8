//! The collector and the scheduler: what the program had of the CPU, collections, stops, latency.

mod collections;
mod mmu;
mod side;

use taskscope_engine::api::{
    Answer, GcAnswer, GcQuery, GcSort, GcTotals, GcWork, LatencyQuery, MmuAnswer, MmuQuery, Request,
};
use taskscope_engine::units;
use yew::prelude::*;

use self::collections::collections;
use self::mmu::MmuChart;
use self::side::side;
use super::ViewProps;
use super::jump::{Jumps, use_jumps};
use crate::components::{PAGE, Slot, Spot};
use crate::hooks::{Answers, use_answer, use_kept};

/// What people chose in this view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Kept {
    work: GcWork,
    per_worker: bool,
    worst_of_ns: Option<u64>,
    sort: GcSort,
    /// Which kind of waits the histogram shows.
    series: usize,
}

/// What the pieces of the view share.
struct Scene<'a> {
    kept: Kept,
    change: &'a Callback<Kept>,
    jumps: &'a Jumps,
    start_ns: u64,
}

/// The GC view of a part.
#[component]
pub fn GcView(props: &ViewProps) -> Html {
    let (kept, change) = use_kept::<Kept>(props.part);
    let first = use_state_eq(|| 0_u32);
    let jumps = use_jumps(props);
    let query = GcQuery { window_ns: None, first: *first, count: PAGE, sort: kept.sort };
    let cycles = use_answer("gc", props.part, Some(Request::Gc(query)));
    let [curve, tails] = use_mmu(props, kept);
    let latency = use_answer("latency", props.part, Some(Request::Latency(LatencyQuery::default())));
    let scene = Scene {
        kept,
        change: &change,
        jumps: &jumps,
        start_ns: props.facts.span_ns.map_or(0, |(start, _)| start),
    };
    let gc = match cycles.get() {
        Some(Answer::Unavailable(why)) => return html! { <main class="lk none">{ why }</main> },
        Some(Answer::Gc(answer)) => answer,
        _ => return html! { <main class="lk"></main> },
    };
    let latency = match latency.get() {
        Some(Answer::Latency(answer)) => Some(answer),
        _ => None,
    };
    let onfirst = {
        let first = first.setter();
        Callback::from(move |to| first.set(to))
    };
    let shown = match cycles.asked() {
        Some(Request::Gc(query)) => query.first,
        _ => 0,
    };
    let choose = {
        let change = change.clone();
        Callback::from(move |length| change.emit(Kept { worst_of_ns: Some(length), ..kept }))
    };
    html! {<>
        <Slot at={Spot::Tools}>{ tools(kept, &change) }</Slot>
        <div class="phone-tools">{ tools(kept, &change) }</div>
        { summary_bar(gc) }
        <div class="lbody">
            <main class="gcv">
                <MmuChart curve={curve.clone()} tails={tails} {choose} />
                { collections(&scene, gc, shown, &onfirst) }
            </main>
            { side(&scene, gc, mmu(&curve), latency) }
        </div>
        <Slot at={Spot::Status}>
            <span class="num" data-fact="collections">{ format!("{} collections", units::count_u64(gc.collections.into())) }</span>
        </Slot>
    </>}
}

/// The curve, and then the curves of percentiles, which take longer.
#[hook]
fn use_mmu(props: &ViewProps, kept: Kept) -> [Answers; 2] {
    let query = MmuQuery {
        window_ns: None,
        work: kept.work,
        per_worker: kept.per_worker,
        percentiles: false,
        worst_of_ns: kept.worst_of_ns,
        round: false,
    };
    let curve = use_answer("mmu", props.part, Some(Request::Mmu(query)));
    let here = curve.asked() == Some(&Request::Mmu(query));
    // They do not depend on which worst windows are listed.
    let tails = MmuQuery { percentiles: true, worst_of_ns: None, ..query };
    let tails = use_answer("mmu-tails", props.part, here.then_some(Request::Mmu(tails)));
    [curve, tails]
}

/// The answer about utilisation, if it is one.
fn mmu(answers: &Answers) -> Option<&MmuAnswer> {
    match answers.get() {
        Some(Answer::Mmu(answer)) => Some(answer),
        _ => None,
    }
}

/// What counts as work of the collector.
fn tools(kept: Kept, change: &Callback<Kept>) -> Html {
    let work = kept.work;
    let toggle = |name: &'static str, title: &'static str, on: bool, next: Kept| {
        let onclick = change.reform(move |_: MouseEvent| next);
        html! { <button type="button" aria-pressed={on.to_string()} {title} {onclick}>{ name }</button> }
    };
    let with = |work: GcWork| Kept { work, ..kept };
    html! {<>
        <span class="pick wide-only">{ "Counted" }</span>
        <div class="seg" role="group" aria-label="What counts as work of the collector">
            { toggle("Stops", "Stops of the world for collections", work.stops, with(GcWork { stops: !work.stops, ..work })) }
            { toggle("Other stops", "Stops of the world for other reasons", work.all_stops, with(GcWork { all_stops: !work.all_stops, ..work })) }
            { toggle("Background", "Dedicated and fractional mark workers", work.background, with(GcWork { background: !work.background, ..work })) }
            { toggle("Assists", "Marking by goroutines that allocate", work.assist, with(GcWork { assist: !work.assist, ..work })) }
            { toggle("Sweep", "Sweeping by goroutines that allocate", work.sweep, with(GcWork { sweep: !work.sweep, ..work })) }
        </div>
        <div class="seg" role="group" aria-label="Of which processors">
            { toggle("All Ps", "All processors together", !kept.per_worker, Kept { per_worker: false, ..kept }) }
            { toggle("Worst P", "Each processor by itself, the worst one", kept.per_worker, Kept { per_worker: true, ..kept }) }
        </div>
    </>}
}

fn summary_bar(gc: &GcAnswer) -> Html {
    let GcTotals { mark_ns, gc_stop_ns, other_stop_ns, background_ns, assist_ns, sweep_ns, share, .. } =
        gc.totals;
    let fact = |label: &'static str, value: String| html! { <div><span class="mut">{ label }</span>{ " " }<b class="num">{ value }</b></div> };
    html! {
        <div class="sum facts-row">
            { fact("Collector's share of the CPU", fraction(share)) }
            { fact("collections", units::count_u64(gc.collections.into())) }
            { fact("marking", units::duration(mark_ns)) }
            { fact("stopped for GC", units::duration(gc_stop_ns)) }
            { fact("other stops", units::duration(other_stop_ns)) }
            { fact("background", units::duration(background_ns)) }
            { fact("assists", units::duration(assist_ns)) }
            { fact("sweeping", units::duration(sweep_ns)) }
        </div>
    }
}

/// A share of 0 to 1 as people read it.
fn fraction(share: f64) -> String {
    const WHOLE: i64 = 1_000_000_000;
    units::percent((share * WHOLE as f64).round() as i64, WHOLE)
}
