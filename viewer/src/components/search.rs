//! The search field.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::button::icon_button;
use super::icon::{IconName, icon};
use crate::commands::Command;
use crate::dom;
use crate::hooks::{CommandBus, use_shared};
use crate::state::{Action, Dispatch};

/// Id of the input, for the `/` key.
pub const SEARCH_ID: &str = "search";

/// The search field's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SearchProps {
    /// What is searched for.
    pub text: AttrValue,
    /// Where changes go.
    pub dispatch: Dispatch,
}

/// The search field. Enter and Shift+Enter go to the next and previous hit; Esc clears, then leaves.
#[component]
pub fn Search(props: &SearchProps) -> Html {
    let bus = use_shared().bus;
    let oninput = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            dispatch.dispatch(Action::SetSearch(input.value().into()));
        })
    };
    let clear = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |_: MouseEvent| {
            dispatch.dispatch(Action::SetSearch(AttrValue::default()));
            dom::focus(SEARCH_ID);
        })
    };
    let onkeydown = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |event: KeyboardEvent| on_key(&event, &dispatch, &bus))
    };
    html! {
        <label class="search">
            { icon(IconName::Search) }
            <input id={SEARCH_ID} type="text" placeholder="Search names, stacks, ids" aria-label="Search names, stacks, ids"
                autocomplete="off" spellcheck="false" value={props.text.clone()} {oninput} {onkeydown} />
            if props.text.is_empty() {
                <kbd>{ "/" }</kbd>
            } else {
                { icon_button("Clear the search", IconName::Close, clear) }
            }
        </label>
    }
}

fn on_key(event: &KeyboardEvent, dispatch: &Dispatch, bus: &CommandBus) {
    let input: HtmlInputElement = event.target_unchecked_into();
    match event.key().as_str() {
        "Enter" => {
            let next = if event.shift_key() { Command::PreviousHit } else { Command::NextHit };
            bus.offer(next);
        }
        "Escape" if input.value().is_empty() => {
            // Leaving a field cannot fail in a way that matters.
            let _ = input.blur();
        }
        "Escape" => dispatch.dispatch(Action::SetSearch(AttrValue::default())),
        _ => return,
    }
    event.prevent_default();
}
