//! The flame graph's canvas: what is visible, selected and hovered, outside Yew.
//!
//! Pointers and keys change the state here and request a frame; the component hears of finished
//! things only: a new answer, another box under the pointer, another selection.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use taskscope_engine::api::{Answer, FlameAnswer, FlameNode, FlameNodeQuery, FlameQuery, Request};
use taskscope_engine::scene::FlameMarks;
use web_sys::HtmlCanvasElement;
use yew::Callback;
use yew::platform::spawn_local;

use super::nav::{self, Step};
use super::picture;
use super::place::{Place, Shown, covers, question};
use crate::canvas::cell::upgrade;
use crate::canvas::frame::{FrameLoop, now_ms};
use crate::canvas::gesture::{Drag, Gesture, Input, Point, Recognizer};
use crate::canvas::history::History;
use crate::canvas::layer::Layer;
use crate::canvas::pointer;
use crate::canvas::shared::Shared;
use crate::canvas::surface::{Size, SizeWatch};
use crate::canvas::text::{Fonts, Glyphs};
use crate::canvas::tip::Anchor;
use crate::commands::Command;
use crate::link::{Client, PartRef};
use crate::theme::ThemeName;

/// How much one key press zooms and pans.
const KEY_ZOOM: f64 = 1.5;
const KEY_PAN: f64 = 0.15;

/// What the component is told.
#[derive(Clone, Debug)]
pub enum News {
    /// A new picture is there.
    Answer(Shared<FlameAnswer>),
    /// The part has no flame graph; says why.
    Unavailable(String),
    /// Another box is under the pointer, or none.
    Tip(Option<Tip>),
    /// A function is selected that has no box in view.
    Named(String),
    /// Another box is selected, or none.
    Selected(Option<Shared<FlameNode>>),
}

/// The box under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tip {
    /// Everything about it.
    pub node: Shared<FlameNode>,
    /// Where it is.
    pub anchor: Anchor,
    /// Size of the canvas.
    pub size: Size,
}

/// A handle to the canvas; clones are the same canvas.
#[derive(Clone)]
pub struct FlameHost(Rc<Inner>);

struct Inner {
    client: Client,
    part: PartRef,
    news: Callback<News>,
    place: Rc<RefCell<Place>>,
    state: RefCell<State>,
    frame: FrameLoop,
}

struct State {
    picture: Layer,
    overlay: Layer,
    glyphs: Glyphs,
    theme: ThemeName,
    dirty: bool,
    shown: Shown,
    recognizer: Recognizer,
    history: History<Place>,
    asked: Option<FlameQuery>,
    answer: Option<Shared<FlameAnswer>>,
    pointer: Option<Point>,
    hovered: Option<u32>,
    selected: Option<Selected>,
    _listeners: Vec<EventListener>,
    _size: Option<SizeWatch>,
}

/// The selected box. The name finds it again in another tree.
#[derive(Clone, Debug, PartialEq)]
struct Selected {
    node: Option<u32>,
    name: String,
}

impl FlameHost {
    /// Takes over two canvases of one size, the second above the first; `None` if the browser
    /// gives no 2D context.
    pub fn mount(
        canvases: [HtmlCanvasElement; 2],
        client: Client,
        part: PartRef,
        place: Rc<RefCell<Place>>,
        news: Callback<News>,
    ) -> Option<Self> {
        let [below, above] = canvases;
        let (picture, overlay) = (Layer::new(below)?, Layer::new(above.clone())?);
        let glyphs = Glyphs::new(Fonts::of_page())?;
        let history = History::new(*place.borrow());
        let host = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let frame = FrameLoop::new(upgrade(weak, |host, _now_ms: f64| host.draw()));
            let on_input = upgrade(weak, Inner::input);
            let resized = upgrade(weak, Inner::resized);
            let state = State {
                _listeners: pointer::listen(&above, on_input),
                _size: above.parent_element().and_then(|parent| SizeWatch::new(&parent, resized)),
                picture,
                overlay,
                glyphs,
                theme: ThemeName::default(),
                dirty: true,
                shown: Shown::default(),
                recognizer: Recognizer::new(Drag::Pan),
                history,
                asked: None,
                answer: None,
                pointer: None,
                hovered: None,
                selected: None,
            };
            Inner { client, part, news, place, state: RefCell::new(state), frame }
        });
        Some(Self(host))
    }

    /// Shows another tree, or marks other matches.
    pub fn show(&self, shown: &Shown) {
        let mut state = self.0.state.borrow_mut();
        if state.shown == *shown {
            return;
        }
        let before = &state.shown;
        let other_tree = before.direction != shown.direction
            || before.source != shown.source
            || before.scope != shown.scope;
        state.shown = shown.clone();
        state.hovered = None;
        if let (true, Some(selected)) = (other_tree, &mut state.selected) {
            selected.node = None;
        }
        drop(state);
        if other_tree {
            self.0.go(Place::default());
        }
        self.0.refresh();
        self.0.repaint();
    }

    /// Paints in another theme.
    pub fn set_theme(&self, theme: ThemeName) {
        self.0.state.borrow_mut().theme = theme;
        self.0.repaint();
    }

    /// Does what a key asks for; whether it was for this canvas.
    pub fn command(&self, command: Command) -> bool {
        self.0.command(command)
    }

    /// Selects a function where it is widest, and zooms to it if asked.
    pub fn select_function(&self, name: &str, zoom: bool) {
        let found = {
            let mut state = self.0.state.borrow_mut();
            state.selected = Some(Selected { node: None, name: name.to_owned() });
            state.answer.as_ref().and_then(|answer| Some(answer.node[nav::widest_of(answer, name)?]))
        };
        match found {
            Some(node) => self.0.visit(node, zoom),
            None => self.0.news.emit(News::Named(name.to_owned())),
        }
        self.0.frame.request();
    }

    /// Selects a box and makes it visible, zooming to it if asked.
    pub fn visit(&self, node: u32, zoom: bool) {
        self.0.visit(node, zoom);
    }
}

impl Inner {
    /// Has the boxes painted in the next frame, too; marks are painted in every one.
    fn repaint(&self) {
        self.state.borrow_mut().dirty = true;
        self.frame.request();
    }

    fn resized(self: &Rc<Self>, size: Size) {
        let mut state = self.state.borrow_mut();
        state.picture.size = size;
        state.overlay.size = size;
        drop(state);
        self.refresh();
        self.repaint();
    }

    fn input(self: &Rc<Self>, input: Input) {
        let gestures = self.state.borrow_mut().recognizer.take(input);
        for gesture in gestures {
            self.gesture(gesture);
        }
    }

    fn gesture(self: &Rc<Self>, gesture: Gesture) {
        let size = self.state.borrow().picture.size;
        let mut place = *self.place.borrow();
        match gesture {
            Gesture::Hover(at) => {
                self.state.borrow_mut().pointer = at;
                self.frame.request();
            }
            Gesture::Click(at) => self.click(at, false),
            Gesture::DoubleClick(at) => self.click(at, true),
            Gesture::Pan(dx, dy) => {
                place.window = place.window.panned(-dx / size.w.max(1.0));
                place.scroll -= dy;
                self.move_to(place);
            }
            Gesture::Zoom(x, factor) => {
                place.window = place.window.zoomed(x / size.w.max(1.0), factor);
                self.move_to(place);
            }
            Gesture::Settle => self.state.borrow_mut().history.go(place, now_ms()),
            Gesture::Range(..) | Gesture::RangeEnd(..) => {}
        }
    }

    fn click(self: &Rc<Self>, at: Point, zoom: bool) {
        let node = self.node_at(at);
        match node {
            Some(node) => self.visit(node, zoom),
            None => self.deselect(),
        }
    }

    fn deselect(self: &Rc<Self>) {
        self.state.borrow_mut().selected = None;
        self.news.emit(News::Selected(None));
        self.frame.request();
    }

    fn node_at(&self, at: Point) -> Option<u32> {
        let state = self.state.borrow();
        let answer = state.answer.as_ref()?;
        answer.node.get(picture::hit(answer, &self.place.borrow(), state.picture.size, at)?).copied()
    }

    /// Moves what is visible, without a step of history.
    fn move_to(self: &Rc<Self>, place: Place) {
        let scroll = {
            let state = self.state.borrow();
            let rows = state.answer.as_ref().map_or(0, |answer| answer.depth);
            place.scroll.min(picture::height(rows) - state.picture.size.h).max(0.0)
        };
        let place = Place { scroll, ..place };
        if *self.place.borrow() != place {
            *self.place.borrow_mut() = place;
            self.refresh();
            self.repaint();
        }
    }

    /// Moves what is visible, with a step of history.
    fn go(self: &Rc<Self>, place: Place) {
        self.move_to(place);
        let place = *self.place.borrow();
        self.state.borrow_mut().history.go(place, now_ms());
    }

    fn command(self: &Rc<Self>, command: Command) -> bool {
        let place = *self.place.borrow();
        let window = place.window;
        let at = |window| Place { window, ..place };
        match command {
            Command::ZoomIn => self.go(at(window.zoomed(self.focus(), KEY_ZOOM))),
            Command::ZoomOut => self.go(at(window.zoomed(self.focus(), 1.0 / KEY_ZOOM))),
            Command::PanLeft => self.go(at(window.panned(-KEY_PAN))),
            Command::PanRight => self.go(at(window.panned(KEY_PAN))),
            Command::FitAll | Command::ResetZoom => self.go(Place::default()),
            Command::Left => self.step(Step::Left),
            Command::Right => self.step(Step::Right),
            Command::Up => self.step(Step::Up),
            Command::Down => self.step(Step::Down),
            Command::Open | Command::ZoomToSelection => return self.zoom_to_selected(),
            Command::Back if self.state.borrow().selected.is_some() => self.deselect(),
            Command::Undo => return self.travel(History::undo),
            Command::Redo => return self.travel(History::redo),
            _ => return false,
        }
        true
    }

    fn travel(self: &Rc<Self>, way: fn(&mut History<Place>) -> Option<Place>) -> bool {
        let place = way(&mut self.state.borrow_mut().history);
        place.map(|place| self.move_to(place)).is_some()
    }

    /// Where keys zoom: at the pointer, else at the selected box, else in the middle.
    fn focus(&self) -> f64 {
        let state = self.state.borrow();
        let window = self.place.borrow().window;
        let pointer = state.pointer.map(|at| at.x / state.picture.size.w.max(1.0));
        let selected = || {
            let answer = state.answer.as_ref()?;
            let at = nav::index_of(answer, state.selected.as_ref()?.node?)?;
            let (lo, hi) = (answer.x0[at].max(window.lo), answer.x1[at].min(window.hi()));
            (lo < hi).then(|| window.x_of((lo + hi) / 2.0, 1.0))
        };
        pointer.or_else(selected).unwrap_or(0.5)
    }

    fn step(self: &Rc<Self>, step: Step) {
        let node = {
            let state = self.state.borrow();
            let Some(answer) = &state.answer else { return };
            let from = state.selected.as_ref().and_then(|selected| nav::index_of(answer, selected.node?));
            let to = match from {
                Some(from) => nav::step(answer, from, step),
                None => (!answer.node.is_empty()).then_some(0),
            };
            to.and_then(|to| answer.node.get(to).copied())
        };
        if let Some(node) = node {
            self.visit(node, false);
        }
    }

    fn zoom_to_selected(self: &Rc<Self>) -> bool {
        let node = self.state.borrow().selected.as_ref().and_then(|selected| selected.node);
        node.map(|node| self.visit(node, true)).is_some()
    }

    /// Selects `node`, asks all about it and then makes it visible.
    fn visit(self: &Rc<Self>, node: u32, zoom: bool) {
        self.ask_node("selected", node, move |host, found| {
            let selected = Selected { node: Some(node), name: found.function.clone() };
            host.state.borrow_mut().selected = Some(selected);
            host.reveal(&found, zoom);
            host.news.emit(News::Selected(Some(found)));
            host.frame.request();
        });
    }

    fn reveal(self: &Rc<Self>, node: &FlameNode, zoom: bool) {
        let place = *self.place.borrow();
        let window = if zoom { place.window.to(node.x0, node.x1) } else { place.window };
        // A box wider than the window is visible wherever the window lies in it.
        let hidden = node.x1 <= window.lo || node.x0 >= window.hi();
        let window = if hidden { window.showing(node.x0, node.x1) } else { window };
        let height = self.state.borrow().picture.size.h;
        let (top, bottom) = (picture::height(node.row), picture::height(node.row + 1));
        let scroll = place.scroll.min(top).max(bottom - height);
        self.go(Place { window, scroll });
    }

    fn ask_node(
        self: &Rc<Self>,
        purpose: &'static str,
        node: u32,
        then: impl FnOnce(&Rc<Self>, Shared<FlameNode>) + 'static,
    ) {
        let query = {
            let shown = &self.state.borrow().shown;
            FlameNodeQuery {
                source: shown.source,
                scope: shown.scope.clone(),
                direction: shown.direction,
                node,
            }
        };
        let answer = self.client.ask_in(purpose, self.part, Request::FlameNode(query));
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            if let (Some(Answer::FlameNode(Some(node))), Some(host)) = (answer.await, weak.upgrade()) {
                then(&host, Shared::new(node));
            }
        });
    }

    /// Asks for what is visible, unless the last question covered it.
    fn refresh(self: &Rc<Self>) {
        let query = {
            let state = self.state.borrow();
            let (place, size) = (*self.place.borrow(), state.picture.size);
            let covered = |asked: &FlameQuery| covers(asked, &place, size, &state.shown);
            if size.w < 1.0 || state.asked.as_ref().is_some_and(covered) {
                return;
            }
            question(&place, size, &state.shown)
        };
        self.state.borrow_mut().asked = Some(query.clone());
        let answer = self.client.ask_in("picture", self.part, Request::Flame(query));
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            if let (Some(answer), Some(host)) = (answer.await, weak.upgrade()) {
                host.answered(answer);
            }
        });
    }

    fn answered(self: &Rc<Self>, answer: Answer) {
        match answer {
            Answer::Flame(answer) => {
                let answer = Shared::new(answer);
                self.state.borrow_mut().answer = Some(answer.clone());
                self.find_selected(&answer);
                self.news.emit(News::Answer(answer));
                self.repaint();
            }
            Answer::Unavailable(why) => {
                self.state.borrow_mut().answer = None;
                self.news.emit(News::Unavailable(why));
                self.repaint();
            }
            _ => {}
        }
    }

    /// In another tree, the selected function is selected where it is widest.
    fn find_selected(self: &Rc<Self>, answer: &FlameAnswer) {
        let node = {
            let state = self.state.borrow();
            let lost = state.selected.as_ref().filter(|selected| selected.node.is_none());
            lost.and_then(|selected| answer.node.get(nav::widest_of(answer, &selected.name)?).copied())
        };
        if let Some(node) = node {
            self.visit(node, false);
        }
    }

    fn draw(self: &Rc<Self>) {
        self.hover();
        let place = *self.place.borrow();
        let mut state = self.state.borrow_mut();
        let State { picture, overlay, glyphs, theme, dirty, shown, answer, hovered, selected, .. } =
            &mut *state;
        let Some(answer) = answer else { return };
        if std::mem::take(dirty) {
            let only = shown.only_matches && !shown.search.is_empty();
            picture::draw(picture, answer, &place, *theme, only, glyphs);
        }
        let selected = selected.as_ref().and_then(|selected| selected.node);
        // Where nothing is hovered, the selected function is shown wherever else it is.
        let hovered = hovered.or(selected).and_then(|node| nav::index_of(answer, node));
        let marks = FlameMarks { selected, hovered: hovered.map(|at| at as u32), only_matches: false };
        picture::draw_marks(overlay, answer, &place, *theme, &marks);
    }

    /// Finds the box under the pointer and tells when it is another one.
    fn hover(self: &Rc<Self>) {
        let pointer = self.state.borrow().pointer;
        let node = pointer.and_then(|at| self.node_at(at));
        let before = std::mem::replace(&mut self.state.borrow_mut().hovered, node);
        if before == node {
            return;
        }
        let (Some(node), Some(at)) = (node, pointer) else {
            self.news.emit(News::Tip(None));
            return;
        };
        self.ask_node("tip", node, move |host, found| {
            if host.state.borrow().hovered == Some(node) {
                let size = host.state.borrow().picture.size;
                let top = picture::height(found.row) - host.place.borrow().scroll;
                let anchor = Anchor { x: at.x, top, bottom: top + picture::ROW_PX };
                host.news.emit(News::Tip(Some(Tip { node: found, anchor, size })));
            }
        });
    }
}
