//! Goroutines: what each group of one entry function, or each goroutine, spent its time on.

mod details;
mod states;
mod table;

use taskscope_engine::api::{
    Answer, GoroutineRows, GoroutineSort, GoroutinesAnswer, GoroutinesQuery, Request, Scope, ScopeTasks,
};
use taskscope_engine::units;
use yew::prelude::*;

use self::details::Details;
use self::table::table;
use super::ViewProps;
use super::jump::{ToGoroutines, use_goal, use_jumps};
use crate::components::{PAGE, Segment, Slot, Spot, chip, reveal_row, segmented};
use crate::hooks::{Answers, Picked, use_answer, use_kept, use_row_keys};

/// What people chose in this view.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kept {
    rows: GoroutineRows,
    scope: Scope,
    /// The group whose goroutines are listed, as it is shown; its entry function is in the scope.
    group: String,
    sort: GoroutineSort,
    reverse: bool,
    picked: Picked,
}

impl Kept {
    fn question(&self, filter: &str, first: u32) -> GoroutinesQuery {
        GoroutinesQuery {
            rows: self.rows,
            scope: self.scope.clone(),
            filter: filter.to_owned(),
            sort: self.sort.clone(),
            reverse: self.reverse,
            first,
            count: PAGE,
        }
    }

    /// Without what is selected: the rows mean others now.
    fn fresh(&self) -> Self {
        Self { picked: Picked::default(), ..self.clone() }
    }

    /// The goroutines of one group.
    fn inside(&self, entry: String, group: String) -> Self {
        let scope = Scope { tasks: ScopeTasks::Entry(entry), ..self.scope.clone() };
        Self { rows: GoroutineRows::Each, scope, group, ..self.fresh() }
    }

    /// Sorted by `sort`; the other way round if it was already.
    fn sorted(&self, sort: GoroutineSort) -> Self {
        let reverse = self.sort == sort && !self.reverse;
        Self { sort, reverse, ..self.fresh() }
    }
}

/// The goroutines of a part.
#[component]
pub fn GoroutinesView(props: &ViewProps) -> Html {
    let (kept, change) = use_kept::<Kept>(props.part);
    let jumps = use_jumps(props);
    use_asked_for(props, &kept, &change);
    let first = use_state_eq(|| 0_u32);
    let query = kept.question(&props.search, *first);
    let answers = use_answer("goroutines", props.part, Some(Request::Goroutines(query)));
    let answer = goroutines(&answers);
    let pick = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |picked| change.emit(Kept { picked, ..kept.clone() }))
    };
    use_row_keys(answer.map_or(0, |answer| answer.matching), kept.picked, &pick, &Callback::noop());
    use_effect_with(kept.picked.row, |row| {
        if let Some(row) = row {
            reveal_row("goroutines", *row);
        }
    });
    let answer = match (answers.get(), answer) {
        (Some(Answer::Unavailable(why)), _) => return html! { <main class="lk none">{ why }</main> },
        (_, Some(answer)) => answer,
        _ => return html! { <main class="lk"></main> },
    };
    let (shown, rows) = match answers.asked() {
        Some(Request::Goroutines(query)) => (query.first, query.rows),
        _ => (0, kept.rows),
    };
    let onfirst = {
        let setter = first.setter();
        Callback::from(move |to| setter.set(to))
    };
    let close = {
        let pick = pick.clone();
        let picked = kept.picked;
        Callback::from(move |()| pick.emit(picked.closed()))
    };
    let enter = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |(entry, group)| change.emit(kept.inside(entry, group)))
    };
    let sort = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |sort| change.emit(kept.sorted(sort)))
    };
    let open = kept.picked.shown().and_then(|row| answer.rows.get(row.checked_sub(shown)? as usize));
    html! {<>
        <Slot at={Spot::Tools}>{ tools(&kept, &change) }</Slot>
        <div class="phone-tools">{ tools(&kept, &change) }</div>
        { summary_bar(&kept, &change, answer) }
        <div class="lbody">
            <main class="grv">
                { table(&kept, &change, answer, rows, shown, &onfirst, &props.search) }
            </main>
            if let Some(row) = open {
                <Details part={props.part} row={row.clone()} reasons={answer.reasons.clone()} ranges={answer.ranges.clone()}
                    scope={kept.scope.clone()} sampled={!props.facts.sample_types.is_empty()} jumps={jumps.clone()} {close} {enter} {sort}
                    span={(answer.t0_ns, answer.t1_ns)} />
            }
        </div>
        <Slot at={Spot::Legend}>
            <span><kbd>{ "J" }</kbd><kbd>{ "K" }</kbd>{ "move" }</span>
            <span><kbd>{ "Enter" }</kbd>{ "details" }</span>
            <span class="mut">{ "double click a group for its goroutines" }</span>
        </Slot>
        <Slot at={Spot::Status}>
            <span class="num" data-fact="goroutines">{ units::plural(answer.sum.count.into(), "goroutine") }</span>
        </Slot>
    </>}
}

/// Takes what another view asked for, once.
#[hook]
fn use_asked_for(props: &ViewProps, kept: &Kept, change: &Callback<Kept>) {
    let goal = use_goal::<ToGoroutines>(props.part);
    let (kept, change) = (kept.clone(), change.clone());
    use_effect_with((), move |()| {
        if let Some(goal) = goal {
            change.emit(Kept { scope: goal.scope, group: goal.group, ..kept.fresh() });
        }
    });
}

fn goroutines(answers: &Answers) -> Option<&GoroutinesAnswer> {
    match answers.get() {
        Some(Answer::Goroutines(answer)) => Some(answer),
        _ => None,
    }
}

fn tools(kept: &Kept, change: &Callback<Kept>) -> Html {
    let segments = [
        Segment::new(GoroutineRows::Groups, "By entry function"),
        Segment::new(GoroutineRows::Each, "Each goroutine"),
    ];
    let onchange = {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |rows| {
            // All groups again; the goroutines of one group are one group.
            let tasks =
                if rows == GoroutineRows::Groups { ScopeTasks::All } else { kept.scope.tasks.clone() };
            let scope = Scope { tasks, ..kept.scope.clone() };
            change.emit(Kept { rows, scope, ..kept.fresh() });
        })
    };
    segmented("What a row is", &segments, &kept.rows, &onchange)
}

fn summary_bar(kept: &Kept, change: &Callback<Kept>, answer: &GoroutinesAnswer) -> Html {
    let sum = &answer.sum;
    let fact = |label: &'static str, ns: u64| {
        html! { <div><span class="mut">{ label }</span>{ " " }<b class="num">{ units::duration(ns) }</b></div> }
    };
    let without = |scope: Scope| {
        let (kept, change) = (kept.clone(), change.clone());
        Callback::from(move |_: MouseEvent| change.emit(Kept { scope: scope.clone(), ..kept.fresh() }))
    };
    let group = (kept.scope.tasks != ScopeTasks::All)
        .then(|| chip("Group", &kept.group, without(Scope { tasks: ScopeTasks::All, ..kept.scope.clone() })));
    let window = (kept.scope.t0_ns.is_some() || kept.scope.t1_ns.is_some()).then(|| {
        let length = units::duration(answer.t1_ns.saturating_sub(answer.t0_ns));
        chip("Window", &length, without(Scope { t0_ns: None, t1_ns: None, ..kept.scope.clone() }))
    });
    let groups = match kept.rows {
        GoroutineRows::Groups => format!(" in {}", units::plural(answer.matching.into(), "group")),
        GoroutineRows::Each => String::new(),
    };
    html! {
        <div class="sum facts-row">
            <div><b class="num">{ units::plural(sum.count.into(), "goroutine") }</b>{ groups }</div>
            { group }{ window }
            { fact("execution", sum.running_ns) }
            { fact("scheduler wait", sum.ready_ns) }
            { fact("system calls", sum.syscall_ns.saturating_add(sum.syscall_blocked_ns)) }
            { fact("blocked", sum.blocked_ns) }
            <span class="grow"></span>
            if !answer.filter_error.is_empty() { <span class="bad" role="alert">{ &answer.filter_error }</span> }
        </div>
    }
}
