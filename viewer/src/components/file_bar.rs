//! The file bar: which file, what it is, its notices; search, theme, help.

use yew::prelude::*;

use super::button::icon_button;
use super::file_menu::file_menu;
use super::icon::{IconName, icon, icon_in};
use super::notices::notices_badge;
use super::search::Search;
use crate::link::Client;
use crate::state::{Action, AppState, Fate, OpenFile, Over};
use crate::theme::ThemeChoice;
use taskscope_engine::units;

/// The file bar.
pub fn file_bar(state: &UseReducerHandle<AppState>, client: &Client) -> Html {
    let dispatch = state.dispatcher();
    let theme = {
        let (dispatch, next) = (dispatch.clone(), state.theme.next());
        Callback::from(move |_| dispatch.dispatch(Action::SetTheme(next)))
    };
    let help = {
        let dispatch = dispatch.clone();
        Callback::from(move |_| dispatch.dispatch(Action::Toggle(Over::Help)))
    };
    let part = state.current_part();
    html! {
        <header class="top">
            <span class="brand">{ icon_in("mark", IconName::Mark) }<b>{ "Taskscope" }</b></span>
            if let Some(file) = state.current_file() {
                { file_button(state, file, client) }
                <span class="facts">{ for facts(state, file) }</span>
            }
            if let Some(part) = part {
                { notices_badge(&part.facts, state.over == Some(Over::Notices), &dispatch) }
            }
            <span class="grow"></span>
            if part.is_some() {
                <Search text={state.search.clone()} {dispatch} />
            }
            { icon_button(theme_label(state.theme), IconName::Theme, theme) }
            <span class="wide-only">{ icon_button("Keyboard help (?)", IconName::Help, help) }</span>
        </header>
    }
}

fn file_button(state: &UseReducerHandle<AppState>, file: &OpenFile, client: &Client) -> Html {
    let open = state.over == Some(Over::Files);
    let dispatch = state.dispatcher();
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::Toggle(Over::Files)));
    let member = member(state, file);
    let (head, tail) = split_name(&file.name);
    html! {
        <div class="anchor filea">
            <button type="button" class="file" title="Open files" aria-expanded={open.to_string()}
                aria-label={format!("File {}", file.name)} {onclick}>
                { icon(IconName::File) }
                <b class="name" title={file.name.clone()}><span>{ head }</span><span>{ tail }</span></b>
                if !member.is_empty() { <span class="member">{ member }</span> }
                { icon(IconName::Down) }
            </button>
            if open { { file_menu(state, client) } }
        </div>
    }
}

/// The name of the part in view, where the file has several.
fn member(state: &AppState, file: &OpenFile) -> AttrValue {
    match &file.fate {
        Fate::Open(parts) if parts.len() > 1 => {
            state.current_part().map(|part| part.name.clone()).unwrap_or_default()
        }
        _ => AttrValue::default(),
    }
}

/// Format and headline of an open file, the size of any other.
fn facts(state: &AppState, file: &OpenFile) -> Vec<Html> {
    let size = (file.size > 0).then(|| units::bytes(i64::try_from(file.size).unwrap_or(i64::MAX)));
    let texts: Vec<String> = match (state.current_part(), &file.fate) {
        (Some(part), _) => std::iter::once(&part.facts.format).chain(&part.facts.headline).cloned().collect(),
        (None, Fate::Failed(_) | Fate::Lost | Fate::Open(_)) => size.into_iter().collect(),
        (None, Fate::Loading { .. }) => Vec::new(),
    };
    texts.into_iter().filter(|text| !text.is_empty()).map(|text| html! { <span>{ text }</span> }).collect()
}

/// A name in two pieces, of which the first is cut when there is no room: ends differ more than starts.
fn split_name(name: &str) -> (String, String) {
    const TAIL: usize = 14;
    let count = name.chars().count();
    let head: String = name.chars().take(count.saturating_sub(TAIL)).collect();
    let tail: String = name.chars().skip(count.saturating_sub(TAIL)).collect();
    (head, tail)
}

fn theme_label(theme: ThemeChoice) -> AttrValue {
    let now = theme.key();
    format!("Theme: {now}. Next: {} (Shift+T)", theme.next().key()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_in_the_middle() {
        let (head, tail) = split_name("search-api-4711-20260914T091502Z.trace");
        assert_eq!((head.as_str(), tail.as_str()), ("search-api-4711-20260914", "T091502Z.trace"));
        assert_eq!(split_name("ä.pb"), (String::new(), "ä.pb".into()));
    }
}
