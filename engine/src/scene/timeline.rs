//! The lanes canvas: boxes, histograms, counters, the selection and its wake arrow.

use super::label::shorten;
use super::lane_charts::{counter, histogram};
use super::lane_marks::{Sheets, Style};
use super::wakes::{LanePlace, arrow};
use super::{Align, DrawCmd, Face, Measure, Rect, Theme};
use crate::api::{Lane, LaneKind, Mark, SpanDetails, TimelineAnswer};

/// What of the lanes is on the screen now. While a newer answer is awaited this may differ from
/// the window that the answer was made for; the picture is then scaled and moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimelineViewport {
    /// First ns of the trace on its clock; the times below count from here.
    pub origin_ns: u64,
    /// Time at the left edge.
    pub from_ns: f64,
    /// Time at the right edge; greater than `from_ns`.
    pub to_ns: f64,
    /// Width of the canvas.
    pub width_px: f32,
    /// How far the lanes are scrolled down.
    pub scroll_px: f32,
    /// Height of the canvas.
    pub height_px: f32,
}

/// The selected span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimelineSelection {
    /// Key of its lane.
    pub lane: u64,
    /// First ns on the trace's clock.
    pub start_ns: u64,
    /// One past the last ns.
    pub end_ns: u64,
    /// Who woke the task, if another task did.
    pub wake: Option<WakeArrow>,
}

/// From whose lane, and when, an arrow goes to the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WakeArrow {
    /// Key of the waker's lane.
    pub from_lane: u64,
    /// When, on the trace's clock.
    pub at_ns: u64,
}

impl From<&SpanDetails> for TimelineSelection {
    fn from(span: &SpanDetails) -> Self {
        let wake = span.woken_by.as_ref();
        Self {
            lane: span.lane,
            start_ns: span.start_ns,
            end_ns: span.end_ns,
            wake: wake.and_then(|waker| Some(WakeArrow { from_lane: waker.lane?, at_ns: waker.at_ns })),
        }
    }
}

/// What lies under a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Index into the answer's lanes.
    pub lane: u32,
    /// Row of the answer's box columns; `None` beside boxes.
    pub row: Option<u32>,
    /// The span, if the box is one span and not several.
    pub span: Option<u32>,
    /// A box that is no span: its number for [`crate::api::ItemQuery`], and its mark.
    pub item: Option<(u32, Mark)>,
}

/// Above and below a box in its lane.
pub(super) const BOX_INSET_PX: f32 = 2.0;
/// From a box's left edge to its label.
const LABEL_PX: f32 = 4.0;
/// A label needs at least this much room.
const LABEL_LEAST_PX: f32 = 12.0;

/// Draws the lanes, then the selection over them.
pub fn timeline(
    answer: &TimelineAnswer,
    viewport: &TimelineViewport,
    theme: &Theme,
    selection: Option<&TimelineSelection>,
    measure: &dyn Measure,
) -> Vec<DrawCmd> {
    let mut commands = grounds(answer, viewport, theme);
    let mut sheets = Sheets::new();
    let mut widths = vec![f32::NAN; answer.labels.len()];
    for lane in &answer.lanes {
        match lane.kind {
            LaneKind::Group => histogram(&mut commands, answer, lane, viewport, theme),
            LaneKind::Counter => counter(&mut commands, answer, lane, viewport, theme),
            LaneKind::Idle => idle(&mut commands, answer, lane, viewport, theme),
            _ => boxes(&mut sheets, answer, lane, viewport, theme, &mut widths, measure),
        }
    }
    let mut later = Vec::new();
    for lane in &answer.lanes {
        overlays(&mut sheets, &mut later, answer, lane, viewport, theme);
    }
    commands.extend(sheets.finish());
    commands.append(&mut later);
    commands.extend(missing(answer, viewport, theme));
    if let Some(selection) = selection {
        commands.extend(timeline_selection(answer, viewport, theme, selection));
    }
    commands
}

/// Draws the selection alone, for a layer of its own: the outline, and the wake arrow if both of
/// its lanes have a place in the answer.
pub fn timeline_selection(
    answer: &TimelineAnswer,
    viewport: &TimelineViewport,
    theme: &Theme,
    selection: &TimelineSelection,
) -> Vec<DrawCmd> {
    let mut commands = Vec::new();
    let lane_of = |key: u64| answer.lanes.iter().find(|lane| lane.key == key);
    let Some(lane) = lane_of(selection.lane) else { return commands };
    let (x0, x1) = (viewport.x_of(selection.start_ns), viewport.x_of(selection.end_ns));
    // The ends of a span that reaches beyond the canvas are drawn outside of it.
    let (x0, x1) = (x0.max(-4.0), x1.max(x0 + 1.0).min(viewport.width_px + 4.0));
    if x0 < x1 {
        let rect = box_rect(lane, viewport, x0 - 1.0, x1 + 1.0);
        commands.push(DrawCmd::Stroke(Rect { y: rect.y - 1.0, h: rect.h + 2.0, ..rect }, theme.fg, 2.0));
    }
    if let Some(wake) = selection.wake
        && wake.from_lane != selection.lane
        && let Some(from) = LanePlace::find(answer, wake.from_lane)
    {
        let to = LanePlace::of(lane);
        arrow(&mut commands, viewport, theme.fg, theme.bg_panel, wake.at_ns, from, to);
    }
    commands
}

/// What lies under the point (`x`, `y`) of the canvas; `None` outside of all lanes.
pub fn timeline_hit_test(
    answer: &TimelineAnswer,
    viewport: &TimelineViewport,
    x: f32,
    y: f32,
) -> Option<Hit> {
    let y = y + viewport.scroll_px;
    let under = |lane: &&Lane| y >= lane.top_px as f32 && y < (lane.top_px + lane.height_px) as f32;
    let (at, lane) = answer.lanes.iter().enumerate().find(|(_, lane)| under(lane))?;
    let time = viewport.ns_at(x) - viewport.since_origin(answer.t0_ns);
    let (first, end) = rows(answer, lane);
    let after = first + answer.x0_ns.get(first..end)?.partition_point(|&x0| x0 as f64 <= time);
    let inside = |row: &usize| *row >= first && time < answer.x1_ns.get(*row).map_or(0.0, |&x1| x1 as f64);
    let row = after.checked_sub(1).filter(inside);
    let number = |row: usize| answer.span.get(row).copied().filter(|&number| number != u32::MAX);
    let row_number = row.and_then(number);
    let spans = matches!(lane.kind, LaneKind::Worker | LaneKind::Thread | LaneKind::Task | LaneKind::Stack);
    let mark = |row: usize| answer.mark.get(row).copied().unwrap_or_default();
    let item = match spans {
        true => over(answer, lane, time, viewport.ns_at(1.0) - viewport.ns_at(0.0), y - lane.top_px as f32)
            .and_then(|row| Some((number(row)?, mark(row)))),
        false => row.and_then(|row| Some((number(row)?, mark(row)))),
    };
    Some(Hit { lane: at as u32, row: row.map(|row| row as u32), span: row_number.filter(|_| spans), item })
}

/// The assist or the CPU sample under a point: an assist fills its lane, a sample's tick is small.
fn over(answer: &TimelineAnswer, lane: &Lane, time: f64, px_ns: f64, y: f32) -> Option<usize> {
    let end = (lane.overlay.1 as usize).min(answer.x0_ns.len());
    (lane.overlay.0 as usize..end).find(|&row| {
        let (Some(&x0), Some(&x1)) = (answer.x0_ns.get(row), answer.x1_ns.get(row)) else { return false };
        match answer.mark.get(row) {
            Some(Mark::Gc) => x0 as f64 <= time && time < x1 as f64,
            Some(Mark::Tick) => (time - x0 as f64).abs() <= 2.0 * px_ns && y < BOX_INSET_PX + 4.0,
            _ => false,
        }
    })
}

/// Grounds of heads, and a hairline under every lane.
fn grounds(answer: &TimelineAnswer, viewport: &TimelineViewport, theme: &Theme) -> Vec<DrawCmd> {
    let band = |lane: &Lane, top: f32, h: f32| {
        let y = lane.top_px as f32 - viewport.scroll_px + top;
        Rect { x: 0.0, y, w: viewport.width_px, h }
    };
    let canvas = Rect { x: 0.0, y: 0.0, w: viewport.width_px, h: viewport.height_px };
    let heads = answer.lanes.iter().filter(|lane| lane.kind == LaneKind::Group);
    let mut commands = vec![DrawCmd::Fill(canvas, theme.bg_panel)];
    commands.extend(heads.map(|lane| DrawCmd::Fill(band(lane, 0.0, lane.height_px as f32), theme.bg_app)));
    let line = |lane: &Lane| DrawCmd::Fill(band(lane, lane.height_px as f32 - 1.0, 1.0), theme.line);
    commands.extend(answer.lanes.iter().map(line));
    commands
}

/// What stands in place of folded lanes.
fn idle(
    commands: &mut Vec<DrawCmd>,
    answer: &TimelineAnswer,
    lane: &Lane,
    viewport: &TimelineViewport,
    theme: &Theme,
) {
    let label = answer.label.get(lane.boxes.0 as usize).map_or(usize::MAX, |&label| label as usize);
    let why = answer.labels.get(label).map_or("", String::as_str);
    let y = lane.top_px as f32 - viewport.scroll_px + lane.height_px as f32 / 2.0;
    let what = if lane.expanded == Some(true) { "Fold" } else { "Show" };
    let text = format!("{why} · {what}");
    let (face, align) = (Face::Ui, Align::Left);
    commands.push(DrawCmd::Text { x: 8.0, y, text, colour: theme.fg_3, face, align });
}

/// Collector assists over the boxes of a task; CPU samples and search hits over their labels, too.
fn overlays(
    sheets: &mut Sheets,
    later: &mut Vec<DrawCmd>,
    answer: &TimelineAnswer,
    lane: &Lane,
    viewport: &TimelineViewport,
    theme: &Theme,
) {
    let t0 = viewport.since_origin(answer.t0_ns);
    let end = (lane.overlay.1 as usize).min(answer.x0_ns.len());
    for row in lane.overlay.0 as usize..end {
        let (Some(&x0), Some(&x1)) = (answer.x0_ns.get(row), answer.x1_ns.get(row)) else { break };
        let (x0, x1) = (viewport.x(t0 + x0 as f64), viewport.x(t0 + x1 as f64));
        if x1 <= 0.0 || x0 >= viewport.width_px {
            continue;
        }
        let mark = answer.mark.get(row).copied().unwrap_or_default();
        let (x0, x1) = (x0.max(-8.0), x1.max(x0 + 1.0).min(viewport.width_px + 8.0));
        let rect = box_rect(lane, viewport, x0, x1);
        match mark {
            Mark::Tick => later.push(DrawCmd::Fill(Rect { w: 1.0, h: 4.0, ..rect }, theme.fg)),
            Mark::Match => {
                let edge = Rect { x: x0 - 0.5, w: x1 - x0 + 1.0, ..rect };
                later.push(DrawCmd::Fill(Rect { h: 3.0, ..edge }, theme.matched.fill));
                if x1 - x0 > 4.0 {
                    later.push(DrawCmd::Stroke(edge, theme.matched.fill, 1.0));
                }
            }
            mark => sheets.mark(rect, Style { mark, colour: 0 }, theme),
        }
    }
}

/// A grey hatch over all lanes where the file has lost the events, and a line where that begins.
fn missing(answer: &TimelineAnswer, viewport: &TimelineViewport, theme: &Theme) -> Vec<DrawCmd> {
    let t0 = viewport.since_origin(answer.t0_ns);
    let stretch = |&(from, to): &(i64, i64)| {
        let (x0, x1) = (viewport.x(t0 + from as f64), viewport.x(t0 + to as f64));
        let (left, right) = (x0.max(-8.0), x1.max(x0 + 2.0).min(viewport.width_px + 8.0));
        let rect = Rect { x: left, y: 0.0, w: right - left, h: viewport.height_px };
        let line = Rect { x: x0, w: 1.0, ..rect };
        (left < right).then_some([DrawCmd::Hatch(rect, theme.fg_3), DrawCmd::Fill(line, theme.warn)])
    };
    answer.missing.iter().filter_map(stretch).flatten().collect()
}

fn boxes(
    sheets: &mut Sheets,
    answer: &TimelineAnswer,
    lane: &Lane,
    viewport: &TimelineViewport,
    theme: &Theme,
    widths: &mut [f32],
    measure: &dyn Measure,
) {
    let t0 = viewport.since_origin(answer.t0_ns);
    let (first, end) = rows(answer, lane);
    for row in first..end {
        let (Some(&x0), Some(&x1)) = (answer.x0_ns.get(row), answer.x1_ns.get(row)) else { return };
        let (x0, x1) = (viewport.x(t0 + x0 as f64), viewport.x(t0 + x1 as f64));
        if x1 <= 0.0 || x0 >= viewport.width_px {
            continue;
        }
        let style = Style {
            mark: answer.mark.get(row).copied().unwrap_or_default(),
            colour: answer.colour.get(row).copied().unwrap_or(0),
        };
        let x1 = match lane.kind {
            // A pause of the collector is worth a pixel at any zoom.
            LaneKind::Gc => x1.max(x0 + 1.0),
            LaneKind::Worker | LaneKind::Thread | LaneKind::Stack if x1 - x0 > 3.0 => x1 - 1.0,
            _ => x1,
        };
        // What lies far outside would only cost the painter precision; edges stay outside.
        let rect = box_rect(lane, viewport, x0.max(-8.0), x1.min(viewport.width_px + 8.0));
        sheets.mark(rect, style, theme);
        let (left, right) = (x0.max(0.0) + LABEL_PX, x1.min(viewport.width_px) - LABEL_PX);
        let label = answer.label.get(row).copied().unwrap_or(u32::MAX) as usize;
        let Some(text) = answer.labels.get(label).filter(|_| right - left >= LABEL_LEAST_PX) else {
            continue;
        };
        let whole = &mut widths[label];
        if whole.is_nan() {
            *whole = measure.width(text, Face::Ui);
        }
        if *whole <= right - left {
            sheets.label(rect, left, *whole, text.clone(), style, theme);
        } else if let Some(short) = shorten(text, right - left, Face::Ui, measure) {
            let width = measure.width(&short, Face::Ui);
            sheets.label(rect, left, width, short.into_owned(), style, theme);
        }
    }
}

fn box_rect(lane: &Lane, viewport: &TimelineViewport, x0: f32, x1: f32) -> Rect {
    let y = lane.top_px as f32 - viewport.scroll_px + BOX_INSET_PX;
    Rect { x: x0, y, w: x1 - x0, h: lane.height_px as f32 - 2.0 * BOX_INSET_PX }
}

/// The rows of `lane` in the answer's box columns.
fn rows(answer: &TimelineAnswer, lane: &Lane) -> (usize, usize) {
    let end = (lane.boxes.1 as usize).min(answer.x0_ns.len());
    ((lane.boxes.0 as usize).min(end), end)
}
