//! Minimum mutator utilisation: the least share of the CPU that the program had, by length of window.

use taskscope_engine::api::MmuAnswer;
use taskscope_engine::units;
use yew::prelude::*;

use super::{fraction, mmu};
use crate::components::{Curve, Plot};
use crate::hooks::Answers;

/// Classes of the percentile curves, in the order of the answer.
const TAILS: [&str; 3] = ["p1", "p2", "p3"];

/// What the chart is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct MmuChartProps {
    /// The minimum.
    pub curve: Answers,
    /// The percentiles, once they are there.
    pub tails: Answers,
    /// A length of window, ns, whose worst windows are wanted.
    pub choose: Callback<u64>,
}

/// The curve, with its value at the pointer.
#[component]
pub fn MmuChart(props: &MmuChartProps) -> Html {
    let hover = use_state_eq(|| None::<f64>);
    let Some(answer) = mmu(&props.curve) else {
        return html! { <section class="mmu" aria-busy="true"></section> };
    };
    let tails = mmu(&props.tails).filter(|tails| tails.lengths_ns == answer.lengths_ns);
    let at = (*hover).or_else(|| place_of(answer, answer.worst_of_ns));
    let index = at.and_then(|at| nearest(answer, at));
    let onhover = {
        let hover = hover.setter();
        Callback::from(move |at| hover.set(at))
    };
    let onpick = {
        let (lengths, choose) = (answer.lengths_ns.clone(), props.choose.clone());
        Callback::from(move |at: f64| {
            if let Some(length) = index_at(lengths.len(), at).and_then(|index| lengths.get(index)) {
                choose.emit(*length);
            }
        })
    };
    let y_ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| (at, format!("{:.0} %", at * 100.0))).to_vec();
    html! {
        <section class="mmu">
            <div class="mmu-head">
                <h3>{ "Minimum mutator utilisation" }</h3>
                <p class="mut">{ "the least share of the CPU that the program had in any window of each length" }</p>
            </div>
            { readout(answer, tails, index) }
            <div class="mmu-plot">
                <Plot label={describe(answer)} x_ticks={x_ticks(answer)} {y_ticks} curves={curves(answer, tails)} cursor={at}
                    {onhover} {onpick} />
            </div>
        </section>
    }
}

fn curves(answer: &MmuAnswer, tails: Option<&MmuAnswer>) -> Vec<Curve> {
    let last = answer.lengths_ns.len().saturating_sub(1).max(1) as f64;
    let points =
        |values: &[f64]| values.iter().enumerate().map(|(at, value)| (at as f64 / last, *value)).collect();
    let tails = tails.into_iter().flat_map(|tails| &tails.percentiles).zip(TAILS);
    let mut curves: Vec<Curve> =
        tails.map(|(tail, class)| Curve { class, points: points(&tail.values) }).collect();
    curves.push(Curve { class: "main", points: points(&answer.minimum) });
    curves
}

/// The values at one window length: the legend, too.
fn readout(answer: &MmuAnswer, tails: Option<&MmuAnswer>, index: Option<usize>) -> Html {
    let Some(index) = index else { return Html::default() };
    let value = |values: &[f64]| values.get(index).map(|value| fraction(*value)).unwrap_or_default();
    let length = answer.lengths_ns.get(index).copied().unwrap_or_default();
    let tails = tails.into_iter().flat_map(|tails| &tails.percentiles).zip(TAILS);
    html! {
        <p class="mmu-read" data-fact="mmu">
            <span>{ "Any " }<b class="num">{ units::duration(length) }</b></span>
            <span><i class="key main"></i>{ "at least " }<b class="num">{ value(&answer.minimum) }</b></span>
            { for tails.map(|(tail, class)| html! {
                <span><i class={classes!("key", class)}></i>{ format!("{} of windows ", tail.name) }<b class="num">{ value(&tail.values) }</b></span>
            }) }
            <span class="grow"></span>
            <span class="mut">{ "longest pause " }<b class="num">{ units::duration(answer.max_pause_ns) }</b></span>
            <span class="mut">{ "mean " }<b class="num">{ fraction(answer.mean) }</b></span>
        </p>
    }
}

fn describe(answer: &MmuAnswer) -> String {
    format!(
        "Minimum mutator utilisation over windows of {} to {}; counted: {}",
        units::duration(answer.lengths_ns.first().copied().unwrap_or_default()),
        units::duration(answer.lengths_ns.last().copied().unwrap_or_default()),
        answer.counted
    )
}

/// A label a decade.
fn x_ticks(answer: &MmuAnswer) -> Vec<(f64, String)> {
    let (Some(&lo), Some(&hi)) = (answer.lengths_ns.first(), answer.lengths_ns.last()) else {
        return Vec::new();
    };
    let decades = (0..20).map(|power| 10_u64.saturating_pow(power)).filter(|&ns| lo <= ns && ns <= hi);
    decades.filter_map(|ns| Some((place_of(answer, ns)?, units::duration(ns)))).collect()
}

/// Where a length is on the axis, as a fraction; `None` if the axis has no length.
fn place_of(answer: &MmuAnswer, length_ns: u64) -> Option<f64> {
    let ln = |ns: u64| (ns.max(1) as f64).ln();
    let (lo, hi) = (ln(*answer.lengths_ns.first()?), ln(*answer.lengths_ns.last()?));
    (hi > lo).then(|| ((ln(length_ns) - lo) / (hi - lo)).clamp(0.0, 1.0))
}

fn nearest(answer: &MmuAnswer, at: f64) -> Option<usize> {
    index_at(answer.lengths_ns.len(), at)
}

fn index_at(count: usize, at: f64) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some((at * last as f64).round().clamp(0.0, last as f64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> MmuAnswer {
        MmuAnswer {
            lengths_ns: vec![1_000, 10_000, 100_000],
            minimum: vec![0.0, 0.5, 0.9],
            ..MmuAnswer::default()
        }
    }

    #[test]
    fn lengths_lie_on_a_log_axis() {
        let answer = answer();
        assert!((place_of(&answer, 10_000).unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(nearest(&answer, 0.6), Some(1));
        let labels: Vec<String> = x_ticks(&answer).into_iter().map(|tick| tick.1).collect();
        assert_eq!(labels, ["1 µs", "10 µs", "100 µs"]);
    }

    #[test]
    fn an_empty_answer_has_no_axis() {
        let empty = MmuAnswer::default();
        assert!(
            x_ticks(&empty).is_empty() && place_of(&empty, 5).is_none() && nearest(&empty, 0.5).is_none()
        );
    }
}
