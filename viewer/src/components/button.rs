//! Buttons and segmented controls.

use yew::prelude::*;

use super::icon::{Icon, IconName};

/// How a button looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// With an edge.
    #[default]
    Plain,
    /// The one thing to do.
    Primary,
    /// An icon without text; the label is its tooltip.
    Icon,
    /// As a link.
    Text,
}

/// A button's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ButtonProps {
    /// Verb and object; read aloud, and shown unless it is an icon button.
    pub label: AttrValue,
    /// What it does, and its key; the label by default.
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// Its icon.
    #[prop_or_default]
    pub icon: Option<IconName>,
    /// How it looks.
    #[prop_or_default]
    pub look: Look,
    /// Further classes.
    #[prop_or_default]
    pub class: Classes,
    /// A toggle: whether it is on.
    #[prop_or_default]
    pub pressed: Option<bool>,
    /// It opens something: whether that is open.
    #[prop_or_default]
    pub expanded: Option<bool>,
    /// It cannot be used now.
    #[prop_or_default]
    pub disabled: bool,
    /// What it does.
    pub onclick: Callback<MouseEvent>,
    /// What follows the label.
    #[prop_or_default]
    pub children: Html,
}

/// A button.
#[component]
pub fn Button(props: &ButtonProps) -> Html {
    let look = match props.look {
        Look::Plain => "",
        Look::Primary => "primary",
        Look::Icon => "icon",
        Look::Text => "txt",
    };
    let bare = props.look == Look::Icon;
    let title = props.title.clone().or_else(|| bare.then(|| props.label.clone()));
    html! {
        <button type="button" class={classes!("btn", look, props.class.clone())} {title}
            aria-label={bare.then(|| props.label.clone())}
            aria-pressed={props.pressed.map(truth)} aria-expanded={props.expanded.map(truth)}
            disabled={props.disabled} onclick={props.onclick.clone()}>
            if let Some(name) = props.icon { <Icon {name} /> }
            if !bare { <span>{ &props.label }</span> }
            { props.children.clone() }
        </button>
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
