//! From one view to a place in another: the goal is left in memory, and taken when that view is shown.

use taskscope_engine::api::{FlameSource, Place, Scope, View};
use yew::prelude::*;

use super::ViewProps;
use crate::hooks::{Memory, use_memory, use_shared};
use crate::link::PartRef;
use crate::state::{Action, Dispatch};

/// A flame graph of a part of a trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToFlame {
    /// What is weighed; `None` for what the file shows first.
    pub source: Option<FlameSource>,
    /// Of which part.
    pub scope: Scope,
}

/// The goroutines of a part of a trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToGoroutines {
    /// Which part.
    pub scope: Scope,
    /// What its tasks are called on a chip.
    pub group: String,
}

/// Leads from a view to places in others.
#[derive(Clone, Debug)]
pub struct Jumps {
    memory: Memory,
    part: PartRef,
    dispatch: Dispatch,
}

impl Jumps {
    /// Shows `view` and leaves it `goal`, which it takes by [`use_goal`] of the same type.
    pub fn to<T: 'static>(&self, view: View, goal: T) {
        *self.memory.of::<Option<T>>(self.part).borrow_mut() = Some(goal);
        self.dispatch.dispatch(Action::SetView(view));
    }

    /// Shows a place on the timeline, which takes it by `use_goal::<Place>`.
    pub fn to_timeline(&self, place: Place) {
        self.to(View::Timeline, place);
    }

    /// Shows a flame graph of a part of the trace.
    pub fn to_flame(&self, source: Option<FlameSource>, scope: Scope) {
        self.to(View::Flame, ToFlame { source, scope });
    }

    /// Searches for `text` in another view.
    pub fn to_search(&self, view: View, text: String) {
        self.dispatch.dispatch(Action::SetView(view));
        self.dispatch.dispatch(Action::SetSearch(text.into()));
    }
}

impl PartialEq for Jumps {
    fn eq(&self, other: &Self) -> bool {
        self.part == other.part && self.memory == other.memory
    }
}

/// A row of a list that leads to a place on the timeline, as `title` says.
pub fn place_row(jumps: &Jumps, place: Place, title: &'static str, content: Html) -> Html {
    let jumps = jumps.clone();
    let onclick = Callback::from(move |_: MouseEvent| jumps.to_timeline(place));
    html! { <li><button type="button" class="who" {title} {onclick}>{ content }</button></li> }
}

/// Leads from this view to others.
#[hook]
pub fn use_jumps(props: &ViewProps) -> Jumps {
    Jumps { memory: use_shared().memory, part: props.part, dispatch: props.dispatch.clone() }
}

/// What another view asked this one to show; the same until the view is shown anew.
#[hook]
pub fn use_goal<T: Clone + 'static>(part: PartRef) -> Option<T> {
    let left = use_memory::<Option<T>>(part);
    (*use_memo(part, move |_| left.borrow_mut().take())).clone()
}
