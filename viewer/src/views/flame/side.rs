//! What is known about the selected function: its callers, and its weight by label.

use taskscope_engine::api::{FlameNode, LabelShares};
use taskscope_engine::scene::label::without_directories as short;
use taskscope_engine::units;
use yew::prelude::*;

use crate::canvas::shared::Shared;
use crate::components::{IconName, icon, icon_in};

/// Links of a path shown at each end when it is long.
const SHOWN_LINKS: usize = 6;

/// The selected function.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SelectionProps {
    /// Everything about it.
    pub node: Shared<FlameNode>,
    /// The sample type's unit.
    pub unit: AttrValue,
    /// Goes to a node of the path.
    pub visit: Callback<u32>,
    /// Deselects.
    pub close: Callback<()>,
}

/// The panel under the flame graph.
#[component]
pub fn Selection(props: &SelectionProps) -> Html {
    let node = &props.node;
    let close = props.close.reform(|_: MouseEvent| ());
    html! {
        <section class="flame-selection" aria-label="Selected function">
            <div class="flame-head">
                <h3>{ "Path to " }<span class="mono" title={node.function.clone()}>{ short(&node.function) }</span></h3>
                <span class="mut num">
                    { format!("{}, {}", units::value(node.cum, &props.unit), units::percent(node.cum, node.total)) }
                </span>
                <span class="grow"></span>
                <button type="button" class="btn icon" title="Deselect (Esc)" aria-label="Deselect" onclick={close}>
                    { icon(IconName::Close) }
                </button>
            </div>
            <Path node={node.clone()} visit={props.visit.clone()} />
            if let Some(shares) = &node.by_label {
                { labels(shares, node.cum, &props.unit) }
            }
        </section>
    }
}

#[derive(Clone, Debug, PartialEq, Properties)]
struct PathProps {
    node: Shared<FlameNode>,
    visit: Callback<u32>,
}

/// The functions from the root to the box, each a link; the middle of a long path opens on demand.
#[component]
fn Path(props: &PathProps) -> Html {
    let whole = use_state_eq(|| false);
    {
        let whole = whole.setter();
        use_effect_with(props.node.clone(), move |_| whole.set(false));
    }
    let count = props.node.path.len();
    let hidden = if *whole { 0 } else { count.saturating_sub(2 * SHOWN_LINKS) };
    let first = if hidden > 0 { 2..2 + hidden + SHOWN_LINKS - 2 } else { 0..0 };
    let open = Callback::from(move |_: MouseEvent| whole.set(true));
    let links = props.node.path.iter().zip(&props.node.path_nodes).enumerate();
    let items = links.filter(|(at, _)| !first.contains(at)).map(|(at, (name, &node))| {
        let last = at + 1 == count;
        let visit = props.visit.reform(move |_: MouseEvent| node);
        html! {
            <li key={at}>
                if last {
                    <b class="mono" title={name.clone()}>{ short(name) }</b>
                } else {
                    <button type="button" class="link mono" title={name.clone()} onclick={visit}>{ short(name) }</button>
                    { icon_in("mut", IconName::Right) }
                }
                if at == 1 && !first.is_empty() {
                    <button type="button" class="link mono" onclick={open.clone()}>{ format!("… {} more", first.len()) }</button>
                    { icon_in("mut", IconName::Right) }
                }
            </li>
        }
    });
    html! { <ol class={classes!("flame-path", whole_class(hidden))}>{ for items }</ol> }
}

fn whole_class(hidden: usize) -> Option<&'static str> {
    (hidden == 0).then_some("whole")
}

fn labels(shares: &LabelShares, cum: i64, unit: &str) -> Html {
    let rest = match shares.others {
        0 => "without it".to_owned(),
        1 => "1 other".to_owned(),
        more => format!("{more} others"),
    };
    let rest = (shares.other_weight != 0).then_some((rest, shares.other_weight));
    let rows: Vec<(String, i64)> = shares.rows.iter().cloned().chain(rest).collect();
    let largest = rows.iter().map(|row| row.1.abs()).max().unwrap_or(1).max(1);
    let parts: Vec<u64> = rows.iter().map(|row| row.1.unsigned_abs()).collect();
    let tenths = units::largest_remainder(&parts, 1000);
    let row = |(at, (name, weight)): (usize, &(String, i64))| {
        let width = weight.abs() as f64 / largest as f64 * 100.0;
        // A difference has negative weights; shares of a sum are told only where they add up.
        let share = if cum > 0 { units::per_mille(tenths[at]) } else { String::new() };
        html! {
            <tr key={at}>
                <td class="mono" title={name.clone()}>{ name }</td>
                <td class="br"><i style={format!("width:{width:.1}%")}></i></td>
                <td class="n">{ units::value(*weight, unit) }</td>
                <td class="n">{ share }</td>
            </tr>
        }
    };
    html! {<>
        <div class="flame-head">
            <h3>{ "By label " }<span class="mono">{ &shares.key }</span></h3>
            <span class="mut">{ "within this box" }</span>
        </div>
        <table class="flame-labels"><tbody>{ for rows.iter().enumerate().map(row) }</tbody></table>
    </>}
}
