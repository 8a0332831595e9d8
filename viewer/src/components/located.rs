//! What the shell keeps in the page's address: the view and the search of the part in front.

use std::rc::Rc;

use taskscope_engine::api::View;
use yew::prelude::*;

use crate::hooks::Address;
use crate::link::PartRef;
use crate::state::{Action, AppState};
use crate::views::TABS;

/// Brings back view and search when a file is opened that the address is about, and keeps them there.
#[hook]
pub fn use_located(state: &UseReducerHandle<AppState>, address: &Rc<Address>) {
    let known = use_mut_ref(Vec::<PartRef>::new);
    let dispatch = state.dispatcher();
    let front =
        state.current.zip(state.current_part()).map(|(at, part)| (at, part.facts.name.clone(), part.view));
    let address = Rc::clone(address);
    use_effect_with((front, state.search.clone()), move |(front, search)| {
        let Some((at, name, view)) = front else { return };
        if known.borrow().contains(at) {
            address.keep(name, "view", &key_of(*view));
            address.keep(name, "search", search);
            return;
        }
        known.borrow_mut().push(*at);
        let view = address.loaded(name, "view").and_then(|key| view_of(&key)).unwrap_or(*view);
        address.keep(name, "view", &key_of(view));
        dispatch.dispatch(Action::SetView(view));
        if let Some(search) = address.loaded(name, "search") {
            dispatch.dispatch(Action::SetSearch(search.into()));
        }
    });
}

/// A view as the address calls it.
fn key_of(view: View) -> String {
    format!("{view:?}").to_lowercase()
}

fn view_of(key: &str) -> Option<View> {
    TABS.into_iter().find(|&view| key_of(view) == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_have_keys() {
        assert_eq!(view_of("timeline"), Some(View::Timeline));
        assert_eq!(view_of("nothing"), None);
        assert!(TABS.into_iter().all(|view| view_of(&key_of(view)) == Some(view)));
    }
}
