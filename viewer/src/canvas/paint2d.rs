//! Executes draw commands on a 2D context.
//!
//! Crossing into JavaScript is what costs, above all with strings: neighbouring commands of one
//! style become one run that sets its style once, colours and labels are kept as JS strings, and many
//! solid boxes become one image.

use std::collections::HashMap;

use js_sys::{Array, JsString};
use taskscope_engine::scene::{Align, Colour, DrawCmd, Face, Rect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CanvasRenderingContext2d;

use super::solids::{self, Grid, Solids};
use super::surface::Surface;
use super::text::Fonts;

/// Labels kept as JS strings before all are dropped at once.
const KEPT_LABELS: usize = 8192;
/// Distance of the lines of a hatch along an axis: 5 px across the lines.
const HATCH_STEP: f32 = 7.071;
/// Width of the lines of a hatch.
const HATCH_PX: f64 = 1.5;
/// From a text's middle to its baseline, for 11 px faces.
const BASELINE_PX: f64 = 4.0;

#[wasm_bindgen]
extern "C" {
    /// The context with setters that take JS values instead of encoding a string each time.
    #[wasm_bindgen(extends = CanvasRenderingContext2d, js_name = CanvasRenderingContext2D)]
    type Context;
    #[wasm_bindgen(method, setter, js_name = fillStyle)]
    fn set_fill(this: &Context, style: &JsValue);
    #[wasm_bindgen(method, setter, js_name = strokeStyle)]
    fn set_stroke(this: &Context, style: &JsValue);
    #[wasm_bindgen(method, js_name = fillText)]
    fn fill_label(this: &Context, text: &JsValue, x: f64, y: f64);
}

/// A painter with its caches; it serves one surface after the other.
pub struct Painter {
    fonts: Fonts,
    colours: HashMap<Colour, JsString>,
    labels: HashMap<String, JsString>,
    solids: Solids,
}

impl Painter {
    /// A painter that sets text in `fonts`.
    pub fn new(fonts: Fonts) -> Self {
        Self { fonts, colours: HashMap::new(), labels: HashMap::new(), solids: Solids::default() }
    }

    /// Clears `surface` and executes `commands` on it, in order.
    pub fn paint(&mut self, surface: &mut Surface, commands: &[DrawCmd]) {
        let ratio = surface.ratio();
        let context: &Context = surface.context().unchecked_ref();
        // Setting a transform of finite numbers cannot fail.
        let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
        let size = surface.size();
        context.clear_rect(0.0, 0.0, size.w, size.h);
        let (width, height) = surface.device_px();
        let grid = Grid { ratio, width, height };
        self.solids.begin();
        let mut rest = commands;
        while !rest.is_empty() {
            let (solid, boxes) = solids::run(rest);
            let (commands, after) = rest.split_at(solid);
            rest = after;
            if boxes < solids::MANY || !self.solids.paint(context, grid, commands) {
                self.each(context, ratio, commands);
            }
            let (commands, after) = rest.split_at(solids::others(rest));
            rest = after;
            self.each(context, ratio, commands);
        }
        surface.painted();
    }

    /// Draws commands one by one, those of one style as a run.
    fn each(&mut self, context: &Context, ratio: f64, commands: &[DrawCmd]) {
        let mut run = Run { context, ratio, painter: self };
        for commands in commands.chunk_by(same_style) {
            run.draw(commands);
        }
    }

    fn colour(&mut self, colour: Colour) -> &JsString {
        self.colours.entry(colour).or_insert_with(|| JsString::from(format!("#{:08x}", colour.0)))
    }

    fn label(&mut self, text: &str) -> &JsString {
        if self.labels.len() >= KEPT_LABELS {
            self.labels.clear();
        }
        if !self.labels.contains_key(text) {
            self.labels.insert(text.to_owned(), JsString::from(text));
        }
        &self.labels[text]
    }
}

/// Whether two commands can be drawn in one run.
fn same_style(a: &DrawCmd, b: &DrawCmd) -> bool {
    match (a, b) {
        (DrawCmd::Fill(_, a), DrawCmd::Fill(_, b))
        | (DrawCmd::StrokeDashed(_, a), DrawCmd::StrokeDashed(_, b))
        | (DrawCmd::Hatch(_, a), DrawCmd::Hatch(_, b)) => a == b,
        (DrawCmd::Stroke(_, a, v), DrawCmd::Stroke(_, b, w))
        | (DrawCmd::Line(_, a, v), DrawCmd::Line(_, b, w)) => a == b && v == w,
        (DrawCmd::Rail(r, a, d), DrawCmd::Rail(s, b, e)) => a == b && d == e && r.h == s.h,
        (DrawCmd::Area(_, _, a), DrawCmd::Area(_, _, b)) => a == b,
        (
            DrawCmd::Text { colour: a, face: f, align: l, .. },
            DrawCmd::Text { colour: b, face: g, align: m, .. },
        ) => a == b && f == g && l == m,
        _ => false,
    }
}

struct Run<'a> {
    context: &'a Context,
    ratio: f64,
    painter: &'a mut Painter,
}

impl Run<'_> {
    /// Draws commands of one style.
    fn draw(&mut self, commands: &[DrawCmd]) {
        let Some(first) = commands.first() else { return };
        match *first {
            DrawCmd::Fill(_, colour) | DrawCmd::Rail(_, colour, None) => {
                self.context.set_fill(self.painter.colour(colour));
                commands.iter().for_each(|command| self.fill(command));
            }
            DrawCmd::Rail(Rect { h, .. }, colour, Some((on, off))) => {
                self.stroke(colour, f64::from(h), Some((on, off)), commands);
            }
            DrawCmd::Stroke(_, colour, width) | DrawCmd::Line(_, colour, width) => {
                self.stroke(colour, f64::from(width), None, commands);
            }
            DrawCmd::StrokeDashed(_, colour) => self.stroke(colour, 1.0, Some((3.0, 2.0)), commands),
            DrawCmd::Hatch(_, colour) => self.stroke(colour, HATCH_PX, None, commands),
            DrawCmd::Area(_, _, colour) => self.areas(colour, commands),
            DrawCmd::Text { colour, face, align, .. } => self.texts(colour, face, align, commands),
        }
    }

    fn fill(&self, command: &DrawCmd) {
        let (DrawCmd::Fill(rect, _) | DrawCmd::Rail(rect, _, _)) = command else { return };
        let (x, y) = (self.snap(rect.x), self.snap(rect.y));
        // A box is never lost: it has at least one device px.
        let least = 1.0 / self.ratio;
        let w = (self.snap(rect.x + rect.w) - x).max(least);
        let h = (self.snap(rect.y + rect.h) - y).max(least);
        self.context.fill_rect(x, y, w, h);
    }

    fn stroke(&mut self, colour: Colour, width: f64, dash: Option<(f32, f32)>, commands: &[DrawCmd]) {
        self.context.set_stroke(self.painter.colour(colour));
        self.context.set_line_width(width);
        self.dashes(dash);
        self.context.begin_path();
        commands.iter().for_each(|command| self.outline(command));
        self.context.stroke();
        if dash.is_some() {
            self.dashes(None);
        }
    }

    fn dashes(&self, dash: Option<(f32, f32)>) {
        let pattern: Array = dash.iter().flat_map(|&(on, off)| [on, off]).map(JsValue::from).collect();
        // Only an infinite or negative length is refused, and a scene has none.
        let _ = self.context.set_line_dash(&pattern);
    }

    /// Adds what a command strokes to the path.
    fn outline(&self, command: &DrawCmd) {
        match command {
            DrawCmd::Stroke(rect, _, width) => self.inner_rect(rect, f64::from(*width)),
            DrawCmd::StrokeDashed(rect, _) => self.inner_rect(rect, 1.0),
            DrawCmd::Rail(rect, ..) => {
                let y = self.snap(rect.y) + f64::from(rect.h) / 2.0;
                self.context.move_to(self.snap(rect.x), y);
                self.context.line_to(self.snap(rect.x + rect.w), y);
            }
            DrawCmd::Line(points, ..) => self.path(points),
            DrawCmd::Hatch(rect, _) => self.hatch(rect),
            DrawCmd::Fill(..) | DrawCmd::Area(..) | DrawCmd::Text { .. } => {}
        }
    }

    fn inner_rect(&self, rect: &Rect, width: f64) {
        let (x, y) = (self.snap(rect.x) + width / 2.0, self.snap(rect.y) + width / 2.0);
        let w = self.snap(rect.x + rect.w) - width / 2.0 - x;
        let h = self.snap(rect.y + rect.h) - width / 2.0 - y;
        self.context.rect(x, y, w.max(0.0), h.max(0.0));
    }

    fn path(&self, points: &[(f32, f32)]) {
        let mut points = points.iter().map(|&(x, y)| (f64::from(x), f64::from(y)));
        let Some((x, y)) = points.next() else { return };
        self.context.move_to(x, y);
        points.for_each(|(x, y)| self.context.line_to(x, y));
    }

    /// Lines that rise to the right, each cut at the rectangle's edges.
    fn hatch(&self, rect: &Rect) {
        let (left, top, right, bottom) = (rect.x, rect.y, rect.x + rect.w, rect.y + rect.h);
        let (mut x, end) = (left + HATCH_STEP / 2.0, right + rect.h);
        while x < end {
            // The line through (x, top) and (x - h, bottom).
            let (x0, x1) = ((x - rect.h).max(left), x.min(right));
            self.context.move_to(f64::from(x0), f64::from(bottom.min(top + x - x0)));
            self.context.line_to(f64::from(x1), f64::from(top + x - x1));
            x += HATCH_STEP;
        }
    }

    fn areas(&mut self, colour: Colour, commands: &[DrawCmd]) {
        self.context.set_fill(self.painter.colour(colour));
        self.context.begin_path();
        for command in commands {
            let DrawCmd::Area(points, base, _) = command else { continue };
            let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
            self.path(points);
            self.context.line_to(f64::from(last.0), f64::from(*base));
            self.context.line_to(f64::from(first.0), f64::from(*base));
            self.context.close_path();
        }
        self.context.fill();
    }

    fn texts(&mut self, colour: Colour, face: Face, align: Align, commands: &[DrawCmd]) {
        self.context.set_fill(self.painter.colour(colour));
        self.context.set_font(self.painter.fonts.of(face));
        self.context.set_text_align(match align {
            Align::Left => "left",
            Align::Centre => "center",
            Align::Right => "right",
        });
        for command in commands {
            let DrawCmd::Text { x, y, text, .. } = command else { continue };
            let (x, y) = (self.snap(*x), self.snap(*y + BASELINE_PX as f32));
            self.context.fill_label(self.painter.label(text), x, y);
        }
    }

    /// The nearest edge between device px.
    fn snap(&self, px: f32) -> f64 {
        (f64::from(px) * self.ratio).round() / self.ratio
    }
}
