//! Where one is in a trace, and what has to be asked to draw it: pure.
//!
//! Times are ns since the trace's start as `f64`, exact for traces of up to three months.

use taskscope_engine::api::{LaneGrouping, LaneSort, TimelineQuery};

use crate::canvas::surface::Size;
use crate::canvas::window::Window;

/// The closest zoom, ns.
const MIN_LEN: f64 = 200.0;
/// Part of the width asked for beyond each edge, so that a small pan shows no gap.
const MARGIN: f64 = 0.25;
/// Px asked for above and below.
const MARGIN_PX: f64 = 200.0;
/// Columns are asked for in steps of so many, so that panning merges the same spans again and
/// again, and the picture does not shimmer.
const STEP_COLUMNS: f64 = 32.0;
/// Px from an edge of the minimap's window within which it is gripped.
const GRIP_PX: f64 = 6.0;

/// The trace's own clock: what the ns of a place count from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// First ns.
    pub start_ns: u64,
    /// One past the last.
    pub end_ns: u64,
}

impl Clock {
    /// A moment on the trace's clock as ns since its start.
    pub fn since_start(&self, at_ns: u64) -> f64 {
        at_ns.saturating_sub(self.start_ns) as f64
    }

    /// Ns since the start as a moment on the trace's clock, inside the trace.
    pub fn moment(&self, since_start: f64) -> u64 {
        // A float that is negative or no number becomes 0.
        self.start_ns.saturating_add(since_start as u64).min(self.end_ns)
    }

    /// Length of the trace, ns; at least 1.
    pub fn full(&self) -> f64 {
        (self.end_ns.saturating_sub(self.start_ns) as f64).max(1.0)
    }
}

/// What is visible; kept while the file is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Visible time.
    pub window: Window,
    /// Px from the top of all lanes.
    pub scroll: f64,
}

impl Place {
    /// All of a trace.
    pub fn all(clock: Clock) -> Self {
        Self { window: Window::all(clock.full(), MIN_LEN), scroll: 0.0 }
    }
}

/// Which lanes there are; kept while the file is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// How task lanes are grouped.
    pub grouping: LaneGrouping,
    /// In which order they stand.
    pub sort: LaneSort,
    /// Task lanes with their stacks under them.
    pub stacks: bool,
    /// Groups that are not in their default state.
    pub toggled: Vec<u64>,
    /// What lanes must match; empty for all.
    pub filter: String,
    /// Higher lanes, for fingers.
    pub coarse: bool,
}

/// What is asked about lanes beside which there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extra {
    /// What is searched for; empty for nothing.
    pub search: String,
    /// Lanes whose places are wanted, visible or not.
    pub locate: Vec<u64>,
}

impl Layout {
    /// Opens a closed group, closes an open one.
    pub fn toggle(&mut self, group: u64) {
        match self.toggled.iter().position(|&other| other == group) {
            Some(at) => drop(self.toggled.remove(at)),
            None => self.toggled.push(group),
        }
    }
}

/// The question that a canvas of `size` at `place` needs answered, with margins.
pub fn question(place: &Place, layout: &Layout, extra: &Extra, clock: Clock, size: Size) -> TimelineQuery {
    let window = place.window;
    let column = window.len / size.w.max(1.0);
    let step = column * STEP_COLUMNS;
    let free = window.len * MARGIN;
    let lo = ((window.lo - free) / step).floor().max(0.0) * step;
    let wanted = (((window.hi() + free).min(window.full) - lo) / column).ceil();
    let (t0_ns, t1_ns) = (clock.moment(lo), clock.moment((lo + wanted * column).ceil()));
    // Whole ns may be much wider than a column.
    let columns = (t1_ns.saturating_sub(t0_ns) as f64 / column).round().max(1.0);
    let top = (place.scroll - MARGIN_PX).max(0.0);
    TimelineQuery {
        t0_ns,
        t1_ns,
        columns: columns as u32,
        top_px: top as u32,
        height_px: (place.scroll - top + size.h + MARGIN_PX).ceil() as u32,
        coarse: layout.coarse,
        grouping: layout.grouping,
        sort: layout.sort,
        stacks: layout.stacks,
        toggled: layout.toggled.clone(),
        filter: layout.filter.clone(),
        search: extra.search.clone(),
        locate: extra.locate.clone(),
        ..TimelineQuery::default()
    }
}

/// Whether `asked` is about these lanes; perhaps at another place.
pub fn same_lanes(asked: &TimelineQuery, layout: &Layout, extra: &Extra) -> bool {
    asked.grouping == layout.grouping
        && asked.sort == layout.sort
        && asked.stacks == layout.stacks
        && asked.filter == layout.filter
        && asked.coarse == layout.coarse
        && asked.toggled == layout.toggled
        && asked.search == extra.search
        && asked.locate == extra.locate
}

/// Whether the answer to `asked` draws `place` without gaps and at its scale. Half of a margin is
/// left before the next question, so that it is answered in time.
pub fn covers(
    asked: &TimelineQuery,
    place: &Place,
    layout: &Layout,
    extra: &Extra,
    clock: Clock,
    size: Size,
) -> bool {
    let window = place.window;
    let free = window.len * MARGIN / 2.0;
    let (lo, hi) = (clock.since_start(asked.t0_ns), clock.since_start(asked.t1_ns));
    let wide = lo <= (window.lo - free).max(0.0) && hi + 1.0 >= (window.hi() + free).min(window.full);
    let bottom = f64::from(asked.top_px.saturating_add(asked.height_px));
    let high = f64::from(asked.top_px) <= (place.scroll - MARGIN_PX / 2.0).max(0.0)
        && bottom >= place.scroll + size.h;
    // Compared by the error in px that is seen at the far edge.
    let columns_now = (hi - lo) / window.len * size.w;
    same_lanes(asked, layout, extra)
        && wide
        && high
        && (columns_now - f64::from(asked.columns)).abs() < 2.0 + f64::from(asked.columns) * 1e-3
}

/// What a drag on the minimap takes hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// The left edge of the window.
    Lo,
    /// Its right edge.
    Hi,
    /// The window itself.
    Window,
    /// The minimap beside it: a new window is drawn.
    Free,
}

/// What lies under px `x` of a minimap of `width`.
pub fn grip(window: &Window, x: f64, width: f64) -> Grip {
    let px = |at: f64| at / window.full * width;
    let (lo, hi) = (px(window.lo), px(window.hi()));
    if window.is_all() {
        return Grip::Free;
    }
    match x {
        x if (x - lo).abs() <= GRIP_PX && x < (lo + hi) / 2.0 => Grip::Lo,
        x if (x - hi).abs() <= GRIP_PX => Grip::Hi,
        x if lo <= x && x <= hi => Grip::Window,
        _ => Grip::Free,
    }
}

/// The window after dragging `grip` of `window` from px `from` to px `to`.
pub fn dragged(window: &Window, grip: Grip, from: f64, to: f64, width: f64) -> Window {
    let at = |x: f64| (x / width.max(1.0)).clamp(0.0, 1.0) * window.full;
    match grip {
        Grip::Lo => window.to(at(to).min(window.hi() - window.min_len), window.hi()),
        Grip::Hi => window.to(window.lo, at(to).max(window.lo + window.min_len)),
        Grip::Window => window.panned((to - from) / width.max(1.0) * window.full / window.len),
        Grip::Free => window.to(at(from), at(to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { start_ns: 5_000_000_000, end_ns: 6_000_000_000 };
    const SIZE: Size = Size { w: 1000.0, h: 400.0 };

    fn place(lo: f64, hi: f64) -> Place {
        Place { window: Window::all(CLOCK.full(), MIN_LEN).to(lo, hi), scroll: 300.0 }
    }

    fn asked(lo: f64, hi: f64) -> TimelineQuery {
        question(&place(lo, hi), &Layout::default(), &Extra::default(), CLOCK, SIZE)
    }

    fn covered(asked: &TimelineQuery, place: &Place) -> bool {
        covers(asked, place, &Layout::default(), &Extra::default(), CLOCK, SIZE)
    }

    #[test]
    fn a_question_covers_its_own_place() {
        for (lo, hi) in
            [(0.0, 1e9), (0.0, 5e8), (3e8, 3.1e8), (9.9e8, 1e9), (3e8, 3e8 + 200.0), (123.4, 98_765.4)]
        {
            let query = asked(lo, hi);
            assert!(covered(&query, &place(lo, hi)), "{lo} to {hi}: {query:?}");
        }
    }

    #[test]
    fn the_whole_trace_has_no_margin_in_time() {
        let query = asked(0.0, 1e9);
        assert_eq!((query.t0_ns, query.t1_ns, query.columns), (CLOCK.start_ns, CLOCK.end_ns, 1000));
        assert_eq!((query.top_px, query.height_px), (100, 800));
    }

    #[test]
    fn small_pans_are_covered_and_zooms_are_not() {
        let query = asked(4e8, 5e8);
        assert!(covered(&query, &place(4.05e8, 5.05e8)));
        assert!(!covered(&query, &place(4.3e8, 5.3e8)));
        assert!(!covered(&query, &place(4.02e8, 4.98e8)));
        let scrolled = |scroll| Place { scroll, ..place(4e8, 5e8) };
        assert!(covered(&query, &scrolled(380.0)));
        assert!(!covered(&query, &scrolled(100.0)));
        assert!(!covered(&query, &scrolled(620.0)));
    }

    #[test]
    fn another_layout_is_another_question() {
        let query = asked(4e8, 5e8);
        let mut layout = Layout::default();
        layout.toggle(7);
        assert!(!covers(&query, &place(4e8, 5e8), &layout, &Extra::default(), CLOCK, SIZE));
        let searched = Extra { search: "net".into(), ..Extra::default() };
        assert!(!covers(&query, &place(4e8, 5e8), &Layout::default(), &searched, CLOCK, SIZE));
        layout.toggle(7);
        assert_eq!(layout, Layout::default());
    }

    #[test]
    fn columns_keep_their_place_while_panning() {
        let column = 1e8 / 1000.0;
        let (a, b) = (asked(4e8, 5e8), asked(4e8 + 7.0 * column, 5e8 + 7.0 * column));
        let apart = (b.t0_ns - a.t0_ns) as f64 / column;
        assert!((apart - apart.round()).abs() < 1e-6);
    }

    #[test]
    fn the_minimap_is_gripped_at_edges_inside_and_beside() {
        let window = place(4e8, 5e8).window;
        let of = |x| grip(&window, x, 1000.0);
        assert_eq!(
            [of(396.0), of(450.0), of(503.0), of(700.0)],
            [Grip::Lo, Grip::Window, Grip::Hi, Grip::Free]
        );
        assert_eq!(grip(&Place::all(CLOCK).window, 3.0, 1000.0), Grip::Free);
    }

    #[test]
    fn dragging_on_the_minimap() {
        let window = place(4e8, 5e8).window;
        let drag = |grip, from, to| {
            let window = dragged(&window, grip, from, to, 1000.0);
            (window.lo.round(), window.hi().round())
        };
        assert_eq!(drag(Grip::Lo, 400.0, 300.0), (3e8, 5e8));
        assert_eq!(drag(Grip::Hi, 500.0, 900.0), (4e8, 9e8));
        assert_eq!(drag(Grip::Window, 450.0, 550.0), (5e8, 6e8));
        assert_eq!(drag(Grip::Free, 700.0, 600.0), (6e8, 7e8));
        // An edge never passes the other.
        assert_eq!(drag(Grip::Lo, 400.0, 900.0), (5e8 - 200.0, 5e8));
    }

    #[test]
    fn moments_stay_inside_the_trace() {
        assert_eq!(CLOCK.moment(-5.0), CLOCK.start_ns);
        assert_eq!(CLOCK.moment(1e30), CLOCK.end_ns);
        assert_eq!(CLOCK.since_start(CLOCK.start_ns + 7), 7.0);
        assert_eq!(Clock::default().full(), 1.0);
    }
}
