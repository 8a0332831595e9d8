//! Drawing when something changed, at most once per animation frame.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Calls its function in the next animation frame whenever one was requested; cheap to clone.
#[derive(Clone)]
pub struct FrameLoop(Rc<Inner>);

struct Inner {
    pending: Cell<Option<i32>>,
    callback: RefCell<Option<OnFrame>>,
}

type OnFrame = Closure<dyn FnMut(f64)>;

impl FrameLoop {
    /// A loop that calls `draw` with the frame's time in ms.
    pub fn new(mut draw: impl FnMut(f64) + 'static) -> Self {
        let inner = Rc::new(Inner { pending: Cell::new(None), callback: RefCell::new(None) });
        let weak: Weak<Inner> = Rc::downgrade(&inner);
        let closure = Closure::new(move |now_ms: f64| {
            if let Some(inner) = weak.upgrade() {
                inner.pending.set(None);
                draw(now_ms);
            }
        });
        *inner.callback.borrow_mut() = Some(closure);
        Self(inner)
    }

    /// Has the function called in the next frame, once however often this is asked.
    pub fn request(&self) {
        if self.0.pending.get().is_some() {
            return;
        }
        let callback = self.0.callback.borrow();
        let (Some(window), Some(callback)) = (web_sys::window(), callback.as_ref()) else { return };
        self.0.pending.set(window.request_animation_frame(callback.as_ref().unchecked_ref()).ok());
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let (Some(window), Some(handle)) = (web_sys::window(), self.pending.get()) {
            // A frame that is gone already needs no cancelling.
            let _ = window.cancel_animation_frame(handle);
        }
    }
}

/// The page's clock, ms.
pub fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}
