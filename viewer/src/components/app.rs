//! The whole page: bars, the view in front, what lies over it, and what comes from outside.

use yew::prelude::*;

use super::chooser::chooser;
use super::counting::use_counts;
use super::empty::empty;
use super::error_panel::{error_panel, lost_panel};
use super::file_bar::file_bar;
use super::help::Help;
use super::located::use_located;
use super::outside;
use super::progress::progress;
use super::slots::Slots;
use super::status_bar::status_bar;
use super::tool_bar::tool_bar;
use crate::hooks::{Address, CommandBus, Memory, Shared};
use crate::link::{Client, Note};
use crate::state::{Action, AppState, Fate, Over};
use crate::views::{self, ViewProps};

/// The application.
#[component]
pub fn App() -> Html {
    let state = use_reducer(AppState::default);
    let dispatch = state.dispatcher();
    let address = use_memo((), |()| Address::of_page());
    let client = {
        let (dispatch, address) = (dispatch.clone(), address.clone());
        use_memo((), move |()| {
            Client::new(Callback::from(move |note| {
                if !is_too_early(&note, &address) {
                    dispatch.dispatch(Action::Link(note));
                }
            }))
        })
    };
    let bus = use_memo((), |()| CommandBus::default());
    let memory = use_memo((), |()| Memory::default());

    outside::use_theme(&state);
    outside::use_title(&state);
    outside::use_keys(&state, &bus);
    outside::use_drops(&state, &client);
    outside::use_pasting(&client);
    outside::use_address(&client);
    outside::use_files(&state, &client, &memory);
    outside::use_brief_words(&state);
    use_located(&state, &address);
    use_counts(&state, &client);

    let [tools, legend, status] = [use_node_ref(), use_node_ref(), use_node_ref()];
    let slots = use_state_eq(|| None::<Slots>);
    {
        let (slots, refs) = (slots.clone(), [tools.clone(), legend.clone(), status.clone()]);
        use_effect_with((), move |()| slots.set(mounted(&refs)));
    }
    let shared = Shared {
        bus: (*bus).clone(),
        address: (*address).clone(),
        memory: (*memory).clone(),
        slots: (*slots).clone(),
    };
    html! {
        <ContextProvider<Client> context={(*client).clone()}>
        <ContextProvider<Shared> context={shared}>
            <div class="app">
                { file_bar(&state, &client) }
                { tool_bar(&state, &tools) }
                { progress(&state, &client) }
                if slots.is_some() { { body(&state, &client) } }
                { status_bar(&state, &legend, &status) }
                { chooser(&client) }
                { over(&state) }
            </div>
        </ContextProvider<Shared>>
        </ContextProvider<Client>>
    }
}

/// Whether this is a preview of a file in which the address names a place: that may lie beyond it.
fn is_too_early(note: &Note, address: &Address) -> bool {
    let Note::Opened { parts, complete: false, .. } = note else { return false };
    parts.iter().any(|part| address.names(&part.facts.name))
}

fn over(state: &UseReducerHandle<AppState>) -> Html {
    html! {<>
        if state.over == Some(Over::Help) {
            <Help view={state.current_part().map(|part| part.view)} dispatch={state.dispatcher()} />
        }
        if state.dragging {
            <div class="dropping" aria-hidden="true"><b>{ "Drop to open" }</b></div>
        }
    </>}
}

fn mounted([tools, legend, status]: &[NodeRef; 3]) -> Option<Slots> {
    Some(Slots { tools: tools.cast()?, legend: legend.cast()?, status: status.cast()? })
}

fn body(state: &UseReducerHandle<AppState>, client: &Client) -> Html {
    let Some(file) = state.current_file() else { return empty(client) };
    let dispatch = state.dispatcher();
    match (&file.fate, state.current, state.current_part()) {
        (Fate::Loading { .. }, ..) => html! { <main class="blank" id="view" aria-busy="true"></main> },
        (Fate::Lost, ..) => lost_panel(file.id, client),
        (Fate::Failed(error), ..) => error_panel(file, error, &dispatch),
        (Fate::Open(_), Some(part), Some(open)) => {
            let (facts, theme, search) = (open.facts.clone(), state.theme_name(), state.search.clone());
            let view =
                views::render(open.view, open.revision, ViewProps { part, facts, theme, search, dispatch });
            html! { <div class="view" id="view" role="tabpanel" aria-label={views::title(open.view)}>{ view }</div> }
        }
        (Fate::Open(_), ..) => Html::default(),
    }
}
