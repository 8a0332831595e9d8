//! The timeline's canvases: what is visible, selected and hovered, outside Yew.
//!
//! Pointers and keys change the state here and request a frame; the component hears of finished
//! things only: a new answer, another box under the pointer, another selection.

mod area;
mod ask;
mod draw;
mod items;
mod keys;
mod moves;
mod overlay;
mod search;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use taskscope_engine::api::{
    self, ItemDetails, LaneKind, Mark, Minimap, SearchAnswer, SearchPlace, SpanDetails, TimelineAnswer,
    TimelineQuery, WhyAnswer,
};
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::{Callback, NodeRef};

use super::area::{Area, Marks};
use super::place::{Clock, Grip, Layout, Place};
use super::saved;
use super::steps::{Selection, Step};
use crate::canvas::cell::upgrade;
use crate::canvas::frame::FrameLoop;
use crate::canvas::gesture::{Drag, Point, Recognizer};
use crate::canvas::history::History;
use crate::canvas::layer::Layer;
use crate::canvas::pointer;
use crate::canvas::shared::Shared;
use crate::canvas::surface::{Size, SizeWatch};
use crate::canvas::text::{Fonts, Glyphs};
use crate::canvas::tip::Anchor;
use crate::canvas::window::Window;
use crate::commands::Command;
use crate::hooks::Address;
use crate::link::{Client, PartRef};
use crate::theme::ThemeName;

/// What the component is told.
#[derive(Clone, Debug)]
pub enum News {
    /// New lanes are there.
    Answer(Shared<TimelineAnswer>),
    /// The part has no timeline; says why.
    Unavailable(String),
    /// Something else is under the pointer, or nothing.
    Tip(Option<Tip>),
    /// Another span is selected, or none.
    Selected(Option<Shared<SpanDetails>>),
    /// Another lane is selected, or none.
    Lane(Option<u64>),
    /// An area was selected, or none.
    Area(Option<Area>),
    /// It is known why the selected span was slow, or no longer asked.
    Why(Option<Shared<WhyAnswer>>),
    /// A box is selected that is no span, or none.
    Item(Option<Shared<ItemDetails>>),
    /// The counters at the pointer, by lane; empty without a pointer.
    Cursor(Vec<(u64, String)>),
    /// The lanes that tables show in place of the picture; `None` for the picture.
    Table(Option<TimelineQuery>),
    /// Hits of the search are counted, or one is gone to; nothing is searched for.
    Found(Option<Shared<SearchAnswer>>),
    /// Stretches of time were marked, or marks removed.
    Marks(Marks),
    /// Lanes are grouped in another way.
    Layout(Layout),
}

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tip {
    /// What is known about it.
    pub about: About,
    /// The lane's name.
    pub lane: String,
    /// Where it is.
    pub anchor: Anchor,
    /// Size of the canvas.
    pub size: Size,
}

/// What a box is.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// A span.
    Span(Shared<SpanDetails>),
    /// A phase of the collector, a user task, a region.
    Item(Shared<ItemDetails>),
    /// Several, too short to be told apart.
    Several,
}

/// The elements that the host paints on and moves.
pub struct Elements {
    /// The whole trace.
    pub map: HtmlCanvasElement,
    /// Ticks.
    pub ruler: HtmlCanvasElement,
    /// Lanes.
    pub lanes: HtmlCanvasElement,
    /// Selection and cursor, above the lanes.
    pub overlay: HtmlCanvasElement,
    /// The names' column, moved as the lanes scroll.
    pub names: HtmlElement,
    /// Where the length of the visible time is written; it may not be there yet.
    pub length: NodeRef,
    /// Where the visible time is written.
    pub stretch: NodeRef,
}

/// The address of the page, for one file.
#[derive(Clone, Debug)]
pub struct Keeper {
    /// The page's.
    pub address: Address,
    /// Name of the file.
    pub name: String,
}

impl Keeper {
    fn loaded(&self, key: &str) -> Option<String> {
        self.address.loaded(&self.name, key)
    }
}

/// A handle to the canvases; clones are the same ones.
#[derive(Clone)]
pub struct TimelineHost(Rc<Inner>);

struct Inner {
    client: Client,
    part: PartRef,
    clock: Cell<Clock>,
    news: Callback<News>,
    place: Rc<RefCell<Option<Place>>>,
    layout: Rc<RefCell<Layout>>,
    selection: Rc<RefCell<Selection>>,
    address: Keeper,
    state: RefCell<State>,
    frame: FrameLoop,
}

struct State {
    map: Layer,
    ruler: Layer,
    lanes: Layer,
    overlay: Layer,
    names: HtmlElement,
    /// How far the names are scrolled down.
    names_at: f64,
    length: NodeRef,
    stretch: NodeRef,
    glyphs: Glyphs,
    theme: ThemeName,
    dirty: Dirty,
    recognizer: Recognizer,
    map_recognizer: Recognizer,
    map_grip: Option<(Grip, Window)>,
    history: History<Step>,
    asked: Option<TimelineQuery>,
    /// When that was, and whether the next question waits for the next frame.
    asked_ms: f64,
    put_off: Cell<bool>,
    asked_map: u32,
    answer: Option<Shared<TimelineAnswer>>,
    /// What the component was told last, and its being told soon.
    told: Option<Shared<TimelineAnswer>>,
    telling: Option<Timeout>,
    minimap: Option<Shared<Minimap>>,
    pointer: Option<Point>,
    hovered: Option<Hovered>,
    hovered_span: Option<Shared<SpanDetails>>,
    cursor: Option<u64>,
    search: String,
    found: Option<Shared<SearchAnswer>>,
    hit: Option<SearchPlace>,
    item: Option<Shared<ItemDetails>>,
    table: bool,
    /// The span that was chosen last; its details may still be on their way.
    chosen: Option<u32>,
    selected: Option<Shared<SpanDetails>>,
    lane: Option<u64>,
    area: Option<Area>,
    marks: Marks,
    why: Option<Shared<WhyAnswer>>,
    reveal: Option<u64>,
    _listeners: Vec<EventListener>,
    _sizes: Vec<SizeWatch>,
}

/// What is painted in the next frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Dirty {
    picture: bool,
    overlay: bool,
}

/// The box under the pointer: a span, or the place of one that merges several.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Hovered {
    lane: u64,
    kind: LaneKind,
    mark: Mark,
    /// The span, or the number of the item; `u32::MAX` for several.
    number: u32,
    /// Where it begins, ns on the trace's clock: the same in every answer.
    begin_ns: u64,
}

impl Hovered {
    /// The span, on lanes of spans.
    fn span(&self) -> Option<u32> {
        let spans = matches!(self.kind, LaneKind::Task | LaneKind::Worker | LaneKind::Thread);
        Some(self.number).filter(|&number| spans && number != u32::MAX)
    }
}

/// What a host needs from its surroundings.
pub struct Mount {
    /// The worker.
    pub client: Client,
    /// What is looked at.
    pub part: PartRef,
    /// The trace's clock.
    pub clock: Clock,
    /// Where one was before.
    pub place: Rc<RefCell<Option<Place>>>,
    /// Which lanes there were.
    pub layout: Rc<RefCell<Layout>>,
    /// What was selected and marked.
    pub selection: Rc<RefCell<Selection>>,
    /// The address of the page.
    pub address: Keeper,
    /// Told of everything.
    pub news: Callback<News>,
}

impl TimelineHost {
    /// Takes over the canvases; `None` if the browser gives no 2D context.
    pub fn mount(elements: Elements, mount: Mount) -> Option<Self> {
        let Mount { client, part, clock, place, layout, selection, address, news } = mount;
        if place.borrow().is_none() {
            let (step, marks) = saved::read(|key| address.loaded(key), clock);
            *place.borrow_mut() = Some(step.place);
            *selection.borrow_mut() = Selection { span: step.span, area: step.area, marks };
            *layout.borrow_mut() = step.layout;
        }
        layout.borrow_mut().coarse = pointer::is_coarse();
        let start = place.borrow().unwrap_or_else(|| Place::all(clock));
        let layers = [&elements.map, &elements.ruler, &elements.lanes, &elements.overlay];
        let [map, ruler, lanes, overlay] = layers.map(|canvas| Layer::new(canvas.clone()));
        let (map, ruler, lanes, overlay) = (map?, ruler?, lanes?, overlay?);
        let glyphs = Glyphs::new(Fonts::of_page())?;
        let host = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let frame = FrameLoop::new(upgrade(weak, |host, _now_ms: f64| host.draw()));
            let state = State {
                _listeners: listeners(weak, &elements),
                _sizes: sizes(weak, &elements),
                map,
                ruler,
                lanes,
                overlay,
                names: elements.names.clone(),
                length: elements.length.clone(),
                stretch: elements.stretch.clone(),
                glyphs,
                theme: ThemeName::default(),
                dirty: Dirty::default(),
                recognizer: Recognizer::new(Drag::Range),
                map_recognizer: Recognizer::new(Drag::Range),
                map_grip: None,
                history: History::new(Step::new(start, layout.borrow().clone())),
                asked: None,
                asked_ms: f64::NEG_INFINITY,
                put_off: Cell::new(false),
                asked_map: 0,
                answer: None,
                told: None,
                telling: None,
                names_at: f64::NAN,
                minimap: None,
                pointer: None,
                hovered: None,
                hovered_span: None,
                cursor: None,
                search: String::new(),
                found: None,
                hit: None,
                item: None,
                table: false,
                chosen: None,
                selected: None,
                lane: None,
                area: selection.borrow().area.clone(),
                marks: selection.borrow().marks.clone(),
                why: None,
                reveal: None,
            };
            Inner {
                client,
                part,
                clock: Cell::new(clock),
                news,
                place,
                layout,
                selection,
                address,
                state: RefCell::new(state),
                frame,
            }
        });
        host.restored();
        Some(Self(host))
    }

    /// The trace has grown, or is there in full: the window stays, unless it was all of the trace.
    pub fn renew(&self, clock: Clock) {
        self.0.renew(clock);
    }

    /// Goes to a place that another view names.
    pub fn visit_place(&self, place: &api::Place) {
        self.0.visit_place(place);
    }

    /// Paints in another theme.
    pub fn set_theme(&self, theme: ThemeName) {
        self.0.state.borrow_mut().theme = theme;
        self.0.repaint();
    }

    /// Changes which lanes there are.
    pub fn set_layout(&self, change: impl FnOnce(&mut Layout)) {
        self.0.set_layout(change);
    }

    /// Does what a key asks for; whether it was for this canvas.
    pub fn command(&self, command: Command) -> bool {
        self.0.command(command)
    }

    /// Selects a span and goes to it.
    pub fn visit(&self, span: u32) {
        self.0.select(span, true);
    }

    /// Shows tables in place of the picture, or the picture again.
    pub fn toggle_table(&self, (): ()) {
        self.0.toggle_table();
    }

    /// Searches for something; empty for nothing.
    pub fn set_search(&self, text: &str) {
        self.0.set_search(text);
    }

    /// Asks why the selected span was slow, or asks no longer.
    pub fn toggle_why(&self, (): ()) {
        self.0.toggle_why();
    }

    /// Selects a lane.
    pub fn select_lane(&self, lane: u64) {
        self.0.set_lane(Some(lane));
    }
}

impl Inner {
    fn place(&self) -> Place {
        self.place.borrow().unwrap_or_else(|| Place::all(self.clock.get()))
    }

    /// Has everything painted in the next frame.
    fn repaint(&self) {
        self.state.borrow_mut().dirty.picture = true;
        self.frame.request();
    }

    /// Has the overlay painted in the next frame.
    fn repaint_overlay(&self) {
        self.state.borrow_mut().dirty.overlay = true;
        self.frame.request();
    }

    fn set_layout(self: &Rc<Self>, change: impl FnOnce(&mut Layout)) {
        let mut next = self.layout.borrow().clone();
        change(&mut next);
        if *self.layout.borrow() == next {
            return;
        }
        self.lay_out(next);
        self.settle();
    }

    fn lay_out(self: &Rc<Self>, next: Layout) {
        *self.layout.borrow_mut() = next.clone();
        self.news.emit(News::Layout(next));
        self.refresh();
    }
}

fn listeners(weak: &Weak<Inner>, elements: &Elements) -> Vec<EventListener> {
    let mut all = pointer::listen(&elements.overlay, upgrade(weak, |host, input| host.input(input, false)));
    all.extend(pointer::listen(&elements.ruler, upgrade(weak, |host, input| host.input(input, true))));
    all.extend(pointer::listen(&elements.map, upgrade(weak, Inner::map_input)));
    all
}

fn sizes(weak: &Weak<Inner>, elements: &Elements) -> Vec<SizeWatch> {
    let watch = |canvas: &HtmlCanvasElement, resized: fn(&Rc<Inner>, Size)| {
        SizeWatch::new(&canvas.parent_element()?, upgrade(weak, resized))
    };
    [
        watch(&elements.map, Inner::map_resized),
        watch(&elements.ruler, |host, size| {
            host.state.borrow_mut().ruler.size = size;
            host.repaint();
        }),
        watch(&elements.overlay, Inner::lanes_resized),
    ]
    .into_iter()
    .flatten()
    .collect()
}
