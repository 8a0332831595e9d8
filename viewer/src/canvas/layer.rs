//! A canvas with its painter.

use taskscope_engine::scene::DrawCmd;
use web_sys::HtmlCanvasElement;

use super::paint2d::Painter;
use super::surface::{Size, Surface};
use super::text::Fonts;

/// A canvas that draw lists are painted on.
pub struct Layer {
    surface: Surface,
    painter: Painter,
    /// Size in CSS px; takes effect with the next painting.
    pub size: Size,
}

impl Layer {
    /// The layer of `canvas`; `None` if the browser gives no 2D context.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let surface = Surface::new(canvas)?;
        Some(Self { surface, painter: Painter::new(Fonts::of_page()), size: Size::default() })
    }

    /// Replaces what is shown.
    pub fn paint(&mut self, commands: &[DrawCmd]) {
        self.surface.fit(self.size);
        self.painter.paint(&mut self.surface, commands);
    }
}
