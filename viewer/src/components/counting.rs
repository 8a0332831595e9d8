//! Numbers on tabs that take an analysis: asked for once a part is open, not while it is opened.

use taskscope_engine::api::{Answer, Request, View};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::link::{Client, PartRef};
use crate::state::{Action, AppState};

/// Findings of larger files are counted when their view is shown: the analysis would hold up the first pictures.
const MOST_BYTES: u64 = 64 << 20;

/// Counts the findings of the part in front.
#[hook]
pub fn use_counts(state: &UseReducerHandle<AppState>, client: &Client) {
    let dispatch = state.dispatcher();
    let client = client.clone();
    use_effect_with(uncounted(state), move |part| {
        let Some(part) = *part else { return };
        let answer = client.ask_in("count", part, Request::Findings);
        spawn_local(async move {
            if let Some(Answer::Findings(answer)) = answer.await {
                dispatch.dispatch(Action::Found(part, answer.findings.len() as u32));
            }
        });
    });
}

/// The part in front, if its findings are worth counting and nobody has.
fn uncounted(state: &AppState) -> Option<PartRef> {
    let part = state.current_part()?;
    let size = state.current_file()?.size;
    let seen = part.view == View::Findings || size <= MOST_BYTES;
    state.current.filter(|_| part.offers(View::Findings) && part.findings.is_none() && seen)
}
