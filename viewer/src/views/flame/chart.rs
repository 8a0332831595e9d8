//! The icicle: two canvases and the tooltip, and nothing that changes with a pointer move.

use taskscope_engine::units;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

use super::host::{FlameHost, News, Tip};
use super::place::{Place, Shown};
use crate::canvas::cell::HostCell;
use crate::hooks::{use_commands, use_memory};
use crate::link::{Client, PartRef};
use crate::theme::ThemeName;

/// What the chart is given.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ChartProps {
    /// What is looked at.
    pub part: PartRef,
    /// Which tree.
    pub shown: Shown,
    /// The sample type's unit.
    pub unit: AttrValue,
    /// What values of this kind are called in the tooltip's head.
    pub kind: AttrValue,
    /// The theme in use.
    pub theme: ThemeName,
    /// Told of everything but tooltips.
    pub news: Callback<News>,
    /// Filled with the host.
    pub host: HostCell<FlameHost>,
}

/// The canvases of a flame graph and what hovers over them.
#[component]
pub fn Chart(props: &ChartProps) -> Html {
    let [picture, overlay] = [use_node_ref(), use_node_ref()];
    let tip = use_state_eq(|| None::<Tip>);
    let client = use_context::<Client>();
    let place = use_memory::<Place>(props.part);
    let host = props.host.clone();
    {
        let (host, canvases, tip) = (host.clone(), [picture.clone(), overlay.clone()], tip.setter());
        let (part, outward) = (props.part, props.news.clone());
        use_effect_with(client, move |client| {
            let news = Callback::from(move |news| match news {
                News::Tip(next) => tip.set(next),
                news => outward.emit(news),
            });
            let mounted = client.clone().and_then(|client| {
                let [Some(below), Some(above)] = canvases.map(|canvas| canvas.cast::<HtmlCanvasElement>())
                else {
                    return None;
                };
                FlameHost::mount([below, above], client, part, place, news)
            });
            host.set(mounted);
            move || host.set(None)
        });
    }
    {
        let host = host.clone();
        use_effect_with((props.shown.clone(), props.theme), move |(shown, theme)| {
            if let Some(host) = host.get() {
                host.set_theme(*theme);
                host.show(shown);
            }
        });
    }
    let command = use_callback((), move |command, ()| host.get().is_some_and(|host| host.command(command)));
    use_commands(command);
    html! {
        <div class="flame-chart">
            <canvas ref={picture} aria-hidden="true" />
            <canvas ref={overlay} tabindex="0" role="img" data-canvas="flame"
                aria-label="Flame graph; arrow keys go from box to box, the table beside it lists the functions" />
            if let Some(tip) = &*tip {
                <TipBox tip={tip.clone()} unit={props.unit.clone()} kind={props.kind.clone()} />
            }
        </div>
    }
}

#[derive(Clone, Debug, PartialEq, Properties)]
struct TipProps {
    tip: Tip,
    unit: AttrValue,
    kind: AttrValue,
}

/// The tooltip of a box.
#[component]
fn TipBox(props: &TipProps) -> Html {
    let node = &props.tip.node;
    let place = [node.location.as_str(), node.module.as_str()].map(str::to_owned);
    let place = place.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    let row = |name: &'static str, value: i64| {
        html! {
            <tr>
                <th>{ name }</th>
                <td>{ units::value(value, &props.unit) }</td>
                <td>{ units::percent(value, node.total) }</td>
                <td>{ units::percent(value, node.parent_cum) }</td>
            </tr>
        }
    };
    html! {
        <div class="tip flame-tip" role="tooltip" style={props.tip.anchor.style(props.tip.size)}>
            <div class="tip-name mono">{ &node.function }</div>
            if !place.is_empty() {
                <div class="tip-place mono">{ place }</div>
            }
            <table>
                <thead>
                    <tr><td></td><td>{ &props.kind }</td><td>{ "of all" }</td><td>{ "of caller" }</td></tr>
                </thead>
                <tbody>{ row("Total", node.cum) }{ row("Self", node.flat) }</tbody>
            </table>
        </div>
    }
}
