//! The flame graph: an icicle, its top functions, and what is known about the selected one.

mod chart;
mod column;
mod host;
mod nav;
mod picture;
mod place;
mod scope;
mod side;
mod source;
mod table;

use std::rc::Rc;

use taskscope_engine::api::{
    Answer, BlockingAnswer, BlockingQuery, Direction, FlameAnswer, FlameNode, FlameSource, Request, Scope,
};
use taskscope_engine::units;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use self::chart::Chart;
use self::host::{FlameHost, News};
use self::place::Shown;
use self::side::Selection;
use self::table::TopTable;
use super::ViewProps;
use super::jump::{ToFlame, use_goal};
use crate::canvas::cell::{HostCell, use_call};
use crate::canvas::shared::Shared;
use crate::commands::Command;
use crate::components::{Slot, Spot};
use crate::hooks::{copy_text, use_answer, use_commands, use_kept};
use crate::state::{Action, Dispatch};

/// What is kept while the file is open.
#[derive(Clone, Debug, Default, PartialEq)]
struct Choice {
    /// What is weighed; `None` for what the file shows first.
    source: Option<FlameSource>,
    scope: Scope,
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
            News::Answer(answer) => {
                next.answer = Some(answer);
                next.unavailable = AttrValue::default();
            }
            News::Unavailable(why) => {
                next.answer = None;
                next.unavailable = why.into();
            }
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
    let (choice, choose) = use_choice(props);
    let told = use_reducer_eq(Told::default);
    let host = use_state_eq(HostCell::<FlameHost>::default);
    use_keys(props, &choice, &choose, told.selected.clone());
    let news = {
        let dispatch = told.dispatcher();
        use_callback((), move |news, ()| dispatch.dispatch(news))
    };
    let totals = use_totals(props, &choice.scope);
    let source = choice.source.unwrap_or_else(|| source::first(&props.facts));
    let unit = AttrValue::from(source::unit(source, &props.facts));
    let label = AttrValue::from(source::label(source, &props.facts));
    let shown = Shown {
        source,
        scope: choice.scope.clone(),
        direction: choice.direction,
        search: props.search.to_string(),
        only_matches: choice.only_matches,
    };
    let answer = told.answer.as_deref();
    let from_table =
        use_call(&host, |host, (name, zoom): (AttrValue, bool)| host.select_function(&name, zoom));
    let visit = use_call(&host, |host, node| host.visit(node, false));
    let close = use_call(&host, |host, ()| {
        host.command(Command::Back);
    });
    let tools = tools(props, &choice, source, totals.as_ref(), &choose);
    html! {
        <main class="flame">
            <Slot at={Spot::Tools}>{ tools.clone() }</Slot>
            <Slot at={Spot::Legend}>{ legend(answer) }</Slot>
            <Slot at={Spot::Status}>{ status(answer) }</Slot>
            <div class="flame-main">
                <div class="phone-tools">{ tools }</div>
                <p class="said-only" role="status" data-fact="selected">{ &told.named }</p>
                { scope::bar(props, &choice, &choose) }
                { crumb(props, answer, source, &choice, &choose) }
                { nothing(&told, &label, &choice) }
                <Chart part={props.part} {shown} unit={unit.clone()} kind={label} theme={props.theme} {news}
                    host={(*host).clone()} />
                if let Some(node) = &told.selected {
                    <Selection node={node.clone()} {unit} {visit} {close} />
                }
            </div>
            <TopTable part={props.part} {source} scope={choice.scope.clone()} search={props.search.clone()}
                selected={told.named.clone()} choose={from_table} />
        </main>
    }
}

/// What was chosen, or what another view asked for.
#[hook]
fn use_choice(props: &ViewProps) -> (Choice, Callback<Choice>) {
    let (kept, change) = use_kept::<Choice>(props.part);
    let goal = use_goal::<ToFlame>(props.part);
    // In the first picture, too, so that nothing is asked in vain.
    let taken = use_mut_ref(|| goal.is_some());
    let asked = goal.map(|goal| Choice { source: goal.source, scope: goal.scope, ..kept.clone() });
    let choice = if *taken.borrow() { asked.clone().unwrap_or(kept) } else { kept };
    {
        let (change, taken) = (change.clone(), taken.clone());
        use_effect_with((), move |()| {
            *taken.borrow_mut() = false;
            if let Some(choice) = asked {
                change.emit(choice);
            }
        });
    }
    (choice, change)
}

/// How much there is of each kind of wait in the scope; for traces.
#[hook]
fn use_totals(props: &ViewProps, scope: &Scope) -> Option<BlockingAnswer> {
    let query = BlockingQuery { scope: scope.clone() };
    let request = props.facts.span_ns.map(|_| Request::Blocking(query));
    match use_answer("totals", props.part, request).get() {
        Some(Answer::Blocking(totals)) => Some(totals.clone()),
        _ => None,
    }
}

/// What to say where there is no picture.
fn nothing(told: &Told, label: &str, choice: &Choice) -> Html {
    let empty = told.answer.as_ref().is_some_and(|answer| answer.total == 0);
    if !told.unavailable.is_empty() {
        return html! { <p class="flame-none">{ &told.unavailable }</p> };
    }
    if !empty {
        return Html::default();
    }
    let part = if choice.scope.is_all() { "this file" } else { "this part of the trace" };
    html! { <p class="flame-none">{ format!("No {label} in {part}.") }</p> }
}

/// Keys that are not the canvas's: the direction, and copying the selected path.
#[hook]
fn use_keys(
    props: &ViewProps,
    choice: &Choice,
    choose: &Callback<Choice>,
    selected: Option<Shared<FlameNode>>,
) {
    let deps = (choose.clone(), choice.clone(), selected, props.dispatch.clone());
    let command = use_callback(deps, |command, (choose, choice, selected, dispatch)| {
        match (command, selected) {
            (Command::BottomUp, _) => {
                choose.emit(Choice { direction: turn(choice.direction), ..choice.clone() });
            }
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
    copy_text(text, "Stack copied", dispatch);
}

fn turn(direction: Direction) -> Direction {
    match direction {
        Direction::TopDown => Direction::BottomUp,
        Direction::BottomUp => Direction::TopDown,
    }
}

fn tools(
    props: &ViewProps,
    choice: &Choice,
    source: FlameSource,
    totals: Option<&BlockingAnswer>,
    choose: &Callback<Choice>,
) -> Html {
    let direction = |name: &'static str, title: &'static str, direction: Direction| {
        let pressed = (choice.direction == direction).to_string();
        let choice = choice.clone();
        let onclick = choose.reform(move |_: MouseEvent| Choice { direction, ..choice.clone() });
        html! { <button type="button" aria-pressed={pressed} {title} {onclick}>{ name }</button> }
    };
    let set = {
        let (choice, choose) = (choice.clone(), choose.clone());
        Callback::from(move |source| choose.emit(Choice { source: Some(source), ..choice.clone() }))
    };
    html! {<>
        { source::chooser(&props.facts, source, totals, &set) }
        <div class="seg" role="group" aria-label="Direction">
            { direction("Top-down", "Roots on top, callees below (B)", Direction::TopDown) }
            { direction("Bottom-up", "Leaves on top, callers below (B)", Direction::BottomUp) }
        </div>
    </>}
}

/// The line over the graph: what is shown, and the search with what it found.
fn crumb(
    props: &ViewProps,
    answer: Option<&FlameAnswer>,
    source: FlameSource,
    choice: &Choice,
    choose: &Callback<Choice>,
) -> Html {
    let dispatch = props.dispatch.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            dispatch.dispatch(Action::SetSearch(input.value().into()));
        }
    });
    let showing = answer.map(|answer| {
        let counted = format!("{} {}", units::count_u64(answer.samples), source::counted(source));
        // Where each sample weighs one, its number says it all.
        if answer.total == answer.samples as i64 {
            return counted;
        }
        format!("{} · {counted}", units::value(answer.total, &answer.unit))
    });
    let found = answer.filter(|_| !props.search.is_empty()).map(found);
    let only = found.is_some().then(|| {
        let (only_matches, choice) = (!choice.only_matches, choice.clone());
        let onclick = choose.reform(move |_: MouseEvent| Choice { only_matches, ..choice.clone() });
        let pressed = (!only_matches).to_string();
        html! { <button type="button" class="btn" aria-pressed={pressed} title="Fade what does not match" {onclick}>{ "Only matches" }</button> }
    });
    html! {
        <div class="flame-crumb">
            <span class="mut">{ "Showing" }</span><b data-fact="source">{ source::title(source, &props.facts) }</b>
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
    let functions = units::plural(answer.match_functions.into(), "function");
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
