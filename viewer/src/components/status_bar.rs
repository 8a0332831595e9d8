//! The status bar: the view's legend, what was just done, the view's facts.

use yew::prelude::*;

use crate::state::AppState;

/// The status bar's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct StatusBarProps {
    /// The state.
    pub state: UseReducerHandle<AppState>,
    /// Where the view's legend goes.
    pub legend: NodeRef,
    /// Where the view's facts go.
    pub status: NodeRef,
}

/// The status bar.
#[component]
pub fn StatusBar(props: &StatusBarProps) -> Html {
    let state = &props.state;
    let viewing = state.current_part().is_some();
    html! {
        <footer class="status">
            <div class="legend" ref={props.legend.clone()} hidden={!viewing}></div>
            if !viewing {
                <span>{ concat!("Taskscope ", env!("CARGO_PKG_VERSION")) }</span>
            }
            if state.current.is_none() {
                <span class="wide-only"><kbd>{ "O" }</kbd>{ " open" }</span>
                <span class="wide-only"><kbd>{ "?" }</kbd>{ " keys" }</span>
            }
            <span class="grow"></span>
            <span role="status" class="said">{ &state.said }</span>
            <div class="sfacts" ref={props.status.clone()} hidden={!viewing}></div>
            <span>{ if state.current.is_none() { "Works offline" } else { "Nothing leaves this machine" } }</span>
        </footer>
    }
}
