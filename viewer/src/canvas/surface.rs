//! A canvas's size: CSS px, device px, and changes of both.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, ResizeObserver, ResizeObserverEntry};

/// A size in CSS px.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A canvas whose backing store has one pixel for each of the device.
///
/// Its CSS size is the style sheet's affair; the DOM's `width` and `height` are only set here.
pub struct Surface {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    size: Size,
    ratio: f64,
    painted: bool,
}

impl Surface {
    /// The surface of `canvas`; `None` if the browser gives no 2D context.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { canvas, context, size: Size::default(), ratio: 0.0, painted: false })
    }

    /// The drawing context.
    pub fn context(&self) -> &CanvasRenderingContext2d {
        &self.context
    }

    /// The size in CSS px.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Device px a CSS px.
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    /// Gives the canvas `size` at the screen's present resolution; whether anything changed.
    /// A change clears the canvas.
    pub fn fit(&mut self, size: Size) -> bool {
        let ratio = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio()).clamp(0.5, 4.0);
        if size == self.size && ratio == self.ratio {
            return false;
        }
        (self.size, self.ratio) = (size, ratio);
        let (width, height) = self.device_px();
        self.canvas.set_width(width);
        self.canvas.set_height(height);
        true
    }

    /// The size in device px.
    pub fn device_px(&self) -> (u32, u32) {
        ((self.size.w * self.ratio).round() as u32, (self.size.h * self.ratio).round() as u32)
    }

    /// Says in `data-painted` that there is a picture, so that a test can await it.
    pub fn painted(&mut self) {
        if !std::mem::replace(&mut self.painted, true) {
            // The attribute is a courtesy to tests; a canvas without it paints as well.
            let _ = self.canvas.set_attribute("data-painted", "");
        }
    }
}

/// Watches an element's size until dropped.
pub struct SizeWatch {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut(Array)>,
}

impl SizeWatch {
    /// Calls `resized` with the size of `element`'s content, now and at every change.
    pub fn new(element: &Element, mut resized: impl FnMut(Size) + 'static) -> Option<Self> {
        let callback = Closure::new(move |entries: Array| {
            let last = entries.get(entries.length().saturating_sub(1));
            let Ok(entry) = last.dyn_into::<ResizeObserverEntry>() else { return };
            let rect = entry.content_rect();
            resized(Size { w: rect.width(), h: rect.height() });
        });
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _callback: callback })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
