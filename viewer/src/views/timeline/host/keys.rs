//! What keys do.

use std::rc::Rc;

use taskscope_engine::api::{LaneGrouping, LaneKind, LaneSort, Mark, SpanDetails, TimelineAnswer};

use super::Inner;
use crate::canvas::history::History;
use crate::commands::Command;
use crate::views::timeline::area::{Area, Marks};
use crate::views::timeline::place::Place;
use crate::views::timeline::saved::COLUMNS;

/// How much one key press zooms and pans.
const KEY_ZOOM: f64 = 1.5;
const KEY_PAN: f64 = 0.15;
/// Free space beside what is zoomed to, as a part of it.
const ZOOM_MARGIN: f64 = 0.25;

impl Inner {
    pub(super) fn command(self: &Rc<Self>, command: Command) -> bool {
        let place = self.place();
        let window = place.window;
        let at = |window| Place { window, ..place };
        match command {
            Command::ZoomIn => self.go(at(window.zoomed(self.focus(), KEY_ZOOM))),
            Command::ZoomOut => self.go(at(window.zoomed(self.focus(), 1.0 / KEY_ZOOM))),
            Command::PanLeft => self.go(at(window.panned(-KEY_PAN))),
            Command::PanRight => self.go(at(window.panned(KEY_PAN))),
            Command::FitAll => self.go(at(Place::all(self.clock.get()).window)),
            Command::ZoomToSelection => return self.zoom_to_selection(),
            Command::PreviousSpan => return self.follow(|span| span.previous),
            Command::NextSpan => return self.follow(|span| span.next),
            Command::ToWaker => {
                return self.follow(|span| span.woken_by.as_ref().and_then(|waker| waker.span));
            }
            Command::ToWoken => return self.follow(|span| span.woke),
            Command::Up => self.step_lane(false),
            Command::Down => self.step_lane(true),
            Command::NextHit => self.step_hit(true),
            Command::PreviousHit => self.step_hit(false),
            Command::Open => return self.open(),
            Command::Back => return self.back(),
            Command::GroupBy => self.set_layout(|layout| layout.grouping = after(layout.grouping)),
            Command::SortBy => self.set_layout(|layout| layout.sort = sorted_after(layout.sort)),
            Command::Stacks => self.set_layout(|layout| layout.stacks = !layout.stacks),
            Command::Mark => return self.mark(Marks::pass),
            Command::KeepMark => return self.mark(Marks::keep),
            Command::Undo => return self.travel(History::undo),
            Command::Redo => return self.travel(History::redo),
            _ => return false,
        }
        true
    }

    /// Where keys zoom: at the pointer, else at the selected span, else in the middle.
    fn focus(&self) -> f64 {
        let window = self.place().window;
        let state = self.state.borrow();
        let pointer = state.pointer.map(|at| at.x / state.lanes.size.w.max(1.0));
        let selected = || {
            let (lo, hi) = self.extent(state.selected.as_ref()?);
            let (lo, hi) = (lo.max(window.lo), hi.min(window.hi()));
            (lo <= hi).then(|| window.x_of((lo + hi) / 2.0, 1.0))
        };
        pointer.or_else(selected).unwrap_or(0.5)
    }

    /// Begin and end of a span, ns since the trace's start.
    pub(super) fn extent(&self, span: &SpanDetails) -> (f64, f64) {
        (self.clock.get().since_start(span.start_ns), self.clock.get().since_start(span.end_ns))
    }

    /// Zooms to the range, else to the selected span.
    pub(super) fn zoom_to_selection(self: &Rc<Self>) -> bool {
        let (range, span) = {
            let state = self.state.borrow();
            let clock = self.clock.get();
            let item = || {
                let item = state.item.as_ref()?;
                Some((clock.since_start(item.start_ns), clock.since_start(item.end_ns)))
            };
            let span = state.selected.as_ref().map(|span| self.extent(span));
            (state.area.as_ref().map(Area::stretch), span.or_else(item))
        };
        let place = self.place();
        let window = match (range, span) {
            (Some((lo, hi)), _) => place.window.to(lo, hi),
            (None, Some((lo, hi))) => place.window.around(lo, hi, ZOOM_MARGIN),
            (None, None) => return false,
        };
        self.go(Place { window, ..place });
        true
    }

    fn follow(self: &Rc<Self>, way: fn(&SpanDetails) -> Option<u32>) -> bool {
        let next = self.state.borrow().selected.as_ref().and_then(|span| way(span));
        next.map(|span| self.select(span, true)).is_some()
    }

    /// To the neighbouring lane, and there to the box at the same time.
    pub(super) fn step_lane(self: &Rc<Self>, down: bool) {
        let Some(answer) = self.state.borrow().answer.clone() else { return };
        let current = self.state.borrow().lane;
        let selected = self.state.borrow().selected.clone();
        let Some(to) = neighbour(&answer, current, down, selected.is_some()) else { return };
        let Some(lane) = answer.lanes.get(to) else { return };
        self.set_lane(Some(lane.key));
        self.scroll_to(lane.top_px, lane.height_px);
        let span = selected.and_then(|span| {
            let (lo, hi) = self.extent(&span);
            span_at(&answer, to, (lo + hi) / 2.0 - self.clock.get().since_start(answer.t0_ns))
        });
        if let Some(span) = span {
            self.select(span, false);
        }
        self.repaint_overlay();
    }

    /// Scrolls as little as possible so that a lane is visible.
    pub(super) fn scroll_to(self: &Rc<Self>, top_px: u32, height_px: u32) {
        let place = self.place();
        let height = self.state.borrow().lanes.size.h;
        let (top, bottom) = (f64::from(top_px), f64::from(top_px.saturating_add(height_px)));
        let scroll = place.scroll.min(top).max(bottom - height);
        self.move_to(Place { scroll, ..place });
    }

    fn open(self: &Rc<Self>) -> bool {
        let group = {
            let state = self.state.borrow();
            let lane = |key| state.answer.as_ref()?.lanes.iter().find(|lane| Some(lane.key) == key).cloned();
            lane(state.lane).filter(|lane| lane.kind == LaneKind::Group && lane.expanded.is_some())
        };
        match group {
            Some(lane) if self.state.borrow().selected.is_none() => {
                self.set_layout(|layout| layout.toggle(lane.key));
                true
            }
            _ => self.zoom_to_selection(),
        }
    }

    fn back(self: &Rc<Self>) -> bool {
        if self.state.borrow().chosen.is_some() {
            self.deselect();
            return true;
        }
        if self.drop_item() {
            return true;
        }
        let area = self.state.borrow().area.is_some();
        self.set_area(None);
        area || self.unmark()
    }
}

/// The grouping after this one.
fn after(grouping: LaneGrouping) -> LaneGrouping {
    match grouping {
        LaneGrouping::Entry => LaneGrouping::Parent,
        LaneGrouping::Parent => LaneGrouping::Flat,
        LaneGrouping::Flat => LaneGrouping::Entry,
    }
}

/// The order after this one.
fn sorted_after(sort: LaneSort) -> LaneSort {
    let at = COLUMNS.iter().position(|column| column.0 == sort.column).unwrap_or(0);
    LaneSort { column: COLUMNS[(at + 1) % COLUMNS.len()].0, reversed: false }
}

/// Index of the lane above or below the one called `key`; while a span is selected, of the next
/// one that has spans.
fn neighbour(answer: &TimelineAnswer, key: Option<u64>, down: bool, with_spans: bool) -> Option<usize> {
    let stop = |at: &usize| {
        let kind = answer.lanes[*at].kind;
        !with_spans || matches!(kind, LaneKind::Task | LaneKind::Worker)
    };
    let count = answer.lanes.len();
    match answer.lanes.iter().position(|lane| Some(lane.key) == key) {
        Some(at) if down => (at + 1..count).find(stop),
        Some(at) => (0..at).rev().find(stop),
        None => (0..count).find(stop),
    }
}

/// The span at `ns` after the answer's start in lane `lane`.
fn span_at(answer: &TimelineAnswer, lane: usize, ns: f64) -> Option<u32> {
    let (first, end) = answer.lanes.get(lane)?.boxes;
    let rows = first as usize..end as usize;
    let x1 = answer.x1_ns.get(rows.clone())?;
    let at = rows.start + x1.partition_point(|&x1| x1 as f64 <= ns);
    let inside = at < rows.end && answer.x0_ns.get(at).is_some_and(|&x0| x0 as f64 <= ns);
    let known = answer.mark.get(at).is_some_and(|&mark| mark != Mark::Unknown);
    answer.span.get(at).copied().filter(|&span| inside && known && span != u32::MAX)
}

#[cfg(test)]
mod tests {
    use taskscope_engine::api::Lane;

    use super::*;

    fn lane(key: u64, kind: LaneKind, boxes: (u32, u32)) -> Lane {
        Lane { key, kind, height_px: 20, boxes, ..Lane::default() }
    }

    fn answer() -> TimelineAnswer {
        let lanes = vec![
            lane(1, LaneKind::Group, (0, 0)),
            lane(2, LaneKind::Task, (0, 2)),
            lane(3, LaneKind::Group, (2, 2)),
            lane(4, LaneKind::Task, (2, 3)),
        ];
        TimelineAnswer {
            lanes,
            x0_ns: vec![0, 100, 0],
            x1_ns: vec![100, 200, 150],
            mark: vec![Mark::Running, Mark::Sync, Mark::Sleep],
            span: vec![10, 11, u32::MAX],
            ..TimelineAnswer::default()
        }
    }

    #[test]
    fn keys_walk_lanes_and_skip_heads_while_a_span_is_selected() {
        let answer = answer();
        assert_eq!(neighbour(&answer, Some(2), true, false), Some(2));
        assert_eq!(neighbour(&answer, Some(2), true, true), Some(3));
        assert_eq!(neighbour(&answer, Some(4), false, true), Some(1));
        assert_eq!(neighbour(&answer, Some(4), true, false), None);
        assert_eq!(neighbour(&answer, None, true, false), Some(0));
        assert_eq!(neighbour(&TimelineAnswer::default(), None, true, false), None);
    }

    #[test]
    fn the_span_at_a_time_is_found() {
        let answer = answer();
        assert_eq!(span_at(&answer, 1, 50.0), Some(10));
        assert_eq!(span_at(&answer, 1, 100.0), Some(11));
        assert_eq!(span_at(&answer, 1, 250.0), None);
        assert_eq!(span_at(&answer, 3, 50.0), None, "a merged box is no span");
        assert_eq!(span_at(&answer, 9, 50.0), None);
    }

    #[test]
    fn groupings_go_round() {
        let start = LaneGrouping::default();
        assert_eq!(after(after(after(start))), start);
    }
}
