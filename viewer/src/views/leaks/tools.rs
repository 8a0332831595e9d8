//! The listing's tools and its filter bar.

use taskscope_engine::api::{LeakGrouping, LeaksAnswer, Verdict};
use taskscope_engine::units;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::List;
use super::listing::Kept;
use crate::components::{Segment, parse_duration, segmented, toggled, verdict_chips};

/// Least wait, for a trace also since when, and grouping.
pub fn tools(kept: &Kept, change: &Callback<Kept>, is_trace: bool) -> Html {
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
    let since = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            change.emit(Kept { blocked_for: input.value(), selected: None, ..kept.clone() });
        })
    };
    let bad = parse_duration(&kept.wait).is_none();
    let bad_since = !kept.blocked_for.is_empty() && parse_duration(&kept.blocked_for).is_none();
    html! {
        <>
            <label class="pick">{ "Blocked longer than" }
                <input class="inp" type="text" size="5" autocomplete="off" value={kept.wait.clone()} {oninput}
                    aria-invalid={bad.then_some("true")} title="A time like 60 s, 5 m or 1 h" />
            </label>
            if is_trace {
                <label class="pick">{ "through the last" }
                    <input class="inp" type="text" size="5" autocomplete="off" placeholder="half" value={kept.blocked_for.clone()}
                        oninput={since} aria-invalid={bad_since.then_some("true")}
                        title="Tasks that blocked later than so long before the end are at work; half the trace if empty" />
                </label>
            }
            { segmented("Group by", &segments, &kept.grouping, &onchange) }
        </>
    }
}

/// How many tasks look leaked, chips by verdict, and what the verdicts rest on.
pub fn summary_bar(answer: &LeaksAnswer, list: &List) -> Html {
    let groups = answer.groups.iter().filter(|group| group.verdict != Verdict::Explained).count();
    let living = units::count_u64(answer.living);
    let count = |verdict: Verdict| {
        let of = list.groups.all().iter().filter(|group| group.verdict == verdict);
        of.map(|group| group.count).fold(0, u64::saturating_add)
    };
    let (kept, change) = (list.kept.clone(), list.change.clone());
    let toggle = Callback::from(move |verdict| {
        change.emit(Kept { hidden: toggled(&kept.hidden, verdict), ..kept.clone() });
    });
    html! {
        <div class="sum">
            <div>
                <b class="num">{ units::count_u64(answer.suspects) }</b>
                { format!(" of {living} living {} leaked, in {groups} {}",
                    if answer.suspects == 1 { "tasks looks" } else { "tasks look" },
                    if groups == 1 { "group" } else { "groups" }) }
            </div>
            { verdict_chips(count, &list.kept.hidden, &toggle) }
            <span class="grow"></span>
            <span class="mut" title={answer.evidence.clone()}>{ format!("Evidence: {}", answer.evidence) }</span>
        </div>
    }
}
