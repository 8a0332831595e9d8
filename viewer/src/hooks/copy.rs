//! Copying text, and saying whether the browser allowed it.

use yew::platform::spawn_local;
use yew::prelude::*;

use crate::dom;
use crate::state::{Action, Dispatch};

/// Puts text on the clipboard, then says `done` in the status bar, or that it was refused.
pub fn copy_text(text: String, done: &'static str, dispatch: &Dispatch) {
    let dispatch = dispatch.clone();
    spawn_local(async move {
        let copied = dom::copy(&text).await;
        let said = if copied { done } else { "The browser refused to copy: select the text instead" };
        dispatch.dispatch(Action::Say(AttrValue::from(said)));
    });
}
