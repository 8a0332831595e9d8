//! Events of the window.

use gloo_events::{EventListener, EventListenerOptions};
use yew::prelude::*;

use crate::dom;

/// Listens to an event of the window while the component is mounted; the listener may prevent the
/// browser's own reaction.
#[hook]
pub fn use_window_event(kind: &'static str, callback: Callback<web_sys::Event>) {
    use_effect_with((kind, callback), |(kind, callback)| {
        let callback = callback.clone();
        let listener = dom::window().map(|window| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, *kind, options, move |event| {
                callback.emit(event.clone());
            })
        });
        move || drop(listener)
    });
}
