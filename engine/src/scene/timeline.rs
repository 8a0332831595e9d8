//! The lanes canvas: boxes, histograms, counters, the selection and its wake arrow.

use super::label::shorten;
use super::lane_marks::{Sheets, Style};
use super::{Colour, DrawCmd, Face, Measure, Rect, Theme};
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
}

/// Above and below a box in its lane.
const BOX_INSET_PX: f32 = 2.0;
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
            LaneKind::Idle => {}
            _ => {
                boxes(&mut sheets, answer, lane, viewport, theme, &mut widths, measure);
            }
        }
    }
    commands.extend(sheets.finish());
    if let Some(selection) = selection {
        commands.extend(timeline_selection(answer, viewport, theme, selection));
    }
    commands
}

/// Draws the selection alone, for a layer of its own: the outline, and the wake arrow if both of
/// its lanes are in the answer.
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
        && let Some(from) = lane_of(wake.from_lane)
        && from.key != lane.key
    {
        arrow(&mut commands, viewport, theme, wake.at_ns, from, lane);
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
    let span = row.and_then(|row| answer.span.get(row)).copied().filter(|&span| span != u32::MAX);
    Some(Hit { lane: at as u32, row: row.map(|row| row as u32), span })
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
            LaneKind::Worker if x1 - x0 > 3.0 => x1 - 1.0,
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

/// Bars of 2 px every 3 px: running from the ground up, ready on top.
fn histogram(
    commands: &mut Vec<DrawCmd>,
    answer: &TimelineAnswer,
    lane: &Lane,
    viewport: &TimelineViewport,
    theme: &Theme,
) {
    const COLUMNS: usize = 3;
    let ground = lane.top_px as f32 - viewport.scroll_px + lane.height_px as f32 - 2.0;
    let full = lane.height_px as f32 - 2.0 * BOX_INSET_PX - 1.0;
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
    let columns = Columns::new(answer, lane, viewport);
    let mut ready_bars = Vec::new();
    for (at, values) in lane.series.chunks(COLUMNS).enumerate() {
        let (x, w) = (columns.x(at * COLUMNS), columns.step * COLUMNS as f32 - 1.0);
        if x + w < 0.0 || x > viewport.width_px {
            continue;
        }
        let bar = |y: f32, h: f32| Rect { x, y: y - h, w: w.max(1.0), h };
        let running = bar_px(mean(values), full);
        let waiting = lane.series2.get(at * COLUMNS..at * COLUMNS + values.len()).map_or(0.0, mean);
        let waiting = bar_px(waiting, full - running);
        if running > 0.0 {
            commands.push(DrawCmd::Fill(bar(ground, running), theme.state(Mark::Running).fill));
        }
        if waiting > 0.0 {
            ready_bars.push(DrawCmd::Fill(bar(ground - running, waiting), theme.state(Mark::Ready).fill));
        }
    }
    commands.append(&mut ready_bars);
}

/// Height of a bar: what is there at all is at least a pixel high.
fn bar_px(share: f32, full: f32) -> f32 {
    if share <= 0.001 { 0.0 } else { (share * full).max(1.0).min(full.max(0.0)) }
}

/// An area with its line; the second series as a dotted line over it.
fn counter(
    commands: &mut Vec<DrawCmd>,
    answer: &TimelineAnswer,
    lane: &Lane,
    viewport: &TimelineViewport,
    theme: &Theme,
) {
    let ground = lane.top_px as f32 - viewport.scroll_px + lane.height_px as f32 - 1.0;
    let full = lane.height_px as f32 - 6.0;
    let columns = Columns::new(answer, lane, viewport);
    let y = |value: f32| ground - value.clamp(0.0, 1.0) * full;
    let points = outline(&lane.series, |at| columns.x(at), y);
    if !points.is_empty() {
        commands.push(DrawCmd::Area(points.clone(), ground, theme.chart_fill));
        commands.push(DrawCmd::Line(points, theme.chart_line, 1.0));
    }
    let mut at = 0;
    for level in lane.series2.chunk_by(|a, b| a == b) {
        let (x0, x1) = (columns.x(at), columns.x(at + level.len()));
        at += level.len();
        let rail = Rect { x: x0, y: y(level[0]) - 0.5, w: x1 - x0, h: 1.0 };
        commands.push(DrawCmd::Rail(rail, theme.chart_goal, Some((2.0, 3.0))));
    }
}

/// A series as steps, with a point only where the value changes.
fn outline(series: &[f32], x: impl Fn(usize) -> f32, y: impl Fn(f32) -> f32) -> Vec<(f32, f32)> {
    let mut points = Vec::new();
    let mut at = 0;
    for level in series.chunk_by(|a, b| a == b) {
        points.push((x(at), y(level[0])));
        at += level.len();
        points.push((x(at), y(level[0])));
    }
    points
}

/// A line from the waker's lane to the woken task's, with a ring where it starts and an open head.
fn arrow(
    commands: &mut Vec<DrawCmd>,
    viewport: &TimelineViewport,
    theme: &Theme,
    at_ns: u64,
    from: &Lane,
    to: &Lane,
) {
    const RING_PX: f32 = 3.0;
    const HEAD_PX: f32 = 4.0;
    let x = viewport.x_of(at_ns);
    if x < -HEAD_PX || x > viewport.width_px + HEAD_PX {
        return;
    }
    let (source, target) = (box_rect(from, viewport, x, x), box_rect(to, viewport, x, x));
    let down = if target.y > source.y { 1.0 } else { -1.0 };
    let start = source.y + source.h / 2.0;
    let end = if down > 0.0 { target.y } else { target.y + target.h };
    let line = |points: Vec<(f32, f32)>, colour: Colour, width: f32| DrawCmd::Line(points, colour, width);
    commands.push(line(vec![(x, start + down * RING_PX), (x, end)], theme.fg, 1.5));
    let foot = end - down * HEAD_PX;
    commands.push(line(vec![(x - HEAD_PX, foot), (x, end), (x + HEAD_PX, foot)], theme.fg, 1.5));
    let turn = |part: u8| (f32::from(part) * std::f32::consts::TAU / 12.0).sin_cos();
    let ring = (0..=12).map(turn).map(|(sin, cos)| (x + RING_PX * cos, start + RING_PX * sin)).collect();
    let hole = Rect { x: x - 2.0, y: start - 2.0, w: 4.0, h: 4.0 };
    commands.push(DrawCmd::Fill(hole, theme.bg_panel));
    commands.push(line(ring, theme.fg, 1.5));
}

/// Where the columns of a lane's series are on the canvas.
struct Columns {
    first_x: f32,
    step: f32,
}

impl Columns {
    fn new(answer: &TimelineAnswer, lane: &Lane, viewport: &TimelineViewport) -> Self {
        let (first_x, end_x) = (viewport.x_of(answer.t0_ns), viewport.x_of(answer.t1_ns));
        Self { first_x, step: (end_x - first_x) / lane.series.len().max(lane.series2.len()).max(1) as f32 }
    }

    /// Left edge of column `at`.
    fn x(&self, at: usize) -> f32 {
        self.first_x + at as f32 * self.step
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
