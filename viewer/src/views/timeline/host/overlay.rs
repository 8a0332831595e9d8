//! What lies over the lanes: the selected area, marks, the selected and the hovered span, the cursor.

use taskscope_engine::api::{SpanDetails, TimelineAnswer, WhyAnswer, WhySegment};
use taskscope_engine::scene::{
    self, Colour, DrawCmd, PathPart, Rect, Theme, TimelineSelection, TimelineViewport,
};

use super::{Inner, State};
use crate::canvas::window::Window;
use crate::views::timeline::area::{Area, Marks};
use crate::views::timeline::place::Place;

/// Height of a mark's band at the top of the ruler.
const MARK_PX: f32 = 3.0;
/// Height of a hit's mark.
const HIT_PX: f32 = 4.0;
/// Arrows to woken tasks that are drawn at most.
const MOST_WAKES: usize = 16;
/// A dot of a dotted line, and how far the dots are apart.
const DOT_PX: f32 = 1.0;
const DOT_STEP: f32 = 3.0;

impl Inner {
    pub(super) fn draw_overlay(&self, state: &mut State, place: &Place, theme: &Theme) {
        let viewport = self.viewport(place, state);
        let mut commands = Vec::new();
        if let (Some(area), Some(answer)) = (&state.area, &state.answer) {
            veil(&mut commands, area, answer, &viewport, &place.window, theme);
        }
        for (lo, hi) in state.marks.all() {
            for at in [lo, hi] {
                let x = place.window.x_of(at, f64::from(viewport.width_px)) as f32;
                dotted(&mut commands, x, viewport.width_px, viewport.height_px, theme.accent);
            }
        }
        if let (Some(answer), Some(why)) = (&state.answer, &state.why) {
            commands.extend(scene::timeline_path(answer, &viewport, theme, &parts(why)));
        }
        if let (Some(answer), Some(span)) = (&state.answer, &state.hovered_span) {
            commands.extend(scene::wake_arrows(answer, &viewport, theme, span, true));
        }
        if let (Some(answer), Some(span)) = (&state.answer, &state.selected) {
            // Those that it woke step back behind the one that woke it.
            commands.extend(scene::wake_arrows(answer, &viewport, theme, span, true));
            let selection = TimelineSelection::from(&**span);
            commands.extend(scene::timeline_selection(answer, &viewport, theme, &selection));
        }
        if let (Some(answer), Some(item)) = (&state.answer, &state.item) {
            let (lane, start_ns, end_ns) = (item.lane, item.start_ns, item.end_ns);
            let selection = TimelineSelection { lane, start_ns, end_ns, wake: None };
            commands.extend(scene::timeline_selection(answer, &viewport, theme, &selection));
        }
        if let Some(at) = state.pointer {
            dotted(&mut commands, at.x.floor() as f32, viewport.width_px, viewport.height_px, theme.fg_2);
        }
        state.overlay.paint(&commands);
    }
}

/// Bands over the ruler where stretches of time are marked.
pub(super) fn ruler_marks(marks: &Marks, window: &Window, width_px: f32, theme: &Theme) -> Vec<DrawCmd> {
    let band = |(lo, hi): (f64, f64)| {
        let (x0, x1) = (pixel(window, lo, width_px), pixel(window, hi, width_px));
        DrawCmd::Fill(Rect { x: x0, y: 0.0, w: (x1 - x0).max(1.0), h: MARK_PX }, theme.accent)
    };
    let in_view = |&(lo, hi): &(f64, f64)| hi >= window.lo && lo <= window.hi();
    marks.all().filter(in_view).map(band).collect()
}

/// Where hits of a search are, under the minimap's upper edge.
pub(super) fn hit_marks(marks: &[u32], width_px: f32, theme: &Theme) -> Vec<DrawCmd> {
    let column = width_px / marks.len().max(1) as f32;
    let hits = marks.iter().enumerate().filter(|(_, count)| **count > 0);
    let mark = |(at, _): (usize, &u32)| {
        let rect = Rect { x: at as f32 * column, y: 0.0, w: column.max(2.0), h: HIT_PX };
        DrawCmd::Fill(rect, theme.matched.fill)
    };
    hits.map(mark).collect()
}

/// Lanes where arrows of a span begin or end.
pub(super) fn ends(span: &SpanDetails) -> impl Iterator<Item = u64> {
    let waker = span.woken_by.as_ref().and_then(|waker| waker.lane);
    waker.into_iter().chain(span.wakes.iter().take(MOST_WAKES).map(|woken| woken.lane)).chain([span.lane])
}

/// Veils what is no part of an area, lane by lane, and draws the area's edges.
fn veil(
    commands: &mut Vec<DrawCmd>,
    area: &Area,
    answer: &TimelineAnswer,
    viewport: &TimelineViewport,
    window: &Window,
    theme: &Theme,
) {
    let (width, height) = (viewport.width_px, viewport.height_px);
    let (x0, x1) = (pixel(window, area.lo, width), pixel(window, area.hi, width));
    // Half of the minimap's veil: what lies outside is still read.
    let veil = Colour((theme.veil.0 & !0xff) | ((theme.veil.0 & 0xff) / 2));
    let mut band = |x: f32, w: f32, y: f32, h: f32, colour| {
        if w > 0.0 && h > 0.0 {
            commands.push(DrawCmd::Fill(Rect { x, y, w, h }, colour));
        }
    };
    band(0.0, x0, 0.0, height, veil);
    band(x1, width - x1, 0.0, height, veil);
    let mut edges = Vec::new();
    // Neighbours that are both inside or both outside are one stripe: no seams.
    for stripe in answer.lanes.chunk_by(|a, b| area.holds(a.key) == area.holds(b.key)) {
        let (Some(first), Some(last)) = (stripe.first(), stripe.last()) else { continue };
        let top = first.top_px as f32 - viewport.scroll_px;
        let bottom = (last.top_px + last.height_px) as f32 - viewport.scroll_px;
        match area.holds(first.key) {
            true => edges.push((top, bottom)),
            false => band(x0, x1 - x0, top, bottom - top, veil),
        }
    }
    let (top, bottom) =
        (edges.first().map_or(0.0, |edge| edge.0), edges.last().map_or(height, |edge| edge.1));
    if area.lanes.is_empty() {
        band(x0, 1.0, 0.0, height, theme.fg);
        band(x1 - 1.0, 1.0, 0.0, height, theme.fg);
    } else if !edges.is_empty() {
        let rect = Rect { x: x0, y: top, w: (x1 - x0).max(1.0), h: bottom - top };
        commands.push(DrawCmd::Stroke(rect, theme.fg, 1.0));
    }
}

/// A critical path as the scene draws it.
fn parts(why: &WhyAnswer) -> Vec<PathPart> {
    let part = |segment: &WhySegment| PathPart {
        lane: segment.lane,
        t0_ns: segment.t0_ns,
        t1_ns: segment.t1_ns,
        mark: segment.mark,
    };
    why.segments.iter().map(part).collect()
}

/// A dotted upright line.
fn dotted(commands: &mut Vec<DrawCmd>, x: f32, width_px: f32, height_px: f32, colour: Colour) {
    if !(0.0..=width_px).contains(&x) {
        return;
    }
    let dots = (height_px / DOT_STEP).clamp(0.0, 4_000.0) as u32;
    let dot = |at: u32| Rect { x, y: at as f32 * DOT_STEP, w: 1.0, h: DOT_PX };
    commands.extend((0..dots).map(|at| DrawCmd::Fill(dot(at), colour)));
}

/// Where a moment is on the canvas; what is far outside is a little outside.
fn pixel(window: &Window, at: f64, width_px: f32) -> f32 {
    window.x_of(at, f64::from(width_px)).clamp(-2.0, f64::from(width_px) + 2.0) as f32
}
