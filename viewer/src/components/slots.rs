//! Places in the shell that the view in front fills: its tools, its legend, its facts.

use yew::prelude::*;

use crate::hooks::use_shared;

/// The elements of the slots, once the shell is mounted.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots {
    /// Right side of the tool bar.
    pub tools: web_sys::Element,
    /// Left side of the status bar.
    pub legend: web_sys::Element,
    /// Right side of the status bar, before "Nothing leaves this machine".
    pub status: web_sys::Element,
}

/// A place in the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Right side of the tool bar.
    Tools,
    /// Left side of the status bar.
    Legend,
    /// Right side of the status bar.
    Status,
}

/// What goes into a place.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SlotProps {
    /// The place.
    pub at: Spot,
    /// The content.
    #[prop_or_default]
    pub children: Html,
}

/// Puts its children at a place in the shell.
#[component]
pub fn Slot(props: &SlotProps) -> Html {
    let Some(slots) = use_shared().slots else { return Html::default() };
    let host = match props.at {
        Spot::Tools => slots.tools,
        Spot::Legend => slots.legend,
        Spot::Status => slots.status,
    };
    create_portal(props.children.clone(), host)
}
