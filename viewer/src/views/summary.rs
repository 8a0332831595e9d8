//! File facts.

use yew::prelude::*;

use super::ViewProps;

/// File facts of a part.
#[component]
pub fn SummaryView(props: &ViewProps) -> Html {
    html! { <main class="summary">{ props.facts.format.clone() }</main> }
}
