//! Lanes that are charts: histograms of group heads, counters, and areas on top of each other.

use super::timeline::BOX_INSET_PX;
use super::{DrawCmd, Rect, Theme, TimelineViewport};
use crate::api::{Lane, Mark, TimelineAnswer};

/// Bars of 2 px every 3 px: running from the ground up, ready on top.
pub(super) fn histogram(
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
pub(super) fn counter(
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
    let points = outline(&lane.series, &columns, y);
    if !points.is_empty() {
        commands.push(DrawCmd::Area(points.clone(), ground, theme.chart_fill));
        commands.push(DrawCmd::Line(points, theme.chart_line, 1.0));
    }
    stacked(commands, lane, &columns, ground, y, theme);
    let mut at = 0;
    for level in lane.series2.chunk_by(|a, b| a == b) {
        let (x0, x1) = (columns.x(at), columns.x(at + level.len()));
        at += level.len();
        let rail = Rect { x: x0, y: y(level[0]) - 0.5, w: x1 - x0, h: 1.0 };
        commands.push(DrawCmd::Rail(rail, theme.chart_goal, Some((2.0, 3.0))));
    }
}

/// Areas on top of each other: the uppermost is drawn first, what is under it over it.
fn stacked(
    commands: &mut Vec<DrawCmd>,
    lane: &Lane,
    columns: &Columns,
    ground: f32,
    y: impl Fn(f32) -> f32,
    theme: &Theme,
) {
    let mut heights = vec![0.0; lane.stacked.first().map_or(0, |area| area.values.len())];
    let mut areas = Vec::new();
    for area in &lane.stacked {
        heights.iter_mut().zip(&area.values).for_each(|(height, value)| *height += value);
        if area.values.iter().any(|&value| value > 0.0) {
            // Sums of averages differ in digits that nobody sees, and each would be a point.
            let seen: Vec<f32> = heights.iter().map(|height| (height * 1024.0).round() / 1024.0).collect();
            areas.push((area.mark, outline(&seen, columns, &y)));
        }
    }
    let whole = areas.last().map(|(_, points)| points.clone());
    for (mark, points) in areas.into_iter().rev() {
        let fill = if mark == Mark::Sleep { theme.chart_fill } else { theme.state(mark).ink };
        commands.push(DrawCmd::Area(points, ground, fill));
    }
    commands.extend(whole.map(|points| DrawCmd::Line(points, theme.chart_line, 1.0)));
}

/// The visible part of a series as steps, with a point only where the value changes.
fn outline(series: &[f32], columns: &Columns, y: impl Fn(f32) -> f32) -> Vec<(f32, f32)> {
    let (mut at, end) = columns.visible(series.len());
    let mut points = Vec::new();
    for level in series[at..end].chunk_by(|a, b| a == b) {
        points.push((columns.x(at), y(level[0])));
        at += level.len();
        points.push((columns.x(at), y(level[0])));
    }
    points
}

/// Where the columns of a lane's series are on the canvas.
struct Columns {
    first_x: f32,
    step: f32,
    canvas_px: f32,
}

impl Columns {
    fn new(answer: &TimelineAnswer, lane: &Lane, viewport: &TimelineViewport) -> Self {
        let (first_x, end_x) = (viewport.x_of(answer.t0_ns), viewport.x_of(answer.t1_ns));
        let stacked = lane.stacked.first().map_or(0, |area| area.values.len());
        let count = lane.series.len().max(lane.series2.len()).max(stacked).max(1);
        Self { first_x, step: (end_x - first_x) / count as f32, canvas_px: viewport.width_px }
    }

    /// The first of `count` columns that is on the canvas, and the first that is not any more.
    fn visible(&self, count: usize) -> (usize, usize) {
        // A float below 0, or no number, becomes 0.
        let column = |x: f32| ((x - self.first_x) / self.step) as usize;
        let end = column(self.canvas_px).saturating_add(2).min(count);
        (column(0.0).saturating_sub(1).min(end), end)
    }

    /// Left edge of column `at`.
    fn x(&self, at: usize) -> f32 {
        self.first_x + at as f32 * self.step
    }
}
