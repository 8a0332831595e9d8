//! The flame graph: an icicle, its top functions, and what is known about the selected one.

mod chart;
mod column;
mod host;
mod nav;
mod picture;
mod place;
mod side;
mod table;

use std::rc::Rc;

use taskscope_engine::api::{Direction, FlameAnswer, FlameNode, SampleType};
use taskscope_engine::units;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::platform::spawn_local;
use yew::prelude::*;

use self::chart::Chart;
use self::host::{FlameHost, News};
use self::place::Shown;
use self::side::Selection;
use self::table::TopTable;
use super::ViewProps;
use crate::canvas::cell::HostCell;
use crate::canvas::shared::Shared;
use crate::commands::Command;
use crate::components::{Slot, Spot};
use crate::dom;
use crate::hooks::{use_commands, use_memory};
use crate::state::{Action, Dispatch};

/// Up to so many sample types are buttons, more are a list.
const BUTTONS: usize = 4;

/// What is kept while the file is open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Choice {
    sample_type: Option<u32>,
    direction: Direction,
    only_matches: bool,
}

/// What the host has told so far.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    answer: Option<Shared<FlameAnswer>>,
    selected: Option<Shared<FlameNode>>,
    /// The selected function; it may be in the table and too light for the picture.
    named: AttrValue,
    unavailable: AttrValue,
}

impl Reducible for Told {
    type Action = News;

    fn reduce(self: Rc<Self>, news: News) -> Rc<Self> {
        let mut next = (*self).clone();
        match news {
            News::Answer(answer) => next.answer = Some(answer),
            News::Unavailable(why) => next.unavailable = why.into(),
            News::Named(name) => (next.named, next.selected) = (name.into(), None),
            News::Selected(Some(node)) => {
                next.named = node.function.clone().into();
                next.selected = Some(node);
            }
            News::Selected(None) => (next.named, next.selected) = (AttrValue::default(), None),
            News::Tip(_) => {}
        }
        if next == *self { self } else { next.into() }
    }
}

/// The flame graph of a part.
#[component]
pub fn FlameView(props: &ViewProps) -> Html {
    let memory = use_memory::<Choice>(props.part);
    let choice = use_state_eq(|| *memory.borrow());
    let told = use_reducer_eq(Told::default);
    let host = use_state_eq(HostCell::<FlameHost>::default);
    let choose = {
        let choice = choice.setter();
        use_callback((), move |next: Choice, ()| {
            *memory.borrow_mut() = next;
            choice.set(next);
        })
    };
    use_keys(props, *choice, &choose, told.selected.clone());
    let news = {
        let dispatch = told.dispatcher();
        use_callback((), move |news, ()| dispatch.dispatch(news))
    };
    if !told.unavailable.is_empty() {
        return html! { <main class="flame"><p class="flame-none">{ &told.unavailable }</p></main> };
    }
    let sample_type = choice.sample_type.unwrap_or(props.facts.default_sample_type);
    let kind = props.facts.sample_types.get(sample_type as usize);
    let unit = AttrValue::from(kind.map(|kind| kind.unit.clone()).unwrap_or_default());
    let label = AttrValue::from(kind.map(label).unwrap_or_default());
    let Choice { direction, only_matches, .. } = *choice;
    let shown = Shown { sample_type, direction, search: props.search.to_string(), only_matches };
    let answer = told.answer.as_deref();
    let from_table = host.call(|host, (name, zoom): (AttrValue, bool)| host.select_function(&name, zoom));
    let visit = host.call(|host, node| host.visit(node, false));
    let close = host.call(|host, ()| {
        host.command(Command::Back);
    });
    let tools = tools(props, *choice, sample_type, &choose);
    html! {
        <main class="flame">
            <Slot at={Spot::Tools}>{ tools.clone() }</Slot>
            <Slot at={Spot::Legend}>{ legend(answer) }</Slot>
            <Slot at={Spot::Status}>{ status(answer) }</Slot>
            <div class="flame-main">
                <div class="phone-tools">{ tools }</div>
                <p class="said-only" role="status" data-fact="selected">{ &told.named }</p>
                { crumb(props, answer, *choice, &choose) }
                <Chart part={props.part} {shown} unit={unit.clone()} kind={label} theme={props.theme} {news}
                    host={(*host).clone()} />
                if let Some(node) = &told.selected {
                    <Selection node={node.clone()} {unit} {visit} {close} />
                }
            </div>
            <TopTable part={props.part} {sample_type} search={props.search.clone()} selected={told.named.clone()}
                choose={from_table} />
        </main>
    }
}

/// Keys that are not the canvas's: the direction, and copying the selected path.
#[hook]
fn use_keys(
    props: &ViewProps,
    choice: Choice,
    choose: &Callback<Choice>,
    selected: Option<Shared<FlameNode>>,
) {
    let deps = (choose.clone(), choice, selected, props.dispatch.clone());
    let command = use_callback(deps, |command, (choose, choice, selected, dispatch)| {
        match (command, selected) {
            (Command::BottomUp, _) => choose.emit(Choice { direction: turn(choice.direction), ..*choice }),
            (Command::Copy, Some(node)) => copy(node, dispatch),
            _ => return false,
        }
        true
    });
    use_commands(command);
}

/// Copies the path to the selected box, leaf first, and says so.
fn copy(node: &FlameNode, dispatch: &Dispatch) {
    let text: String = node.path.iter().rev().map(|name| format!("{name}\n")).collect();
    let dispatch = dispatch.clone();
    spawn_local(async move {
        let said =
            if dom::copy(&text).await { "Stack copied" } else { "This browser lets no page copy here" };
        dispatch.dispatch(Action::Say(said.into()));
    });
}

fn turn(direction: Direction) -> Direction {
    match direction {
        Direction::TopDown => Direction::BottomUp,
        Direction::BottomUp => Direction::TopDown,
    }
}

/// What a sample type is called: its own name, in words.
fn label(kind: &SampleType) -> String {
    kind.kind.replace('_', " ")
}

fn tools(props: &ViewProps, choice: Choice, sample_type: u32, choose: &Callback<Choice>) -> Html {
    let direction = |name: &'static str, title: &'static str, direction: Direction| {
        let onclick = choose.reform(move |_: MouseEvent| Choice { direction, ..choice });
        let pressed = (choice.direction == direction).to_string();
        html! { <button type="button" aria-pressed={pressed} {title} {onclick}>{ name }</button> }
    };
    html! {<>
        { sample_types(&props.facts.sample_types, choice, sample_type, choose) }
        <div class="seg" role="group" aria-label="Direction">
            { direction("Top-down", "Roots on top, callees below (B)", Direction::TopDown) }
            { direction("Bottom-up", "Leaves on top, callers below (B)", Direction::BottomUp) }
        </div>
    </>}
}

fn sample_types(types: &[SampleType], choice: Choice, current: u32, choose: &Callback<Choice>) -> Html {
    if types.len() < 2 {
        return Html::default();
    }
    let indexed = || types.iter().zip(0_u32..);
    if types.len() <= BUTTONS {
        let button = |(kind, index): (&SampleType, u32)| {
            let onclick = choose.reform(move |_: MouseEvent| Choice { sample_type: Some(index), ..choice });
            let title = format!("{}, in {}", kind.kind, kind.unit);
            html! { <button type="button" key={index} aria-pressed={(current == index).to_string()} {title} {onclick}>{ label(kind) }</button> }
        };
        return html! { <div class="seg" role="group" aria-label="Sample type">{ for indexed().map(button) }</div> };
    }
    let choose = choose.clone();
    let onchange = Callback::from(move |event: Event| {
        let list = event.target_dyn_into::<HtmlSelectElement>();
        if let Some(index) = list.and_then(|list| list.value().parse().ok()) {
            choose.emit(Choice { sample_type: Some(index), ..choice });
        }
    });
    let option = |(kind, index): (&SampleType, u32)| {
        html! { <option key={index} value={index.to_string()} selected={current == index}>{ label(kind) }</option> }
    };
    html! { <select class="inp" aria-label="Sample type" {onchange}>{ for indexed().map(option) }</select> }
}

/// The line over the graph: what is shown, and the search with what it found.
fn crumb(props: &ViewProps, answer: Option<&FlameAnswer>, choice: Choice, choose: &Callback<Choice>) -> Html {
    let dispatch = props.dispatch.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            dispatch.dispatch(Action::SetSearch(input.value().into()));
        }
    });
    let showing = answer.map(|answer| {
        format!("{} · {} samples", units::value(answer.total, &answer.unit), units::count_u64(answer.samples))
    });
    let found = answer.filter(|_| !props.search.is_empty()).map(found);
    let only = found.is_some().then(|| {
        let only_matches = !choice.only_matches;
        let onclick = choose.reform(move |_: MouseEvent| Choice { only_matches, ..choice });
        let pressed = choice.only_matches.to_string();
        html! { <button type="button" class="btn" aria-pressed={pressed} title="Fade what does not match" {onclick}>{ "Only matches" }</button> }
    });
    html! {
        <div class="flame-crumb">
            <span class="mut">{ "Showing" }</span><b>{ "all" }</b>
            <span class="mut num" data-fact="total">{ showing.unwrap_or_default() }</span>
            <span class="grow"></span>
            <label class="search in">
                <span class="mut">{ "Match" }</span>
                <input value={props.search.clone()} {oninput} aria-label="Match functions: text or /regex/"
                    placeholder="text or /regex/" spellcheck="false" />
                { found }
            </label>
            { only }
        </div>
    }
}

fn found(answer: &FlameAnswer) -> Html {
    if !answer.search_error.is_empty() {
        let why = answer.search_error.clone();
        return html! { <span class="bad" role="alert" data-fact="matches" title={why.clone()}>{ why }</span> };
    }
    let functions = match answer.match_functions {
        1 => "1 function".to_owned(),
        more => format!("{} functions", units::count_u64(more.into())),
    };
    let text = format!("{functions}, {}", units::percent(answer.match_weight, answer.total));
    html! { <span class="num" role="status" data-fact="matches">{ text }</span> }
}

fn legend(answer: Option<&FlameAnswer>) -> Html {
    let Some(answer) = answer else { return Html::default() };
    let square = |(module, colour): (&String, u32)| {
        html! {
            <span key={colour}>
                <i class="sq" style={format!("background:var(--fr-{colour})")}></i>{ module }
            </span>
        }
    };
    // The standard library comes last: it is the least telling.
    let mut modules: Vec<_> = answer.modules.iter().zip(0_u32..7).collect();
    let own = modules.len().min(1);
    modules.rotate_left(own);
    html! {<><span class="mut">{ "Colour: module" }</span>{ for modules.into_iter().map(square) }</>}
}

fn status(answer: Option<&FlameAnswer>) -> Html {
    let Some(answer) = answer else { return Html::default() };
    html! { <span class="num">{ format!("{} rows deep", units::count_u64(answer.depth.into())) }</span> }
}
