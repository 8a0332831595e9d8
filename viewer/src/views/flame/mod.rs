//! The flame graph: an icicle, its top functions, and what is known about the selected one.

mod chart;
mod column;
mod host;
mod nav;
mod picture;
mod side;
mod table;

use taskscope_engine::api::{Direction, FlameAnswer, FlameNode, SampleType};
use taskscope_engine::units;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use self::chart::{Chart, HostProp};
use self::host::{News, Shown};
use self::side::Selection;
use self::table::TopTable;
use super::ViewProps;
use crate::canvas::shared::Shared;
use crate::commands::Command;
use crate::components::{LegendSlot, StatusSlot, ToolSlot};
use crate::hooks::{use_commands, use_memory};
use crate::state::Action;

/// Up to so many sample types are buttons, more are a list.
const BUTTONS: usize = 4;

/// What is kept while the file is open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Choice {
    sample_type: Option<u32>,
    direction: Direction,
}

/// The flame graph of a part.
#[component]
pub fn FlameView(props: &ViewProps) -> Html {
    let memory = use_memory::<Choice>(props.part);
    let choice = use_state_eq(|| *memory.borrow());
    let answer = use_state_eq(|| None::<Shared<FlameAnswer>>);
    let selected = use_state_eq(|| None::<Shared<FlameNode>>);
    let named = use_state_eq(AttrValue::default);
    let unavailable = use_state_eq(AttrValue::default);
    let host = use_state_eq(HostProp::default);

    let choose = {
        let choice = choice.setter();
        use_callback((), move |next: Choice, ()| {
            *memory.borrow_mut() = next;
            choice.set(next);
        })
    };
    let news = {
        let (answer, selected, named, unavailable) =
            (answer.setter(), selected.setter(), named.setter(), unavailable.setter());
        use_callback((), move |news, ()| match news {
            News::Answer(next) => answer.set(Some(next)),
            News::Unavailable(why) => unavailable.set(why.into()),
            News::Selected(Some(node)) => {
                named.set(node.function.clone().into());
                selected.set(Some(node));
            }
            News::Selected(None) => {
                named.set(AttrValue::default());
                selected.set(None);
            }
            News::Tip(_) => {}
        })
    };
    let turned = Choice { direction: turn(choice.direction), ..*choice };
    let on_command = use_callback((choose.clone(), turned), |command, (choose, turned)| {
        let mine = command == Command::BottomUp;
        if mine {
            choose.emit(*turned);
        }
        mine
    });
    use_commands(on_command);

    let sample_type = choice.sample_type.unwrap_or(props.facts.default_sample_type);
    let kind = props.facts.sample_types.get(sample_type as usize);
    let unit = AttrValue::from(kind.map(|kind| kind.unit.clone()).unwrap_or_default());
    let label = AttrValue::from(kind.map(label).unwrap_or_default());
    let shown = Shown { sample_type, direction: choice.direction, search: props.search.to_string() };
    let from_table = {
        let (host, named) = (host.clone(), named.setter());
        Callback::from(move |(name, zoom): (AttrValue, bool)| {
            named.set(name.clone());
            let host = host.0.borrow().clone();
            if let Some(host) = host {
                host.select_function(&name, zoom);
            }
        })
    };
    let visit = {
        let host = host.clone();
        Callback::from(move |node| {
            let host = host.0.borrow().clone();
            if let Some(host) = host {
                host.visit(node, false);
            }
        })
    };
    let close = {
        let host = host.clone();
        Callback::from(move |()| {
            let host = host.0.borrow().clone();
            if let Some(host) = host {
                host.command(Command::Back);
            }
        })
    };
    if !unavailable.is_empty() {
        return html! { <main class="flame"><p class="flame-none">{ &*unavailable }</p></main> };
    }
    html! {
        <main class="flame">
            <ToolSlot>{ tools(props, *choice, sample_type, &choose) }</ToolSlot>
            <LegendSlot>{ legend(answer.as_deref()) }</LegendSlot>
            <StatusSlot>{ status(answer.as_deref()) }</StatusSlot>
            <div class="flame-main">
                { crumb(props, answer.as_deref()) }
                <Chart part={props.part} {shown} unit={unit.clone()} kind={label} theme={props.theme} {news}
                    host={(*host).clone()} />
                if let Some(node) = &*selected {
                    <Selection node={node.clone()} unit={unit.clone()} {visit} {close} />
                }
            </div>
            <TopTable part={props.part} {sample_type} search={props.search.clone()} selected={(*named).clone()}
                choose={from_table} />
        </main>
    }
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
fn crumb(props: &ViewProps, answer: Option<&FlameAnswer>) -> Html {
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
    html! {
        <div class="flame-crumb">
            <span class="mut">{ "Showing" }</span><b>{ "all" }</b>
            <span class="mut num" data-fact="total">{ showing.unwrap_or_default() }</span>
            <span class="grow"></span>
            <label class="search in">
                <span class="mut">{ "Match" }</span>
                <input value={props.search.clone()} {oninput} aria-label="Match functions: text or /regex/"
                    placeholder="text or /regex/" spellcheck="false" />
                { found.unwrap_or_default() }
            </label>
        </div>
    }
}

fn found(answer: &FlameAnswer) -> Html {
    if !answer.search_error.is_empty() {
        return html! { <span class="bad" role="alert" data-fact="matches">{ &answer.search_error }</span> };
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
