//! The chain of wakers behind a wait, and those that a span woke.

use taskscope_engine::api::{Answer, ChainLink, ChainQuery, Request, SpanDetails, Woken};
use taskscope_engine::units;
use yew::prelude::*;

use crate::hooks::use_answer;
use crate::link::PartRef;

/// Woken tasks listed.
const WOKEN: usize = 6;

/// What the chain is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ChainProps {
    /// The part.
    pub part: PartRef,
    /// The span that the chain led to.
    pub span: u32,
    /// Goes to a span.
    pub visit: Callback<u32>,
}

/// The chain, once it is asked for.
#[component]
pub fn Chain(props: &ChainProps) -> Html {
    let open = use_state_eq(|| None::<u32>);
    let shown = *open == Some(props.span);
    let request = shown.then_some(Request::Chain(ChainQuery { span: props.span }));
    let answers = use_answer("chain", props.part, request);
    let onclick = {
        let (open, span) = (open.setter(), props.span);
        Callback::from(move |_: MouseEvent| open.set(if shown { None } else { Some(span) }))
    };
    let of_this = matches!(answers.asked(), Some(Request::Chain(query)) if query.span == props.span);
    let chain = match answers.get() {
        Some(Answer::Chain(chain)) if shown && of_this => html! {<>
            <ol class="tl-waits">{ for chain.links.iter().skip(1).map(|link| link_card(link, &props.visit)) }</ol>
            if !chain.end.is_empty() { <p class="note">{ &chain.end }</p> }
        </>},
        _ => Html::default(),
    };
    let label = if shown { "Hide the chain" } else { "Show the chain" };
    html! {<>
        <p class="note"><button type="button" class="link" aria-expanded={shown.to_string()} {onclick}>{ label }</button></p>
        { chain }
    </>}
}

fn link_card(link: &ChainLink, visit: &Callback<u32>) -> Html {
    let waker = &link.waker;
    let name = if waker.entry.is_empty() {
        waker.task.clone()
    } else {
        format!("{} · {}", waker.task, waker.entry)
    };
    let text = html! {<>
        <span><b>{ name }</b>
            if !waker.by.is_empty() { <small class="mono" title={waker.by.clone()}>{ &waker.by }</small> }
            <small class="num">{ format!("after {}; what it woke had waited {}", units::duration(link.held_ns), units::duration(link.waited_ns)) }</small>
        </span>
    </>};
    match waker.span {
        Some(span) => {
            let onclick = visit.reform(move |_: MouseEvent| span);
            html! { <li><button type="button" class="who" {onclick}>{ text }</button></li> }
        }
        None => html! { <li><div class="who">{ text }</div></li> },
    }
}

/// The tasks that a span woke, the first ones as links.
pub fn woken(span: &SpanDetails, visit: &Callback<u32>) -> Html {
    if span.wakes.is_empty() {
        return Html::default();
    }
    let card = |(at, woken): (usize, &Woken)| {
        let goal = woken.span;
        let onclick = visit.reform(move |_: MouseEvent| goal);
        let name = if woken.entry.is_empty() {
            woken.task.clone()
        } else {
            format!("{} · {}", woken.task, woken.entry)
        };
        html! {
            <li><button type="button" class="who" title="To the task that this one woke" {onclick}>
                <span>{ name }<small class="num">{ format!("had waited {}", units::duration(woken.waited_ns)) }</small></span>
                if at == 0 { <kbd>{ "]" }</kbd> }
            </button></li>
        }
    };
    let shown = span.wakes.len().min(WOKEN);
    let more = (span.wakes_all as usize).saturating_sub(shown);
    html! {
        <section>
            <h3><span>{ "Woke" }</span><em class="num">{ units::count_u64(span.wakes_all.into()) }</em></h3>
            <ul class="tl-waits">{ for span.wakes.iter().take(WOKEN).enumerate().map(card) }</ul>
            if more > 0 { <p class="note num">{ format!("{} more.", units::count_u64(more as u64)) }</p> }
        </section>
    }
}
