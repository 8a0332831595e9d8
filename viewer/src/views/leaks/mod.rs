//! The leak listing: groups of tasks that wait, how sure it is that they leaked, and why.

mod cards;
mod details;
mod listing;
mod table;
mod tools;

use std::rc::Rc;

use taskscope_engine::analysis::search::Matcher;
use taskscope_engine::api::{Answer, LeakGroup, LeaksAnswer, Request, Verdict};
use taskscope_engine::units;
use yew::prelude::*;

use self::cards::cards;
use self::details::details;
use self::listing::{Kept, Listing};
use self::table::{explained, row_id, table};
use self::tools::{summary_bar, tools};
use super::ViewProps;
use super::jump::{Jumps, use_jumps};
use crate::commands::Command;
use crate::components::{Slot, Spot};
use crate::dom;
use crate::hooks::{Answers, copy_text, use_answer, use_commands, use_kept};
use crate::state::Dispatch;

/// The answer of the leak listing, shared and compared by identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups(Answers);

impl Groups {
    /// All groups.
    pub fn all(&self) -> &[LeakGroup] {
        match self.0.get() {
            Some(Answer::Leaks(leaks)) => &leaks.groups,
            _ => &[],
        }
    }

    /// A group by its place in the answer.
    pub fn get(&self, at: u32) -> Option<&LeakGroup> {
        self.all().get(at as usize)
    }
}

/// What all pieces of the view are drawn from.
pub struct List {
    /// The groups.
    pub groups: Groups,
    /// Which of them are shown, in which order.
    pub listing: Rc<Listing>,
    /// What people chose.
    pub kept: Kept,
    /// Changes what people chose.
    pub change: Callback<Kept>,
    /// Copies a group as issue text.
    pub copy: Callback<u32>,
    /// Leads to other views.
    pub jumps: Jumps,
}

/// The leak listing of a part.
#[component]
pub fn LeaksView(props: &ViewProps) -> Html {
    let (kept, change) = use_kept::<Kept>(props.part);
    let query = kept.question();
    let answer = use_answer("leaks", props.part, Some(Request::Leaks(query)));
    let groups = Groups(answer.clone());
    let listing = use_memo((groups.clone(), props.search.clone(), kept.clone()), |(groups, search, kept)| {
        Listing::new(groups.all(), kept, &Matcher::new(search).unwrap_or_default())
    });
    let copy = use_copy(&groups, &props.dispatch);
    let jumps = use_jumps(props);
    use_keys(&listing, &kept, &change, &copy);
    use_effect_with(kept.selected, |selected| {
        if let Some(at) = selected {
            dom::reveal(&row_id(*at));
        }
    });

    match answer.get() {
        Some(Answer::Leaks(leaks)) => {
            page(props, leaks, &List { groups: groups.clone(), listing, kept, change, copy, jumps })
        }
        Some(Answer::Unavailable(why)) => html! { <main class="lk none">{ why }</main> },
        _ => html! { <main class="lk"></main> },
    }
}

fn page(props: &ViewProps, answer: &LeaksAnswer, list: &List) -> Html {
    let bad_search = Matcher::new(&props.search).err();
    let selected = list.kept.selected.filter(|_| list.kept.details);
    let words = empty_words(answer, list, &props.search);
    html! {<>
        <Slot at={Spot::Tools}>{ tools(&list.kept, &list.change, props.facts.span_ns.is_some()) }</Slot>
        { summary_bar(answer, list) }
        <div class="lbody">
            <main class="lk">
                if let Some(why) = bad_search { <p class="none">{ why }</p> }
                { table(list) }
                { cards(list) }
                if let Some(words) = words { <p class="none">{ words }</p> }
                { explained(list) }
            </main>
            if let Some(at) = selected { { details(at, list, props) } }
        </div>
        <Slot at={Spot::Legend}>{ hints(list) }</Slot>
        <Slot at={Spot::Status}><span>{ format!("{} groups", answer.groups.len()) }</span></Slot>
    </>}
}

fn hints(list: &List) -> Html {
    let rows = list.listing.suspects.len();
    let row = list.kept.selected.and_then(|at| list.listing.suspects.iter().position(|&other| other == at));
    html! {<>
        if let Some(row) = row { <span class="num">{ format!("Row {} of {rows}", row + 1) }</span> }
        <span><kbd>{ "J" }</kbd><kbd>{ "K" }</kbd>{ "move" }</span>
        <span><kbd>{ "Enter" }</kbd>{ "details" }</span>
        <span><kbd>{ "C" }</kbd>{ "copy as issue text" }</span>
    </>}
}

/// Why no row is shown; `None` if there are some.
fn empty_words(answer: &LeaksAnswer, list: &List, search: &str) -> Option<String> {
    if !list.listing.suspects.is_empty() {
        return None;
    }
    let living = units::count_u64(answer.living);
    let unexplained = answer.groups.iter().filter(|group| group.verdict != Verdict::Explained).count();
    Some(match (unexplained, search) {
        (0, _) if answer.living == 0 => "No leaked tasks: no task lives in this file.".into(),
        (0, _) => format!(
            "No leaked tasks: none of {living} waits where nothing can wake it, and none has waited longer than {}.",
            units::duration(list.kept.min_wait_ns)
        ),
        (hidden, "") => format!("{hidden} groups are hidden by the filters above."),
        (hidden, search) => format!("None of {hidden} groups matches {search}."),
    })
}

#[hook]
fn use_copy(groups: &Groups, dispatch: &Dispatch) -> Callback<u32> {
    use_callback((groups.clone(), dispatch.clone()), |at: u32, (groups, dispatch)| {
        if let Some(group) = groups.get(at) {
            copy_text(listing::issue_text(group), "Copied as issue text", dispatch);
        }
    })
}

#[hook]
fn use_keys(listing: &Rc<Listing>, kept: &Kept, change: &Callback<Kept>, copy: &Callback<u32>) {
    let deps = (listing.clone(), kept.clone(), change.clone(), copy.clone());
    let handler = use_callback(deps, |command: Command, (listing, kept, change, copy)| {
        match command {
            Command::Down | Command::NextHit => change.emit(kept.moved(listing, 1)),
            Command::Up | Command::PreviousHit => change.emit(kept.moved(listing, -1)),
            Command::Open if kept.selected.is_some() => change.emit(Kept { details: true, ..kept.clone() }),
            Command::Copy => match kept.selected {
                Some(at) => copy.emit(at),
                None => return false,
            },
            Command::Back if kept.details && kept.selected.is_some() => {
                change.emit(Kept { details: false, ..kept.clone() });
            }
            Command::Back if kept.selected.is_some() => change.emit(Kept { selected: None, ..kept.clone() }),
            _ => return false,
        }
        true
    });
    use_commands(handler);
}
