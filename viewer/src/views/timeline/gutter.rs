//! The names of the lanes: moved by the host as the lanes scroll, drawn anew with each answer.

use taskscope_engine::api::{Lane, LaneKind, TimelineAnswer};
use yew::prelude::*;

use crate::canvas::shared::Shared;
use crate::components::{IconName, icon_in};

/// What the names are given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct GutterProps {
    /// The visible lanes.
    pub answer: Option<Shared<TimelineAnswer>>,
    /// The selected lane.
    pub lane: Option<u64>,
    /// Facts of counters at the pointer, in place of their own.
    pub cursor: Vec<(u64, String)>,
    /// A group is opened or closed.
    pub toggle: Callback<u64>,
    /// A lane is selected.
    pub select: Callback<u64>,
    /// Filled with the element that the host moves.
    pub names: NodeRef,
}

/// The column of names.
#[component]
pub fn Gutter(props: &GutterProps) -> Html {
    let lanes = props.answer.iter().flat_map(|answer| &answer.lanes);
    let rows = lanes.map(|lane| {
        let at_cursor = props.cursor.iter().find(|(key, _)| *key == lane.key).map(|(_, fact)| fact);
        let row = Row::new(lane, at_cursor);
        let selected = props.lane == Some(lane.key);
        html! { <Name key={lane.key} {row} {selected} toggle={props.toggle.clone()} select={props.select.clone()} /> }
    });
    html! {
        <div class="tl-gutter">
            <div class="tl-names" ref={props.names.clone()}>{ for rows }</div>
        </div>
    }
}

/// What is drawn of a lane's name: the parts that a comparison should look at.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    key: u64,
    kind: LaneKind,
    name: AttrValue,
    fact: AttrValue,
    top_px: u32,
    height_px: u32,
    colour: Option<u8>,
    indented: bool,
    expanded: Option<bool>,
}

impl Row {
    fn new(lane: &Lane, at_cursor: Option<&String>) -> Self {
        Self {
            key: lane.key,
            kind: lane.kind,
            name: lane.name.clone().into(),
            fact: at_cursor.unwrap_or(&lane.fact).clone().into(),
            top_px: lane.top_px,
            height_px: lane.height_px,
            colour: lane.colour,
            indented: lane.indented,
            expanded: lane.expanded,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Properties)]
struct NameProps {
    row: Row,
    selected: bool,
    toggle: Callback<u64>,
    select: Callback<u64>,
}

/// One name; a group's is a button with a twisty.
#[component]
fn Name(props: &NameProps) -> Html {
    let Row { key, kind, name, fact, top_px, height_px, colour, indented, expanded } = props.row.clone();
    let class = classes!(
        "ln",
        (kind == LaneKind::Group).then_some("grp"),
        (kind == LaneKind::Counter).then_some("cnt"),
        (kind == LaneKind::Gc).then_some("gc"),
        (kind == LaneKind::Idle).then_some("idle"),
        matches!(kind, LaneKind::Region | LaneKind::Stack).then_some("sub"),
        indented.then_some("ind"),
        props.selected.then_some("cur"),
    );
    let style = format!("top:{top_px}px;height:{height_px}px");
    let square = colour
        .map(|colour| html! { <i class="sq" style={format!("background:var(--fr-{})", colour.min(6))}></i> });
    let fact = (!fact.is_empty()).then(|| html! { <em>{ fact }</em> });
    let lane = key.to_string();
    match expanded {
        Some(open) if kind != LaneKind::Idle => {
            let onclick = props.toggle.reform(move |_: MouseEvent| key);
            let icon = if open { IconName::Down } else { IconName::Right };
            html! {
                <button type="button" {class} {style} title={name.clone()} data-lane={lane}
                    aria-expanded={open.to_string()} {onclick}>
                    { icon_in("tw", icon) }{ square }<b>{ name }</b>{ fact }
                </button>
            }
        }
        _ if kind == LaneKind::Idle => {
            let onclick = props.toggle.reform(move |_: MouseEvent| key);
            let open = expanded == Some(true);
            let title = if open { "Fold them" } else { "Show them" };
            html! {
                <button type="button" {class} {style} {title} data-lane={lane}
                    aria-expanded={open.to_string()} {onclick}>
                    <span>{ name }</span>{ fact }
                </button>
            }
        }
        _ => {
            let onclick = props.select.reform(move |_: MouseEvent| key);
            html! {
                <div {class} {style} title={name.clone()} data-lane={lane} {onclick}>
                    { square }<span>{ name }</span>{ fact }
                </div>
            }
        }
    }
}
