//! Pointer and wheel events of a canvas, as inputs of the gesture recognizer.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, MouseEvent, PointerEvent, WheelEvent};

use super::frame::now_ms;
use super::gesture::{Input, Mods, Point};
use super::surface::SizeWatch;

/// Px that one line of a wheel counted in lines is.
const LINE_PX: f64 = 16.0;
/// Px that one page is.
const PAGE_PX: f64 = 400.0;

/// Calls `take` for every pointer and wheel event of `element` until the result is dropped.
pub fn listen(element: &HtmlElement, take: impl Fn(Input) + Clone + 'static) -> Vec<EventListener> {
    let corner = Rc::new(Corner::new(element));
    let mut listeners = Vec::new();
    let mut on = |name: &'static str, input: fn(&Corner, &PointerEvent) -> Option<Input>| {
        let (corner, take) = (corner.clone(), take.clone());
        let call = move |event: &Event| {
            if let Some(input) = event.dyn_ref().and_then(|event| input(&corner, event)) {
                take(input);
            }
        };
        listeners.push(EventListener::new(element, name, call));
    };
    on("pointerenter", |corner, _| {
        corner.forget();
        None
    });
    on("pointerdown", pressed);
    on("pointermove", |corner, event| Some(Input::Move { id: event.pointer_id(), at: corner.place(event) }));
    on("pointerup", |_, event| Some(Input::Up { id: event.pointer_id(), now_ms: now_ms() }));
    on("pointercancel", |_, event| Some(Input::Cancel { id: event.pointer_id() }));
    on("pointerleave", |_, _| Some(Input::Leave));
    listeners.push(wheel(element, corner, take));
    listeners
}

/// Whether the main pointer is a finger.
pub fn is_coarse() -> bool {
    let query = || web_sys::window()?.match_media("(pointer: coarse)").ok()?;
    query().is_some_and(|query| query.matches())
}

fn pressed(corner: &Corner, event: &PointerEvent) -> Option<Input> {
    if event.button() != 0 {
        return None;
    }
    corner.forget();
    // Without capture a drag merely ends at the canvas's edge.
    let _ = corner.element.set_pointer_capture(event.pointer_id());
    let touch = event.pointer_type() == "touch";
    Some(Input::Down { id: event.pointer_id(), at: corner.place(event), touch, mods: mods(event) })
}

fn wheel(element: &HtmlElement, corner: Rc<Corner>, take: impl Fn(Input) + 'static) -> EventListener {
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
        take(Input::Wheel { at: corner.place(event), dx, dy, mods: mods(event) });
    })
}

/// Where an element's top left corner is on the page's viewport.
///
/// Asking the browser makes it lay out the page at once, whatever changed since the last frame: an event's own
/// `offsetX` cost up to half of a frame's script. So it is asked when the pointer comes or goes down, or the
/// element was resized, as it is by whatever comes or goes beside or above it.
struct Corner {
    element: HtmlElement,
    known: Rc<Cell<Option<Point>>>,
    _size: Option<SizeWatch>,
}

impl Corner {
    fn new(element: &HtmlElement) -> Self {
        let known = Rc::new(Cell::new(None));
        let resized = known.clone();
        let size = SizeWatch::new(element, move |_| resized.set(None));
        Self { element: element.clone(), known, _size: size }
    }

    fn forget(&self) {
        self.known.set(None);
    }

    /// Where an event happened, from the corner.
    fn place(&self, event: &MouseEvent) -> Point {
        let corner = self.known.get().unwrap_or_else(|| {
            let rect = self.element.get_bounding_client_rect();
            Point { x: rect.left(), y: rect.top() }
        });
        self.known.set(Some(corner));
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        Point { x: (x - corner.x).round(), y: (y - corner.y).round() }
    }
}

fn mods(event: &MouseEvent) -> Mods {
    Mods { shift: event.shift_key(), ctrl: event.ctrl_key() || event.meta_key() }
}
