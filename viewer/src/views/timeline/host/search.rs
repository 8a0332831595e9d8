//! Search: how many hits there are, where, and the way from one to the next.

use std::rc::Rc;

use taskscope_engine::api::{Answer, Request, SearchAnswer, SearchHit, SearchQuery, SearchStep};

use super::{Inner, News};
use crate::canvas::shared::Shared;
use crate::views::timeline::place::Place;

impl Inner {
    /// Searches for `text`; empty for nothing.
    pub(super) fn set_search(self: &Rc<Self>, text: &str) {
        {
            let mut state = self.state.borrow_mut();
            if state.search == text {
                return;
            }
            text.clone_into(&mut state.search);
            (state.found, state.hit) = (None, None);
        }
        match text.is_empty() {
            true => self.news.emit(News::Found(None)),
            false => self.seek(SearchStep::Count),
        }
        self.refresh();
        self.repaint();
    }

    /// To the next or previous hit; without a search, to the next or previous lane.
    pub(super) fn step_hit(self: &Rc<Self>, forward: bool) {
        let (searching, hit) = {
            let state = self.state.borrow();
            (!state.search.is_empty(), state.hit)
        };
        if !searching {
            return self.step_lane(forward);
        }
        let first = self.clock.get().moment(self.place().window.lo);
        self.seek(match (hit, forward) {
            (Some(hit), true) => SearchStep::Next(hit),
            (Some(hit), false) => SearchStep::Previous(hit),
            (None, _) => SearchStep::From(first),
        });
    }

    fn seek(self: &Rc<Self>, step: SearchStep) {
        let (text, columns) = {
            let state = self.state.borrow();
            (state.search.clone(), state.map.size.w.max(0.0) as u32)
        };
        let query = SearchQuery { text: text.clone(), step, columns };
        self.ask("search", Request::Search(query), move |host, answer| {
            let still = host.state.borrow().search == text;
            if let (Answer::Search(found), true) = (answer, still) {
                host.found(found);
            }
        });
    }

    fn found(self: &Rc<Self>, found: SearchAnswer) {
        let found = Shared::new(found);
        {
            let mut state = self.state.borrow_mut();
            state.found = Some(found.clone());
            state.hit = found.hit.as_ref().map(|hit| hit.place);
        }
        if let Some(hit) = &found.hit {
            self.show_hit(hit);
        }
        self.news.emit(News::Found(Some(found)));
        self.repaint();
    }

    fn show_hit(self: &Rc<Self>, hit: &SearchHit) {
        if let Some(span) = hit.span {
            return self.select(span, true);
        }
        let clock = self.clock.get();
        let (lo, hi) = (clock.since_start(hit.place.at_ns), clock.since_start(hit.end_ns));
        let place = self.place();
        self.go(Place { window: place.window.showing(lo, hi), ..place });
        self.set_lane(Some(hit.lane));
        self.state.borrow_mut().reveal = Some(hit.lane);
        self.refresh();
    }
}
