//! The leak listing.

use yew::prelude::*;

use super::ViewProps;

/// The leak listing of a part.
#[component]
pub fn LeaksView(props: &ViewProps) -> Html {
    html! { <main class="leaks">{ props.facts.format.clone() }</main> }
}
