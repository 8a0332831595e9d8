//! Why something was slow: where its time went, and the chain of wakes that it waited for.

use taskscope_engine::api::{Share, WhyAnswer, WhyCause, WhySegment, WhyState};
use taskscope_engine::units;
use yew::prelude::*;

use super::mark::swatch;
use crate::components::{TimeUnit, share_bar, share_table, tenths};

/// Causes listed.
const CAUSES: usize = 8;
/// Segments listed; the picture has them all.
const SEGMENTS: usize = 40;

/// The answer as sections of the panel; `visit` goes to a span.
pub fn why(answer: &WhyAnswer, visit: &Callback<u32>) -> Html {
    let whole = answer.states.iter().map(|state| state.ns).fold(0, u64::saturating_add);
    let share = |state: &WhyState| Share {
        mark: state.mark,
        state: state.state.clone(),
        ns: state.ns,
        per_mille: state.per_mille,
        spans: state.count,
    };
    let shares: Vec<Share> = answer.states.iter().map(share).collect();
    html! {<>
        <section class="tl-why" data-fact="why">
            <h3><span>{ "Why was this slow?" }</span><em class="num">{ units::duration(whole) }</em></h3>
            <p>{ &answer.verdict }</p>
            { share_bar(&shares) }
            { share_table(&shares, whole) }
        </section>
        { causes(answer, whole) }
        { path(answer, visit) }
    </>}
}

fn causes(answer: &WhyAnswer, whole: u64) -> Html {
    let unit = TimeUnit::of(whole);
    let row = |cause: &WhyCause| {
        html! {
            <tr>
                <td>{ swatch(cause.mark) }<span class="mono" title={format!("{}: {}", cause.state, cause.function)}>{ short(&cause.function) }</span></td>
                <td class="n">{ unit.text(cause.ns) }</td>
                <td class="n">{ tenths(cause.per_mille) }</td>
            </tr>
        }
    };
    html! {
        <section>
            <h3><span>{ "On the critical path" }</span>
                <em class="num">{ format!("{}, {} of it running", units::plural(answer.path_tasks.into(), "goroutine"), units::duration(answer.path_running_ns)) }</em>
            </h3>
            <table class="mini causes">
                <thead><tr><th>{ "Function" }</th><th class="n">{ unit.name }</th><th class="n">{ "%" }</th></tr></thead>
                <tbody>{ for answer.causes.iter().take(CAUSES).map(row) }</tbody>
            </table>
        </section>
    }
}

/// The chain, the latest first, as it was followed.
fn path(answer: &WhyAnswer, visit: &Callback<u32>) -> Html {
    if answer.segments.is_empty() {
        return Html::default();
    }
    let row = |segment: &WhySegment| {
        let text = html! {<>
            { swatch(segment.mark) }
            <span>
                <b>{ &segment.task }</b>
                { " " }{ &segment.state }
                if segment.merged > 1 { { format!(" and {} shorter", segment.merged - 1) } }
                if let Some(frame) = segment.stack.iter().find(|frame| frame.own) {
                    <small class="mono" title={frame.location.clone()}>{ &frame.function }</small>
                }
                if !segment.then.is_empty() { <small>{ "then " }{ &segment.then }</small> }
            </span>
            <span class="num end">{ units::duration(segment.t1_ns.saturating_sub(segment.t0_ns)) }</span>
        </>};
        match segment.span {
            Some(span) => {
                let onclick = visit.reform(move |_: MouseEvent| span);
                html! { <li><button type="button" class="who" {onclick}>{ text }</button></li> }
            }
            None => html! { <li><div class="who">{ text }</div></li> },
        }
    };
    let listed = answer.segments.len().min(SEGMENTS);
    let more = (answer.segments_all as usize).saturating_sub(listed);
    html! {
        <section>
            <h3><span>{ "The path, backwards from its end" }</span></h3>
            <ol class="tl-waits">{ for answer.segments.iter().rev().take(SEGMENTS).map(row) }</ol>
            if more > 0 { <p class="note num">{ format!("{} earlier ones are in the picture.", units::count_u64(more as u64)) }</p> }
            if !answer.cut.is_empty() { <p class="note">{ &answer.cut }</p> }
        </section>
    }
}

/// A function without the directories of its package: `http.(*conn).serve`.
fn short(function: &str) -> &str {
    let head = function.split(['(', '[']).next().unwrap_or_default();
    head.rfind('/').map_or(function, |slash| &function[slash + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_packages_are_dropped() {
        assert_eq!(short("net/http.(*conn).serve"), "http.(*conn).serve");
        assert_eq!(short("a.b/c/d.F[go.shape.*uint8/x]"), "d.F[go.shape.*uint8/x]");
        assert_eq!(short("main.main"), "main.main");
    }
}
