//! Pointer and wheel events of a canvas, as inputs of the gesture recognizer.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, MouseEvent, PointerEvent, WheelEvent};

use super::frame::now_ms;
use super::gesture::{Input, Mods, Point};

/// Px that one line of a wheel counted in lines is.
const LINE_PX: f64 = 16.0;
/// Px that one page is.
const PAGE_PX: f64 = 400.0;

/// Calls `take` for every pointer and wheel event of `element` until the result is dropped.
pub fn listen(element: &HtmlElement, take: impl Fn(Input) + Clone + 'static) -> Vec<EventListener> {
    let mut listeners = Vec::new();
    let mut on = |name: &'static str, input: fn(&HtmlElement, &PointerEvent) -> Option<Input>| {
        let (owner, take) = (element.clone(), take.clone());
        let call = move |event: &Event| {
            if let Some(input) = event.dyn_ref().and_then(|event| input(&owner, event)) {
                take(input);
            }
        };
        listeners.push(EventListener::new(element, name, call));
    };
    on("pointerdown", pressed);
    on("pointermove", |_, event| Some(Input::Move { id: event.pointer_id(), at: place(event) }));
    on("pointerup", |_, event| Some(Input::Up { id: event.pointer_id(), now_ms: now_ms() }));
    on("pointercancel", |_, event| Some(Input::Cancel { id: event.pointer_id() }));
    on("pointerleave", |_, _| Some(Input::Leave));
    listeners.push(wheel(element, take));
    listeners
}

/// Whether the main pointer is a finger.
pub fn is_coarse() -> bool {
    let query = || web_sys::window()?.match_media("(pointer: coarse)").ok()?;
    query().is_some_and(|query| query.matches())
}

fn pressed(element: &HtmlElement, event: &PointerEvent) -> Option<Input> {
    if event.button() != 0 {
        return None;
    }
    // Without capture a drag merely ends at the canvas's edge.
    let _ = element.set_pointer_capture(event.pointer_id());
    let touch = event.pointer_type() == "touch";
    Some(Input::Down { id: event.pointer_id(), at: place(event), touch, mods: mods(event) })
}

fn wheel(element: &HtmlElement, take: impl Fn(Input) + 'static) -> EventListener {
    // Not passive: the page must not zoom or scroll as well.
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(element, "wheel", options, move |event| {
        let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
        event.prevent_default();
        let unit = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => LINE_PX,
            WheelEvent::DOM_DELTA_PAGE => PAGE_PX,
            _ => 1.0,
        };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        take(Input::Wheel { at: place(event), dx, dy, mods: mods(event) });
    })
}

fn place(event: &MouseEvent) -> Point {
    Point { x: f64::from(event.offset_x()), y: f64::from(event.offset_y()) }
}

fn mods(event: &MouseEvent) -> Mods {
    Mods { shift: event.shift_key(), ctrl: event.ctrl_key() || event.meta_key() }
}
