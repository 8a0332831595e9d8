//! The timeline: the whole trace, a ruler, lanes with their names, and the selected span.

mod details;
mod gutter;
mod host;
mod mark;
mod place;
mod tip;

use std::cell::RefCell;
use std::rc::Rc;

use taskscope_engine::api::{LaneGrouping, LaneKind, SpanDetails, TimelineAnswer};
use taskscope_engine::units;
use web_sys::{HtmlCanvasElement, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use self::details::{Details, stack_text};
use self::gutter::Gutter;
use self::host::{Elements, Mount, News, TimelineHost, Tip};
use self::mark::{LEGEND, swatch};
use self::place::{Clock, Layout, Place};
use self::tip::TipBox;
use super::ViewProps;
use crate::canvas::shared::Shared;
use crate::commands::Command;
use crate::components::{Icon, IconName, LegendSlot, StatusSlot, ToolSlot};
use crate::hooks::{use_commands, use_memory};
use crate::link::Client;
use crate::state::Action;

/// What the host has told so far.
#[derive(Clone, Debug, Default, PartialEq)]
struct Told {
    answer: Option<Shared<TimelineAnswer>>,
    selected: Option<Shared<SpanDetails>>,
    lane: Option<u64>,
    window: Option<(f64, f64)>,
    range: Option<(f64, f64)>,
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
            News::Window(lo, hi) => next.window = Some((lo, hi)),
            News::Range(range) => next.range = range,
            News::Layout(layout) => next.layout = layout,
            News::Tip(_) => {}
        }
        if next == *self { self } else { next.into() }
    }
}

/// The timeline of a part.
#[component]
pub fn TimelineView(props: &ViewProps) -> Html {
    let layout = use_memory::<Layout>(props.part);
    let place = use_memory::<Option<Place>>(props.part);
    let told = {
        let layout = layout.clone();
        use_reducer_eq(move || Told { layout: layout.borrow().clone(), ..Told::default() })
    };
    let tip = use_state_eq(|| None::<Tip>);
    let client = use_context::<Client>();
    let host = use_mut_ref(|| None::<TimelineHost>);
    let nodes = use_state(Nodes::default);
    let clock = clock(props);
    {
        let (host, nodes, part) = (host.clone(), (*nodes).clone(), props.part);
        let (dispatch, tip) = (told.dispatcher(), tip.setter());
        use_effect_with(client, move |client| {
            let news = Callback::from(move |news| match news {
                News::Tip(next) => tip.set(next),
                news => dispatch.dispatch(news),
            });
            *host.borrow_mut() = client.clone().and_then(|client| {
                let mount = Mount { client, part, clock, place, layout, news };
                TimelineHost::mount(nodes.elements()?, mount)
            });
            move || *host.borrow_mut() = None
        });
    }
    {
        let host = host.clone();
        use_effect_with(props.theme, move |theme| {
            if let Some(host) = host.borrow().clone() {
                host.set_theme(*theme);
            }
        });
    }
    {
        let host = host.clone();
        use_effect_with(props.search.clone(), move |search| {
            if let Some(host) = host.borrow().clone() {
                host.set_layout(|layout| layout.filter = search.to_string());
            }
        });
    }
    let copy = use_copy(props, &told);
    let command = {
        let host = host.clone();
        use_callback(copy.clone(), move |command, copy| {
            let host = host.borrow().clone();
            match command {
                Command::Copy => copy.emit(()),
                command => return host.is_some_and(|host| host.command(command)),
            }
            true
        })
    };
    use_commands(command.clone());
    let press = Callback::from(move |pressed| {
        command.emit(pressed);
    });
    let with_host = |act: fn(&TimelineHost, u64)| {
        let host = host.clone();
        Callback::from(move |value| {
            if let Some(host) = host.borrow().clone() {
                act(&host, value);
            }
        })
    };
    let toggle = with_host(|host, lane| host.set_layout(|layout| layout.toggle(lane)));
    let select = with_host(TimelineHost::select_lane);
    let visit = with_host(|host, span| host.visit(span as u32)).reform(u64::from);
    if !told.unavailable.is_empty() {
        return html! { <main class="timeline"><p class="tl-none">{ &told.unavailable }</p></main> };
    }
    let duration = units::duration(clock.end_ns.saturating_sub(clock.start_ns));
    html! {
        <main class="timeline">
            <ToolSlot>{ tools(props, &told, clock, &host, &press) }</ToolSlot>
            <LegendSlot>{ for LEGEND.iter().map(|&(mark, word)| html! { <span>{ swatch(mark) }{ word }</span> }) }</LegendSlot>
            <StatusSlot>{ status(&told) }</StatusSlot>
            <div class="tl-map">
                <div class="ln"><b>{ "Whole trace" }</b><em>{ duration }</em></div>
                <div class="tr"><canvas ref={nodes.map.clone()} data-canvas="minimap" aria-hidden="true" /></div>
            </div>
            <div class="tl-body">
                <div class="tl-lanes">
                    <div class="tl-ruler">
                        <div class="ln"><em class="l">{ "Window" }</em><em>{ window_text(&told, clock) }</em></div>
                        <div class="tr"><canvas ref={nodes.ruler.clone()} data-canvas="ruler" aria-hidden="true" /></div>
                    </div>
                    <div class="tl-plot">
                        <Gutter answer={told.answer.clone()} lane={told.lane} {toggle} {select} names={nodes.names.clone()} />
                        <div class="tr">
                            <canvas ref={nodes.lanes.clone()} data-canvas="lanes" aria-hidden="true" />
                            <canvas ref={nodes.overlay.clone()} tabindex="0" role="img" data-canvas="timeline"
                                aria-label="Lanes over time; arrow keys pan and go from lane to lane, comma and full stop from span to span" />
                            if let Some(tip) = &*tip {
                                <TipBox tip={tip.clone()} />
                            }
                            { nothing(&told) }
                        </div>
                    </div>
                </div>
                if let Some(span) = &told.selected {
                    <Details span={span.clone()} command={press} {visit} {copy} />
                }
            </div>
        </main>
    }
}

/// The elements of the view.
#[derive(Clone, Debug, Default)]
struct Nodes {
    map: NodeRef,
    ruler: NodeRef,
    lanes: NodeRef,
    overlay: NodeRef,
    names: NodeRef,
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
        })
    }
}

/// Copies the selected span's stack and says so.
#[hook]
fn use_copy(props: &ViewProps, told: &Told) -> Callback<()> {
    let deps = (told.selected.clone(), props.dispatch.clone());
    use_callback(deps, |(), (selected, dispatch)| {
        let Some(span) = selected else { return };
        let clipboard = web_sys::window().map(|window| window.navigator().clipboard());
        if let Some(clipboard) = clipboard {
            // The promise is not awaited: a refusal leaves the clipboard as it was.
            let _ = clipboard.write_text(&stack_text(span));
            dispatch.dispatch(Action::Say("Stack copied".into()));
        }
    })
}

fn clock(props: &ViewProps) -> Clock {
    let (start_ns, end_ns) = props.facts.span_ns.unwrap_or((0, 1));
    Clock { start_ns, end_ns }
}

fn tools(
    props: &ViewProps,
    told: &Told,
    clock: Clock,
    host: &Rc<RefCell<Option<TimelineHost>>>,
    press: &Callback<Command>,
) -> Html {
    let (lo, hi) = told.window.unwrap_or((0.0, clock.full()));
    let grouping = |name: &'static str, to: LaneGrouping| {
        let host = host.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(host) = host.borrow().clone() {
                host.set_layout(|layout| layout.grouping = to);
            }
        });
        let pressed = (told.layout.grouping == to).to_string();
        html! { <button type="button" aria-pressed={pressed} {onclick}>{ name }</button> }
    };
    let dispatch = props.dispatch.clone();
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            dispatch.dispatch(Action::SetSearch(input.value().into()));
        }
    });
    html! {<>
        <span class="tl-window">{ "Window " }<b class="num" data-fact="window">{ units::duration((hi - lo).round() as u64) }</b></span>
        <button type="button" class="btn" title="Fit the whole trace (Home)" onclick={press.reform(|_: MouseEvent| Command::FitAll)}>
            <Icon name={IconName::Fit} /><span>{ "Fit" }</span>
        </button>
        <div class="seg" role="group" aria-label="Group lanes by">
            { grouping("Entry function", LaneGrouping::Entry) }
            { grouping("Parent", LaneGrouping::Parent) }
            { grouping("Flat", LaneGrouping::Flat) }
        </div>
        <label class="search in tl-filter">
            <Icon name={IconName::Filter} />
            <input value={props.search.clone()} {oninput} placeholder="Filter lanes" spellcheck="false"
                aria-label="Filter lanes: a name, an id, an entry function, or /regex/" />
        </label>
    </>}
}

/// The visible stretch of time in one unit: `2.318 000 – 2.328 368 s`.
fn window_text(told: &Told, clock: Clock) -> String {
    let (lo, hi) = told.window.unwrap_or((0.0, clock.full()));
    let (from, to) = (units::moment(lo as u64), units::moment(hi as u64));
    format!("{} – {to}", from.trim_end_matches(" s"))
}

fn status(told: &Told) -> Html {
    let range = told.range.map(|(lo, hi)| {
        let (from, to) = (units::moment(lo as u64), units::moment(hi as u64));
        html! { <span class="num" data-fact="range">{ format!("Range {} from {from} to {to}", units::duration((hi - lo) as u64)) }</span> }
    });
    let lanes = told.answer.as_ref().map(|answer| {
        html! { <span class="num" data-fact="lanes">{ format!("{} lanes", units::count_u64(answer.lanes_all.into())) }</span> }
    });
    html! {<>{ range }{ lanes }</>}
}

/// Says so where a filter leaves no lane.
fn nothing(told: &Told) -> Html {
    let Some(answer) = &told.answer else { return Html::default() };
    // Tasks and their groups come last.
    let last = answer.lanes.last().map(|lane| lane.kind);
    if told.layout.filter.is_empty() || matches!(last, Some(LaneKind::Task | LaneKind::Group)) {
        return Html::default();
    }
    html! { <p class="tl-none">{ format!("No lane matches “{}”.", told.layout.filter) }</p> }
}
