//! The listing as a table of two-line rows, explained groups below.

use taskscope_engine::api::LeakGroup;
use taskscope_engine::units;
use yew::prelude::*;

use super::List;
use super::listing::{Kept, Sort, split_function, split_site, tasks};
use crate::components::{IconName, badge, icon, sparkline, word};
use crate::views::mark_class;

/// Explained rows are shown up to here; more than a screen of them helps nobody.
const MOST_EXPLAINED: usize = 200;

/// The table.
pub fn table(props: &List) -> Html {
    if props.listing.suspects.is_empty() {
        return Html::default();
    }
    let grows = grows(props);
    html! {
            <table class="grid lkt" role="grid" aria-label="Groups of tasks that look leaked">
                <colgroup>
                    <col class="c-verdict" /><col class="c-count" /><col /><col class="c-waits" />
                    if grows { <col class="c-growth" /> }
                    <col class="c-age" /><col class="c-why" />
                </colgroup>
                <thead><tr>
                    { head(props, "Verdict", Some(Sort::Verdict), false) }
                    { head(props, "Count", Some(Sort::Count), true) }
                    { head(props, "Task, spawned at", None, false) }
                    { head(props, "Waits in", None, false) }
                    if grows { { head(props, "Alive over the trace", None, false) } }
                    { head(props, "Wait, median", Some(Sort::Age), true) }
                    { head(props, "Why", None, false) }
                </tr></thead>
                <tbody>{ for props.listing.suspects.iter().filter_map(|&at| Some(row(props, at, props.groups.get(at)?, grows))) }</tbody>
            </table>
    }
}

fn head(props: &List, name: &'static str, sort: Option<Sort>, number: bool) -> Html {
    let current = sort == Some(props.kept.sort);
    let (kept, change) = (props.kept.clone(), props.change.clone());
    let onclick =
        sort.map(|sort| Callback::from(move |_: MouseEvent| change.emit(Kept { sort, ..kept.clone() })));
    html! {
        <th scope="col" class={classes!(number.then_some("n"), current.then_some("so"))} aria-sort={current.then_some("descending")}>
            if let Some(onclick) = onclick {
                <button type="button" class="sort" {onclick}>{ name }if current { { icon(IconName::Sort) } }</button>
            } else { { name } }
        </th>
    }
}

fn row(props: &List, at: u32, group: &LeakGroup, grows: bool) -> Html {
    let (selected, onclick, onkeydown) = selecting(props, at);
    let (path, name) = split_function(&group.entry);
    let (_, blocked) = split_site(&group.blocked_at);
    html! {
        <tr key={at} id={row_id(at)} tabindex="0" aria-selected={selected} {onclick} {onkeydown}>
            <td>{ badge(group.verdict) }</td>
            <td class="n cnt">{ units::count_u64(group.count) }</td>
            <td>
                <span class="mono fnm" title={group.entry.clone()}><span class="mut">{ path }</span>{ name }</span>
                <small class="mono" title={group.spawned_at.clone()}>{ or(&group.spawned_at, "spawn site not seen") }</small>
            </td>
            <td class="stt">
                <span class="fnm" title={group.state.clone()}><i class={classes!("sw", mark_class(group.mark))}></i>{ &group.state }</span>
                <small class="mono" title={group.blocked_at.clone()}>{ or(or(blocked, &group.blocked_at), "no stack") }</small>
            </td>
            if grows { <td>{ growth(group) }</td> }
            <td class="n">{ median(group) }
                if let Some(most) = group.wait_ns.filter(|_| group.count > 1) { <small>{ format!("max {}", units::duration(most)) }</small> }
            </td>
            <td class="why"><span title={group.why.clone()}>{ &group.why }</span></td>
        </tr>
    }
}

/// Whether the file tells how numbers of tasks changed: a trace does.
fn grows(props: &List) -> bool {
    props.groups.all().iter().any(|group| group.growth.is_some())
}

/// The number of living tasks as a line, with how many came and went.
pub fn growth(group: &LeakGroup) -> Html {
    let Some(growth) = &group.growth else { return html! { <span class="mut">{ "not recorded" }</span> } };
    let (spawned, ended) = (units::count_u64(growth.spawned), units::count_u64(growth.ended));
    let title = format!("{spawned} spawned and {ended} ended during the trace");
    html! {
        <span class="grow-cell">
            { sparkline(&growth.living, word(group.verdict), title) }
            <span class="num">{ format!("+{spawned}") }<small class="num">{ format!("\u{2212}{ended}") }</small></span>
        </span>
    }
}

/// Whether a row is selected, and what selects it.
fn selecting(props: &List, at: u32) -> (&'static str, Callback<MouseEvent>, Callback<KeyboardEvent>) {
    let (kept, change) = (props.kept.clone(), props.change.clone());
    let selected = if kept.selected == Some(at) { "true" } else { "false" };
    let select =
        Callback::from(move |()| change.emit(Kept { selected: Some(at), details: true, ..kept.clone() }));
    let onclick = select.reform(|_: MouseEvent| ());
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" || event.key() == " " {
            event.prevent_default();
            select.emit(());
        }
    });
    (selected, onclick, onkeydown)
}

/// Id of a group's row.
pub fn row_id(at: u32) -> String {
    format!("group-{at}")
}

/// The head and rows of groups that are no leaks, with the reason.
pub fn explained(props: &List) -> Html {
    let rows = &props.listing.explained;
    if rows.is_empty() {
        return Html::default();
    }
    let open = props.kept.explained;
    let (kept, change) = (props.kept.clone(), props.change.clone());
    let onclick = Callback::from(move |_| change.emit(Kept { explained: !kept.explained, ..kept.clone() }));
    let groups = rows.iter().filter_map(|&at| Some((at, props.groups.get(at)?)));
    let count = groups.clone().map(|(_, group)| group.count).fold(0, u64::saturating_add);
    html! {<>
        <button type="button" class="roh" aria-expanded={open.to_string()} {onclick}>
            { icon(if open { IconName::Down } else { IconName::Right }) }
            <b>{ "Explained, not leaked" }</b>
            <em class="num">{ format!("{} in {}", tasks(count), count_groups(rows.len())) }</em>
        </button>
        if open {
            <table class="grid rot" role="grid" aria-label="Groups that are explained">
                <colgroup><col class="c-verdict" /><col class="c-count" /><col class="c-entry" /><col class="c-at" /><col /></colgroup>
                <tbody>{ for groups.take(MOST_EXPLAINED).map(|(at, group)| explained_row(props, at, group)) }</tbody>
            </table>
            if rows.len() > MOST_EXPLAINED { <p class="none">{ format!("and {} more groups", rows.len() - MOST_EXPLAINED) }</p> }
        }
    </>}
}

fn explained_row(props: &List, at: u32, group: &LeakGroup) -> Html {
    let (selected, onclick, onkeydown) = selecting(props, at);
    let (function, place) = split_site(&group.blocked_at);
    html! {
        <tr key={at} id={row_id(at)} tabindex="0" aria-selected={selected} {onclick} {onkeydown}>
            <td>{ badge(group.verdict) }</td>
            <td class="n">{ units::count_u64(group.count) }</td>
            <td class="mono" title={group.entry.clone()}>{ or(&group.entry, function) }</td>
            <td class="mono mut" title={group.blocked_at.clone()}>{ or(place, &group.blocked_at) }</td>
            <td class="mut" title={group.why.clone()}>{ &group.why }</td>
        </tr>
    }
}

fn median(group: &LeakGroup) -> Html {
    match group.median_wait_ns {
        Some(wait) => units::duration(wait).into(),
        None => html! { <span class="mut">{ "not recorded" }</span> },
    }
}

fn count_groups(count: usize) -> String {
    if count == 1 { "1 group".into() } else { format!("{count} groups") }
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}
