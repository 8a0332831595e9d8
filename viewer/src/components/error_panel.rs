//! Why a file cannot be shown: where, what was expected, what was found, the bytes.

use std::fmt::Write as _;
use std::rc::Rc;

use taskscope_engine::api::OpenError;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::button::{Look, button};
use super::icon::{IconName, icon};
use super::notices::said;
use crate::dom;
use crate::link::{Client, FileId};
use crate::state::{Action, Dispatch, OpenFile};

/// Bytes in a row.
const ROW: usize = 16;

/// The error panel of a file.
pub fn error_panel(file: &OpenFile, error: &Rc<OpenError>, dispatch: &Dispatch) -> Html {
    let copy = {
        let (text, dispatch) = (report(&file.name, file.size, error), dispatch.clone());
        Callback::from(move |_| {
            let (text, dispatch) = (text.clone(), dispatch.clone());
            spawn_local(async move {
                let copied = dom::copy(&text).await;
                dispatch.dispatch(Action::Say(said(copied, "Copied the report")));
            });
        })
    };
    let facts = facts(error).into_iter().map(|(label, value)| {
        html! { <tr><th scope="row">{ label }</th><td class="num">{ emphasised(label, value) }</td></tr> }
    });
    html! {
        <main class="center" id="view">
            <div class="errp" role="alert">
                <div class="eh">{ icon(IconName::Warn) }<div><h1>{ &error.title }</h1><p>{ &error.body }</p></div></div>
                <table class="facts2"><tbody>{ for facts }</tbody></table>
                if !error.bytes.is_empty() { { hex(error) } }
                <div class="ea">
                    { button(Look::Primary, "Open another file", IconName::Folder, Callback::from(|_| dom::choose_files())) }
                    { button(Look::Plain, "Copy report", IconName::Copy, copy) }
                </div>
            </div>
        </main>
    }
}

/// Said of a file that was open when the worker was lost, and is too large to be read again unasked.
pub fn lost_panel(file: FileId, client: &Client) -> Html {
    let client = client.clone();
    let again = Callback::from(move |_| client.reopen(file));
    html! {
        <main class="center" id="view">
            <div class="errp warned" role="alert">
                <div class="eh">{ icon(IconName::Warn) }<div>
                    <h1>{ "This file has to be read again" }</h1>
                    <p>{ "Taskscope stopped on another file and was started again. Nothing is wrong with this one." }</p>
                </div></div>
                <div class="ea">{ button(Look::Primary, "Open it again", IconName::Undo, again) }</div>
            </div>
        </main>
    }
}

fn facts(error: &OpenError) -> Vec<(&'static str, &str)> {
    let all = [
        ("Where", &error.place),
        ("Expected", &error.expected),
        ("Found", &error.found),
        ("Likely cause", &error.cause),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| (label, value.as_str()))
        .collect()
}

/// A place is read by its decimal byte; the rest of it is for those who look closer.
fn emphasised(label: &str, value: &str) -> Html {
    match value.split_once(" (") {
        Some((head, rest)) if label == "Where" => {
            html! { <>{ head }{ " " }<span class="mut">{ format!("({rest}") }</span></> }
        }
        _ => html! { value },
    }
}

fn hex(error: &OpenError) -> Html {
    let rows = error.bytes.chunks(ROW).zip(0u64..).map(|(bytes, row)| {
        let first = error.bytes_offset.saturating_add(row * ROW as u64);
        html! { <tr><th scope="row">{ format!("{first:08x}") }</th>{ for cells(bytes, first, error.offset) }</tr> }
    });
    html! { <table class="hex mono" aria-label="Bytes at the place"><tbody>{ for rows }</tbody></table> }
}

/// A row of bytes; those from the offending one to the end of its row are marked.
fn cells(bytes: &[u8], first: u64, offset: u64) -> Vec<Html> {
    let cell = |at: usize| {
        let place = first.saturating_add(at as u64);
        let marked = place >= offset && offset >= first;
        let text = bytes.get(at).map(|byte| format!("{byte:02x}")).unwrap_or_default();
        html! { <td class={marked.then_some("hl")}>{ text }</td> }
    };
    (0..ROW).map(cell).collect()
}

/// The report as text, for an issue.
fn report(file: &str, size: u64, error: &OpenError) -> String {
    let mut text = format!("{}\n{}\n\nFile: {file}, {size} bytes\n", error.title, error.body);
    for (label, value) in facts(error) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{label}: {value}");
    }
    for (bytes, row) in error.bytes.chunks(ROW).zip(0u64..) {
        let first = error.bytes_offset.saturating_add(row * ROW as u64);
        let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "{first:08x}  {hex}");
    }
    let _ = writeln!(text, "Taskscope {}", env!("CARGO_PKG_VERSION"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_has_what_the_panel_has() {
        let error = OpenError {
            title: "This trace is damaged near its start".into(),
            body: "No part of it can be shown.".into(),
            place: "byte 17 (0x11)".into(),
            expected: "a batch header".into(),
            found: "zeros".into(),
            cause: String::new(),
            bytes: (0..20).collect(),
            bytes_offset: 16,
            offset: 17,
        };
        let text = report("a.trace", 36, &error);
        assert!(text.starts_with(
            "This trace is damaged near its start\nNo part of it can be shown.\n\nFile: a.trace, 36 bytes\n"
        ));
        assert!(
            text.contains(
                "Where: byte 17 (0x11)\nExpected: a batch header\nFound: zeros\n00000010  00 01 02"
            )
        );
        assert!(text.contains("\n00000020  10 11 12 13\n"));
        assert!(!text.contains("Likely cause"));
    }
}
