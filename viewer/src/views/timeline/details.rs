//! Everything about the selected span.

use taskscope_engine::api::{FrameText, Share, SpanDetails, Waker};
use taskscope_engine::units;
use yew::prelude::*;

use super::mark::swatch;
use crate::canvas::shared::Shared;
use crate::commands::Command;
use crate::components::{IconName, Splitter, icon};
use crate::views::mark_class;

/// What the panel is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct DetailsProps {
    /// The span.
    pub span: Shared<SpanDetails>,
    /// Does what a key would do.
    pub command: Callback<Command>,
    /// Goes to a span.
    pub visit: Callback<u32>,
    /// Copies the stack.
    pub copy: Callback<()>,
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
            if let Some(waker) = &span.woken_by {
                { woken_by(waker, &props.visit) }
            }
            if span.woke.is_some() {
                <section>
                    <h3>{ "Woke" }</h3>
                    <button type="button" class="who" title="To the task that this one woke ( ] )"
                        onclick={props.command.reform(|_: MouseEvent| Command::ToWoken)}>
                        <span>{ "The first task that it woke" }</span><kbd>{ "]" }</kbd>
                    </button>
                </section>
            }
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

fn woken_by(waker: &Waker, visit: &Callback<u32>) -> Html {
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
    html! { <section><h3>{ "Woken by" }</h3>{ card }</section> }
}

/// The life as a bar; what is too short to see is in the table.
fn share_bar(shares: &[Share]) -> Html {
    let part = |share: &Share| {
        html! { <i class={mark_class(share.mark)} style={format!("flex:{}", share.per_mille)} title={share.state.clone()}></i> }
    };
    html! { <div class="sbar" aria-hidden="true">{ for shares.iter().filter(|share| share.per_mille > 0).map(part) }</div> }
}

fn share_table(shares: &[Share], life_ns: u64) -> Html {
    let unit = Unit::of(life_ns);
    let row = |share: &Share| {
        html! {
            <tr>
                <td>{ swatch(share.mark) }{ &share.state }</td>
                <td class="n">{ unit.text(share.ns) }</td>
                <td class="n">{ tenths(share.per_mille) }</td>
                <td class="n">{ units::count_u64(share.spans.into()) }</td>
            </tr>
        }
    };
    let sum = shares.iter().map(|share| share.ns).sum();
    let spans: u64 = shares.iter().map(|share| u64::from(share.spans)).sum();
    let per_mille = shares.iter().map(|share| share.per_mille).sum();
    html! {
        <table class="mini">
            <thead><tr>
                <th>{ "State" }</th><th class="n">{ unit.name }</th><th class="n">{ "%" }</th><th class="n">{ "spans" }</th>
            </tr></thead>
            <tbody>{ for shares.iter().map(row) }</tbody>
            <tfoot><tr>
                <td>{ "Sum" }</td><td class="n">{ unit.text(sum) }</td><td class="n">{ tenths(per_mille) }</td>
                <td class="n">{ units::count_u64(spans) }</td>
            </tr></tfoot>
        </table>
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

/// The stack as text, a frame a line: what `Copy` copies.
pub fn stack_text(span: &SpanDetails) -> String {
    let line = |frame: &FrameText| format!("{}\n    {}\n", frame.function, frame.location);
    let frames: String = span.stack.iter().map(line).collect();
    let length = units::duration(span.end_ns.saturating_sub(span.start_ns));
    format!("{} · {} · {length}\n{}:\n{frames}", span.task, span.title, span.stack_title)
}

fn tenths(per_mille: u32) -> String {
    units::per_mille(per_mille).trim_end_matches(" %").to_owned()
}

/// One unit of time for a column, so that its numbers can be compared and added.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Unit {
    name: &'static str,
    ns: u64,
}

impl Unit {
    /// The unit for parts of `whole_ns`, written with three decimals.
    fn of(whole_ns: u64) -> Self {
        match whole_ns {
            0..1_000_000 => Self { name: "µs", ns: 1_000 },
            1_000_000..1_000_000_000 => Self { name: "ms", ns: 1_000_000 },
            _ => Self { name: "s", ns: 1_000_000_000 },
        }
    }

    fn text(self, ns: u64) -> String {
        let thousandth = self.ns / 1_000;
        let rounded = ns.saturating_add(thousandth / 2) / thousandth;
        format!("{}.{:03}", units::count_u64(rounded / 1_000), rounded % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_one_unit_and_three_decimals() {
        let unit = Unit::of(22_500_000);
        assert_eq!((unit.name, unit.text(2_072_000)), ("ms", "2.072".to_owned()));
        assert_eq!(unit.text(500), "0.001");
        assert_eq!(unit.text(0), "0.000");
        assert_eq!(Unit::of(4_812_000_000).text(4_811_999_600), "4.812");
        assert_eq!(Unit::of(999).text(999), "0.999");
    }

    #[test]
    fn shares_are_written_with_a_decimal() {
        assert_eq!(tenths(1000), "100.0");
        assert_eq!(tenths(4), "0.4");
    }
}
