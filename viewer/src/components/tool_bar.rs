//! The tool bar: views at the left, the tools of the view in front at the right.

use taskscope_engine::api::View;
use yew::prelude::*;

use crate::dom;
use crate::state::{Action, AppState, OpenPart};
use crate::views::{TABS, title};

/// The tool bar; the view's tools go into `tools`.
pub fn tool_bar(state: &UseReducerHandle<AppState>, tools: &NodeRef) -> Html {
    let part = state.current_part();
    let shown = part.map(offered).unwrap_or_default();
    let onkeydown = {
        let (dispatch, shown, current) = (state.dispatcher(), shown.clone(), part.map(|part| part.view));
        Callback::from(move |event: KeyboardEvent| {
            if let Some(view) = beside(&shown, current, &event.key()) {
                event.prevent_default();
                dispatch.dispatch(Action::SetView(view));
                dom::focus(&tab_id(view));
            }
        })
    };
    // The bar is always there, so that the slot is; without a part it is hidden.
    html! {
        <nav class="tool" hidden={part.is_none()}>
            <div class="tabs" role="tablist" aria-label="Views" {onkeydown}>
                { for part.iter().flat_map(|part| shown.iter().map(|&view| tab(state, part, view))) }
            </div>
            <span class="grow"></span>
            <div class="tools" ref={tools.clone()}></div>
        </nav>
    }
}

/// The views of a part, in the order of their tabs.
pub fn offered(part: &OpenPart) -> Vec<View> {
    TABS.into_iter().filter(|&view| part.offers(view)).collect()
}

/// Id of a view's tab.
pub fn tab_id(view: View) -> String {
    format!("tab-{view:?}").to_lowercase()
}

fn tab(state: &UseReducerHandle<AppState>, part: &OpenPart, view: View) -> Html {
    let selected = part.view == view;
    let dispatch = state.dispatcher();
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::SetView(view)));
    let (count, of) = match view {
        View::Leaks => (part.facts.leak_groups, "groups that look leaked"),
        View::Findings => (part.findings, "findings"),
        _ => (None, ""),
    };
    let badge = count.filter(|&count| count > 0);
    html! {
        <button type="button" role="tab" key={tab_id(view)} id={tab_id(view)}
            class={classes!("tab", (view == View::Leaks).then_some("first"))}
            aria-selected={selected.to_string()} aria-controls="view" tabindex={if selected { "0" } else { "-1" }} {onclick}>
            { title(view) }
            if let Some(count) = badge { <i title={of}>{ count }</i> }
        </button>
    }
}

/// The tab that an arrow key leads to.
fn beside(shown: &[View], current: Option<View>, key: &str) -> Option<View> {
    let at = shown.iter().position(|&view| Some(view) == current)?;
    let to = match key {
        "ArrowLeft" => at.checked_sub(1)?,
        "ArrowRight" => at + 1,
        "Home" => 0,
        "End" => shown.len() - 1,
        _ => return None,
    };
    shown.get(to).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_walk_the_tabs_and_stop_at_the_ends() {
        let shown = [View::Summary, View::Flame, View::Leaks];
        assert_eq!(beside(&shown, Some(View::Flame), "ArrowRight"), Some(View::Leaks));
        assert_eq!(beside(&shown, Some(View::Summary), "ArrowLeft"), None);
        assert_eq!(beside(&shown, Some(View::Leaks), "ArrowRight"), None);
        assert_eq!(beside(&shown, Some(View::Leaks), "Home"), Some(View::Summary));
        assert_eq!(beside(&shown, Some(View::Flame), "x"), None);
    }
}
