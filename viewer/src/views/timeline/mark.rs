//! Marks of states in the DOM: swatches, the share bar, the legend.

use taskscope_engine::api::Mark;
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
