//! What comes from outside the page's own elements: theme, keys, drops, pastes, the address.

use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ClipboardEvent, DragEvent, Element, File, KeyboardEvent, MediaQueryListEvent, Url};
use yew::prelude::*;

use super::search::SEARCH_ID;
use super::tool_bar;
use crate::commands::{self, Command, Press};
use crate::dom;
use crate::hooks::{CommandBus, Memory, use_window_event};
use crate::link::{Client, FileId, address};
use crate::state::{Action, AppState, Dispatch, Fate, Over};
use crate::theme::ThemeChoice;

type State = UseReducerHandle<AppState>;

/// Where the chosen theme is kept.
const THEME_KEY: &str = "taskscope.theme";
/// Files up to this size are read again unasked when the worker was lost.
const REOPEN_BYTES: u64 = 64 << 20;
/// How long the status bar says what was done.
const SAID_MS: u32 = 4_000;

/// Follows the system's theme, restores and keeps the chosen one, and shows it.
#[hook]
pub fn use_theme(state: &State) {
    let dispatch = state.dispatcher();
    use_effect_with((), move |()| {
        let kept = dom::kept(THEME_KEY).unwrap_or_default();
        dispatch.dispatch(Action::SetTheme(ThemeChoice::from_key(&kept)));
        let query =
            dom::window().and_then(|window| window.match_media("(prefers-color-scheme: dark)").ok()?);
        let listener = query.map(|query| {
            dispatch.dispatch(Action::SystemDark(query.matches()));
            EventListener::new(&query, "change", move |event| {
                if let Some(event) = event.dyn_ref::<MediaQueryListEvent>() {
                    dispatch.dispatch(Action::SystemDark(event.matches()));
                }
            })
        });
        move || drop(listener)
    });
    let chosen = use_mut_ref(|| false);
    use_effect_with(state.theme, move |theme| {
        let root = dom::document().and_then(|document| document.document_element());
        if let Some(root) = root {
            // The attribute's name is a valid one.
            let _ = match theme {
                ThemeChoice::System => root.remove_attribute("data-theme"),
                other => root.set_attribute("data-theme", other.key()),
            };
        }
        // The first run only shows what the state starts with.
        if std::mem::replace(&mut *chosen.borrow_mut(), true) {
            dom::keep(THEME_KEY, theme.key());
        }
    });
}

/// The page's title names the file in view.
#[hook]
pub fn use_title(state: &State) {
    let name = state.current_file().map(|file| file.name.clone());
    use_effect_with(name, |name| {
        if let Some(document) = dom::document() {
            let title =
                name.as_ref().map_or_else(|| "Taskscope".into(), |name| format!("{name} · Taskscope"));
            document.set_title(&title);
        }
    });
}

/// Turns key presses into commands: for the view first, then for the page.
#[hook]
pub fn use_keys(state: &State, bus: &CommandBus) {
    let (state, bus) = (state.clone(), bus.clone());
    let callback = use_callback((state, bus), |event: Event, (state, bus)| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>().filter(|event| on_key(event, state, bus)) {
            event.prevent_default();
        }
    });
    use_window_event("keydown", callback);
}

fn on_key(event: &KeyboardEvent, state: &State, bus: &CommandBus) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if event.default_prevented() || target.as_ref().is_some_and(dom::takes_text) {
        return false;
    }
    let (code, key) = (event.code(), event.key());
    let (ctrl, alt) = (event.ctrl_key() || event.meta_key(), event.alt_key());
    let press = Press { code: &code, key: &key, shift: event.shift_key(), ctrl, alt };
    let view = state.current_part().map(|part| part.view);
    let Some(command) = commands::find(press, view) else { return false };
    // The help is modal, and Enter belongs to whatever button has the focus.
    let modal = state.over == Some(Over::Help) && command != Command::Help;
    if modal || (command == Command::Open && target.as_ref().is_some_and(is_pressable)) {
        return false;
    }
    run(command, state, bus)
}

fn is_pressable(element: &Element) -> bool {
    element.closest("button, a[href], summary").is_ok_and(|found| found.is_some())
}

fn run(command: Command, state: &State, bus: &CommandBus) -> bool {
    let dispatch = state.dispatcher();
    match command {
        Command::Back if state.over.is_some() => dispatch.dispatch(Action::CloseOver),
        Command::Search => dom::focus(SEARCH_ID),
        Command::OpenFile => dom::choose_files(),
        Command::Theme => dispatch.dispatch(Action::SetTheme(state.theme.next())),
        Command::Help => dispatch.dispatch(Action::Toggle(Over::Help)),
        Command::View(number) => return go_to_view(number, state, &dispatch),
        Command::Back => {
            if bus.offer(command) {
                return true;
            }
            dispatch.dispatch(Action::SetSearch(AttrValue::default()));
        }
        // What lies over the page keeps keys from the view below it.
        other => return state.over.is_none() && bus.offer(other),
    }
    true
}

fn go_to_view(number: u8, state: &State, dispatch: &Dispatch) -> bool {
    let views = state.current_part().map(tool_bar::offered).unwrap_or_default();
    let view = views.get(usize::from(number).wrapping_sub(1)).copied();
    if let Some(view) = view {
        dispatch.dispatch(Action::SetView(view));
    }
    view.is_some()
}

/// Opens files that are dropped anywhere on the page.
#[hook]
pub fn use_drops(state: &State, client: &Client) {
    let dispatch = state.dispatcher();
    // Moving over a child leaves its parent: only as many leaves as enters end the drag.
    let depth = use_mut_ref(|| 0_i32);
    let enter = {
        let depth = depth.clone();
        use_callback(dispatch.clone(), move |event: Event, dispatch| {
            if has_files(&event) {
                *depth.borrow_mut() += 1;
                dispatch.dispatch(Action::Dragging(true));
            }
        })
    };
    let leave = {
        let depth = depth.clone();
        use_callback(dispatch.clone(), move |event: Event, dispatch| {
            if has_files(&event) {
                let mut depth = depth.borrow_mut();
                *depth -= 1;
                if *depth <= 0 {
                    *depth = 0;
                    dispatch.dispatch(Action::Dragging(false));
                }
            }
        })
    };
    let over = use_callback((), |event: Event, ()| {
        if has_files(&event) {
            event.prevent_default();
        }
    });
    let drop = use_callback((dispatch, client.clone()), move |event: Event, (dispatch, client)| {
        if has_files(&event) {
            event.prevent_default();
            *depth.borrow_mut() = 0;
            dispatch.dispatch(Action::Dragging(false));
            open_all(client, transferred(&event));
        }
    });
    use_window_event("dragenter", enter);
    use_window_event("dragleave", leave);
    use_window_event("dragover", over);
    use_window_event("drop", drop);
}

fn has_files(event: &Event) -> bool {
    let transfer = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    transfer.is_some_and(|transfer| transfer.types().includes(&JsValue::from_str("Files"), 0))
}

fn transferred(event: &Event) -> Vec<File> {
    let transfer = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    dom::files(transfer.and_then(|transfer| transfer.files()))
}

fn open_all(client: &Client, files: Vec<File>) {
    for file in files {
        client.open(file);
    }
}

/// Opens pasted files, and pasted text as a file: a goroutine dump is often at hand as text.
#[hook]
pub fn use_pasting(client: &Client) {
    let paste = use_callback(client.clone(), |event: Event, client| {
        let Some(event) = event.dyn_ref::<ClipboardEvent>() else { return };
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(data) = event.clipboard_data().filter(|_| !target.as_ref().is_some_and(dom::takes_text))
        else {
            return;
        };
        let files = dom::files(data.files());
        let text = data.get_data("text/plain").unwrap_or_default();
        match files.is_empty() {
            true if text.trim().is_empty() => return,
            true => open_all(client, text_file(&text).into_iter().collect()),
            false => open_all(client, files),
        }
        event.prevent_default();
    });
    use_window_event("paste", paste);
}

fn text_file(text: &str) -> Option<File> {
    File::new_with_str_sequence(&js_sys::Array::of1(&JsValue::from_str(text)), "pasted.txt").ok()
}

/// Opens the files that the page's address names, once.
#[hook]
pub fn use_address(client: &Client) {
    let client = client.clone();
    use_effect_with((), move |()| {
        client.start();
        let Some(location) = dom::window().map(|window| window.location()) else { return };
        let (hash, base, origin) = (location.hash(), location.href(), location.origin());
        let (Ok(hash), Ok(base), Ok(origin)) = (hash, base, origin) else { return };
        for path in address::files_in(&hash) {
            let url = Url::new_with_base(&path, &base).ok().filter(|url| url.origin() == origin);
            if let Some(url) = url {
                client.open_url(address::name_of(&path), url.href());
            }
        }
    });
}

/// Forgets what views remember of closed files, and reads small files again that the worker lost.
#[hook]
pub fn use_files(state: &State, client: &Client, memory: &Memory) {
    let (client, memory) = (client.clone(), memory.clone());
    let known = use_mut_ref(Vec::<FileId>::new);
    use_effect_with(state.files.clone(), move |files| {
        let ids: Vec<FileId> = files.iter().map(|file| file.id).collect();
        let before = known.replace(ids.clone());
        for gone in before.into_iter().filter(|id| !ids.contains(id)) {
            memory.forget(gone);
        }
        for file in files.iter().filter(|file| file.fate == Fate::Lost && file.size <= REOPEN_BYTES) {
            client.reopen(file.id);
        }
    });
}

/// What the status bar says goes away on its own.
#[hook]
pub fn use_brief_words(state: &State) {
    let dispatch = state.dispatcher();
    use_effect_with(state.said.clone(), move |said| {
        let timer = (!said.is_empty()).then(|| {
            gloo_timers::callback::Timeout::new(SAID_MS, move || {
                dispatch.dispatch(Action::Say(AttrValue::default()));
            })
        });
        move || drop(timer)
    });
}
