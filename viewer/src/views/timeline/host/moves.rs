//! What pointers do: pan, zoom, select, drag the minimap's window.

use std::rc::Rc;

use super::{Inner, News};
use crate::canvas::gesture::{Gesture, Input, Point};
use crate::canvas::surface::Size;
use crate::views::timeline::place::{self, Place};

/// A range shorter than this is a slip of the pointer.
const SLIP_PX: f64 = 2.0;

impl Inner {
    pub(super) fn lanes_resized(self: &Rc<Self>, size: Size) {
        let mut state = self.state.borrow_mut();
        state.lanes.size = size;
        state.overlay.size = size;
        drop(state);
        self.move_to(self.place());
        self.refresh();
        self.repaint();
    }

    pub(super) fn map_resized(self: &Rc<Self>, size: Size) {
        self.state.borrow_mut().map.size = size;
        self.refresh_map();
        self.repaint();
    }

    /// Pointer and wheel over the lanes, or over the ruler, which knows no boxes.
    pub(super) fn input(self: &Rc<Self>, input: Input, ruler: bool) {
        let gestures = self.state.borrow_mut().recognizer.take(input);
        for gesture in gestures {
            match gesture {
                Gesture::Click(_) | Gesture::DoubleClick(_) if ruler => self.set_area(None),
                Gesture::Hover(_) if ruler => {}
                Gesture::Range(from, to) if ruler => self.drag_time(from.x, to.x),
                gesture => self.gesture(gesture),
            }
        }
    }

    fn gesture(self: &Rc<Self>, gesture: Gesture) {
        let width = self.state.borrow().lanes.size.w.max(1.0);
        let mut place = self.place();
        match gesture {
            Gesture::Hover(at) => {
                self.state.borrow_mut().pointer = at;
                self.repaint_overlay();
            }
            Gesture::Click(at) => self.click(at),
            Gesture::DoubleClick(_) => {
                self.zoom_to_selection();
            }
            Gesture::Range(from, to) => self.drag_area(from, to),
            Gesture::RangeEnd(from, to) if (from.x - to.x).abs() < SLIP_PX => self.set_area(None),
            Gesture::RangeEnd(..) => self.end_area(),
            Gesture::Pan(dx, dy) => {
                place.window = place.window.panned(-dx / width);
                place.scroll -= dy;
                self.move_to(place);
            }
            Gesture::Zoom(x, factor) => {
                place.window = place.window.zoomed(x / width, factor);
                self.move_to(place);
            }
            Gesture::Settle => self.settle(),
        }
    }

    fn click(self: &Rc<Self>, at: Point) {
        let Some((lane, hovered)) = self.hit(at) else { return };
        self.set_area(None);
        self.set_lane(Some(lane));
        match hovered {
            Some(hovered) if hovered.number != u32::MAX => match hovered.span() {
                Some(span) => self.select(span, false),
                None => self.select_item(hovered),
            },
            // A box that merges several: closer, to see them.
            Some(_) => {
                let place = self.place();
                let width = self.state.borrow().lanes.size.w.max(1.0);
                self.go(Place { window: place.window.zoomed(at.x / width, 8.0), ..place });
            }
            None => {}
        }
    }

    pub(super) fn set_lane(&self, lane: Option<u64>) {
        let before = std::mem::replace(&mut self.state.borrow_mut().lane, lane);
        if before != lane {
            self.news.emit(News::Lane(lane));
        }
    }

    /// Pointer and wheel over the minimap.
    pub(super) fn map_input(self: &Rc<Self>, input: Input) {
        let gestures = self.state.borrow_mut().map_recognizer.take(input);
        let width = self.state.borrow().map.size.w.max(1.0);
        let place = self.place();
        let at = |window| Place { window, ..place };
        for gesture in gestures {
            match gesture {
                Gesture::Range(from, to) => self.drag_map(from.x, to.x, width),
                Gesture::RangeEnd(..) => self.state.borrow_mut().map_grip = None,
                Gesture::Click(point) => {
                    let middle = point.x / width * place.window.full;
                    let half = place.window.len / 2.0;
                    self.move_to(at(place.window.to(middle - half, middle + half)));
                    self.settle();
                }
                Gesture::Pan(dx, dy) => {
                    // The wheel over the whole trace moves the window along it.
                    let along = (dx + dy) / width * place.window.full / place.window.len;
                    self.move_to(at(place.window.panned(-along)));
                }
                Gesture::Zoom(x, factor) => {
                    let there = place.window.x_of(x / width * place.window.full, 1.0);
                    self.move_to(at(place.window.zoomed(there.clamp(0.0, 1.0), factor)));
                }
                Gesture::Settle => self.settle(),
                Gesture::DoubleClick(_) => {
                    self.go(at(Place::all(self.clock.get()).window));
                }
                Gesture::Hover(_) => {}
            }
        }
    }

    fn drag_map(self: &Rc<Self>, from: f64, to: f64, width: f64) {
        let place = self.place();
        let (grip, window) = {
            let mut state = self.state.borrow_mut();
            *state.map_grip.get_or_insert_with(|| (place::grip(&place.window, from, width), place.window))
        };
        self.move_to(Place { window: place::dragged(&window, grip, from, to, width), ..place });
    }

    /// Moves what is visible, without a step of history.
    pub(super) fn move_to(self: &Rc<Self>, place: Place) {
        let lowest = {
            let state = self.state.borrow();
            let height = state.answer.as_ref().map_or(f64::INFINITY, |answer| f64::from(answer.height_px));
            (height - state.lanes.size.h).max(0.0)
        };
        let place = Place { scroll: place.scroll.clamp(0.0, lowest).round(), ..place };
        if self.place() != place {
            *self.place.borrow_mut() = Some(place);
            self.refresh();
            self.repaint();
        }
    }

    /// Moves what is visible, with a step of history.
    pub(super) fn go(self: &Rc<Self>, place: Place) {
        self.move_to(place);
        self.settle();
    }
}
