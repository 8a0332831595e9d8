//! The flame graph canvas.

use std::borrow::Cow;

use super::label::shorten;
use super::{Align, DrawCmd, Face, FramePair, Measure, Rect, Theme};
use crate::api::FlameAnswer;
use crate::units;

/// What of the tree is on the screen. While a newer answer is awaited this may differ from the
/// window that the answer was made for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlameViewport {
    /// Weight at the left edge, as a fraction of the total.
    pub x0: f64,
    /// Weight at the right edge; greater than `x0`.
    pub x1: f64,
    /// Width of the canvas.
    pub width_px: f32,
    /// How far the rows are scrolled down.
    pub scroll_px: f32,
    /// Height of the canvas.
    pub height_px: f32,
}

/// What is marked in a flame graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlameMarks {
    /// The selected or focused node.
    pub selected: Option<u32>,
    /// Row of the answer's box columns under the pointer.
    pub hovered: Option<u32>,
    /// Whether boxes that the search leaves out fade.
    pub only_matches: bool,
}

/// Height of a row and of the box in it.
const ROW_PX: f32 = 18.0;
const BOX_PX: f32 = 17.0;
/// From a box's edge to its label.
const LABEL_PX: f32 = 4.0;
/// A label needs at least this much room.
const LABEL_LEAST_PX: f32 = 12.0;
/// A box wider than this says its weight, too.
const VALUE_PX: f32 = 170.0;
/// Between label and weight.
const VALUE_GAP_PX: f32 = 8.0;

/// Draws the boxes with their labels, then outlines of what is marked.
pub fn flame(
    answer: &FlameAnswer,
    viewport: &FlameViewport,
    theme: &Theme,
    marks: &FlameMarks,
    measure: &dyn Measure,
) -> Vec<DrawCmd> {
    let ground = Rect { x: 0.0, y: 0.0, w: viewport.width_px, h: viewport.height_px };
    let mut commands = vec![DrawCmd::Fill(ground, theme.bg_panel)];
    let mut fills = Vec::new();
    let mut texts = Vec::new();
    for at in 0..answer.node.len() {
        let Some(rect) = visible_rect(answer, viewport, at) else { continue };
        let pair = pair(answer, theme, marks, at);
        // Neighbours stay apart by a px where there is room for it.
        let gap = if rect.w > 3.0 { 1.0 } else { 0.0 };
        fills.push((pair.fill, DrawCmd::Fill(Rect { w: rect.w - gap, ..rect }, pair.fill)));
        label(&mut texts, answer, viewport, at, rect, pair, measure);
    }
    // Boxes do not overlap: equal colours may stand together.
    fills.sort_by_key(|&(colour, _)| colour);
    commands.extend(fills.into_iter().map(|(_, fill)| fill));
    texts.sort_by_key(|(colour, _)| *colour);
    commands.extend(texts.into_iter().map(|(_, text)| text));
    commands.extend(flame_marks(answer, viewport, theme, marks));
    commands
}

/// Row of the answer's box columns under the point (`x`, `y`) of the canvas.
pub fn flame_hit_test(answer: &FlameAnswer, viewport: &FlameViewport, x: f32, y: f32) -> Option<u32> {
    let row = ((y + viewport.scroll_px) / ROW_PX).floor();
    let weight =
        viewport.x0 + f64::from(x) / f64::from(viewport.width_px.max(1.0)) * (viewport.x1 - viewport.x0);
    let under = |&at: &usize| {
        let row_fits = answer.row.get(at).is_some_and(|&box_row| box_row as f32 == row);
        let edges = answer.x0.get(at).zip(answer.x1.get(at));
        row_fits && edges.is_some_and(|(&x0, &x1)| weight >= x0 && weight < x1)
    };
    (0..answer.node.len()).find(under).map(|at| at as u32)
}

/// Box `at` as far as it is on the canvas; edges outside stay outside.
fn visible_rect(answer: &FlameAnswer, viewport: &FlameViewport, at: usize) -> Option<Rect> {
    let px = |weight: f64| {
        let share = (weight - viewport.x0) / (viewport.x1 - viewport.x0).max(f64::MIN_POSITIVE);
        (share * f64::from(viewport.width_px)) as f32
    };
    let (x0, x1) = (px(*answer.x0.get(at)?), px(*answer.x1.get(at)?));
    let y = *answer.row.get(at)? as f32 * ROW_PX - viewport.scroll_px;
    let outside = x1 <= 0.0 || x0 >= viewport.width_px || y + ROW_PX <= 0.0 || y >= viewport.height_px;
    let (x0, x1) = (x0.max(-2.0), x1.min(viewport.width_px + 2.0));
    (!outside).then_some(Rect { x: x0, y, w: x1 - x0, h: BOX_PX })
}

fn pair(answer: &FlameAnswer, theme: &Theme, marks: &FlameMarks, at: usize) -> FramePair {
    let matched = answer.matched.get(at).copied().unwrap_or(false);
    match (answer.row.get(at), matched) {
        (_, true) => theme.matched,
        (_, false) if marks.only_matches => theme.dim,
        (Some(0), _) => FramePair { fill: theme.bg_active, text: theme.fg },
        _ => *theme.frame(answer.module.get(at).copied().unwrap_or(0)),
    }
}

/// The function, and its weight and share where the box is wide.
fn label(
    texts: &mut Vec<(super::Colour, DrawCmd)>,
    answer: &FlameAnswer,
    viewport: &FlameViewport,
    at: usize,
    rect: Rect,
    pair: FramePair,
    measure: &dyn Measure,
) {
    let left = rect.x.max(0.0) + LABEL_PX;
    let room = (rect.x + rect.w).min(viewport.width_px) - LABEL_PX - left;
    let name = answer.name.get(at).and_then(|&name| answer.names.get(name as usize));
    let Some(name) = name.filter(|_| room >= LABEL_LEAST_PX) else { return };
    let mut write = |x: f32, text: Cow<'_, str>| {
        let (y, text, colour) = (rect.y + BOX_PX / 2.0, text.into_owned(), pair.text);
        texts.push((colour, DrawCmd::Text { x, y, text, colour, face: Face::Ui, align: Align::Left }));
    };
    if rect.w > VALUE_PX {
        let weight = answer.cum.get(at).copied().unwrap_or(0);
        let share = units::percent(weight, answer.total);
        let value = format!("{}, {share}", units::value(weight, &answer.unit));
        let value_px = measure.width(&value, Face::Ui);
        if let Some(short) = shorten(name, room - VALUE_GAP_PX - value_px, Face::Ui, measure) {
            let value_x = left + measure.width(&short, Face::Ui) + VALUE_GAP_PX;
            write(left, short);
            write(value_x, value.into());
            return;
        }
    }
    if let Some(short) = shorten(name, room, Face::Ui, measure) {
        write(left, short);
    }
}

/// Draws what is marked alone, for a layer of its own: 1 px around the hovered function wherever
/// else it is, 2 px around the selected box.
pub fn flame_marks(
    answer: &FlameAnswer,
    viewport: &FlameViewport,
    theme: &Theme,
    marks: &FlameMarks,
) -> Vec<DrawCmd> {
    let outline = |at: usize, width: f32| {
        // The text colour of a dark theme would be lost on a search hit.
        let matched = answer.matched.get(at).copied().unwrap_or(false);
        let ink = if matched { theme.matched.text } else { theme.fg };
        visible_rect(answer, viewport, at).map(|rect| DrawCmd::Stroke(rect, ink, width))
    };
    let mut commands = Vec::new();
    let hovered = marks.hovered.map(|row| row as usize);
    if let Some(name) = hovered.and_then(|at| answer.name.get(at)) {
        let same = answer.name.iter().enumerate().filter(|&(at, other)| other == name && Some(at) != hovered);
        commands.extend(same.filter_map(|(at, _)| outline(at, 1.0)));
    }
    let selected = marks.selected.and_then(|node| answer.node.iter().position(|&other| other == node));
    commands.extend(selected.and_then(|at| outline(at, 2.0)));
    commands
}
