//! Buttons and segmented controls.

use yew::prelude::*;

use super::icon::{IconName, icon};

/// How a button looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// With an edge.
    #[default]
    Plain,
    /// The one thing to do.
    Primary,
}

/// A button: verb and object.
pub fn button(look: Look, label: &'static str, icon: IconName, onclick: Callback<MouseEvent>) -> Html {
    titled_button(look, label, None, icon, onclick)
}

/// A button whose tooltip says more than its label, such as its key.
pub fn titled_button(
    look: Look,
    label: &'static str,
    title: Option<&'static str>,
    name: IconName,
    onclick: Callback<MouseEvent>,
) -> Html {
    let look = match look {
        Look::Plain => "",
        Look::Primary => "primary",
    };
    html! {
        <button type="button" class={classes!("btn", look)} {title} {onclick}>{ icon(name) }<span>{ label }</span></button>
    }
}

/// A button that shows its icon alone; the label is its tooltip, and read aloud.
pub fn icon_button(label: impl Into<AttrValue>, name: IconName, onclick: Callback<MouseEvent>) -> Html {
    let label: AttrValue = label.into();
    html! {
        <button type="button" class="btn icon" title={label.clone()} aria-label={label} {onclick}>{ icon(name) }</button>
    }
}

/// One of the values of a segmented control.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment<T> {
    /// The value.
    pub value: T,
    /// Its name.
    pub label: AttrValue,
    /// What it means; empty for none.
    pub title: AttrValue,
}

impl<T> Segment<T> {
    /// A value and its name.
    pub fn new(value: T, label: impl Into<AttrValue>) -> Self {
        Self { value, label: label.into(), title: AttrValue::default() }
    }
}

/// One of a few values; `label` says what is chosen, and is read aloud.
pub fn segmented<T: Clone + PartialEq + 'static>(
    label: &'static str,
    segments: &[Segment<T>],
    value: &T,
    onchange: &Callback<T>,
) -> Html {
    let segments = segments.iter().map(|segment| {
        let (chosen, onchange) = (segment.value.clone(), onchange.clone());
        let onclick = Callback::from(move |_| onchange.emit(chosen.clone()));
        let title = (!segment.title.is_empty()).then(|| segment.title.clone());
        html! {
            <button type="button" aria-pressed={truth(segment.value == *value)} {title} {onclick}>
                { &segment.label }
            </button>
        }
    });
    html! { <div class="seg" role="group" aria-label={label}>{ for segments }</div> }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
