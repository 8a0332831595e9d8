//! What narrows the list: tasks or regions, type, duration, log text, completeness.

use taskscope_engine::api::{MarkTypesAnswer, Marked, MarksAnswer};
use taskscope_engine::units;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Kept, counted};
use crate::components::{Segment, chip, parse_duration, segmented};

/// Tasks or regions, for the tool bar.
pub fn tools(kept: &Kept, change: &Callback<Kept>) -> Html {
    let segments = [Segment::new(Marked::Tasks, "Tasks"), Segment::new(Marked::Regions, "Regions")];
    let onchange = {
        let (kept, change) = (kept.clone(), change.clone());
        // Types have other numbers there.
        Callback::from(move |marked| change.emit(Kept { marked, of_type: None, ..kept.fresh() }))
    };
    segmented("What is listed", &segments, &kept.marked, &onchange)
}

/// The bar below: how many there are, and the filters.
pub fn bar(kept: &Kept, change: &Callback<Kept>, types: &MarkTypesAnswer, list: &MarksAnswer) -> Html {
    let segments = [
        Segment::new(None, "All"),
        Segment::new(Some(true), "Complete"),
        Segment::new(Some(false), "Incomplete"),
    ];
    let complete = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |complete| change.emit(Kept { complete, ..kept.fresh() }))
    };
    let every = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |_: MouseEvent| change.emit(Kept { of_type: None, ..kept.fresh() }))
    };
    let field = |label: &'static str,
                 value: &str,
                 title: &'static str,
                 bad: bool,
                 set: fn(&Kept, String) -> Kept| {
        let (kept, change) = (kept.clone(), change.clone());
        let oninput = Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            change.emit(set(&kept, input.value()));
        });
        html! {
            <label class="pick">{ label }
                <input class="inp" type="text" size="7" autocomplete="off" value={value.to_owned()} {oninput} {title}
                    aria-invalid={bad.then_some("true")} />
            </label>
        }
    };
    let bad = |text: &str| !text.is_empty() && bound(text).is_none();
    html! {
        <div class="sum mk-sum">
            <div><b class="num">{ counted(types.marks, kept.marked) }</b>{ format!(" of {}", units::plural(types.all.into(), "type")) }</div>
            { field("Longer than", &kept.min, "A time like 5 ms or 1.5 s", bad(&kept.min), |kept, min| Kept { min, ..kept.fresh() }) }
            { field("Shorter than", &kept.max, "A time like 5 ms or 1.5 s", bad(&kept.max), |kept, max| Kept { max, ..kept.fresh() }) }
            if kept.marked == Marked::Tasks {
                { field("Log", &kept.log, "Text or /regex/ in a log of the task", false, |kept, log| Kept { log, ..kept.fresh() }) }
            }
            { segmented("Whether they began and ended inside the trace", &segments, &kept.complete, &complete) }
            if let Some((_, name)) = &kept.of_type { { chip("Type", name, every) } }
            <span class="grow"></span>
            if !list.search_error.is_empty() { <span class="bad" role="alert">{ &list.search_error }</span> }
        </div>
    }
}

/// With the filter for durations from `lo` to below `hi`; without it if it is that one already.
pub fn between(kept: &Kept, lo: u64, hi: u64) -> Kept {
    // A bucket ends before the next begins, and the filter's end is inside.
    let last = hi.saturating_sub(1);
    if bound(&kept.min) == Some(lo) && bound(&kept.max) == Some(last) {
        return Kept { min: String::new(), max: String::new(), ..kept.fresh() };
    }
    Kept { min: exact(lo), max: exact(last), ..kept.fresh() }
}

/// A bound as typed, in ns; `None` if there is none or it cannot be read.
pub fn bound(text: &str) -> Option<u64> {
    parse_duration(text).filter(|_| !text.trim().is_empty())
}

/// A duration that [`bound`] reads back to the ns.
fn exact(ns: u64) -> String {
    match ns {
        ns if ns > 0 && ns.is_multiple_of(1_000_000) => format!("{} ms", ns / 1_000_000),
        ns if ns > 0 && ns.is_multiple_of(1_000) => format!("{} µs", ns / 1_000),
        ns => format!("{ns} ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_becomes_a_filter_and_goes_away_again() {
        let some = between(&Kept::default(), 1_000_000, 1_584_894);
        assert_eq!((some.min.as_str(), some.max.as_str()), ("1 ms", "1584893 ns"));
        assert_eq!(bound(&some.max), Some(1_584_893));
        assert_eq!(between(&some, 1_000_000, 1_584_894), Kept::default());
    }

    #[test]
    fn bounds_are_read_or_left_out() {
        assert_eq!(bound(""), None);
        assert_eq!(bound("5 ms"), Some(5_000_000));
        assert_eq!(bound("20 µs"), Some(20_000));
        assert_eq!(bound("soon"), None);
        assert_eq!(bound(&exact(0)), Some(0));
    }
}
