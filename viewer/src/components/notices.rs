//! The notices badge and its popover: what is missing of a file that was opened.

use taskscope_engine::api::NoticeText;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::button::{Look, button, icon_button};
use super::icon::{IconName, icon};
use super::popover::Popover;
use crate::dom;
use crate::state::{Action, Dispatch, Facts, Over};

/// The badge of a part; nothing if it has no notice.
pub fn notices_badge(facts: &Facts, open: bool, dispatch: &Dispatch) -> Html {
    let notices = &facts.notices;
    if notices.is_empty() {
        return Html::default();
    }
    let label = counted(notices.len());
    let onclick = {
        let dispatch = dispatch.clone();
        Callback::from(move |_| dispatch.dispatch(Action::Toggle(Over::Notices)))
    };
    html! {
        <div class="anchor">
            <button type="button" class="btn badge warn" title={label.clone()} aria-expanded={open.to_string()} {onclick}>
                { icon(IconName::Warn) }<span>{ label }</span>
            </button>
            if open { { list(facts, dispatch) } }
        </div>
    }
}

fn list(facts: &Facts, dispatch: &Dispatch) -> Html {
    let notices = &facts.notices;
    let onclose = {
        let dispatch = dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Action::CloseOver))
    };
    let close = onclose.reform(|_: MouseEvent| ());
    let copy = {
        let (facts, dispatch) = (facts.clone(), dispatch.clone());
        Callback::from(move |_| {
            let text = as_text(&facts.name, &facts.notices);
            let dispatch = dispatch.clone();
            spawn_local(async move {
                let copied = dom::copy(&text).await;
                dispatch.dispatch(Action::Say(said(copied, "Copied the notices")));
            });
        })
    };
    html! {
        <Popover label="Notices" class="notices" {onclose}>
            <div class="nh">
                <b>{ counted(notices.len()) }</b>
                <span>{ "The file was opened. This is what is missing from it." }</span>
                { icon_button("Close (Esc)", IconName::Close, close) }
            </div>
            <ul class="nl">{ for notices.iter().map(notice) }</ul>
            <div class="pf">{ button(Look::Plain, "Copy all as text", IconName::Copy, copy) }</div>
        </Popover>
    }
}

fn notice(notice: &NoticeText) -> Html {
    let (title, rest) = first_sentence(&notice.message);
    html! {
        <li class="nt">
            { icon(IconName::Warn) }
            <div>
                <h3>{ title }</h3>
                if !rest.is_empty() { <p>{ rest }</p> }
                if !notice.place.is_empty() { <p class="nm num">{ &notice.place }</p> }
            </div>
        </li>
    }
}

/// What to say after copying; a browser may refuse.
pub fn said(copied: bool, done: &'static str) -> AttrValue {
    if copied { done.into() } else { "The browser refused to copy: select the text instead".into() }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 notice".into() } else { format!("{count} notices") }
}

/// The first sentence without its stop, and the rest.
fn first_sentence(message: &str) -> (&str, &str) {
    match message.split_once(". ") {
        Some((first, rest)) => (first, rest),
        None => (message.strip_suffix('.').unwrap_or(message), ""),
    }
}

fn as_text(file: &str, notices: &[NoticeText]) -> String {
    let lines = notices.iter().map(|notice| match notice.place.as_str() {
        "" => format!("- {}", notice.message),
        place => format!("- {} ({place})", notice.message),
    });
    format!("{file}: {}\n{}\n", counted(notices.len()), lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_has_a_head_and_a_body() {
        assert_eq!(
            first_sentence("The file ends early. What is left is shown."),
            ("The file ends early", "What is left is shown.")
        );
        assert_eq!(first_sentence("Go 1.27 wrote it."), ("Go 1.27 wrote it", ""));
    }

    #[test]
    fn notices_can_be_sent_on() {
        let notices = [NoticeText { place: "byte 7 (0x7)".into(), message: "The file ends early.".into() }];
        assert_eq!(
            as_text("a.trace", &notices),
            "a.trace: 1 notice\n- The file ends early. (byte 7 (0x7))\n"
        );
    }
}
