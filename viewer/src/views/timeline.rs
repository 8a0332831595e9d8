//! The timeline.

use yew::prelude::*;

use super::ViewProps;

/// The timeline of a part.
#[component]
pub fn TimelineView(props: &ViewProps) -> Html {
    html! { <main class="timeline">{ props.facts.format.clone() }</main> }
}
