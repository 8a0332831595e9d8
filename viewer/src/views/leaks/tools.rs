//! The listing's tools and its filter bar.

use taskscope_engine::api::{LeakGrouping, LeaksAnswer, Verdict};
use taskscope_engine::units;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::List;
use super::listing::{Kept, VERDICTS, parse_wait, word};
use crate::components::{IconName, Segment, icon, segmented};

/// Least wait and grouping.
pub fn tools(kept: &Kept, change: &Callback<Kept>) -> Html {
    let oninput = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            change.emit(kept.with_wait(input.value()));
        })
    };
    let onchange = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |grouping| {
            // Places in the answer mean other groups now.
            change.emit(Kept { grouping, selected: None, ..kept.clone() });
        })
    };
    let segments = [
        Segment::new(LeakGrouping::SiteAndWait, "Spawn site + wait"),
        Segment::new(LeakGrouping::Site, "Spawn site"),
        Segment::new(LeakGrouping::Wait, "Wait"),
    ];
    let bad = parse_wait(&kept.wait).is_none();
    html! {
        <>
            <label class="pick">{ "Blocked longer than" }
                <input class="inp" type="text" size="5" autocomplete="off" value={kept.wait.clone()} {oninput}
                    aria-invalid={bad.then_some("true")} title="A time like 60 s, 5 m or 1 h" />
            </label>
            { segmented("Group by", &segments, &kept.grouping, &onchange) }
        </>
    }
}

/// How many tasks look leaked, chips by verdict, and what the verdicts rest on.
pub fn summary_bar(answer: &LeaksAnswer, list: &List) -> Html {
    let groups = answer.groups.iter().filter(|group| group.verdict != Verdict::Explained).count();
    let living = units::count_u64(answer.living);
    html! {
        <div class="sum">
            <div>
                <b class="num">{ units::count_u64(answer.suspects) }</b>
                { format!(" of {living} living {} leaked, in {groups} {}",
                    if answer.suspects == 1 { "tasks looks" } else { "tasks look" },
                    if groups == 1 { "group" } else { "groups" }) }
            </div>
            <div class="vf" role="group" aria-label="Verdicts listed">{ for VERDICTS.map(|verdict| chip(list, verdict)) }</div>
            <span class="grow"></span>
            <span class="mut" title={answer.evidence.clone()}>{ format!("Evidence: {}", answer.evidence) }</span>
        </div>
    }
}

fn chip(list: &List, verdict: Verdict) -> Html {
    let of = list.groups.all().iter().filter(|group| group.verdict == verdict);
    let tasks: u64 = of.map(|group| group.count).fold(0, u64::saturating_add);
    let (kept, change) = (list.kept.clone(), list.change.clone());
    let shown = !kept.hidden.contains(&verdict);
    let onclick = Callback::from(move |_| change.emit(kept.toggled(verdict)));
    html! {
        <button type="button" class={classes!("btn", word(verdict))} aria-pressed={shown.to_string()} {onclick}>
            { icon(verdict_icon(verdict)) }<span>{ word(verdict) }</span>
            <i class="num">{ units::count_u64(tasks) }</i>
        </button>
    }
}

/// A verdict's icon.
fn verdict_icon(verdict: Verdict) -> IconName {
    match verdict {
        Verdict::Certain => IconName::Certain,
        Verdict::Likely => IconName::Likely,
        Verdict::Possible => IconName::Possible,
        Verdict::Explained => IconName::Explained,
    }
}

/// A verdict's badge: icon and word.
pub fn badge(verdict: Verdict) -> Html {
    html! { <span class={classes!("vb", word(verdict))}>{ icon(verdict_icon(verdict)) }{ word(verdict) }</span> }
}
