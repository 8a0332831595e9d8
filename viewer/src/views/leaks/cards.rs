//! The listing on a narrow page: a block a group, its details in place.

use taskscope_engine::api::LeakGroup;
use taskscope_engine::units;
use yew::prelude::*;

use super::List;
use super::details::{evidence, stack};
use super::listing::{Kept, split_function, split_site};
use crate::components::{IconName, Look, badge, button};
use crate::views::mark_class;

/// Frames shown in place.
const FRAMES: usize = 4;

/// The blocks.
pub fn cards(props: &List) -> Html {
    let rows = props.listing.suspects.iter().filter_map(|&at| Some(card(props, at, props.groups.get(at)?)));
    html! { <ul class="lcards">{ for rows }</ul> }
}

fn card(props: &List, at: u32, group: &LeakGroup) -> Html {
    let open = props.kept.selected == Some(at);
    let (kept, change) = (props.kept.clone(), props.change.clone());
    let next = if open { None } else { Some(at) };
    let onclick = Callback::from(move |_| change.emit(Kept { selected: next, ..kept.clone() }));
    let (_, name) = split_function(&group.entry);
    let (_, place) = split_site(&group.spawned_at);
    html! {
        <li class="lc" key={at}>
            <button type="button" class="lch" aria-expanded={open.to_string()} {onclick}>
                <span class="lc1">{ badge(group.verdict) }<b class="num">{ units::count_u64(group.count) }</b>
                    if let Some(wait) = group.median_wait_ns { <span class="num">{ units::duration(wait) }</span> }
                </span>
                <span class="lc2 mono fnm">{ name }</span>
                <span class="lc3"><i class={classes!("sw", mark_class(group.mark))}></i><span class="fnm">{ &group.state }</span>
                    <span class="mono">{ place }</span></span>
            </button>
            if open { { inside(props, at, group) } }
        </li>
    }
}

fn inside(props: &List, at: u32, group: &LeakGroup) -> Html {
    let copy = props.copy.clone();
    let onclick = Callback::from(move |_| copy.emit(at));
    let own: Vec<_> = group.frames.iter().filter(|frame| frame.own).take(FRAMES).cloned().collect();
    let shown = if own.is_empty() { group.frames.iter().take(FRAMES).cloned().collect() } else { own };
    html! {
        <div class="lcx">
            { evidence(group) }
            { stack(&shown, "No stack was taken.") }
            { button(Look::Primary, "Copy as issue text", IconName::Copy, onclick) }
        </div>
    }
}
