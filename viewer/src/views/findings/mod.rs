//! Findings: what is odd in a trace, with evidence, threshold and places; and what was found fine.

mod details;
mod table;

use taskscope_engine::analysis::search::Matcher;
use taskscope_engine::api::{Answer, Finding, FindingsAnswer, Request, Verdict};
use taskscope_engine::units;
use yew::prelude::*;

use self::details::{as_text, details};
use self::table::{checks, table};
use super::ViewProps;
use super::jump::{Jumps, use_jumps};
use crate::components::{Slot, Spot, toggled, verdict_chips};
use crate::dom;
use crate::hooks::{Picked, copy_text, use_answer, use_kept, use_row_keys};

/// What people chose in this view.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kept {
    hidden: Vec<Verdict>,
    picked: Picked,
    /// Whether the checks that found nothing are folded.
    folded: bool,
}

/// What the pieces of the view are drawn from.
struct List<'a> {
    shown: &'a [&'a Finding],
    answer: &'a FindingsAnswer,
    kept: &'a Kept,
    change: &'a Callback<Kept>,
    pick: &'a Callback<Picked>,
    copy: &'a Callback<u32>,
    jumps: &'a Jumps,
    /// The trace's first ns, which moments are counted from.
    start_ns: u64,
}

/// The findings of a part.
#[component]
pub fn FindingsView(props: &ViewProps) -> Html {
    let (kept, change) = use_kept::<Kept>(props.part);
    let jumps = use_jumps(props);
    let answers = use_answer("findings", props.part, Some(Request::Findings));
    let answer = match answers.get() {
        Some(Answer::Findings(answer)) => Some(answer),
        _ => None,
    };
    let matcher = Matcher::new(&props.search);
    let shown = answer.map(|answer| filtered(answer, &kept, &matcher)).unwrap_or_default();
    let pick = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |picked| change.emit(Kept { picked, ..kept.clone() }))
    };
    let copy = {
        let texts: Vec<String> = shown.iter().map(|finding| as_text(finding)).collect();
        let dispatch = props.dispatch.clone();
        Callback::from(move |row: u32| {
            if let Some(text) = texts.get(row as usize) {
                copy_text(text.clone(), "Copied as issue text", &dispatch);
            }
        })
    };
    use_row_keys(shown.len() as u32, kept.picked, &pick, &copy);
    use_effect_with(kept.picked.row, |row| {
        if let Some(row) = row {
            dom::reveal(&table::row_id(*row));
        }
    });
    match (answers.get(), answer) {
        (Some(Answer::Unavailable(why)), _) => html! { <main class="lk none">{ why }</main> },
        (_, Some(answer)) => {
            let list = List {
                shown: &shown,
                answer,
                kept: &kept,
                change: &change,
                pick: &pick,
                copy: &copy,
                jumps: &jumps,
                start_ns: props.facts.span_ns.map_or(0, |(start, _)| start),
            };
            page(&list, matcher.as_ref().err(), &props.search)
        }
        _ => html! { <main class="lk"></main> },
    }
}

/// The findings that pass the filters. A search that cannot be run leaves all of them.
fn filtered<'a, E>(
    answer: &'a FindingsAnswer,
    kept: &Kept,
    matcher: &Result<Matcher, E>,
) -> Vec<&'a Finding> {
    let matches = |finding: &Finding| {
        let Ok(matcher) = matcher else { return true };
        let texts = [&finding.title, &finding.why, &finding.threshold];
        let labels = finding.places.iter().map(|place| &place.label);
        matcher.is_empty() || texts.into_iter().chain(labels).any(|text| matcher.matches(text))
    };
    let listed = |finding: &&Finding| !kept.hidden.contains(&finding.verdict) && matches(finding);
    answer.findings.iter().filter(listed).collect()
}

fn page<E: ToString>(list: &List<'_>, bad_search: Option<&E>, search: &str) -> Html {
    let open = list.kept.picked.shown().and_then(|row| Some((row, *list.shown.get(row as usize)?)));
    html! {<>
        { summary_bar(list) }
        <div class="lbody">
            <main class="lk fnds">
                if let Some(why) = bad_search { <p class="none" role="alert">{ why.to_string() }</p> }
                { table(list) }
                if let Some(words) = empty_words(list, search) { <p class="none">{ words }</p> }
                { checks(list) }
            </main>
            if let Some((row, finding)) = open { { details(list, row, finding) } }
        </div>
        <Slot at={Spot::Legend}>{ hints(list) }</Slot>
        <Slot at={Spot::Status}>
            <span class="num" data-fact="findings">{ units::plural(list.answer.findings.len() as u64, "finding") }</span>
        </Slot>
    </>}
}

fn summary_bar(list: &List<'_>) -> Html {
    let (answer, kept, change) = (list.answer, list.kept.clone(), list.change.clone());
    let hit = answer.checks.iter().filter(|check| check.found > 0).count();
    let toggle = Callback::from(move |verdict| {
        change.emit(Kept {
            hidden: toggled(&kept.hidden, verdict),
            picked: Picked::default(),
            ..kept.clone()
        });
    });
    let of =
        |verdict: Verdict| answer.findings.iter().filter(|finding| finding.verdict == verdict).count() as u64;
    html! {
        <div class="sum">
            <div>
                <b class="num">{ answer.findings.len() }</b>
                { format!(" {} from {hit} of {}", word(answer.findings.len(), "finding"), units::plural(answer.checks.len() as u64, "check")) }
            </div>
            { verdict_chips(of, &list.kept.hidden, &toggle) }
            <span class="grow"></span>
            <span class="mut" title={answer.evidence.clone()}>{ format!("Evidence: {}", answer.evidence) }</span>
        </div>
    }
}

fn hints(list: &List<'_>) -> Html {
    html! {<>
        if let Some(row) = list.kept.picked.row {
            <span class="num">{ format!("Row {} of {}", row + 1, list.shown.len()) }</span>
        }
        <span><kbd>{ "J" }</kbd><kbd>{ "K" }</kbd>{ "move" }</span>
        <span><kbd>{ "Enter" }</kbd>{ "details" }</span>
        <span><kbd>{ "C" }</kbd>{ "copy as issue text" }</span>
    </>}
}

/// Why no row is shown; `None` if there are some.
fn empty_words(list: &List<'_>, search: &str) -> Option<String> {
    let all = list.answer.findings.len();
    match (list.shown.len(), all) {
        (0, 0) => Some(format!(
            "Nothing odd was found in {}. What was looked for, with its thresholds, is listed below.",
            list.answer.evidence
        )),
        (0, _) if search.is_empty() => {
            Some(format!("{} hidden by the verdicts above.", units::plural(all as u64, "finding")))
        }
        (0, _) => Some(format!("None of {} matches {search}.", units::plural(all as u64, "finding"))),
        _ => None,
    }
}

fn word(count: usize, of: &str) -> String {
    if count == 1 { of.to_owned() } else { format!("{of}s") }
}
