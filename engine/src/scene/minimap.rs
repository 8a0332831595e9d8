//! The minimap: the whole trace in 48 px, with the window in view.

use super::{Align, Colour, DrawCmd, Face, Measure, Rect, Theme};
use crate::api::{Mark, Minimap};
use crate::units;

/// Height of the minimap.
pub const MINIMAP_PX: f32 = 48.0;

/// Ground of the bars, and their greatest height: the time labels stand above them.
const GROUND_PX: f32 = 36.0;
const FULL_PX: f32 = 22.0;
/// Height of a bar when every worker runs a task; the rest is for ready ones. Where more tasks are
/// ready than fit at the same scale, theirs is smaller: the highest bar just fits.
const WORKERS_PX: f32 = 15.0;
/// Top and height of the GC marks.
const GC_PX: (f32, f32) = (39.0, 4.0);
/// Width and height of the window's handles.
const HANDLE_PX: (f32, f32) = (6.0, 16.0);
/// Vertical middle of the time labels.
const LABEL_Y: f32 = 8.0;

/// What the minimap is drawn for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinimapViewport {
    /// Width of the canvas.
    pub width_px: f32,
    /// Length of the trace.
    pub duration_ns: u64,
    /// First moment of the window in view, as a fraction of the trace.
    pub from: f64,
    /// Its last moment.
    pub to: f64,
}

/// Draws bars (running, ready on top), GC marks under them, and the window in view with its handles.
pub fn minimap(
    map: &Minimap,
    viewport: &MinimapViewport,
    theme: &Theme,
    measure: &dyn Measure,
) -> Vec<DrawCmd> {
    let mut commands = bars(map, viewport, theme);
    let mark = |&(from, to): &(f32, f32)| {
        let x = from * viewport.width_px;
        let w = ((to - from) * viewport.width_px).max(2.0);
        DrawCmd::Fill(Rect { x, y: GC_PX.0, w, h: GC_PX.1 }, theme.state(Mark::Gc).ink)
    };
    commands.extend(map.gc.iter().map(mark));
    let window = Window::new(viewport);
    commands.extend(window.veils(viewport, theme));
    commands.extend(labels(viewport, &window, theme, measure));
    commands.extend(window.frame(viewport, theme));
    commands
}

/// Bars of 2 px every 3 px.
fn bars(map: &Minimap, viewport: &MinimapViewport, theme: &Theme) -> Vec<DrawCmd> {
    const COLUMNS: usize = 3;
    let ground = Rect { x: 0.0, y: 0.0, w: viewport.width_px, h: MINIMAP_PX };
    let step = viewport.width_px / map.running.len().max(1) as f32;
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
    let scale = WORKERS_PX / map.workers.max(1) as f32;
    let most_ready = map.ready.chunks(COLUMNS).map(mean).fold(1e-3, f32::max);
    let ready_scale = scale.min((FULL_PX - WORKERS_PX) / most_ready);
    let (mut running, mut ready) = (vec![DrawCmd::Fill(ground, theme.bg_panel)], Vec::new());
    for (at, values) in map.running.chunks(COLUMNS).enumerate() {
        let first = at * COLUMNS;
        let x = first as f32 * step;
        let w = (step * COLUMNS as f32 - 1.0).max(1.0);
        let high = (mean(values) * scale).min(FULL_PX);
        let waiting = map.ready.get(first..first + values.len()).map_or(0.0, mean) * ready_scale;
        let waiting = waiting.min(FULL_PX - high);
        let bar = |y: f32, h: f32, colour: Colour| DrawCmd::Fill(Rect { x, y: y - h, w, h }, colour);
        if high > 0.0 {
            running.push(bar(GROUND_PX, high.max(0.5), theme.state(Mark::Running).fill));
        }
        if waiting > 0.25 {
            ready.push(bar(GROUND_PX - high, waiting, theme.state(Mark::Ready).fill));
        }
    }
    running.append(&mut ready);
    running
}

/// The window in view, px; never narrower than can be seen.
struct Window {
    x0: f32,
    x1: f32,
}

impl Window {
    fn new(viewport: &MinimapViewport) -> Self {
        let edge = |fraction: f64| (fraction.clamp(0.0, 1.0) * f64::from(viewport.width_px)) as f32;
        let (x0, x1) = (edge(viewport.from), edge(viewport.to));
        let missing = (2.0 - (x1 - x0)).max(0.0);
        let x0 = (x0 - missing / 2.0).clamp(0.0, (viewport.width_px - 2.0).max(0.0));
        Self { x0, x1: x1.max(x0 + 2.0) }
    }

    fn veils(&self, viewport: &MinimapViewport, theme: &Theme) -> Vec<DrawCmd> {
        let veil = |x0: f32, x1: f32| {
            (x1 > x0).then_some(DrawCmd::Fill(Rect { x: x0, y: 0.0, w: x1 - x0, h: MINIMAP_PX }, theme.veil))
        };
        veil(0.0, self.x0).into_iter().chain(veil(self.x1, viewport.width_px)).collect()
    }

    fn frame(&self, viewport: &MinimapViewport, theme: &Theme) -> Vec<DrawCmd> {
        let (w, h) = HANDLE_PX;
        let handle = |x: f32| {
            let x = (x - w / 2.0).clamp(0.0, (viewport.width_px - w).max(0.0));
            DrawCmd::Fill(Rect { x, y: (MINIMAP_PX - h) / 2.0, w, h }, theme.accent)
        };
        let frame = Rect { x: self.x0, y: 0.0, w: self.x1 - self.x0, h: MINIMAP_PX };
        vec![DrawCmd::Stroke(frame, theme.accent, 1.0), handle(self.x0), handle(self.x1)]
    }
}

/// The time at the ends and the quarters, where the window's edges leave room.
fn labels(viewport: &MinimapViewport, window: &Window, theme: &Theme, measure: &dyn Measure) -> Vec<DrawCmd> {
    let label = |quarter: u8| {
        let part = f64::from(quarter) / 4.0;
        let text = short_duration((viewport.duration_ns as f64 * part).round() as u64, viewport.duration_ns);
        let width = measure.width(&text, Face::Ui);
        let x = viewport.width_px * part as f32;
        let x0 = if quarter == 4 { x - width - 4.0 } else { x + 4.0 };
        let clear = |edge: f32| edge < x0 - 4.0 || edge > x0 + width + 4.0;
        // Edges at the ends of the canvas hide nothing: the labels stand beside them.
        let at_end = |edge: f32| edge <= 2.0 || edge >= viewport.width_px - 2.0;
        let free = [window.x0, window.x1].into_iter().all(|edge| clear(edge) || at_end(edge));
        let colour = theme.fg_2;
        free.then_some(DrawCmd::Text { x: x0, y: LABEL_Y, text, colour, face: Face::Ui, align: Align::Left })
    };
    let wanted: &[u8] = if viewport.width_px < 360.0 { &[0, 4] } else { &[0, 1, 2, 3, 4] };
    wanted.iter().filter_map(|&quarter| label(quarter)).collect()
}

/// A moment with two digits in the unit that suits the whole.
fn short_duration(ns: u64, whole: u64) -> String {
    let (unit, name) = match whole {
        60_000_000_000.. => return if ns == 0 { "0 s".into() } else { units::duration(ns) },
        1_000_000_000.. => (1e9, "s"),
        1_000_000.. => (1e6, "ms"),
        1_000.. => (1e3, "µs"),
        _ => (1.0, "ns"),
    };
    let value = ns as f64 / unit;
    let digits = usize::from(whole as f64 / unit < 20.0);
    match ns {
        0 => format!("0 {name}"),
        _ => format!("{value:.digits$} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixed;
    use super::*;

    #[test]
    fn bars_marks_and_window_lie_in_the_canvas() {
        let map =
            Minimap { running: vec![1.0; 30], ready: vec![9.0; 30], gc: vec![(0.5, 0.5001)], workers: 4 };
        let viewport =
            MinimapViewport { width_px: 400.0, duration_ns: 4_812_000_000, from: 0.99999, to: 1.0 };
        let commands = minimap(&map, &viewport, &Theme::dark(), &Fixed);
        let texts: Vec<&str> = commands
            .iter()
            .filter_map(|command| match command {
                DrawCmd::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(texts, ["0 s", "1.2 s", "2.4 s", "3.6 s", "4.8 s"]);
        for command in &commands {
            if let DrawCmd::Fill(rect, _) | DrawCmd::Stroke(rect, ..) = command {
                assert!(rect.x >= 0.0 && rect.x + rect.w <= 400.01, "{command:?}");
                assert!(rect.y >= 0.0 && rect.y + rect.h <= MINIMAP_PX && rect.h > 0.0, "{command:?}");
            }
        }
    }
}
