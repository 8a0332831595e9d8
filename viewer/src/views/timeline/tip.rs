//! The tooltip of a span: its state, how long, and at most four facts.

use taskscope_engine::api::{ItemDetails, SpanDetails};
use taskscope_engine::units;
use yew::prelude::*;

use super::host::{About, Tip};
use super::mark::{item_swatch, swatch};

/// Facts shown.
const FACTS: usize = 4;

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TipProps {
    /// It.
    pub tip: Tip,
}

/// The tooltip.
#[component]
pub fn TipBox(props: &TipProps) -> Html {
    let style = props.tip.anchor.style(props.tip.size);
    let content = match &props.tip.about {
        About::Span(span) => of_span(span),
        About::Item(item) => of_item(item),
        About::Several => html! {<>
            <div class="th"><b>{ "Several spans" }</b></div>
            <p>{ format!("{}: too short to tell apart here. A click zooms in.", props.tip.lane) }</p>
        </>},
    };
    html! { <div class="tip tl-tip" role="tooltip" {style}>{ content }</div> }
}

fn of_span(span: &SpanDetails) -> Html {
    let own = span.stack.iter().find(|frame| frame.own).or(span.stack.first());
    let task =
        if span.entry.is_empty() { span.task.clone() } else { format!("{} · {}", span.task, span.entry) };
    let facts = std::iter::once(("Task".to_owned(), task)).chain(span.facts.iter().cloned());
    let row = |(label, value): (String, String)| html! {<><dt>{ label }</dt><dd>{ value }</dd></>};
    html! {<>
        <div class="th">
            { swatch(span.mark) }<b>{ &span.title }</b>
            <span class="num">{ units::duration(span.end_ns.saturating_sub(span.start_ns)) }</span>
        </div>
        if let Some(frame) = own {
            <div class="mono tip-code">{ &frame.function }</div>
        }
        <dl>{ for facts.take(FACTS).map(row) }</dl>
    </>}
}

fn of_item(item: &ItemDetails) -> Html {
    let row = |(label, value): &(String, String)| html! {<><dt>{ label }</dt><dd>{ value }</dd></>};
    html! {<>
        <div class="th">
            { item_swatch(item) }<b>{ &item.title }</b>
            <span class="num">{ units::duration(item.end_ns.saturating_sub(item.start_ns)) }</span>
        </div>
        <dl>{ for item.facts.iter().take(FACTS).map(row) }</dl>
    </>}
}
