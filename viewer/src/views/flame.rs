//! The flame graph.

use yew::prelude::*;

use super::ViewProps;

/// The flame graph of a part.
#[component]
pub fn FlameView(props: &ViewProps) -> Html {
    html! { <main class="flame">{ props.facts.format.clone() }</main> }
}
