//! From the host's state to draw commands.

use taskscope_engine::api::FlameAnswer;
use taskscope_engine::scene::{self, FlameMarks, FlameViewport, Measure, Theme};

use super::place::Place;
use crate::canvas::gesture::Point;
use crate::canvas::layer::Layer;
use crate::canvas::surface::Size;
use crate::theme::ThemeName;

/// Height of a row.
pub const ROW_PX: f64 = 18.0;

/// Height of so many rows.
pub fn height(rows: u32) -> f64 {
    f64::from(rows) * ROW_PX
}

/// First and one past the last visible row.
pub fn rows(place: &Place, size: Size) -> (u32, u32) {
    // Floats outside of the range of integers become its ends.
    ((place.scroll / ROW_PX).floor() as u32, ((place.scroll + size.h) / ROW_PX).ceil() as u32)
}

/// Index of the box under a point.
pub fn hit(answer: &FlameAnswer, place: &Place, size: Size, at: Point) -> Option<usize> {
    let row = scene::flame_hit_test(answer, &viewport(place, size), at.x as f32, at.y as f32)?;
    Some(row as usize)
}

/// Paints the boxes; `only_matches` fades what a search leaves out.
pub fn draw(
    layer: &mut Layer,
    answer: &FlameAnswer,
    place: &Place,
    theme: ThemeName,
    only_matches: bool,
    measure: &dyn Measure,
) {
    let viewport = viewport(place, layer.size);
    let marks = FlameMarks { only_matches, ..FlameMarks::default() };
    layer.paint(&scene::flame(answer, &viewport, &colours(theme), &marks, measure));
}

/// Paints what is selected and hovered.
pub fn draw_marks(
    layer: &mut Layer,
    answer: &FlameAnswer,
    place: &Place,
    theme: ThemeName,
    marks: &FlameMarks,
) {
    let viewport = viewport(place, layer.size);
    layer.paint(&scene::flame_marks(answer, &viewport, &colours(theme), marks));
}

/// The colours of a theme.
pub fn colours(theme: ThemeName) -> Theme {
    match theme {
        ThemeName::Light => Theme::light(),
        ThemeName::Dark => Theme::dark(),
    }
}

fn viewport(place: &Place, size: Size) -> FlameViewport {
    FlameViewport {
        x0: place.window.lo,
        x1: place.window.hi(),
        width_px: size.w as f32,
        scroll_px: place.scroll as f32,
        height_px: size.h as f32,
    }
}
