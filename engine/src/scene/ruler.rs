//! The ruler over the lanes: the first tick absolute, the others relative to it.

use super::axis::nice_step;
use super::{Align, DrawCmd, Face, Measure, Rect, Theme, TimelineViewport};
use crate::units;

/// Height of the ruler.
pub const RULER_PX: f32 = 24.0;

/// Ticks are at least this far apart.
const TICK_PX: f64 = 80.0;
/// Vertical middle of the labels.
const LABEL_Y: f32 = 11.0;
/// Top and bottom of the bracket over a selected time range.
const BRACKET_PX: (f32, f32) = (16.0, 22.0);

/// Draws ticks, and a bracket with its length over `selected`, a time range in ns since the
/// viewport's origin.
pub fn ruler(
    viewport: &TimelineViewport,
    theme: &Theme,
    selected: Option<(f64, f64)>,
    measure: &dyn Measure,
) -> Vec<DrawCmd> {
    let ground = Rect { x: 0.0, y: 0.0, w: viewport.width_px, h: RULER_PX };
    let mut commands = vec![DrawCmd::Fill(ground, theme.bg_panel)];
    let bracket = selected.map(|(from, to)| Bracket::new(viewport, from, to, measure));
    let (mut lines, mut labels) = (Vec::new(), Vec::new());
    for (x, text) in ticks(viewport) {
        lines.push(DrawCmd::Fill(Rect { x, y: 0.0, w: 1.0, h: RULER_PX }, theme.line_strong));
        let room = (x, x + 8.0 + measure.width(&text, Face::Ui));
        if bracket.as_ref().is_none_or(|bracket| bracket.leaves(room)) {
            labels.push(label(x + 4.0, text, theme.fg_2, Face::Ui, Align::Left));
        }
    }
    commands.extend(lines);
    commands.extend(labels);
    commands.extend(bracket.into_iter().flat_map(|bracket| bracket.draw(theme)));
    commands
}

/// Position and label of every tick in view.
fn ticks(viewport: &TimelineViewport) -> Vec<(f32, String)> {
    let length = viewport.to_ns - viewport.from_ns;
    if viewport.width_px <= 0.0 || !length.is_finite() || length <= 0.0 {
        return Vec::new();
    }
    let step = nice_step(length * TICK_PX / f64::from(viewport.width_px));
    let first = (viewport.from_ns / step).ceil().max(0.0) * step;
    let count = ((viewport.to_ns - first) / step).floor().max(-1.0) as i64 + 1;
    let tick = |at: i64| {
        let after = at as f64 * step;
        let text = match at {
            0 => moment(first as u64, step as u64),
            _ => format!("+{}", units::duration(after as u64)),
        };
        (viewport.x(first + after), text)
    };
    (0..count.min(1_000)).map(tick).collect()
}

/// A moment with as many digits as `step` needs: `12 s`, `2.318 s`, `2.318 020 s`.
fn moment(ns: u64, step: u64) -> String {
    let seconds = units::count_u64(ns / 1_000_000_000);
    let groups = [ns / 1_000_000 % 1_000, ns / 1_000 % 1_000, ns % 1_000];
    let wanted = match step {
        1_000_000_000.. => 0,
        1_000_000.. => 1,
        1_000.. => 2,
        _ => 3,
    };
    let digits: Vec<String> = groups[..wanted].iter().map(|group| format!("{group:03}")).collect();
    match digits.is_empty() {
        true => format!("{seconds} s"),
        false => format!("{seconds}.{} s", digits.join(&units::GROUP.to_string())),
    }
}

/// The bracket over a selected time range, as far as it is in view.
struct Bracket {
    x0: f32,
    x1: f32,
    text: String,
    text_px: f32,
    canvas_px: f32,
}

impl Bracket {
    fn new(viewport: &TimelineViewport, from: f64, to: f64, measure: &dyn Measure) -> Self {
        let (from, to) = (from.min(to), from.max(to));
        let text = units::duration((to - from).round() as u64);
        let text_px = measure.width(&text, Face::UiStrong);
        let edge = |ns| viewport.x(ns).clamp(-8.0, viewport.width_px + 8.0);
        Self { x0: edge(from), x1: edge(to), text, text_px, canvas_px: viewport.width_px }
    }

    /// Middle of the text: over the bracket, and inside the canvas.
    fn middle(&self) -> f32 {
        let (x0, x1) = (self.x0.max(0.0), self.x1.min(self.canvas_px));
        let half = self.text_px / 2.0 + 4.0;
        ((x0 + x1) / 2.0).min(self.canvas_px - half).max(half)
    }

    /// Whether a tick's label at `room` keeps clear of the text.
    fn leaves(&self, room: (f32, f32)) -> bool {
        let half = self.text_px / 2.0 + 4.0;
        room.1 < self.middle() - half || room.0 > self.middle() + half
    }

    fn draw(self, theme: &Theme) -> Vec<DrawCmd> {
        let (top, bottom) = BRACKET_PX;
        let w = (self.x1 - self.x0).max(1.0);
        let side = |x| DrawCmd::Fill(Rect { x, y: top, w: 1.0, h: bottom - top }, theme.fg);
        let middle = self.middle();
        vec![
            side(self.x0),
            side(self.x0 + w - 1.0),
            DrawCmd::Fill(Rect { x: self.x0, y: bottom - 1.0, w, h: 1.0 }, theme.fg),
            label(middle, self.text, theme.fg, Face::UiStrong, Align::Centre),
        ]
    }
}

fn label(x: f32, text: String, colour: super::Colour, face: Face, align: Align) -> DrawCmd {
    DrawCmd::Text { x, y: LABEL_Y, text, colour, face, align }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixed;
    use super::*;

    fn texts(commands: &[DrawCmd]) -> Vec<String> {
        let text = |command: &DrawCmd| match command {
            DrawCmd::Text { x, text, .. } => Some(format!("{x:.0} {}", text.replace(units::GROUP, " "))),
            _ => None,
        };
        commands.iter().filter_map(text).collect()
    }

    fn viewport(from_ns: f64, to_ns: f64, width_px: f32) -> TimelineViewport {
        TimelineViewport { origin_ns: 7, from_ns, to_ns, width_px, scroll_px: 0.0, height_px: 0.0 }
    }

    #[test]
    fn the_first_tick_is_absolute_and_the_others_count_from_it() {
        let view = viewport(2_317_900_000.0, 2_320_900_000.0, 300.0);
        let expected = ["14 2.318 s", "114 +1 ms", "214 +2 ms"];
        assert_eq!(texts(&ruler(&view, &Theme::light(), None, &Fixed)), expected);
        let view = viewport(2_318_020_100.0, 2_318_020_400.0, 300.0);
        let expected = ["4 2.318 020 100 s", "104 +100 ns", "204 +200 ns", "304 +300 ns"];
        assert_eq!(texts(&ruler(&view, &Theme::light(), None, &Fixed)), expected);
        assert!(texts(&ruler(&viewport(5.0, 5.0, 300.0), &Theme::light(), None, &Fixed)).is_empty());
    }

    #[test]
    fn the_bracket_takes_the_place_of_labels_under_it() {
        let view = viewport(0.0, 10_000_000.0, 1000.0);
        let selected = Some((3_000_000.0, 5_072_000.0));
        let shown = texts(&ruler(&view, &Theme::light(), selected, &Fixed));
        assert!(shown.contains(&"404 2.072 ms".to_string()), "{shown:?}");
        assert!(shown.contains(&"304 +3 ms".to_string()), "{shown:?}");
        assert!(!shown.iter().any(|text| text.ends_with("+4 ms")), "{shown:?}");
    }
}
