//! Something that lies over the page: takes the focus, gives it back, closes by Esc or a press elsewhere.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};
use yew::prelude::*;

use crate::dom;

/// A popover's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PopoverProps {
    /// What it is; read aloud.
    pub label: AttrValue,
    /// Further classes.
    #[prop_or_default]
    pub class: Classes,
    /// Told to close.
    pub onclose: Callback<()>,
    /// The content.
    pub children: Html,
}

/// A popover; its current item has the focus first, or else it has. Its parent is the anchor: a press there does not close it, so that the button can.
#[component]
pub fn Popover(props: &PopoverProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let before = dom::focused();
            let popover = node.cast::<HtmlElement>();
            let current =
                popover.as_ref().and_then(|popover| popover.query_selector("[aria-current]").ok()?);
            let current = current.and_then(|item| item.dyn_into::<HtmlElement>().ok());
            if let Some(element) = current.or(popover.clone()) {
                // Without focus the popover still works by pointer.
                let _ = element.focus();
            }
            move || give_back(before, popover)
        });
    }
    {
        let node = node.clone();
        use_effect_with(props.onclose.clone(), move |onclose| {
            let onclose = onclose.clone();
            let listener = dom::document().map(|document| {
                EventListener::new(&document, "pointerdown", move |event| {
                    let pressed = event.target().and_then(|target| target.dyn_into::<Node>().ok());
                    let anchor = node.cast::<Node>().and_then(|popover| popover.parent_node());
                    if !anchor.is_some_and(|anchor| anchor.contains(pressed.as_ref())) {
                        onclose.emit(());
                    }
                })
            });
            move || drop(listener)
        });
    }
    html! {
        <div ref={node} class={classes!("pop", props.class.clone())} role="dialog" tabindex="-1"
            aria-label={props.label.clone()}>
            { props.children.clone() }
        </div>
    }
}

/// The focus goes back where it was, unless it has moved elsewhere on its own.
fn give_back(before: Option<web_sys::Element>, popover: Option<HtmlElement>) {
    let active = dom::focused();
    let inside = match (&popover, &active) {
        (Some(popover), Some(active)) => popover.contains(Some(active)) || active.tag_name() == "BODY",
        _ => true,
    };
    if let (true, Some(before)) = (inside, before.and_then(|element| element.dyn_into::<HtmlElement>().ok()))
    {
        // The element may be gone.
        let _ = before.focus();
    }
}
