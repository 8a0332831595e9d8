//! Where one is in a call tree, and what has to be asked to draw it: pure.

use taskscope_engine::api::{Direction, FlameQuery, FlameSource, Scope};

use super::picture;
use crate::canvas::surface::Size;
use crate::canvas::window::Window;

/// The closest zoom: far below one sample of any profile, far above what `f64` resolves.
const MIN_LEN: f64 = 1e-9;
/// Part of the width asked for beyond each edge, so that a small pan shows no gap.
const MARGIN: f64 = 0.5;
/// Rows asked for beyond each edge.
const MARGIN_ROWS: u32 = 24;
/// Which tree is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// What is weighed.
    pub source: FlameSource,
    /// Of which part of a trace.
    pub scope: Scope,
    /// Which way the tree grows.
    pub direction: Direction,
    /// What is searched for.
    pub search: String,
    /// Whether boxes that the search leaves out fade.
    pub only_matches: bool,
}

/// Where one is in the tree; kept while the file is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Visible weight.
    pub window: Window,
    /// Px from the top of the tree.
    pub scroll: f64,
}

impl Default for Place {
    fn default() -> Self {
        Self { window: Window::all(1.0, MIN_LEN), scroll: 0.0 }
    }
}

/// The question that a canvas of `size` at `place` needs answered, with a margin.
pub fn question(place: &Place, size: Size, shown: &Shown) -> FlameQuery {
    let window = place.window;
    let free = window.len * MARGIN;
    let (x0, x1) = ((window.lo - free).max(0.0), (window.hi() + free).min(window.full));
    let (depth0, depth1) = picture::rows(place, size);
    FlameQuery {
        source: shown.source,
        scope: shown.scope.clone(),
        direction: shown.direction,
        x0,
        x1,
        width_px: (size.w * (x1 - x0) / window.len) as f32,
        depth0: depth0.saturating_sub(MARGIN_ROWS),
        depth1: depth1.saturating_add(MARGIN_ROWS),
        search: shown.search.clone(),
    }
}

/// Whether the answer to `asked` draws `place` without gaps and at its scale.
pub fn covers(asked: &FlameQuery, place: &Place, size: Size, shown: &Shown) -> bool {
    let now = question(place, size, shown);
    let same = asked.source == now.source
        && asked.scope == now.scope
        && asked.direction == now.direction
        && asked.search == now.search;
    let window = place.window;
    // Half of the margin is left before the next question, so that it is answered in time.
    let free = window.len * MARGIN / 2.0;
    let wide = asked.x0 <= (window.lo - free).max(0.0) && asked.x1 >= (window.hi() + free).min(window.full);
    let (depth0, depth1) = picture::rows(place, size);
    let high = asked.depth0 <= depth0.saturating_sub(MARGIN_ROWS / 2) && asked.depth1 >= depth1;
    let scale = |query: &FlameQuery| f64::from(query.width_px) / (query.x1 - query.x0);
    let close = (scale(asked) / scale(&now) - 1.0).abs() < 1e-3;
    same && wide && high && close
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { w: 1000.0, h: 360.0 };

    fn place(lo: f64, hi: f64) -> Place {
        Place { window: Window::all(1.0, MIN_LEN).to(lo, hi), scroll: 0.0 }
    }

    fn asked(lo: f64, hi: f64) -> FlameQuery {
        question(&place(lo, hi), SIZE, &Shown::default())
    }

    #[test]
    fn a_question_has_a_margin_that_ends_with_the_tree() {
        let query = asked(0.2, 0.4);
        assert!((query.x0 - 0.1).abs() < 1e-12 && (query.x1 - 0.5).abs() < 1e-12);
        assert!((query.width_px - 2000.0).abs() < 0.1);
        let all = asked(0.0, 1.0);
        assert_eq!((all.x0, all.x1, all.width_px), (0.0, 1.0, 1000.0));
    }

    #[test]
    fn a_small_pan_needs_no_new_answer_and_a_zoom_does() {
        let shown = Shown::default();
        let query = asked(0.2, 0.4);
        assert!(covers(&query, &place(0.2, 0.4), SIZE, &shown));
        assert!(covers(&query, &place(0.24, 0.44), SIZE, &shown));
        assert!(!covers(&query, &place(0.35, 0.55), SIZE, &shown));
        assert!(!covers(&query, &place(0.25, 0.35), SIZE, &shown));
        assert!(!covers(&query, &place(0.2, 0.4), SIZE, &Shown { search: "x".into(), ..shown }));
    }
}
