//! The whole page.

use yew::prelude::*;

use super::slots::Slots;
use crate::hooks::{CommandBus, Memory};
use crate::link::Client;
use crate::state::{Action, AppState};
use crate::views::{self, ViewProps};

/// The application.
#[component]
pub fn App() -> Html {
    let state = use_reducer(AppState::default);
    let dispatch = state.dispatcher();
    let client = {
        let dispatch = dispatch.clone();
        use_memo((), move |()| Client::new(Callback::from(move |note| dispatch.dispatch(Action::Link(note)))))
    };
    let bus = use_memo((), |()| CommandBus::default());
    let memory = use_memo((), |()| Memory::default());
    let slots = use_state_eq(|| None::<Slots>);
    let view = match (state.current, state.current_part()) {
        (Some(part), Some(open)) => views::render(
            open.view,
            ViewProps {
                part,
                facts: open.facts.clone(),
                theme: state.theme_name(),
                search: state.search.clone(),
                dispatch,
            },
        ),
        _ => Html::default(),
    };
    html! {
        <ContextProvider<Client> context={(*client).clone()}>
        <ContextProvider<CommandBus> context={(*bus).clone()}>
        <ContextProvider<Memory> context={(*memory).clone()}>
        <ContextProvider<Option<Slots>> context={(*slots).clone()}>
            { view }
        </ContextProvider<Option<Slots>>>
        </ContextProvider<Memory>>
        </ContextProvider<CommandBus>>
        </ContextProvider<Client>>
    }
}
