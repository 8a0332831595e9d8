//! What the program marked itself: user tasks and regions by type, their list, and one of them.

mod filters;
mod list;
mod page;
mod types;

use taskscope_engine::api::{
    Answer, MarkSort, MarkType, MarkTypeSort, MarkTypesAnswer, MarkTypesQuery, Marked, MarksAnswer,
    MarksQuery, Request,
};
use taskscope_engine::units;
use yew::prelude::*;

use self::page::{RegionPage, TaskPage, TypePage};
use super::ViewProps;
use super::jump::use_jumps;
use crate::components::{PAGE, Slot, Spot, reveal_row};
use crate::hooks::{Answers, Picked, use_answer, use_kept, use_row_keys};

/// What people chose in this view.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kept {
    marked: Marked,
    type_sort: MarkTypeSort,
    sort: MarkSort,
    reversed: bool,
    /// The type that is listed, with its name.
    of_type: Option<(u32, String)>,
    min: String,
    max: String,
    log: String,
    complete: Option<bool>,
    picked: Picked,
}

impl Kept {
    /// The filters as a question about rows from `first` on.
    fn question(&self, search: &str, first: u32) -> MarksQuery {
        MarksQuery {
            marked: self.marked,
            of_type: self.of_type.as_ref().map(|of| of.0),
            of_task: None,
            search: search.to_owned(),
            log: if self.marked == Marked::Tasks { self.log.clone() } else { String::new() },
            min_ns: filters::bound(&self.min),
            max_ns: filters::bound(&self.max),
            complete: self.complete,
            sort: self.sort,
            reversed: self.reversed,
            first,
            count: PAGE,
        }
    }

    /// Without what is selected: the rows mean others now.
    fn fresh(&self) -> Self {
        Self { picked: Picked::default(), ..self.clone() }
    }
}

/// The user tasks and regions of a part.
#[component]
pub fn UserTasksView(props: &ViewProps) -> Html {
    let (kept, change) = use_kept::<Kept>(props.part);
    let jumps = use_jumps(props);
    let [type_first, first] = [use_state_eq(|| 0_u32), use_state_eq(|| 0_u32)];
    let types = MarkTypesQuery {
        marked: kept.marked,
        search: props.search.to_string(),
        sort: kept.type_sort,
        reversed: false,
        first: *type_first,
        count: PAGE,
    };
    let types = use_answer("types", props.part, Some(Request::MarkTypes(types)));
    let marks = use_answer("marks", props.part, Some(Request::Marks(kept.question(&props.search, *first))));
    let pick = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |picked| change.emit(Kept { picked, ..kept.clone() }))
    };
    let matching = answer_marks(&marks).map_or(0, |marks| marks.matching);
    use_row_keys(matching, kept.picked, &pick, &Callback::noop());
    use_effect_with(kept.picked.row, |row| {
        if let Some(row) = row {
            reveal_row("marks", *row);
        }
    });
    if let Some(Answer::Unavailable(why)) = types.get() {
        return html! { <main class="lk none">{ why }</main> };
    }
    let (Some(types), Some(list)) = (answer_types(&types), answer_marks(&marks)) else {
        return html! { <main class="lk"></main> };
    };
    let listed = match marks.asked() {
        Some(Request::Marks(query)) => query.first,
        _ => 0,
    };
    let set = |state: &UseStateHandle<u32>| {
        let setter = state.setter();
        Callback::from(move |to| setter.set(to))
    };
    let start_ns = props.facts.span_ns.map_or(0, |(start, _)| start);
    let side = side(props, &kept, types, list, listed, &change, &jumps);
    html! {<>
        <Slot at={Spot::Tools}>{ filters::tools(&kept, &change) }</Slot>
        <div class="phone-tools">{ filters::tools(&kept, &change) }</div>
        { filters::bar(&kept, &change, types, list) }
        <div class="lbody">
            <main class="mkv">
                { types::types(&kept, &change, types, *type_first, &set(&type_first)) }
                { list::head(&kept, &change, list) }
                { list::list(&kept, &change, list, listed, &set(&first), start_ns, &props.search) }
            </main>
            { side }
        </div>
        <Slot at={Spot::Legend}>
            <span><kbd>{ "J" }</kbd><kbd>{ "K" }</kbd>{ "move" }</span>
            <span><kbd>{ "Enter" }</kbd>{ "details" }</span>
        </Slot>
        <Slot at={Spot::Status}>
            <span class="num" data-fact="marks">{ counted(list.matching, kept.marked) }</span>
        </Slot>
    </>}
}

/// The picked task or region, else the picked type.
fn side(
    props: &ViewProps,
    kept: &Kept,
    types: &MarkTypesAnswer,
    list: &MarksAnswer,
    listed: u32,
    change: &Callback<Kept>,
    jumps: &super::jump::Jumps,
) -> Html {
    let at = kept.picked.shown().and_then(|row| row.checked_sub(listed)).map(|at| at as usize);
    let close = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |()| change.emit(Kept { picked: kept.picked.closed(), ..kept.clone() }))
    };
    let start_ns = props.facts.span_ns.map_or(0, |(start, _)| start);
    if let Some(task) = at.and_then(|at| list.tasks.get(at)) {
        return html! { <TaskPage key={task.row} part={props.part} row={task.row} jumps={jumps.clone()} {start_ns} {close} /> };
    }
    if let Some(region) = at.and_then(|at| list.regions.get(at)) {
        return html! { <RegionPage key={region.row} part={props.part} region={region.clone()} jumps={jumps.clone()} {start_ns} {close} /> };
    }
    let chosen: Option<&MarkType> =
        kept.of_type.as_ref().and_then(|(key, _)| types.rows.iter().find(|row| row.key == *key));
    match chosen {
        Some(of) => {
            let pick = {
                let (kept, change) = (kept.clone(), change.clone());
                Callback::from(move |(lo, hi)| change.emit(filters::between(&kept, lo, hi)))
            };
            let picked = filters::bound(&kept.min).zip(filters::bound(&kept.max));
            html! { <TypePage of={of.clone()} marked={kept.marked} {picked} {pick} /> }
        }
        None => Html::default(),
    }
}

fn answer_types(answers: &Answers) -> Option<&MarkTypesAnswer> {
    match answers.get() {
        Some(Answer::MarkTypes(answer)) => Some(answer),
        _ => None,
    }
}

fn answer_marks(answers: &Answers) -> Option<&MarksAnswer> {
    match answers.get() {
        Some(Answer::Marks(answer)) => Some(answer),
        _ => None,
    }
}

/// `1 task`, `214 regions`.
fn counted(count: u32, marked: Marked) -> String {
    let word = match marked {
        Marked::Tasks => "task",
        Marked::Regions => "region",
    };
    units::plural(count.into(), word)
}
