//! The menu of open files and their parts.

use yew::prelude::*;

use super::button::{Look, icon_button, titled_button};
use super::icon::{IconName, icon};
use super::popover::Popover;
use crate::dom;
use crate::link::{Client, PartRef};
use crate::state::{Action, AppState, Fate, OpenFile};

/// The menu.
pub fn file_menu(state: &UseReducerHandle<AppState>, client: &Client) -> Html {
    let dispatch = state.dispatcher();
    let onclose = {
        let dispatch = dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Action::CloseOver))
    };
    let open = {
        let dispatch = dispatch.clone();
        Callback::from(move |_| {
            dispatch.dispatch(Action::CloseOver);
            dom::choose_files();
        })
    };
    html! {
        <Popover label="Open files" class="files" {onclose}>
            <ul onkeydown={Callback::from(|event: KeyboardEvent| walk(&event))}>{ for state.files.iter().map(|file| entry(state, file, client)) }</ul>
            <div class="pf">{ titled_button(Look::Plain, "Open files", Some("Open files (O)"), IconName::Folder, open) }</div>
        </Popover>
    }
}

/// Arrow keys walk from item to item.
fn walk(event: &KeyboardEvent) {
    let by = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    event.prevent_default();
    let items = dom::all(".pop.files .item");
    let focused = dom::focused();
    let now = items.iter().position(|item| Some(item.as_ref()) == focused.as_ref());
    let last = items.len().saturating_sub(1) as i64;
    let to = now.map_or(0, |now| (now as i64 + by).clamp(0, last));
    if let Some(item) = items.get(to as usize) {
        // A button that is shown takes the focus.
        let _ = item.focus();
    }
}

fn entry(state: &UseReducerHandle<AppState>, file: &OpenFile, client: &Client) -> Html {
    let close = {
        let (dispatch, client, id) = (state.dispatcher(), client.clone(), file.id);
        Callback::from(move |_| {
            client.close(id);
            dispatch.dispatch(Action::Close(id));
        })
    };
    let fate = match &file.fate {
        Fate::Loading { .. } => "opening",
        Fate::Failed(_) => "cannot be opened",
        Fate::Lost => "closed",
        Fate::Open(_) => "",
    };
    let members = match &file.fate {
        Fate::Open(parts) if parts.len() > 1 => parts.as_slice(),
        _ => &[],
    };
    let first = PartRef { file: file.id, part: 0 };
    let rows = members.iter().zip(0..).map(|(part, number)| {
        let at = PartRef { file: file.id, part: number };
        html! { <li class="part">{ item(state, at, &part.name, &part.facts.format, state.current == Some(at)) }</li> }
    });
    let current = members.is_empty() && state.current == Some(first);
    html! {
        <li key={file.id.0}>
            <div class="frow">
                { item(state, first, &file.name, fate, current) }
                { icon_button(format!("Close {}", file.name), IconName::Close, close) }
            </div>
            if !members.is_empty() { <ul>{ for rows }</ul> }
        </li>
    }
}

fn item(state: &UseReducerHandle<AppState>, part: PartRef, name: &str, note: &str, current: bool) -> Html {
    let dispatch = state.dispatcher();
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::Select(part)));
    html! {
        <button type="button" class="item" aria-current={current.then_some("true")} title={name.to_owned()} {onclick}>
            if current { { icon(IconName::Explained) } } else { <span class="ic"></span> }
            <span class="fnm">{ name }</span>
            <em>{ note }</em>
        </button>
    }
}
