//! The listing's tools and its filter bar.

use taskscope_engine::api::{LeakGrouping, Verdict};
use taskscope_engine::units;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::ListProps;
use super::listing::{Kept, VERDICTS, parse_wait, wait_text, word};
use crate::components::{Button, Icon, IconName, Segment, Segmented, ToolSlot};

/// The tools' props.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ToolsProps {
    /// What people chose.
    pub kept: Kept,
    /// Changes it.
    pub change: Callback<Kept>,
}

/// Least wait and grouping.
#[component]
pub fn Tools(props: &ToolsProps) -> Html {
    let typed = use_state_eq(|| wait_text(props.kept.min_wait_ns));
    let oninput = {
        let (typed, props) = (typed.clone(), props.clone());
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            typed.set(input.value());
            if let Some(min_wait_ns) = parse_wait(&input.value()) {
                // The order of the answer changes with its verdicts, and places in it with the order.
                props.change.emit(Kept { min_wait_ns, selected: None, ..props.kept.clone() });
            }
        })
    };
    let onchange = {
        let props = props.clone();
        Callback::from(move |grouping| {
            // Places in the answer mean other groups now.
            props.change.emit(Kept { grouping, selected: None, ..props.kept.clone() });
        })
    };
    let segments = vec![
        Segment::new(LeakGrouping::SiteAndWait, "Spawn site + wait"),
        Segment::new(LeakGrouping::Site, "Spawn site"),
        Segment::new(LeakGrouping::Wait, "Wait"),
    ];
    let bad = parse_wait(&typed).is_none();
    html! {
        <ToolSlot>
            <label class="pick">{ "Blocked longer than" }
                <input class="inp" type="text" size="5" autocomplete="off" value={(*typed).clone()} {oninput}
                    aria-invalid={bad.then_some("true")} title="A time like 60 s, 5 m or 1 h" />
            </label>
            <Segmented<LeakGrouping> label="Group by" {segments} value={props.kept.grouping} {onchange} />
        </ToolSlot>
    }
}

/// How many tasks look leaked, chips by verdict, and what the verdicts rest on.
#[component]
pub fn SummaryBar(props: &ListProps) -> Html {
    let answer = &props.groups.0;
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
            <div class="vf" role="group" aria-label="Verdicts listed">{ for VERDICTS.map(|verdict| chip(props, verdict)) }</div>
            <span class="grow"></span>
            <span class="mut" title={answer.evidence.clone()}>{ format!("Evidence: {}", answer.evidence) }</span>
        </div>
    }
}

fn chip(props: &ListProps, verdict: Verdict) -> Html {
    let of = props.groups.0.groups.iter().filter(|group| group.verdict == verdict);
    let tasks: u64 = of.map(|group| group.count).fold(0, u64::saturating_add);
    let (kept, change) = (props.kept.clone(), props.change.clone());
    let shown = !kept.hidden.contains(&verdict);
    let onclick = Callback::from(move |_| change.emit(kept.toggled(verdict)));
    html! {
        <Button label={word(verdict)} icon={icon(verdict)} class={word(verdict)} pressed={shown} {onclick}>
            <i class="num">{ units::count_u64(tasks) }</i>
        </Button>
    }
}

/// A verdict's icon.
pub fn icon(verdict: Verdict) -> IconName {
    match verdict {
        Verdict::Certain => IconName::Certain,
        Verdict::Likely => IconName::Likely,
        Verdict::Possible => IconName::Possible,
        Verdict::Explained => IconName::Explained,
    }
}

/// A verdict's badge: icon and word.
pub fn badge(verdict: Verdict) -> Html {
    html! { <span class={classes!("vb", word(verdict))}><Icon name={icon(verdict)} />{ word(verdict) }</span> }
}
