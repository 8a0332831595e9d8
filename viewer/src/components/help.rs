//! The keys, from the one table of commands.

use taskscope_engine::api::View;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::button::icon_button;
use super::icon::IconName;
use crate::commands::{BINDINGS, Binding, Scope};
use crate::state::{Action, Dispatch};
use crate::views::title;

/// The help's props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct HelpProps {
    /// The view that is shown.
    pub view: Option<View>,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// The help: a modal dialog, which the browser keeps the focus in and closes by Esc.
#[component]
pub fn Help(props: &HelpProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                // It fails only if it is open already.
                let _ = dialog.show_modal();
            }
        });
    }
    let close = {
        let dispatch = props.dispatch.clone();
        Callback::from(move |()| dispatch.dispatch(Action::CloseOver))
    };
    let onclick = {
        let (close, node) = (close.clone(), node.clone());
        // A press on the dialog element itself is one on the backdrop around its content.
        Callback::from(move |event: MouseEvent| {
            if event.target_dyn_into::<HtmlDialogElement>() == node.cast::<HtmlDialogElement>() {
                close.emit(());
            }
        })
    };
    html! {
        <dialog ref={node} class="help" aria-label="Keys" onclose={close.reform(|_: Event| ())} {onclick}>
            <div class="hb">
                <div class="nh">
                    <b>{ "Keys" }</b>
                    <span>{ "Letters are physical keys and rest while you type." }</span>
                    { icon_button("Close (Esc)", IconName::Close, close.reform(|_: MouseEvent| ())) }
                </div>
                <div class="hc">
                    { group("Everywhere", |row| row.scope == Scope::Everywhere) }
                    { for [View::Timeline, View::Flame, View::Leaks].map(|view| {
                        let current = props.view == Some(view);
                        group_marked(title(view), current, move |row| row.scope != Scope::Everywhere && row.scope.holds(Some(view)))
                    }) }
                </div>
            </div>
        </dialog>
    }
}

fn group(name: &'static str, of: impl Fn(&Binding) -> bool) -> Html {
    group_marked(name, false, of)
}

fn group_marked(name: &'static str, current: bool, of: impl Fn(&Binding) -> bool) -> Html {
    let rows = BINDINGS.iter().filter(|row| !row.shown.is_empty() && of(row)).map(|row| {
        html! { <tr><th scope="row">{ for row.shown.split(' ').map(|key| html! { <kbd>{ key }</kbd> }) }</th><td>{ row.does }</td></tr> }
    });
    html! {
        <section>
            <h3>{ name }if current { <em>{ "in view" }</em> }</h3>
            <table><tbody>{ for rows }</tbody></table>
        </section>
    }
}
