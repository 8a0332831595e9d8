//! Chips: what a view is narrowed to, each with a cross that takes it off.

use yew::prelude::*;

use super::button::icon_button;
use super::icon::IconName;

/// A chip: the kind of filter, its pattern, and what takes it off.
pub fn chip(kind: &'static str, pattern: &str, remove: Callback<MouseEvent>) -> Html {
    html! {
        <span class="chip">
            <i>{ kind }</i><span class="mono" title={pattern.to_owned()}>{ pattern.to_owned() }</span>
            { icon_button("Remove the filter", IconName::Close, remove) }
        </span>
    }
}
