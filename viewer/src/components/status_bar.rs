//! The status bar: the view's legend, what was just done, the view's facts.

use yew::prelude::*;

use crate::state::AppState;

/// The status bar; the view's legend and facts go into `legend` and `status`.
pub fn status_bar(state: &AppState, legend: &NodeRef, status: &NodeRef) -> Html {
    let viewing = state.current_part().is_some();
    html! {
        <footer class="status">
            <div class="legend" ref={legend.clone()} hidden={!viewing}></div>
            if !viewing {
                <span>{ concat!("Taskscope ", env!("CARGO_PKG_VERSION")) }</span>
            }
            if state.current.is_none() {
                <span class="wide-only"><kbd>{ "O" }</kbd>{ " open" }</span>
                <span class="wide-only"><kbd>{ "?" }</kbd>{ " keys" }</span>
            }
            <span class="grow"></span>
            <span role="status" class="said">{ &state.said }</span>
            <div class="sfacts" ref={status.clone()} hidden={!viewing}></div>
            <span>{ if state.current.is_none() { "Works offline" } else { "Nothing leaves this machine" } }</span>
        </footer>
    }
}
