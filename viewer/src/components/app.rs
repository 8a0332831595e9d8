//! The whole page: bars, the view in front, what lies over it, and what comes from outside.

use yew::prelude::*;

use super::chooser::Chooser;
use super::empty::Empty;
use super::error_panel::{ErrorPanel, LostPanel};
use super::file_bar::FileBar;
use super::help::Help;
use super::outside;
use super::progress::Progress;
use super::slots::Slots;
use super::status_bar::StatusBar;
use super::tool_bar::ToolBar;
use crate::hooks::{CommandBus, Memory};
use crate::link::Client;
use crate::state::{Action, AppState, Fate, Over};
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

    outside::use_theme(&state);
    outside::use_title(&state);
    outside::use_keys(&state, &bus);
    outside::use_drops(&state, &client);
    outside::use_pasting(&client);
    outside::use_address(&client);
    outside::use_files(&state, &client, &memory);
    outside::use_brief_words(&state);

    html! {
        <ContextProvider<Client> context={(*client).clone()}>
        <ContextProvider<CommandBus> context={(*bus).clone()}>
        <ContextProvider<Memory> context={(*memory).clone()}>
            <Page {state} />
        </ContextProvider<Memory>>
        </ContextProvider<CommandBus>>
        </ContextProvider<Client>>
    }
}

#[derive(Clone, Debug, PartialEq, Properties)]
struct PageProps {
    state: UseReducerHandle<AppState>,
}

#[component]
fn Page(props: &PageProps) -> Html {
    let state = &props.state;
    let (tools, legend, status) = (use_node_ref(), use_node_ref(), use_node_ref());
    let slots = use_state_eq(|| None::<Slots>);
    {
        let (slots, refs) = (slots.clone(), [tools.clone(), legend.clone(), status.clone()]);
        use_effect_with((), move |()| slots.set(mounted(&refs)));
    }
    html! {
        <div class="app">
            <FileBar state={state.clone()} />
            <ToolBar state={state.clone()} {tools} />
            { progress(state) }
            <ContextProvider<Option<Slots>> context={(*slots).clone()}>
                if slots.is_some() { { body(state) } }
            </ContextProvider<Option<Slots>>>
            <StatusBar state={state.clone()} {legend} {status} />
            <Chooser />
            if state.over == Some(Over::Help) {
                <Help view={state.current_part().map(|part| part.view)} dispatch={state.dispatcher()} />
            }
            if state.dragging {
                <div class="dropping" aria-hidden="true"><b>{ "Drop to open" }</b></div>
            }
        </div>
    }
}

fn mounted([tools, legend, status]: &[NodeRef; 3]) -> Option<Slots> {
    Some(Slots { tools: tools.cast()?, legend: legend.cast()?, status: status.cast()? })
}

fn progress(state: &UseReducerHandle<AppState>) -> Html {
    match state.current_file().map(|file| (file.id, &file.fate)) {
        Some((file, &Fate::Loading { phase, done, total })) => {
            html! { <Progress {file} {phase} {done} {total} dispatch={state.dispatcher()} /> }
        }
        _ => Html::default(),
    }
}

fn body(state: &UseReducerHandle<AppState>) -> Html {
    let Some(file) = state.current_file() else { return html! { <Empty /> } };
    let dispatch = state.dispatcher();
    match (&file.fate, state.current, state.current_part()) {
        (Fate::Loading { .. }, ..) => html! { <main class="blank" id="view" aria-busy="true"></main> },
        (Fate::Lost, ..) => html! { <LostPanel file={file.id} /> },
        (Fate::Failed(error), ..) => html! {
            <ErrorPanel file={file.name.clone()} size={file.size} error={error.clone()} {dispatch} />
        },
        (Fate::Open(_), Some(part), Some(open)) => {
            let (facts, theme, search) = (open.facts.clone(), state.theme_name(), state.search.clone());
            let view = views::render(open.view, ViewProps { part, facts, theme, search, dispatch });
            html! { <div class="view" id="view" role="tabpanel" aria-label={views::title(open.view)}>{ view }</div> }
        }
        (Fate::Open(_), ..) => Html::default(),
    }
}
