//! Everything about one finding, and its text for an issue.

use std::fmt::Write as _;

use taskscope_engine::api::{Finding, FindingPlace};
use taskscope_engine::units;
use yew::prelude::*;

use super::List;
use crate::components::{IconName, Look, Splitter, badge, button, icon_button, titled_button, word};
use crate::views::jump::{Jumps, place_row};

/// The details of the finding in this row.
pub fn details(list: &List<'_>, row: u32, finding: &Finding) -> Html {
    let picked = list.kept.picked;
    let close = list.pick.reform(move |_: MouseEvent| picked.closed());
    let copy = list.copy.reform(move |_: MouseEvent| row);
    html! {
        <aside class="det wide" aria-label="Details of the finding">
            <Splitter name="findings" />
            <div class="dets">
            <div class="dh">
                <div class="dt">{ badge(finding.verdict) }<span class="big num">{ times(finding.count) }</span></div>
                <p class="dsub wrap">{ &finding.title }</p>
                <div class="drow">
                    if let Some(first) = finding.places.first() { { to_timeline(list.jumps, first) } }
                    { titled_button(Look::Plain, "Copy as issue text", Some("Copy as issue text (C)"), IconName::Copy, copy) }
                    <span class="grow"></span>
                    { icon_button("Close details (Esc)", IconName::Close, close) }
                </div>
            </div>
            <section>
                <h3>{ format!("Why {}", word(finding.verdict)) }</h3>
                <ul class="ev"><li><b>{ &finding.why }</b></li><li>{ format!("Counts {}.", finding.threshold) }</li></ul>
            </section>
            if !finding.numbers.is_empty() {
                <section>
                    <h3>{ "In numbers" }</h3>
                    <table class="mini"><tbody>{ for finding.numbers.iter().map(|(label, value)| html! {
                        <tr><td>{ label }</td><td class="n">{ value }</td></tr>
                    }) }</tbody></table>
                </section>
            }
            if !finding.advice.is_empty() {
                <section><h3>{ "What helps" }</h3><p class="prose">{ &finding.advice }</p></section>
            }
            if !finding.places.is_empty() { { places(list, finding) } }
            </div>
        </aside>
    }
}

/// A finding as text for an issue.
pub fn as_text(finding: &Finding) -> String {
    let mut text = format!("{}: {}\n{}\n", word(finding.verdict), finding.title, finding.why);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "counts {}", finding.threshold);
    for (label, value) in &finding.numbers {
        let _ = writeln!(text, "{label}: {value}");
    }
    for place in &finding.places {
        let _ = writeln!(text, "- {}", place.label);
    }
    text
}

fn to_timeline(jumps: &Jumps, first: &FindingPlace) -> Html {
    let (jumps, place) = (jumps.clone(), first.place);
    let onclick = Callback::from(move |_| jumps.to_timeline(place));
    button(Look::Primary, "Show on timeline", IconName::Lanes, onclick)
}

fn places(list: &List<'_>, finding: &Finding) -> Html {
    let shown = finding.places.len() as u64;
    let row = |place: &FindingPlace| {
        let at = units::moment(place.place.t0_ns.saturating_sub(list.start_ns));
        let content = html! {<><span>{ &place.label }</span><em class="num">{ at }</em></>};
        place_row(list.jumps, place.place, "Show on the timeline", content)
    };
    html! {
        <section>
            <h3>{ "Where" }if shown < finding.count { <em>{ format!("the worst {shown}") }</em> }</h3>
            <ul class="whos wrap">{ for finding.places.iter().map(row) }</ul>
        </section>
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".into() } else { format!("{} times", units::count_u64(count)) }
}

#[cfg(test)]
mod tests {
    use taskscope_engine::api::{FindingKind, Place, Verdict};

    use super::*;

    #[test]
    fn a_finding_reads_as_issue_text() {
        let finding = Finding {
            kind: FindingKind::LongStops,
            title: "Stops of the world of up to 12.4 ms".into(),
            verdict: Verdict::Likely,
            count: 1,
            why: "One stop took 12.4 ms.".into(),
            threshold: "10 ms".into(),
            advice: String::new(),
            numbers: vec![("Median".into(), "84 µs".into())],
            places: vec![FindingPlace { label: "GC mark termination".into(), place: Place::default() }],
        };
        assert_eq!(
            as_text(&finding),
            "likely: Stops of the world of up to 12.4 ms\nOne stop took 12.4 ms.\ncounts 10 ms\n\
             Median: 84 µs\n- GC mark termination\n"
        );
    }
}
