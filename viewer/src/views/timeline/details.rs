//! Everything about the selected span.

use taskscope_engine::api::{FlameSource, FrameText, ItemDetails, SpanDetails, Waker, WhyAnswer, WhySubject};
use taskscope_engine::units;
use yew::prelude::*;

use super::chain::{Chain, woken};
use super::mark::{item_swatch, swatch};
use super::why::why;
use crate::canvas::shared::Shared;
use crate::commands::Command;
use crate::components::{IconName, Splitter, icon, icon_button, share_bar, share_table};
use crate::link::PartRef;

/// What the panel is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct DetailsProps {
    /// The part.
    pub part: PartRef,
    /// The span.
    pub span: Shared<SpanDetails>,
    /// Why it was slow, once that was asked and is known.
    pub why: Option<Shared<WhyAnswer>>,
    /// Asks why, or no longer.
    pub ask_why: Callback<()>,
    /// Does what a key would do.
    pub command: Callback<Command>,
    /// Goes to a span.
    pub visit: Callback<u32>,
    /// Copies the stack.
    pub copy: Callback<()>,
    /// Shows a flame graph.
    pub flame: Callback<FlameSource>,
}

/// The panel beside or below the lanes.
#[component]
pub fn Details(props: &DetailsProps) -> Html {
    let span = &props.span;
    let life = format!("whole life, {}", units::duration(span.life_ns));
    html! {
        <aside class="det tl-details" aria-label="Details of the selected span">
            <Splitter name="timeline" />
            <div class="dets">
            { head(props) }
            <section>
                <dl class="kv">
                    { for span.facts.iter().map(|(label, value)| html! {<><dt>{ label }</dt><dd>{ value }</dd></>}) }
                </dl>
            </section>
            <section class="tl-ask">
                <button type="button" class="btn" aria-pressed={if props.why.is_some() { "true" } else { "false" }}
                    title="Where its time went, and the chain of wakes that it waited for"
                    onclick={props.ask_why.reform(|_: MouseEvent| ())}>
                    { icon(IconName::Help) }<span>{ "Why was this slow?" }</span>
                </button>
            </section>
            if let Some(answer) = &props.why {
                { why(answer, &props.visit) }
                { path_flame(span.span, &props.flame) }
            }
            if let Some(waker) = &span.woken_by {
                { woken_by(waker, props) }
            }
            { woken(span, &props.visit) }
            if !span.shares.is_empty() {
                <section>
                    <h3><span>{ &span.task }</span><em class="num">{ life }</em></h3>
                    { share_bar(&span.shares) }
                    { share_table(&span.shares, span.life_ns) }
                </section>
            }
            if !span.stack.is_empty() {
                { stack(&span.stack_title, &span.stack, Some(props.copy.clone())) }
            }
            if !span.spawn_stack.is_empty() {
                { stack("Spawned at", &span.spawn_stack, None) }
            }
            </div>
        </aside>
    }
}

/// Leads to the critical path as a flame graph.
fn path_flame(span: u32, flame: &Callback<FlameSource>) -> Html {
    let onclick = flame.reform(move |_: MouseEvent| FlameSource::CriticalPath(WhySubject::Span(span)));
    html! {
        <section>
            <button type="button" class="btn" {onclick}>{ "Flame graph of the critical path" }</button>
        </section>
    }
}

fn head(props: &DetailsProps) -> Html {
    let span = &props.span;
    let button = |command: Command| props.command.reform(move |_: MouseEvent| command);
    let task =
        if span.entry.is_empty() { span.task.clone() } else { format!("{} · {}", span.task, span.entry) };
    html! {
        <div class="dh">
            <div class="dt">
                { swatch(span.mark) }<b>{ &span.title }</b>
                <span class="num big">{ units::duration(span.end_ns.saturating_sub(span.start_ns)) }</span>
            </div>
            <div class="dsub" title={task.clone()}>{ task }</div>
            <div class="drow">
                <button type="button" class="btn" title="Previous span in this lane ( , )"
                    disabled={span.previous.is_none()} onclick={button(Command::PreviousSpan)}>
                    { icon(IconName::Left) }<span>{ "Previous" }</span>
                </button>
                <button type="button" class="btn" title="Next span in this lane ( . )"
                    disabled={span.next.is_none()} onclick={button(Command::NextSpan)}>
                    { icon(IconName::Right) }<span>{ "Next" }</span>
                </button>
                <span class="grow"></span>
                <button type="button" class="btn icon" title="Zoom to it (F)" aria-label="Zoom to it"
                    onclick={button(Command::ZoomToSelection)}>{ icon(IconName::Zoom) }</button>
                <button type="button" class="btn icon" title="Close (Esc)" aria-label="Close"
                    onclick={button(Command::Back)}>{ icon(IconName::Close) }</button>
            </div>
        </div>
    }
}

fn woken_by(waker: &Waker, props: &DetailsProps) -> Html {
    let visit = &props.visit;
    let entry = if waker.entry.is_empty() { String::new() } else { format!(" · {}", waker.entry) };
    let text = html! {
        <span>
            <b>{ &waker.task }</b>{ entry }
            if !waker.by.is_empty() {
                <small class="mono" title={waker.by.clone()}>{ &waker.by }</small>
            }
        </span>
    };
    let card = match waker.span {
        Some(span) => {
            let onclick = visit.reform(move |_: MouseEvent| span);
            html! { <button type="button" class="who" title="To the waker ( [ )" {onclick}>{ text }<kbd>{ "[" }</kbd></button> }
        }
        None => html! { <div class="who">{ text }</div> },
    };
    html! {
        <section>
            <h3>{ "Woken by" }</h3>
            { card }
            if waker.span.is_some() {
                <Chain part={props.part} span={props.span.span} visit={visit.clone()} />
            }
        </section>
    }
}

fn stack(title: &str, frames: &[FrameText], copy: Option<Callback<()>>) -> Html {
    let frame = |frame: &FrameText| {
        html! {
            <li class={classes!(frame.own.then_some("own"))}>
                <span class="mono" title={frame.function.clone()}>{ &frame.function }</span>
                <span class="mono loc" title={frame.location.clone()}>{ &frame.location }</span>
            </li>
        }
    };
    html! {
        <section>
            <h3>
                { title }
                if let Some(copy) = copy {
                    <em><button type="button" class="btn txt" title="Copy the stack (C)" onclick={copy.reform(|_: MouseEvent| ())}>
                        { icon(IconName::Copy) }<span>{ "Copy" }</span>
                    </button></em>
                }
            </h3>
            <ol class="stk">{ for frames.iter().map(frame) }</ol>
        </section>
    }
}

/// Everything about a box that is no span: a phase of the collector, a user task, a region.
pub fn item_details(item: &Shared<ItemDetails>, command: &Callback<Command>, visit: &Callback<u32>) -> Html {
    let close = command.reform(|_: MouseEvent| Command::Back);
    let zoom = command.reform(|_: MouseEvent| Command::ZoomToSelection);
    let goal = item.span.map(|span| visit.reform(move |_: MouseEvent| span));
    html! {
        <aside class="det tl-details" aria-label="Details of the selected box">
            <Splitter name="timeline" />
            <div class="dets">
                <div class="dh">
                    <div class="dt">
                        { item_swatch(item) }<b>{ &item.title }</b>
                        <span class="num big">{ units::duration(item.end_ns.saturating_sub(item.start_ns)) }</span>
                    </div>
                    <div class="drow">
                        if let Some(onclick) = goal {
                            <button type="button" class="btn" title="To the goroutine's span there" {onclick}><span>{ "Show the goroutine" }</span></button>
                        }
                        <span class="grow"></span>
                        { icon_button("Zoom to it (F)", IconName::Zoom, zoom) }
                        { icon_button("Close (Esc)", IconName::Close, close) }
                    </div>
                </div>
                <section>
                    <dl class="kv">
                        { for item.facts.iter().map(|(label, value)| html! {<><dt>{ label }</dt><dd>{ value }</dd></>}) }
                    </dl>
                </section>
                if !item.stack.is_empty() {
                    { stack("Stack at its begin", &item.stack, None) }
                }
            </div>
        </aside>
    }
}

/// The stack as text, a frame a line: what `Copy` copies.
pub fn stack_text(span: &SpanDetails) -> String {
    let line = |frame: &FrameText| format!("{}\n    {}\n", frame.function, frame.location);
    let frames: String = span.stack.iter().map(line).collect();
    let length = units::duration(span.end_ns.saturating_sub(span.start_ns));
    format!("{} · {} · {length}\n{}:\n{frames}", span.task, span.title, span.stack_title)
}
