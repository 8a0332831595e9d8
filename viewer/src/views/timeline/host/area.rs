//! Areas, marks, and the way back to where one was.

use std::rc::Rc;

use taskscope_engine::api::{self, Answer, Request, SpanDetails, SpanTableQuery, TimelineQuery};

use super::{Inner, News};
use crate::canvas::frame::now_ms;
use crate::canvas::gesture::Point;
use crate::canvas::history::History;
use crate::canvas::surface::Size;
use crate::views::timeline::area::{Area, Marks, lanes_between};
use crate::views::timeline::place::{self, Clock, Extra, Place};
use crate::views::timeline::saved;
use crate::views::timeline::steps::{Selection, Step};

/// Free space beside a place that another view names, as a part of it.
const PLACE_MARGIN: f64 = 1.0;

impl Inner {
    /// A drag over the lanes: time, and lanes if it goes across some.
    pub(super) fn drag_area(&self, from: Point, to: Point) {
        let scroll = self.place().scroll;
        let lanes = match &self.state.borrow().answer {
            Some(answer) => lanes_between(answer, from.y + scroll, to.y + scroll),
            None => Vec::new(),
        };
        self.drag_time(from.x, to.x);
        if let Some(area) = &mut self.state.borrow_mut().area {
            area.lanes = lanes;
        }
    }

    /// A drag along time, over all lanes.
    pub(super) fn drag_time(&self, from: f64, to: f64) {
        let window = self.place().window;
        let width = self.state.borrow().lanes.size.w;
        let at = |x: f64| window.at(x.clamp(0.0, width), width);
        self.state.borrow_mut().area = Some(Area::of_time(at(from), at(to)));
        self.repaint();
    }

    /// The drag is over: its area takes the place of a selected span.
    pub(super) fn end_area(&self) {
        let area = self.state.borrow().area.clone();
        if self.state.borrow().chosen.is_some() {
            self.deselect();
        }
        self.news.emit(News::Area(area));
        self.settle();
    }

    pub(super) fn set_area(&self, area: Option<Area>) {
        let changed = self.state.borrow().area != area;
        if changed {
            self.state.borrow_mut().area.clone_from(&area);
            self.news.emit(News::Area(area));
            self.settle();
            self.repaint();
        }
    }

    /// Marks the selected area's time, or the selected span's; whether there is one.
    pub(super) fn mark(&self, how: fn(&mut Marks, (f64, f64))) -> bool {
        let stretch = {
            let state = self.state.borrow();
            let span = || Some(self.extent(state.selected.as_ref()?));
            state.area.as_ref().map(Area::stretch).or_else(span)
        };
        let Some(stretch) = stretch else { return false };
        self.change_marks(|marks| how(marks, stretch));
        true
    }

    /// Removes the passing mark; whether there was one.
    pub(super) fn unmark(&self) -> bool {
        let passing = self.state.borrow().marks.passing.is_some();
        if passing {
            self.change_marks(|marks| marks.passing = None);
        }
        passing
    }

    pub(super) fn change_marks(&self, change: impl FnOnce(&mut Marks)) {
        let marks = {
            let mut state = self.state.borrow_mut();
            change(&mut state.marks);
            state.marks.clone()
        };
        self.news.emit(News::Marks(marks));
        self.settle();
        self.repaint();
    }

    /// Ends a gesture: what is shown now becomes a step of history.
    pub(super) fn settle(&self) {
        let mut step = Step::new(self.place(), self.layout.borrow().clone());
        let mut state = self.state.borrow_mut();
        (step.span, step.area) = (state.chosen, state.area.clone());
        self.keep(&step, &state.marks);
        if state.table {
            self.news.emit(News::Table(Some(table_query(&step, self.clock.get(), state.lanes.size))));
        }
        match state.history.present().is_some_and(|present| present.shows_as(&step)) {
            true => state.history.amend(step),
            false => state.history.go(step, now_ms()),
        }
    }

    pub(super) fn travel(self: &Rc<Self>, way: fn(&mut History<Step>) -> Option<Step>) -> bool {
        let step = way(&mut self.state.borrow_mut().history);
        let Some(step) = step else { return false };
        if *self.layout.borrow() != step.layout {
            self.lay_out(step.layout);
        }
        self.move_to(step.place);
        let chosen = self.state.borrow().chosen;
        match step.span {
            Some(span) if chosen != Some(span) => self.select(span, false),
            None if chosen.is_some() => self.deselect(),
            _ => {}
        }
        let area = self.state.borrow().area.clone();
        if area != step.area {
            self.state.borrow_mut().area.clone_from(&step.area);
            self.news.emit(News::Area(step.area));
        }
        self.settle();
        self.repaint();
        true
    }

    pub(super) fn toggle_table(&self) {
        let table = !self.state.borrow().table;
        self.state.borrow_mut().table = table;
        if !table {
            self.news.emit(News::Table(None));
        }
        self.settle();
    }

    /// Keeps what is shown for coming back to this view, and in the address.
    fn keep(&self, step: &Step, marks: &Marks) {
        *self.selection.borrow_mut() =
            Selection { span: step.span, area: step.area.clone(), marks: marks.clone() };
        for (key, value) in saved::pairs(step, marks) {
            self.address.address.keep(&self.address.name, key, &value);
        }
    }

    /// What was kept is shown again.
    pub(super) fn restored(self: &Rc<Self>) {
        let Selection { span, area, marks } = self.selection.borrow().clone();
        self.news.emit(News::Layout(self.layout.borrow().clone()));
        self.news.emit(News::Area(area));
        self.news.emit(News::Marks(marks));
        if let Some(span) = span {
            self.select(span, false);
        }
    }

    /// There is more of the trace than before: the window and the selection stay.
    pub(super) fn renew(self: &Rc<Self>, clock: Clock) {
        self.clock.set(clock);
        let place = self.place();
        let window = match place.window.is_all() {
            true => Place::all(clock).window,
            false => Place::all(clock).window.to(place.window.lo, place.window.hi()),
        };
        let before = {
            let mut state = self.state.borrow_mut();
            (state.asked, state.asked_map) = (None, 0);
            state.selected.clone()
        };
        *self.place.borrow_mut() = Some(Place { window, ..place });
        self.refresh();
        self.refresh_map();
        self.repaint();
        if let Some(span) = before {
            self.find_again(&span);
        }
    }

    /// Selects a span anew after rows have moved: the one of its lane at its begin.
    fn find_again(self: &Rc<Self>, span: &SpanDetails) {
        let (lane, t0_ns) = (span.lane, span.start_ns);
        let query = SpanTableQuery { lane, t0_ns, t1_ns: t0_ns.saturating_add(1), first: 0, count: 1 };
        self.ask("again", Request::SpanTable(query), |host, answer| {
            if let Answer::SpanTable(table) = answer
                && let Some(row) = table.rows.first()
            {
                host.select(row.span, false);
            }
        });
    }

    /// Shows a place that another view names: its span if it has one, else its time as an area.
    pub(super) fn visit_place(self: &Rc<Self>, goal: &api::Place) {
        let clock = self.clock.get();
        let (lo, hi) = (clock.since_start(goal.t0_ns), clock.since_start(goal.t1_ns));
        let place = self.place();
        self.go(Place { window: place.window.around(lo, hi, PLACE_MARGIN), ..place });
        match (goal.span, goal.lane) {
            (Some(span), _) => self.select(span, true),
            (None, lane) => {
                self.set_area(Some(Area::of_time(lo, hi)));
                self.set_lane(lane);
                self.state.borrow_mut().reveal = lane;
                self.refresh();
            }
        }
    }
}

/// The lanes of a step as tables ask for them: those of its area's time, or of what is visible.
fn table_query(step: &Step, clock: Clock, size: Size) -> TimelineQuery {
    let (lo, hi) = step.area.as_ref().map_or((step.place.window.lo, step.place.window.hi()), Area::stretch);
    let query = place::question(&step.place, &step.layout, &Extra::default(), clock, size);
    TimelineQuery { t0_ns: clock.moment(lo), t1_ns: clock.moment(hi.ceil()), ..query }
}
