//! Marks of states in the DOM: swatches, the share bar, the legend.

use taskscope_engine::api::Mark;
use yew::prelude::*;

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

/// The class that gives a mark its look.
pub fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Running | Mark::Run => "st-running",
        Mark::Ready => "st-ready",
        Mark::Sync => "st-sync",
        Mark::Network => "st-network",
        Mark::Sleep => "st-sleep",
        Mark::Syscall => "st-syscall",
        Mark::Gc => "st-gc",
        Mark::StopTheWorld => "st-stw",
        Mark::Unknown => "st-unknown",
    }
}

/// A small mark beside a word.
pub fn swatch(mark: Mark) -> Html {
    html! { <i class={classes!("sw", class(mark))}></i> }
}
