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

/// What goes into a slot.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SlotProps {
    /// The content.
    #[prop_or_default]
    pub children: Html,
}

/// Puts its children at the right of the tool bar.
#[component]
pub fn ToolSlot(props: &SlotProps) -> Html {
    fill(use_shared().slots.map(|slots| slots.tools), props)
}

/// Puts its children at the left of the status bar.
#[component]
pub fn LegendSlot(props: &SlotProps) -> Html {
    fill(use_shared().slots.map(|slots| slots.legend), props)
}

/// Puts its children at the right of the status bar.
#[component]
pub fn StatusSlot(props: &SlotProps) -> Html {
    fill(use_shared().slots.map(|slots| slots.status), props)
}

fn fill(host: Option<web_sys::Element>, props: &SlotProps) -> Html {
    host.map_or_else(Html::default, |host| create_portal(props.children.clone(), host))
}
