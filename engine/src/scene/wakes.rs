//! Arrows from wakers to those they woke, and paths from lane to lane.

use super::timeline::BOX_INSET_PX;
use super::{Colour, DrawCmd, Rect, Theme, TimelineViewport};
use crate::api::{Lane, Mark, SpanDetails, TimelineAnswer};

/// Arrows of one span that are drawn at most.
const MOST_ARROWS: usize = 24;
/// Width of a path where it runs, and where it waits.
const PATH_PX: (f32, f32) = (3.0, 1.5);

/// Where a lane is: among all lanes, so it may be out of view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LanePlace {
    top_px: f32,
    height_px: f32,
}

impl LanePlace {
    /// Of a visible lane.
    pub(super) fn of(lane: &Lane) -> Self {
        Self { top_px: lane.top_px as f32, height_px: lane.height_px as f32 }
    }

    /// Of the lane with this key: a visible one, or one that was located. One that is hidden in a
    /// closed group has the place of its head.
    pub(super) fn find(answer: &TimelineAnswer, key: u64) -> Option<Self> {
        let visible = answer.lanes.iter().find(|lane| lane.key == key).map(Self::of);
        let located = || answer.located.iter().find(|(located, _)| *located == key);
        visible.or_else(|| {
            located()
                .map(|(_, place)| Self { top_px: place.top_px as f32, height_px: place.height_px as f32 })
        })
    }

    /// Top and bottom of its boxes on the canvas. What is far out of view stays a little outside.
    fn box_px(self, viewport: &TimelineViewport) -> (f32, f32) {
        let y = |y: f32| (y - viewport.scroll_px).clamp(-64.0, viewport.height_px + 64.0);
        (y(self.top_px + BOX_INSET_PX), y(self.top_px + self.height_px - BOX_INSET_PX))
    }
}

/// Draws the arrow to a span from its waker, and those from it to the tasks that it woke: strong for
/// the selected span, pale for the hovered one.
pub fn wake_arrows(
    answer: &TimelineAnswer,
    viewport: &TimelineViewport,
    theme: &Theme,
    span: &SpanDetails,
    hover: bool,
) -> Vec<DrawCmd> {
    let mut commands = Vec::new();
    let ink = if hover { theme.fg_3 } else { theme.fg };
    let Some(here) = LanePlace::find(answer, span.lane) else { return commands };
    if let Some(waker) = &span.woken_by
        && let Some(from) = waker.lane.filter(|&lane| lane != span.lane)
        && let Some(from) = LanePlace::find(answer, from)
    {
        arrow(&mut commands, viewport, ink, theme.bg_panel, waker.at_ns, from, here);
    }
    for woken in span.wakes.iter().take(MOST_ARROWS).filter(|woken| woken.lane != span.lane) {
        if let Some(to) = LanePlace::find(answer, woken.lane) {
            arrow(&mut commands, viewport, ink, theme.bg_panel, woken.at_ns, here, to);
        }
    }
    commands
}

/// A stretch of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathPart {
    /// Key of its lane; `None` where it is not known.
    pub lane: Option<u64>,
    /// First ns on the trace's clock.
    pub t0_ns: u64,
    /// One past the last ns.
    pub t1_ns: u64,
    /// State there: thick where it runs, thin where it waits.
    pub mark: Mark,
}

/// Draws a path through the lanes, as a critical path or a chain of wakers: a line along the bottom
/// of each part's lane, and upright lines between lanes. Parts are in time order.
pub fn timeline_path(
    answer: &TimelineAnswer,
    viewport: &TimelineViewport,
    theme: &Theme,
    parts: &[PathPart],
) -> Vec<DrawCmd> {
    let mut commands = Vec::new();
    let mut before: Option<f32> = None;
    for part in parts {
        let place = part.lane.and_then(|lane| LanePlace::find(answer, lane));
        let Some(y) = place.map(|place| place.box_px(viewport).1 - PATH_PX.0 / 2.0) else {
            before = None;
            continue;
        };
        let (x0, x1) = (viewport.x_of(part.t0_ns), viewport.x_of(part.t1_ns));
        let upright = before.filter(|from| (from - y).abs() > 0.5);
        if let Some(from) = upright.filter(|_| (-1.0..=viewport.width_px + 1.0).contains(&x0)) {
            commands.push(DrawCmd::Line(vec![(x0, from), (x0, y)], theme.fg, PATH_PX.1));
        }
        let (left, right) = (x0.max(-8.0), x1.min(viewport.width_px + 8.0));
        if left < right {
            let h = if part.mark == Mark::Running { PATH_PX.0 } else { PATH_PX.1 };
            commands.push(DrawCmd::Fill(Rect { x: left, y: y - h / 2.0, w: right - left, h }, theme.fg));
        }
        before = Some(y);
    }
    commands
}

/// A line from the waker's lane to the woken task's, with a ring where it starts and an open head.
pub(super) fn arrow(
    commands: &mut Vec<DrawCmd>,
    viewport: &TimelineViewport,
    ink: Colour,
    ground: Colour,
    at_ns: u64,
    from: LanePlace,
    to: LanePlace,
) {
    const RING_PX: f32 = 3.0;
    const HEAD_PX: f32 = 4.0;
    let x = viewport.x_of(at_ns);
    if x < -HEAD_PX || x > viewport.width_px + HEAD_PX || from == to {
        return;
    }
    let (source, target) = (from.box_px(viewport), to.box_px(viewport));
    let down = if target.0 > source.0 { 1.0 } else { -1.0 };
    let start = (source.0 + source.1) / 2.0;
    let end = if down > 0.0 { target.0 } else { target.1 };
    let line = |points: Vec<(f32, f32)>| DrawCmd::Line(points, ink, 1.5);
    commands.push(line(vec![(x, start + down * RING_PX), (x, end)]));
    let foot = end - down * HEAD_PX;
    commands.push(line(vec![(x - HEAD_PX, foot), (x, end), (x + HEAD_PX, foot)]));
    let turn = |part: u8| (f32::from(part) * std::f32::consts::TAU / 12.0).sin_cos();
    let ring = (0..=12).map(turn).map(|(sin, cos)| (x + RING_PX * cos, start + RING_PX * sin)).collect();
    let hole = Rect { x: x - 2.0, y: start - 2.0, w: 4.0, h: 4.0 };
    commands.push(DrawCmd::Fill(hole, ground));
    commands.push(line(ring));
}
