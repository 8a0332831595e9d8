//! Boxes that are no spans, and the counters under the pointer.

use std::rc::Rc;

use taskscope_engine::api::{Answer, CursorQuery, ItemDetails, ItemQuery, Request};

use super::{Hovered, Inner, News};
use crate::canvas::shared::Shared;

impl Inner {
    pub(super) fn ask_item(
        self: &Rc<Self>,
        purpose: &'static str,
        hovered: Hovered,
        then: impl FnOnce(&Rc<Self>, Shared<ItemDetails>) + 'static,
    ) {
        let query = ItemQuery { lane: hovered.lane, item: hovered.number, mark: hovered.mark };
        self.ask(purpose, Request::Item(query), |host, answer| {
            if let Answer::Item(Some(details)) = answer {
                then(host, Shared::new(details));
            }
        });
    }

    /// Selects a phase of the collector, a user task or a region.
    pub(super) fn select_item(self: &Rc<Self>, hovered: Hovered) {
        if self.state.borrow().chosen.is_some() {
            self.deselect();
        }
        self.ask_item("selected", hovered, |host, details| {
            host.state.borrow_mut().item = Some(details.clone());
            host.news.emit(News::Item(Some(details)));
            host.repaint();
        });
    }

    /// Deselects it; whether one was selected.
    pub(super) fn drop_item(&self) -> bool {
        let gone = self.state.borrow_mut().item.take().is_some();
        if gone {
            self.news.emit(News::Item(None));
            self.repaint();
        }
        gone
    }

    /// Asks for the counters at the pointer where it points to another moment than before.
    pub(super) fn ask_cursor(self: &Rc<Self>) {
        let at = {
            let state = self.state.borrow();
            let width = state.lanes.size.w.max(1.0);
            state.pointer.map(|at| self.clock.get().moment(self.place().window.at(at.x, width)))
        };
        let before = std::mem::replace(&mut self.state.borrow_mut().cursor, at);
        match at {
            _ if before == at => {}
            None => self.news.emit(News::Cursor(Vec::new())),
            Some(at_ns) => self.ask("cursor", Request::Cursor(CursorQuery { at_ns }), |host, answer| {
                let still = host.state.borrow().cursor.is_some();
                if let (Answer::Cursor(cursor), true) = (answer, still) {
                    host.news.emit(News::Cursor(cursor.facts));
                }
            }),
        }
    }
}
