//! Findings as two-line rows, and the checks that found nothing below.

use taskscope_engine::api::{Check, Finding};
use taskscope_engine::units;
use yew::prelude::*;

use super::{Kept, List};
use crate::components::{IconName, badge, icon};
use crate::hooks::Picked;

/// The table; nothing if no finding is shown.
pub fn table(list: &List<'_>) -> Html {
    if list.shown.is_empty() {
        return Html::default();
    }
    html! {
        <table class="grid lkt fnd" role="grid" aria-label="Findings">
            <colgroup><col class="c-verdict" /><col class="c-count" /><col class="c-find" /><col /><col class="c-go" /></colgroup>
            <thead><tr>
                <th scope="col" class="so">{ "Verdict" }</th><th scope="col" class="n">{ "Count" }</th>
                <th scope="col">{ "What" }</th><th scope="col">{ "Why" }</th><th scope="col">{ "Where" }</th>
            </tr></thead>
            <tbody>{ for list.shown.iter().zip(0u32..).map(|(finding, at)| row(list, finding, at)) }</tbody>
        </table>
    }
}

/// Id of a finding's row.
pub fn row_id(at: u32) -> String {
    format!("finding-{at}")
}

fn row(list: &List<'_>, finding: &Finding, at: u32) -> Html {
    let selected = (list.kept.picked.row == Some(at)).to_string();
    let onclick = list.pick.reform(move |_: MouseEvent| Picked::row(at));
    let pick = list.pick.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" || event.key() == " " {
            event.prevent_default();
            pick.emit(Picked::row(at));
        }
    });
    html! {
        <tr key={at} id={row_id(at)} tabindex="0" aria-selected={selected} {onclick} {onkeydown}>
            <td>{ badge(finding.verdict) }</td>
            <td class="n cnt">{ units::count_u64(finding.count) }</td>
            <td>
                <span class="fnm" title={finding.title.clone()}><b>{ &finding.title }</b></span>
                <small title={finding.threshold.clone()}>{ format!("counts {}", finding.threshold) }</small>
            </td>
            <td class="why"><span title={finding.why.clone()}>{ &finding.why }</span></td>
            <td>{ go(list, finding) }</td>
        </tr>
    }
}

/// A link to the worst place.
fn go(list: &List<'_>, finding: &Finding) -> Html {
    let Some(first) = finding.places.first() else {
        return html! { <span class="mut">{ "no one place" }</span> };
    };
    let (jumps, place) = (list.jumps.clone(), first.place);
    let onclick = Callback::from(move |event: MouseEvent| {
        event.stop_propagation();
        jumps.to_timeline(place);
    });
    html! {
        <button type="button" class="link fnm" title={format!("Show on the timeline: {}", first.label)} {onclick}>
            { units::moment(place.t0_ns.saturating_sub(list.start_ns)) }
        </button>
    }
}

/// The checks that found nothing, with what was measured.
pub fn checks(list: &List<'_>) -> Html {
    let fine: Vec<&Check> = list.answer.checks.iter().filter(|check| check.found == 0).collect();
    if fine.is_empty() {
        return Html::default();
    }
    let open = !list.kept.folded;
    let (kept, change) = (list.kept.clone(), list.change.clone());
    let onclick = Callback::from(move |_| change.emit(Kept { folded: !kept.folded, ..kept.clone() }));
    html! {<>
        <button type="button" class="roh" aria-expanded={open.to_string()} {onclick}>
            { icon(if open { IconName::Down } else { IconName::Right }) }
            <b>{ "Checked and found fine" }</b>
            <em class="num">{ fine.len() }</em>
        </button>
        if open {
            <table class="grid rot fine" aria-label="Checks that found nothing">
                <colgroup><col class="c-verdict" /><col class="c-find" /><col class="c-half" /><col /></colgroup>
                <thead><tr>
                    <th scope="col"></th><th scope="col">{ "What was looked for" }</th>
                    <th scope="col">{ "Measured" }</th><th scope="col">{ "Counts" }</th>
                </tr></thead>
                <tbody>{ for fine.into_iter().map(check_row) }</tbody>
            </table>
        }
    </>}
}

fn check_row(check: &Check) -> Html {
    html! {
        <tr>
            <td><span class="vb explained">{ icon(IconName::Explained) }{ "fine" }</span></td>
            <td title={check.title.clone()}>{ &check.title }</td>
            <td class="num" title={check.measured.clone()}>{ &check.measured }</td>
            <td class="mut" title={check.threshold.clone()}>{ &check.threshold }</td>
        </tr>
    }
}
