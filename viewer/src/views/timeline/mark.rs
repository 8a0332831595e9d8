//! Marks of states in the DOM: swatches, the share bar, the legend.

use taskscope_engine::api::{ItemDetails, Mark};
use yew::prelude::*;

use crate::views::mark_class;

/// The states of the legend, in its order.
pub const LEGEND: [(Mark, &str); 8] = [
    (Mark::Running, "running"),
    (Mark::Ready, "ready"),
    (Mark::Sync, "blocked: sync"),
    (Mark::Network, "blocked: network, I/O"),
    (Mark::Sleep, "sleep"),
    (Mark::Syscall, "syscall"),
    (Mark::Gc, "GC"),
    (Mark::Unknown, "unknown"),
];

/// A small mark beside a word.
pub fn swatch(mark: Mark) -> Html {
    html! { <i class={classes!("sw", mark_class(mark))}></i> }
}

/// The mark of a box that is no span: a user task's and a region's has the colour of its type.
pub fn item_swatch(item: &ItemDetails) -> Html {
    match item.mark {
        Mark::Run => {
            html! { <i class="sw" style={format!("background:var(--fr-{})", item.colour.min(6))}></i> }
        }
        mark => swatch(mark),
    }
}
