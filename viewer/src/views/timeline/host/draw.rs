//! A frame: what changed is painted, and what is under the pointer is found.

use std::rc::Rc;

use taskscope_engine::api::{SpanDetails, TimelineAnswer};
use taskscope_engine::scene::{self, MinimapViewport, Theme, TimelineViewport};

use taskscope_engine::units;
use web_sys::HtmlElement;
use yew::NodeRef;

use super::{About, Hovered, Inner, News, State, Tip, overlay};
use crate::canvas::gesture::Point;
use crate::canvas::shared::Shared;
use crate::canvas::tip::Anchor;
use crate::theme::ThemeName;
use crate::views::timeline::area::Area;
use crate::views::timeline::place::Place;

impl Inner {
    pub(super) fn draw(self: &Rc<Self>) {
        if self.state.borrow().put_off.take() {
            self.refresh();
        }
        self.hover();
        self.ask_cursor();
        let place = self.place();
        let mut state = self.state.borrow_mut();
        let dirty = std::mem::take(&mut state.dirty);
        let theme = colours(state.theme);
        if dirty.picture {
            self.draw_map(&mut state, &place, &theme);
            self.draw_lanes(&mut state, &place, &theme);
            write_window(&state, &place);
        }
        if dirty.overlay || dirty.picture {
            self.draw_overlay(&mut state, &place, &theme);
        }
    }

    pub(super) fn viewport(&self, place: &Place, state: &State) -> TimelineViewport {
        TimelineViewport {
            origin_ns: self.clock.get().start_ns,
            from_ns: place.window.lo,
            to_ns: place.window.hi(),
            width_px: state.lanes.size.w as f32,
            scroll_px: place.scroll as f32,
            height_px: state.lanes.size.h as f32,
        }
    }

    fn draw_map(&self, state: &mut State, place: &Place, theme: &Theme) {
        let Some(minimap) = &state.minimap else { return };
        let window = place.window;
        let viewport = MinimapViewport {
            width_px: state.map.size.w as f32,
            duration_ns: window.full as u64,
            from: window.lo / window.full,
            to: window.hi() / window.full,
        };
        let mut commands = scene::minimap(minimap, &viewport, theme, &state.glyphs);
        if let Some(found) = &state.found {
            commands.extend(overlay::hit_marks(&found.marks, viewport.width_px, theme));
        }
        state.map.paint(&commands);
    }

    fn draw_lanes(&self, state: &mut State, place: &Place, theme: &Theme) {
        let viewport = self.viewport(place, state);
        let area = state.area.as_ref().map(Area::stretch);
        let bracket = area.or_else(|| Some(self.extent(state.selected.as_ref()?)));
        let ruler = TimelineViewport { width_px: state.ruler.size.w as f32, ..viewport };
        let mut commands = scene::ruler(&ruler, theme, bracket, &state.glyphs);
        commands.extend(overlay::ruler_marks(&state.marks, &place.window, ruler.width_px, theme));
        state.ruler.paint(&commands);
        if let Some(answer) = &state.answer {
            state.lanes.paint(&scene::timeline(answer, &viewport, theme, None, &state.glyphs));
            if state.names_at != place.scroll {
                state.names_at = place.scroll;
                let moved = format!("translateY({}px)", -place.scroll);
                // An element that is gone needs no moving.
                let _ = state.names.style().set_property("transform", &moved);
            }
        }
    }

    /// What is under a point: the lane, and the box in it.
    pub(super) fn hit(&self, at: Point) -> Option<(u64, Option<Hovered>)> {
        let state = self.state.borrow();
        let answer = state.answer.as_ref()?;
        let viewport = self.viewport(&self.place(), &state);
        let hit = scene::timeline_hit_test(answer, &viewport, at.x as f32, at.y as f32)?;
        let lane = answer.lanes.get(hit.lane as usize)?;
        let hovered = hit.row.and_then(|row| {
            Some(Hovered {
                lane: lane.key,
                kind: lane.kind,
                mark: *answer.mark.get(row as usize)?,
                number: hit.span.unwrap_or(u32::MAX),
                begin_ns: answer.t0_ns.saturating_add_signed(*answer.x0_ns.get(row as usize)?),
            })
        });
        Some((lane.key, hovered))
    }

    /// Finds the box under the pointer and tells when it is another one.
    fn hover(self: &Rc<Self>) {
        let pointer = self.state.borrow().pointer;
        let found = pointer.and_then(|at| Some((at, self.hit(at)?.1?)));
        let hovered = found.map(|(_, hovered)| hovered);
        let before = std::mem::replace(&mut self.state.borrow_mut().hovered, hovered);
        if before == hovered {
            return;
        }
        self.set_hovered_span(None);
        let Some((at, hovered)) = found else { return self.news.emit(News::Tip(None)) };
        let still = move |host: &Rc<Self>| host.state.borrow().hovered == Some(hovered);
        match hovered.span() {
            _ if hovered.number == u32::MAX => self.tell_tip(at, hovered, About::Several),
            Some(span) => self.ask_span("tip", span, move |host, details| {
                if still(host) {
                    host.tell_tip(at, hovered, About::Span(details.clone()));
                    host.set_hovered_span(Some(details));
                }
            }),
            None => self.ask_item("tip", hovered, move |host, details| {
                if still(host) {
                    host.tell_tip(at, hovered, About::Item(details));
                }
            }),
        }
    }

    /// The arrows of the hovered span come and go with it.
    fn set_hovered_span(self: &Rc<Self>, span: Option<Shared<SpanDetails>>) {
        let before = std::mem::replace(&mut self.state.borrow_mut().hovered_span, span.clone());
        if before.is_some() || span.is_some() {
            self.repaint_overlay();
        }
        if span.is_some() {
            self.refresh();
        }
    }

    fn tell_tip(&self, at: Point, hovered: Hovered, about: About) {
        let tip = {
            let state = self.state.borrow();
            let Some((name, top, height)) =
                state.answer.as_ref().and_then(|answer| lane_place(answer, hovered.lane))
            else {
                return;
            };
            let top = top - self.place().scroll;
            let anchor = Anchor { x: at.x, top, bottom: top + height };
            Tip { about, lane: name, anchor, size: state.lanes.size }
        };
        self.news.emit(News::Tip(Some(tip)));
    }
}

fn lane_place(answer: &TimelineAnswer, key: u64) -> Option<(String, f64, f64)> {
    let lane = answer.lanes.iter().find(|lane| lane.key == key)?;
    Some((lane.name.clone(), f64::from(lane.top_px), f64::from(lane.height_px)))
}

/// Writes the visible stretch of time, and its length: `2.318 000 – 2.328 368 s`, `10.368 ms`.
fn write_window(state: &State, place: &Place) {
    let (lo, hi) = (place.window.lo, place.window.hi());
    let write = |node: &NodeRef, text: &str| {
        if let Some(element) = node.get() {
            element.set_text_content(Some(text));
        }
    };
    let (from, to) = (units::moment(lo as u64), units::moment(hi as u64));
    let length = units::duration((hi - lo).round() as u64);
    write(&state.length, &length);
    write(&state.stretch, &format!("{} – {to}", from.trim_end_matches(" s")));
    if let Some(element) = state.stretch.cast::<HtmlElement>() {
        // Where the stretch has no room, the style sheet shows its length.
        let _ = element.set_attribute("data-length", &length);
    }
}

/// The colours of a theme.
fn colours(theme: ThemeName) -> Theme {
    match theme {
        ThemeName::Light => Theme::light(),
        ThemeName::Dark => Theme::dark(),
    }
}
