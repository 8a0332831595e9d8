//! The hidden file input behind every "open" button and the O key.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::dom;
use crate::link::Client;

/// The input. [`dom::choose_files`] opens its dialog.
pub fn chooser(client: &Client) -> Html {
    let client = client.clone();
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        for file in dom::files(input.files()) {
            client.open(file);
        }
        // Choosing the same file again is a change only if nothing was chosen before.
        input.set_value("");
    };
    html! {
        <input type="file" id={dom::CHOOSER_ID} multiple=true hidden=true tabindex="-1" aria-hidden="true" {onchange} />
    }
}
