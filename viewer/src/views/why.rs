//! "Why was this slow?" for panels of details outside the timeline.

use taskscope_engine::api::{
    Answer, FlameSource, Place, Request, Scope, WhyMerge, WhyQuery, WhySegment, WhySubject,
};
use yew::prelude::*;

use super::jump::Jumps;
use super::timeline;
use crate::hooks::use_answer;
use crate::link::PartRef;

/// Segments of the critical path that are asked for: more than are listed.
const SEGMENTS: u32 = 400;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct WhyProps {
    /// What is looked at.
    pub part: PartRef,
    /// The interval.
    pub subject: WhySubject,
    /// Leads to other views.
    pub jumps: Jumps,
}

/// The sections of the answer.
#[component]
pub fn Why(props: &WhyProps) -> Html {
    let query = WhyQuery { subject: props.subject, merge: WhyMerge::Fit, first: 0, count: SEGMENTS };
    let answers = use_answer("why", props.part, Some(Request::Why(query)));
    let about = match answers.asked() {
        Some(Request::Why(asked)) => asked.subject == props.subject,
        _ => false,
    };
    match answers.get().filter(|_| about) {
        Some(Answer::Why(Some(answer))) => {
            let places: Vec<Place> = answer.segments.iter().map(place).collect();
            let jumps = props.jumps.clone();
            let visit = Callback::from(move |span: u32| {
                if let Some(place) = places.iter().find(|place| place.span == Some(span)) {
                    jumps.to_timeline(*place);
                }
            });
            let (jumps, source) = (props.jumps.clone(), FlameSource::CriticalPath(props.subject));
            let onclick = Callback::from(move |_: MouseEvent| jumps.to_flame(Some(source), Scope::default()));
            html! {<>
                { timeline::why(answer, &visit) }
                <section><button type="button" class="btn" {onclick}>{ "Flame graph of the critical path" }</button></section>
            </>}
        }
        Some(Answer::Unavailable(why)) => html! { <section><p class="mut">{ why }</p></section> },
        _ => html! { <section aria-busy="true"></section> },
    }
}

fn place(segment: &WhySegment) -> Place {
    Place { t0_ns: segment.t0_ns, t1_ns: segment.t1_ns, lane: segment.lane, span: segment.span }
}
