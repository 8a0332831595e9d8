//! Questions to the worker and what their answers change.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use taskscope_engine::api::{
    Answer, Lane, MinimapQuery, Request, SpanDetails, SpanQuery, TimelineAnswer, TimelineQuery, WhyAnswer,
    WhyMerge, WhyQuery, WhySubject,
};
use yew::platform::spawn_local;

use super::{Inner, News, State, overlay};
use crate::canvas::frame::now_ms;
use crate::canvas::shared::Shared;
use crate::views::timeline::place::{self, Extra, Place};

/// Px of the minimap's width for each of its columns.
const MAP_COLUMN_PX: f64 = 1.0;
/// While one zooms, every picture needs another question. Between two of them is at least this time, and the
/// picture before, scaled.
const ASK_MS: f64 = 24.0;
/// New facts of lanes are told so long after they came.
const FACTS_MS: u32 = 250;
/// Lanes whose places are asked for at most.
const MOST_LOCATED: usize = 256;
/// Segments of a critical path that are asked for.
const PATH_SEGMENTS: u32 = 2_000;

impl Inner {
    /// Asks for the visible lanes, unless the last question covered them.
    pub(super) fn refresh(self: &Rc<Self>) {
        let place = self.place();
        let query = {
            let (state, layout) = (self.state.borrow(), self.layout.borrow());
            let size = state.lanes.size;
            let clock = self.clock.get();
            let extra = Extra { search: state.search.clone(), locate: wanted_lanes(&state) };
            let covered = state
                .asked
                .as_ref()
                .is_some_and(|asked| place::covers(asked, &place, &layout, &extra, clock, size));
            if size.w < 1.0 || (covered && state.reveal.is_none()) {
                return;
            }
            let same_lanes =
                |asked: &TimelineQuery| place::same_lanes(asked, &layout, &extra) && state.reveal.is_none();
            let soon = now_ms() - state.asked_ms < ASK_MS && state.asked.as_ref().is_some_and(same_lanes);
            state.put_off.set(soon);
            if soon {
                // The next frame asks.
                return self.frame.request();
            }
            let mut query = place::question(&place, &layout, &extra, clock, size);
            query.reveal = state.reveal;
            query
        };
        {
            let mut state = self.state.borrow_mut();
            state.asked = Some(query.clone());
            state.asked_ms = now_ms();
        }
        self.ask("lanes", Request::Timeline(query), |host, answer| match answer {
            Answer::Timeline(answer) => host.answered(answer),
            Answer::Unavailable(why) => host.news.emit(News::Unavailable(why)),
            _ => {}
        });
    }

    /// Asks for the whole trace, once for each width.
    pub(super) fn refresh_map(self: &Rc<Self>) {
        let columns = (self.state.borrow().map.size.w / MAP_COLUMN_PX) as u32;
        if columns == 0 || self.state.borrow().asked_map == columns {
            return;
        }
        self.state.borrow_mut().asked_map = columns;
        self.ask("map", Request::Minimap(MinimapQuery { columns }), |host, answer| {
            if let Answer::Minimap(minimap) = answer {
                host.state.borrow_mut().minimap = Some(Shared::new(minimap));
                host.repaint();
            }
        });
    }

    fn answered(self: &Rc<Self>, answer: TimelineAnswer) {
        let (revealed, sought) =
            (answer.revealed, self.state.borrow().asked.as_ref().and_then(|asked| asked.reveal));
        let answer = Shared::new(answer);
        self.state.borrow_mut().answer = Some(answer.clone());
        self.tell_lanes(answer);
        self.repaint();
        // Fewer lanes than before may end above what is visible.
        self.move_to(self.place());
        match revealed {
            Some(revealed) => self.revealed(revealed.group, revealed.top_px, revealed.height_px),
            // The filter leaves it out.
            None if sought.is_some() => self.state.borrow_mut().reveal = None,
            None => {}
        }
    }

    /// Tells the component of new lanes: at once if there are others or they stand elsewhere. If only their facts
    /// are new, it is told a few times a second: drawing them takes as long as drawing the picture.
    fn tell_lanes(self: &Rc<Self>, answer: Shared<TimelineAnswer>) {
        let mut state = self.state.borrow_mut();
        let same = state.told.as_ref().is_some_and(|told| same_lanes(told, &answer));
        if same && state.telling.is_some() {
            return;
        }
        if same {
            let weak = Rc::downgrade(self);
            let tell = move || {
                if let Some(host) = weak.upgrade() {
                    host.tell_lanes_now();
                }
            };
            state.telling = Some(Timeout::new(FACTS_MS, tell));
            return;
        }
        drop(state);
        self.tell_lanes_now();
    }

    fn tell_lanes_now(&self) {
        let mut state = self.state.borrow_mut();
        state.telling = None;
        let answer = state.answer.clone();
        state.told.clone_from(&answer);
        drop(state);
        if let Some(answer) = answer {
            self.news.emit(News::Answer(answer));
        }
    }

    /// The lane that was looked for is found, perhaps in a closed group.
    fn revealed(self: &Rc<Self>, group: Option<u64>, top_px: u32, height_px: u32) {
        match group {
            Some(group) => self.set_layout(|layout| layout.toggle(group)),
            None => {
                if self.state.borrow_mut().reveal.take().is_some() {
                    self.scroll_to(top_px, height_px);
                    self.settle();
                }
            }
        }
    }

    /// Selects a span, asks all about it, and goes there if asked.
    pub(super) fn select(self: &Rc<Self>, span: u32, go: bool) {
        if self.state.borrow_mut().chosen.replace(span) != Some(span) {
            self.forget_why();
        }
        self.settle();
        self.ask_span("selected", span, move |host, details| {
            if host.state.borrow().chosen == Some(span) {
                host.selected(details, go);
            }
        });
    }

    fn selected(self: &Rc<Self>, details: Shared<SpanDetails>, go: bool) {
        self.state.borrow_mut().selected = Some(details.clone());
        if go {
            self.set_lane(Some(details.lane));
            self.show(&details);
        }
        self.news.emit(News::Selected(Some(details)));
        self.refresh();
        self.repaint();
    }

    /// Moves to a span: along time as little as possible, and to its lane wherever that is.
    fn show(self: &Rc<Self>, details: &SpanDetails) {
        let place = self.place();
        let (lo, hi) = self.extent(details);
        let hidden = hi <= place.window.lo || lo >= place.window.hi();
        let inside = hi - lo < place.window.len;
        let window = if hidden || inside { place.window.showing(lo, hi) } else { place.window };
        // Not at the very edge, where what comes before or after is hidden.
        let window = if window == place.window { window } else { centred(&window, lo, hi) };
        self.go(Place { window, ..place });
        let lane = {
            let state = self.state.borrow();
            let answer = state.answer.as_ref();
            answer.and_then(|answer| answer.lanes.iter().find(|lane| lane.key == details.lane).cloned())
        };
        match lane {
            Some(lane) => self.scroll_to(lane.top_px, lane.height_px),
            None => {
                self.state.borrow_mut().reveal = Some(details.lane);
                self.refresh();
            }
        }
    }

    pub(super) fn deselect(&self) {
        let mut state = self.state.borrow_mut();
        (state.chosen, state.selected) = (None, None);
        drop(state);
        self.forget_why();
        self.news.emit(News::Selected(None));
        self.settle();
        self.repaint();
    }

    /// Asks why the selected span was slow, or asks no longer.
    pub(super) fn toggle_why(self: &Rc<Self>) {
        if self.forget_why() {
            return;
        }
        let Some(span) = self.state.borrow().chosen else { return };
        let query = WhyQuery {
            subject: WhySubject::Span(span),
            merge: WhyMerge::Fit,
            first: 0,
            count: PATH_SEGMENTS,
        };
        self.ask("why", Request::Why(query), move |host, answer| {
            let still = host.state.borrow().chosen == Some(span);
            if let (Answer::Why(Some(why)), true) = (answer, still) {
                host.explained(Shared::new(*why));
            }
        });
    }

    fn explained(self: &Rc<Self>, why: Shared<WhyAnswer>) {
        self.state.borrow_mut().why = Some(why.clone());
        self.news.emit(News::Why(Some(why)));
        self.refresh();
        self.repaint();
    }

    /// Takes the explanation away; whether there was one.
    fn forget_why(&self) -> bool {
        let gone = self.state.borrow_mut().why.take().is_some();
        if gone {
            self.news.emit(News::Why(None));
            self.repaint();
        }
        gone
    }

    pub(super) fn ask_span(
        self: &Rc<Self>,
        purpose: &'static str,
        span: u32,
        then: impl FnOnce(&Rc<Self>, Shared<SpanDetails>) + 'static,
    ) {
        self.ask(purpose, Request::SpanDetails(SpanQuery { span }), |host, answer| {
            if let Answer::SpanDetails(Some(details)) = answer {
                then(host, Shared::new(details));
            }
        });
    }

    /// Asks for a purpose; a newer question for the same purpose overtakes this one.
    pub(super) fn ask(
        self: &Rc<Self>,
        purpose: &'static str,
        request: Request,
        then: impl FnOnce(&Rc<Self>, Answer) + 'static,
    ) {
        let answer = self.client.ask_in(purpose, self.part, request);
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            if let (Some(answer), Some(host)) = (answer.await, weak.upgrade()) {
                then(&host, answer);
            }
        });
    }
}

/// Whether both answers have the same lanes at the same places.
fn same_lanes(a: &TimelineAnswer, b: &TimelineAnswer) -> bool {
    let same = |(a, b): (&Lane, &Lane)| {
        let place = |lane: &Lane| (lane.key, lane.top_px, lane.height_px, lane.expanded);
        place(a) == place(b) && a.name == b.name
    };
    a.lanes.len() == b.lanes.len() && a.lanes_all == b.lanes_all && a.lanes.iter().zip(&b.lanes).all(same)
}

/// Lanes at the ends of arrows and paths, in order.
fn wanted_lanes(state: &State) -> Vec<u64> {
    let spans = state.selected.iter().chain(&state.hovered_span);
    let mut lanes: Vec<u64> = spans.flat_map(|span| overlay::ends(span)).collect();
    lanes.extend(state.why.iter().flat_map(|why| why.segments.iter().filter_map(|segment| segment.lane)));
    lanes.sort_unstable();
    lanes.dedup();
    lanes.truncate(MOST_LOCATED);
    lanes
}

/// The window moved so that the stretch from `lo` to `hi` is in its middle.
fn centred(window: &crate::canvas::window::Window, lo: f64, hi: f64) -> crate::canvas::window::Window {
    let (middle, half) = ((lo + hi) / 2.0, window.len / 2.0);
    window.to(middle - half, middle + half)
}
