//! How far opening is, with a way out.

use taskscope_engine::units;
use yew::prelude::*;

use crate::link::{Client, FileId, Phase};
use crate::state::{Action, AppState, Dispatch};

/// A 2 px bar under the file bar, bytes, and Cancel; nothing if the file in view is not on its way.
pub fn progress(state: &UseReducerHandle<AppState>, client: &Client) -> Html {
    match state.current_file().and_then(|file| Some((file.id, file.progress()?))) {
        Some((file, (phase, done, total))) => bar(file, phase, (done, total), client, &state.dispatcher()),
        None => Html::default(),
    }
}

fn bar(file: FileId, phase: Phase, (done, total): (u64, u64), client: &Client, dispatch: &Dispatch) -> Html {
    let cancel = {
        let (dispatch, client) = (dispatch.clone(), client.clone());
        Callback::from(move |_| {
            client.cancel(file);
            dispatch.dispatch(Action::Close(file));
        })
    };
    let known = total > 0;
    let width = if known { 100.0 * done.min(total) as f64 / total as f64 } else { 0.0 };
    html! {
        <div class="prog">
            <div class={classes!("bar", (!known).then_some("unknown"))} role="progressbar" aria-label={words(phase)}
                aria-valuemin="0" aria-valuemax="100" aria-valuenow={known.then(|| format!("{width:.0}"))}>
                <i style={format!("width:{width:.1}%")}></i>
            </div>
            <p><b>{ words(phase) }</b><span class="num">{ amount(done, total) }</span>
                <button type="button" class="btn txt" onclick={cancel}>{ "Cancel" }</button></p>
        </div>
    }
}

fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Reading => "Reading",
        Phase::Decoding => "Decoding",
    }
}

fn amount(done: u64, total: u64) -> String {
    let bytes = |value| units::bytes(i64::try_from(value).unwrap_or(i64::MAX));
    match (done, total) {
        (0, 0) => String::new(),
        (done, 0) => bytes(done),
        (done, total) => format!("{} of {}", bytes(done.min(total)), bytes(total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_never_pass_the_total() {
        assert_eq!(amount(0, 0), "");
        assert_eq!(amount(2048, 0), "2 KiB");
        assert_eq!(amount(4096, 2048), "2 KiB of 2 KiB");
    }
}
