//! What part of a trace is weighed: chips that can be taken off.

use taskscope_engine::api::{Scope, ScopeTasks};
use taskscope_engine::units;
use yew::prelude::*;

use super::Choice;
use crate::components::{IconName, chip, icon};
use crate::views::ViewProps;

/// The bar over the graph; nothing for all of the file.
pub fn bar(props: &ViewProps, choice: &Choice, choose: &Callback<Choice>) -> Html {
    let scope = &choice.scope;
    if scope.is_all() {
        return Html::default();
    }
    let set = |scope: Scope| {
        let choice = choice.clone();
        choose.reform(move |_: MouseEvent| Choice { scope: scope.clone(), ..choice.clone() })
    };
    let window = window(scope, props)
        .map(|text| chip("Window", &text, set(Scope { t0_ns: None, t1_ns: None, ..scope.clone() })));
    let tasks = tasks(&scope.tasks)
        .map(|(kind, text)| chip(kind, &text, set(Scope { tasks: ScopeTasks::All, ..scope.clone() })));
    let region =
        scope.region.as_ref().map(|name| chip("Region", name, set(Scope { region: None, ..scope.clone() })));
    html! {
        <div class="flame-scope" data-fact="scope">
            { icon(IconName::Filter) }{ window }{ tasks }{ region }
            <span class="grow"></span>
            <button type="button" class="btn txt" onclick={set(Scope::default())}>{ "Clear" }</button>
        </div>
    }
}

fn window(scope: &Scope, props: &ViewProps) -> Option<String> {
    let (start, end) = props.facts.span_ns?;
    if scope.t0_ns.is_none() && scope.t1_ns.is_none() {
        return None;
    }
    let (t0, t1) = (scope.t0_ns.unwrap_or(start), scope.t1_ns.unwrap_or(end));
    let moment = |ns: u64| units::moment(ns.saturating_sub(start));
    Some(format!("{} from {} to {}", units::duration(t1.saturating_sub(t0)), moment(t0), moment(t1)))
}

fn tasks(tasks: &ScopeTasks) -> Option<(&'static str, String)> {
    let count = |of: usize, word: &str| format!("{of} {word}{}", if of == 1 { "" } else { "s" });
    Some(match tasks {
        ScopeTasks::All => return None,
        ScopeTasks::Entry(entry) if entry.is_empty() => ("Group", "no stack was seen".into()),
        ScopeTasks::Entry(entry) => ("Group", entry.clone()),
        ScopeTasks::Tasks(rows) => ("Only", count(rows.len(), "goroutine")),
        ScopeTasks::Lanes(lanes) => ("Only", count(lanes.len(), "lane")),
    })
}
