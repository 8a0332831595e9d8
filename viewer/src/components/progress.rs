//! How far opening is, with a way out.

use taskscope_engine::units;
use yew::prelude::*;

use super::button::{Button, Look};
use crate::link::{Client, FileId, Phase};
use crate::state::{Action, Dispatch};

/// The progress bar's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ProgressProps {
    /// The file.
    pub file: FileId,
    /// What is being done.
    pub phase: Phase,
    /// Bytes dealt with.
    pub done: u64,
    /// Bytes in all; 0 if unknown.
    pub total: u64,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// A 2 px bar under the file bar, bytes, and Cancel.
#[component]
pub fn Progress(props: &ProgressProps) -> Html {
    let client = use_context::<Client>();
    let cancel = {
        let (dispatch, file) = (props.dispatch.clone(), props.file);
        Callback::from(move |_| {
            if let Some(client) = &client {
                client.cancel(file);
            }
            dispatch.dispatch(Action::Close(file));
        })
    };
    let known = props.total > 0;
    let width = if known { 100.0 * props.done.min(props.total) as f64 / props.total as f64 } else { 0.0 };
    html! {
        <div class="prog">
            <div class={classes!("bar", (!known).then_some("unknown"))} role="progressbar" aria-label={words(props.phase)}
                aria-valuemin="0" aria-valuemax="100" aria-valuenow={known.then(|| format!("{width:.0}"))}>
                <i style={format!("width:{width:.1}%")}></i>
            </div>
            <p><b>{ words(props.phase) }</b><span class="num">{ amount(props.done, props.total) }</span>
                <Button label="Cancel" look={Look::Text} onclick={cancel} /></p>
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
