//! The timeline: the whole trace, a ruler, lanes with their names, and the selected span.

mod area;
mod area_details;
mod bars;
mod chain;
mod details;
mod gutter;
mod host;
mod mark;
mod place;
mod saved;
mod steps;
mod table;
mod tip;
mod why;

pub use why::why;

use std::cell::RefCell;
use std::rc::Rc;

use taskscope_engine::api::{
    self, ItemDetails, SearchAnswer, SpanDetails, TimelineAnswer, TimelineQuery, WhyAnswer,
};
use taskscope_engine::units;
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use self::area::{Area, Marks};
use self::area_details::AreaDetails;
use self::details::{Details, item_details, stack_text};
use self::gutter::Gutter;
use self::host::{Elements, Keeper, Mount, News, TimelineHost, Tip};
use self::mark::{LEGEND, swatch};
use self::place::{Clock, Layout, Place};
use self::steps::Selection;
use self::table::Tables;
use self::tip::TipBox;
use super::ViewProps;
use super::jump::{use_goal, use_jumps};
use crate::canvas::cell::{HostCell, use_call};
use crate::canvas::shared::Shared;
use crate::commands::Command;
use crate::components::{Slot, Spot};
use crate::hooks::{copy_text, use_commands, use_memory, use_shared};
use crate::link::Client;

/// What the host has told so far.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    answer: Option<Shared<TimelineAnswer>>,
    selected: Option<Shared<SpanDetails>>,
    lane: Option<u64>,
    area: Option<Area>,
    marks: Marks,
    why: Option<Shared<WhyAnswer>>,
    item: Option<Shared<ItemDetails>>,
    found: Option<Shared<SearchAnswer>>,
    table: Option<TimelineQuery>,
    layout: Layout,
    unavailable: AttrValue,
}

impl Reducible for Told {
    type Action = News;

    fn reduce(self: Rc<Self>, news: News) -> Rc<Self> {
        let mut next = (*self).clone();
        match news {
            News::Answer(answer) => next.answer = Some(answer),
            News::Unavailable(why) => next.unavailable = why.into(),
            News::Selected(span) => next.selected = span,
            News::Lane(lane) => next.lane = lane,
            News::Area(area) => next.area = area,
            News::Marks(marks) => next.marks = marks,
            News::Why(why) => next.why = why,
            News::Item(item) => next.item = item,
            News::Found(found) => next.found = found,
            News::Table(table) => next.table = table,
            News::Layout(layout) => next.layout = layout,
            News::Tip(_) | News::Cursor(_) => {}
        }
        if next == *self { self } else { next.into() }
    }
}

/// The timeline of a part.
#[component]
pub fn TimelineView(props: &ViewProps) -> Html {
    let layout = use_memory::<Layout>(props.part);
    let told = {
        let layout = layout.clone();
        use_reducer_eq(move || Told { layout: layout.borrow().clone(), ..Told::default() })
    };
    let tip = use_state_eq(|| None::<Tip>);
    let cursor = use_state_eq(Vec::new);
    let news = {
        let (dispatch, tip, cursor) = (told.dispatcher(), tip.setter(), cursor.setter());
        use_callback((), move |news, ()| match news {
            News::Tip(next) => tip.set(next),
            News::Cursor(facts) => cursor.set(facts),
            news => dispatch.dispatch(news),
        })
    };
    let nodes = use_state(Nodes::default);
    let host = use_host(props, &nodes, layout, news);
    let copy = use_copy(props, &told);
    let command = use_keys(&host, &copy);
    let acts = use_acts(&host);
    let area = use_area(props, &told, &acts, &command);
    let flame = use_flame(props, api::Scope::default());
    if !told.unavailable.is_empty() {
        return html! { <main class="timeline"><p class="tl-none">{ &told.unavailable }</p></main> };
    }
    let clock = clock(props);
    let duration = units::duration(clock.end_ns.saturating_sub(clock.start_ns));
    let tools = bars::tools(&told, &host, &command);
    html! {
        <main class="timeline">
            <Slot at={Spot::Tools}>
                <span class="tl-window">{ "Window " }<b class="num" ref={nodes.length.clone()} data-fact="window"></b></span>
                { tools.clone() }
            </Slot>
            <Slot at={Spot::Legend}>{ for LEGEND.iter().map(|&(mark, word)| html! { <span>{ swatch(mark) }{ word }</span> }) }</Slot>
            <Slot at={Spot::Status}>{ bars::status(&told) }</Slot>
            <div class="phone-tools">{ tools }</div>
            <p class="said-only" role="status" data-fact="selected">{ bars::said(&told) }</p>
            <div class="tl-map">
                <div class="ln"><b>{ "Whole trace" }</b><em>{ duration }</em></div>
                <div class="tr"><canvas ref={nodes.map.clone()} data-canvas="minimap" aria-hidden="true" /></div>
            </div>
            <div class="tl-body">
                { lanes(&told, tip.as_ref(), &cursor, tables(props, &told, &acts), &nodes, &acts) }
                { area }
                if let (Some(item), None) = (&told.item, &told.selected) {
                    { item_details(item, &command, &acts.visit) }
                }
                if let Some(span) = &told.selected {
                    <Details part={props.part} span={span.clone()} why={told.why.clone()} ask_why={acts.ask_why} {command} visit={acts.visit} {copy} {flame} />
                }
            </div>
        </main>
    }
}

/// What the pieces of the view have the host do.
struct Acts {
    toggle: Callback<u64>,
    select: Callback<u64>,
    visit: Callback<u32>,
    ask_why: Callback<()>,
}

/// The same callbacks at every drawing: the names, of which there are many, are compared by them.
#[hook]
fn use_acts(host: &HostCell<TimelineHost>) -> Acts {
    Acts {
        toggle: use_call(host, |host, lane| host.set_layout(|layout| layout.toggle(lane))),
        select: use_call(host, TimelineHost::select_lane),
        visit: use_call(host, TimelineHost::visit),
        ask_why: use_call(host, TimelineHost::toggle_why),
    }
}

/// Leads to flame graphs of a part of the trace.
#[hook]
fn use_flame(props: &ViewProps, scope: api::Scope) -> Callback<api::FlameSource> {
    let deps = (use_jumps(props), scope);
    use_callback(deps, |source, (jumps, scope)| jumps.to_flame(Some(source), scope.clone()))
}

/// Statistics of the selected area.
#[hook]
fn use_area(props: &ViewProps, told: &Told, acts: &Acts, command: &Callback<Command>) -> Html {
    // A span that was chosen from these statistics is in front of them until it is closed.
    let area = told.area.as_ref().filter(|_| told.selected.is_none() && told.item.is_none());
    let scope = area.map(|area| area.scope(clock(props))).unwrap_or_default();
    let flame = use_flame(props, scope.clone());
    let Some(area) = area else { return Html::default() };
    let lanes = area.lanes.len() as u32;
    html! { <AreaDetails part={props.part} {scope} {lanes} command={command.clone()} visit={acts.visit.clone()} {flame} /> }
}

/// The tables in place of the lanes, while they are wanted.
fn tables(props: &ViewProps, told: &Told, acts: &Acts) -> Html {
    let Some(lanes) = told.table.clone() else { return Html::default() };
    let span = told.selected.as_ref().map(|span| span.span);
    let (select, visit) = (acts.select.clone(), acts.visit.clone());
    let start_ns = clock(props).start_ns;
    html! { <Tables part={props.part} {start_ns} {lanes} lane={told.lane} {span} {select} {visit} /> }
}

/// The ruler, the names and the lanes.
fn lanes(
    told: &Told,
    tip: Option<&Tip>,
    cursor: &[(u64, String)],
    tables: Html,
    nodes: &Nodes,
    acts: &Acts,
) -> Html {
    let inert = told.table.is_some();
    let (toggle, select) = (acts.toggle.clone(), acts.select.clone());
    html! {
        <div class="tl-lanes">
            { tables }
            <div class="tl-ruler" {inert}>
                <div class="ln"><em class="l">{ "Window" }</em><em ref={nodes.stretch.clone()} data-fact="stretch"></em></div>
                <div class="tr"><canvas ref={nodes.ruler.clone()} data-canvas="ruler" aria-hidden="true" /></div>
            </div>
            <div class="tl-plot" {inert}>
                <Gutter answer={told.answer.clone()} lane={told.lane} cursor={cursor.to_vec()} {toggle} {select} names={nodes.names.clone()} />
                <div class="tr">
                    <canvas ref={nodes.lanes.clone()} data-canvas="lanes" aria-hidden="true" />
                    <canvas ref={nodes.overlay.clone()} tabindex="0" role="img" data-canvas="timeline"
                        aria-label="Lanes over time; arrow keys pan and go from lane to lane, comma and full stop from span to span" />
                    if let Some(tip) = tip {
                        <TipBox tip={tip.clone()} />
                    }
                    { bars::nothing(told) }
                </div>
            </div>
        </div>
    }
}

/// The host of the canvases: mounted with them, told of theme and search.
#[hook]
fn use_host(
    props: &ViewProps,
    nodes: &Nodes,
    layout: Rc<RefCell<Layout>>,
    news: Callback<News>,
) -> HostCell<TimelineHost> {
    let place = use_memory::<Option<Place>>(props.part);
    let selection = use_memory::<Selection>(props.part);
    let address = Keeper { address: use_shared().address, name: props.facts.name.clone() };
    let goal = use_goal::<api::Place>(props.part);
    let client = use_context::<Client>();
    let host = use_state_eq(HostCell::<TimelineHost>::default);
    {
        let (host, nodes, part, clock) = ((*host).clone(), nodes.clone(), props.part, clock(props));
        use_effect_with(client, move |client| {
            let mounted = client.clone().and_then(|client| {
                let mount = Mount { client, part, clock, place, layout, selection, address, news };
                TimelineHost::mount(nodes.elements()?, mount)
            });
            if let (Some(host), Some(goal)) = (&mounted, goal) {
                host.visit_place(&goal);
            }
            host.set(mounted);
            move || host.set(None)
        });
    }
    {
        let host = (*host).clone();
        let clock = clock(props);
        // A file that is still read is there again and again, with more in it.
        use_effect_with(props.facts.clone(), move |_| {
            if let Some(host) = host.get() {
                host.renew(clock);
            }
        });
    }
    {
        let host = (*host).clone();
        use_effect_with((props.theme, props.search.clone()), move |(theme, search)| {
            if let Some(host) = host.get() {
                host.set_theme(*theme);
                host.set_search(search);
            }
        });
    }
    (*host).clone()
}

/// Listens to keys; the callback does what one would do.
#[hook]
fn use_keys(host: &HostCell<TimelineHost>, copy: &Callback<()>) -> Callback<Command> {
    let deps = (host.clone(), copy.clone());
    let command = use_callback(deps, |command, (host, copy)| match (command, host.get()) {
        (Command::Copy, _) => {
            copy.emit(());
            true
        }
        (command, Some(host)) => host.command(command),
        _ => false,
    });
    use_commands(command.clone());
    use_callback(command, |pressed, command| {
        command.emit(pressed);
    })
}

/// The elements of the view.
#[derive(Clone, Debug, Default)]
struct Nodes {
    map: NodeRef,
    ruler: NodeRef,
    lanes: NodeRef,
    overlay: NodeRef,
    names: NodeRef,
    length: NodeRef,
    stretch: NodeRef,
}

impl Nodes {
    fn elements(&self) -> Option<Elements> {
        let canvas = |node: &NodeRef| node.cast::<HtmlCanvasElement>();
        Some(Elements {
            map: canvas(&self.map)?,
            ruler: canvas(&self.ruler)?,
            lanes: canvas(&self.lanes)?,
            overlay: canvas(&self.overlay)?,
            names: self.names.cast::<HtmlElement>()?,
            length: self.length.clone(),
            stretch: self.stretch.clone(),
        })
    }
}

/// Copies the selected span's stack and says so.
#[hook]
fn use_copy(props: &ViewProps, told: &Told) -> Callback<()> {
    let deps = (told.selected.clone(), props.dispatch.clone());
    use_callback(deps, |(), (selected, dispatch)| {
        if let Some(span) = selected {
            copy_text(stack_text(span), "Stack copied", dispatch);
        }
    })
}

fn clock(props: &ViewProps) -> Clock {
    let (start_ns, end_ns) = props.facts.span_ns.unwrap_or((0, 1));
    Clock { start_ns, end_ns }
}
