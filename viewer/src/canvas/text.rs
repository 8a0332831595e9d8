//! How wide a text is, without asking the browser for each.

use std::cell::RefCell;
use std::collections::HashMap;

use taskscope_engine::scene::{Face, Measure};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// The three faces of canvas text as CSS fonts.
#[derive(Clone, Debug)]
pub struct Fonts([String; 3]);

impl Fonts {
    /// The fonts that the page's style sheet names.
    pub fn of_page() -> Self {
        let [ui, mono] = ["--font-ui", "--font-mono"].map(page_property);
        Self([format!("11px {ui}"), format!("600 11px {ui}"), format!("11px {mono}")])
    }

    /// The CSS font of `face`.
    pub fn of(&self, face: Face) -> &str {
        &self.0[face as usize]
    }
}

/// Widths of characters, measured once each. Kerning is left out: it narrows a text by less than
/// a pixel, and labels are cut to fit.
pub struct Glyphs {
    context: CanvasRenderingContext2d,
    fonts: Fonts,
    ascii: RefCell<[[f32; 128]; 3]>,
    others: RefCell<HashMap<(Face, char), f32>>,
}

impl Glyphs {
    /// Widths of characters in `fonts`; `None` if the browser gives no 2D context.
    pub fn new(fonts: Fonts) -> Option<Self> {
        let element = web_sys::window()?.document()?.create_element("canvas").ok()?;
        let canvas: HtmlCanvasElement = element.dyn_into().ok()?;
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { context, fonts, ascii: RefCell::new([[-1.0; 128]; 3]), others: RefCell::default() })
    }

    fn char_width(&self, character: char, face: Face) -> f32 {
        match self.ascii.borrow_mut()[face as usize].get_mut(character as usize) {
            Some(width) if *width >= 0.0 => *width,
            Some(width) => {
                *width = self.measure(character, face);
                *width
            }
            None => {
                let mut others = self.others.borrow_mut();
                *others.entry((face, character)).or_insert_with(|| self.measure(character, face))
            }
        }
    }

    fn measure(&self, character: char, face: Face) -> f32 {
        self.context.set_font(self.fonts.of(face));
        let text = character.encode_utf8(&mut [0; 4]).to_owned();
        self.context.measure_text(&text).map_or(6.0, |metrics| metrics.width() as f32)
    }
}

impl Measure for Glyphs {
    fn width(&self, text: &str, face: Face) -> f32 {
        text.chars().map(|character| self.char_width(character, face)).sum()
    }
}

/// The computed value of a custom property of the page.
fn page_property(name: &str) -> String {
    let value = || {
        let window = web_sys::window()?;
        let root = window.document()?.document_element()?;
        window.get_computed_style(&root).ok()??.get_property_value(name).ok()
    };
    value().filter(|value| !value.trim().is_empty()).unwrap_or_else(|| "sans-serif".to_owned())
}
