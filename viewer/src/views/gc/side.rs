//! Beside the curve: its worst windows, stops of the world, scheduler latency.

use taskscope_engine::api::{GcAnswer, LatencyAnswer, LatencySeries, MmuAnswer, Place, StopKind};
use taskscope_engine::units;
use yew::prelude::*;

use super::{Kept, Scene, fraction};
use crate::components::{Buckets, Splitter, TimeUnit, histogram};
use crate::views::jump::place_row;

/// The panel.
pub fn side(
    scene: &Scene<'_>,
    gc: &GcAnswer,
    mmu: Option<&MmuAnswer>,
    latency: Option<&LatencyAnswer>,
) -> Html {
    html! {
        <aside class="det wide keep" aria-label="Worst windows, stops and latency">
            <Splitter name="gc" />
            <div class="dets">
                if let Some(mmu) = mmu { { worst(scene, mmu) } }
                { stops(scene, gc) }
                if let Some(latency) = latency { { self::latency(scene, latency) } }
            </div>
        </aside>
    }
}

fn worst(scene: &Scene<'_>, mmu: &MmuAnswer) -> Html {
    let rows = mmu.worst.iter().map(|window| {
        link(scene, window.place, units::moment(since(scene, window.place)), fraction(window.utilisation))
    });
    html! {
        <section>
            <h3>{ "Worst windows" }<em class="num">{ format!("of {}", units::duration(mmu.worst_of_ns)) }</em></h3>
            <p class="mut">{ "Press the curve for windows of another length." }</p>
            <ul class="whos">{ for rows }</ul>
        </section>
    }
}

fn link(scene: &Scene<'_>, place: Place, text: String, figure: String) -> Html {
    let content = html! {<><span class="num">{ text }</span><em class="num">{ figure }</em></>};
    place_row(scene.jumps, place, "Show on the timeline", content)
}

fn stops(scene: &Scene<'_>, gc: &GcAnswer) -> Html {
    let unit = TimeUnit::of(gc.stops.iter().map(|stop| stop.max_ns).max().unwrap_or(0));
    let row = |stop: &StopKind| {
        let (jumps, place) = (scene.jumps.clone(), stop.longest);
        let onclick = Callback::from(move |_: MouseEvent| jumps.to_timeline(place));
        html! {
            <tr>
                <td title={stop.kind.clone()}>{ &stop.kind }</td>
                <td class="n">{ units::count_u64(stop.count) }</td>
                <td class="n">{ unit.text(stop.median_ns) }</td>
                <td class="n">{ unit.text(stop.p99_ns) }</td>
                <td class="n"><button type="button" class="link num" title="Show the longest on the timeline" {onclick}>{ unit.text(stop.max_ns) }</button></td>
            </tr>
        }
    };
    html! {
        <section>
            <h3>{ "Stops of the world" }<em>{ unit.name }</em></h3>
            if gc.stops.is_empty() {
                <p class="mut">{ "The world was never stopped." }</p>
            } else {
                <table class="mini cut">
                    <thead><tr><th>{ "Kind" }</th><th class="n">{ "count" }</th><th class="n">{ "median" }</th>
                        <th class="n">{ "p99" }</th><th class="n">{ "max" }</th></tr></thead>
                    <tbody>{ for gc.stops.iter().map(row) }</tbody>
                </table>
            }
        </section>
    }
}

fn latency(scene: &Scene<'_>, latency: &LatencyAnswer) -> Html {
    let kept = scene.kept;
    let Some(shown) = latency.series.get(kept.series).or(latency.series.first()) else {
        return Html::default();
    };
    let row = |(at, series): (usize, &LatencySeries)| {
        let onclick = scene.change.reform(move |_: MouseEvent| Kept { series: at, ..kept });
        // From ns to s in one column: each with its own unit.
        let cell = |ns: u64| html! { <td class="n">{ units::duration(ns) }</td> };
        html! {
            <tr aria-selected={(series.name == shown.name).to_string()}>
                <td><button type="button" class="link" title="Show its histogram" {onclick}>{ &series.name }</button></td>
                <td class="n">{ units::count_u64(series.count) }</td>
                { cell(series.p50_ns) }{ cell(series.p99_ns) }{ cell(series.max_ns) }
            </tr>
        }
    };
    let (edges, counts) = trimmed(latency, shown);
    let buckets = Buckets { label: "Scheduler latency", of: "wait", edges_ns: &edges, counts: &counts };
    let longest = latency
        .longest
        .iter()
        .map(|wait| link(scene, wait.place, wait.task.clone(), units::duration(wait.wait_ns)));
    html! {<>
        <section>
            <h3>{ "Scheduler latency" }<em>{ "ready to running" }</em></h3>
            <table class="mini cut">
                <thead><tr><th>{ "Waits" }</th><th class="n">{ "count" }</th><th class="n">{ "median" }</th>
                    <th class="n">{ "p99" }</th><th class="n">{ "max" }</th></tr></thead>
                <tbody>{ for latency.series.iter().enumerate().map(row) }</tbody>
            </table>
            <h4>{ format!("{}: p90 {}, p99.9 {}", shown.name, units::duration(shown.p90_ns), units::duration(shown.p999_ns)) }</h4>
            { histogram(buckets, None, None) }
            if latency.still_ready > 0 {
                <p class="mut">{ format!("{} still waited at the end and are not counted.", units::count_u64(latency.still_ready)) }</p>
            }
        </section>
        if !latency.longest.is_empty() {
            <section><h3>{ "Longest waits" }</h3><ul class="whos">{ for longest }</ul></section>
        }
    </>}
}

/// The buckets from the first to the last that is not empty, with all of their edges.
fn trimmed(latency: &LatencyAnswer, series: &LatencySeries) -> (Vec<u64>, Vec<u64>) {
    let counts = &series.counts;
    let used = |at: &usize| counts[*at] > 0;
    let (Some(first), Some(last)) = ((0..counts.len()).find(used), (0..counts.len()).rfind(used)) else {
        return (Vec::new(), Vec::new());
    };
    let edge = |at: usize| latency.edges_ns.get(at).copied().unwrap_or(series.max_ns.saturating_add(1));
    ((first..=last + 1).map(edge).collect(), counts[first..=last].to_vec())
}

fn since(scene: &Scene<'_>, place: Place) -> u64 {
    place.t0_ns.saturating_sub(scene.start_ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_buckets_at_the_ends_are_left_out() {
        let latency = LatencyAnswer { edges_ns: vec![0, 10, 100, 1000], ..LatencyAnswer::default() };
        let series = |counts: [u64; 4]| LatencySeries {
            counts: counts.to_vec(),
            max_ns: 5_000,
            ..LatencySeries::default()
        };
        assert_eq!(trimmed(&latency, &series([0, 3, 0, 0])), (vec![10, 100], vec![3]));
        assert_eq!(trimmed(&latency, &series([0, 3, 0, 1])), (vec![10, 100, 1000, 5_001], vec![3, 0, 1]));
        assert_eq!(trimmed(&latency, &series([0; 4])), (vec![], vec![]));
    }
}
