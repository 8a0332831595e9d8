//! The page without a file: what can be opened, and how to record it.

use yew::prelude::*;

use super::button::{Look, button};
use super::icon::{IconName, icon, icon_in};
use super::samples::samples;
use crate::dom;
use crate::link::Client;

const OPENS: [(&str, &str); 4] = [
    ("Execution traces", "Go 1.11 and later"),
    ("Profiles", "pprof: CPU, heap, block, mutex, goroutine, goroutine leak"),
    ("Task dumps", "goroutine dumps, debug=1 and debug=2"),
    ("Packed", "gzip anywhere; zip files with any of these inside"),
];

const RECORD: [&str; 3] = ["collector trace 4711", "collector heap 4711", "collector view FILE"];

/// The empty page.
pub fn empty(client: &Client) -> Html {
    let choose = Callback::from(|_| dom::choose_files());
    html! {
        <main class="emp" id="view">
            <div class="empw">
                <div class="drop">
                    { icon_in("lg", IconName::Drop) }
                    <div>
                        <h1>{ "Drop a trace, a profile or a dump" }</h1>
                        <p>
                            <span class="mut wide-only">{ "or" }</span>
                            { button(Look::Primary, "Choose a file", IconName::Folder, choose) }
                            <span class="mut wide-only">{ "or paste with" }</span>
                            <span class="wide-only keys"><kbd>{ "Ctrl" }</kbd><kbd>{ "V" }</kbd></span>
                            <span class="mut wide-only">{ "Several files open side by side." }</span>
                        </p>
                    </div>
                </div>
                <p class="priv">
                    { icon(IconName::Lock) }
                    { "Files are read in this tab and go nowhere: after loading, the page makes no network request." }
                </p>
                <div class="two">
                    <section>
                        <h2>{ "Opens" }</h2>
                        <table class="opens"><tbody>{ for OPENS.iter().map(opens) }</tbody></table>
                    </section>
                    <section>
                        <h2>{ "Record one" }</h2>
                        <pre class="code">{ for RECORD.iter().map(|line| html! {
                            <span><i>{ "$" }</i>{ " " }{ *line }</span>
                        }) }</pre>
                    </section>
                </div>
                { samples(client) }
            </div>
        </main>
    }
}

fn opens((what, which): &(&'static str, &'static str)) -> Html {
    html! { <tr><th scope="row">{ *what }</th><td>{ *which }</td></tr> }
}
