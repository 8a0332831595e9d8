//! The edge of a details panel, to drag or to move by arrow keys.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent};
use yew::prelude::*;

use crate::dom;

/// Smallest panel, px.
const LEAST: f64 = 240.0;
/// A step of an arrow key, px.
const STEP: f64 = 24.0;
/// Below this width of the page, panels lie at the bottom (see base.css).
const NARROW: f64 = 1180.0;

/// The splitter's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SplitterProps {
    /// Under which key the panel's width is kept.
    pub name: AttrValue,
}

/// The edge. Its parent is the panel; the width is kept, the height below a narrow page is not.
#[component]
pub fn Splitter(props: &SplitterProps) -> Html {
    let node = use_node_ref();
    let key = format!("taskscope.width.{}", props.name);
    {
        let (node, key) = (node.clone(), key.clone());
        use_effect_with((), move |()| {
            let kept = dom::kept(&key).and_then(|width| width.parse::<u16>().ok());
            if let (Some(width), Some(panel), false) = (kept, panel(&node), is_narrow()) {
                resize(&panel, f64::from(width));
            }
        });
    }
    let onpointerdown = Callback::from(|event: PointerEvent| {
        if let Some(edge) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
            // Without capture the drag ends at the edge of the element.
            let _ = edge.set_pointer_capture(event.pointer_id());
            event.prevent_default();
        }
    });
    let onpointermove = {
        let node = node.clone();
        Callback::from(move |event: PointerEvent| {
            if let Some(panel) = panel(&node).filter(|_| event.buttons() & 1 == 1) {
                resize(&panel, reach(&panel, &event));
            }
        })
    };
    let onpointerup = {
        let (node, key) = (node.clone(), key.clone());
        Callback::from(move |_: PointerEvent| keep(&node, &key))
    };
    let onkeydown = {
        let node = node.clone();
        Callback::from(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowLeft" | "ArrowUp" => STEP,
                "ArrowRight" | "ArrowDown" => -STEP,
                _ => return,
            };
            event.prevent_default();
            if let Some(panel) = panel(&node) {
                resize(&panel, size(&panel) + by);
                keep(&node, &key);
            }
        })
    };
    html! {
        <div ref={node} class="split" role="separator" tabindex="0" aria-label="Size of the details"
            aria-orientation="vertical" {onpointerdown} {onpointermove} {onpointerup} {onkeydown}></div>
    }
}

fn panel(edge: &NodeRef) -> Option<HtmlElement> {
    edge.cast::<Element>()?.parent_element()?.dyn_into().ok()
}

fn is_narrow() -> bool {
    dom::window().and_then(|window| window.inner_width().ok()?.as_f64()).is_some_and(|width| width <= NARROW)
}

/// From the pointer to the panel's far side.
fn reach(panel: &HtmlElement, event: &PointerEvent) -> f64 {
    let rect = panel.get_bounding_client_rect();
    if is_narrow() {
        rect.bottom() - f64::from(event.client_y())
    } else {
        rect.right() - f64::from(event.client_x())
    }
}

fn size(panel: &HtmlElement) -> f64 {
    let rect = panel.get_bounding_client_rect();
    if is_narrow() { rect.height() } else { rect.width() }
}

fn resize(panel: &HtmlElement, to: f64) {
    let room = panel.parent_element().map(|parent| parent.get_bounding_client_rect());
    let (property, room) = match (is_narrow(), room) {
        (true, room) => ("height", room.map(|rect| rect.height())),
        (false, room) => ("width", room.map(|rect| rect.width())),
    };
    // At most two thirds, so that what the details are about stays in view.
    let most = (room.unwrap_or(NARROW) * 0.66).max(LEAST);
    // A length in px is a valid value.
    let _ = panel.style().set_property(property, &format!("{:.0}px", to.clamp(LEAST, most)));
}

fn keep(edge: &NodeRef, key: &str) {
    if let Some(panel) = panel(edge).filter(|_| !is_narrow()) {
        dom::keep(key, &format!("{:.0}", size(&panel)));
    }
}
