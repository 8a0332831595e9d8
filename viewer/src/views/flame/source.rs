//! What a flame graph weighs: sample types of a profile; CPU samples and kinds of waits of a trace.

use taskscope_engine::api::{BlockingAnswer, BlockingKind, FileFacts, FlameSource, SampleType};
use taskscope_engine::units;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Up to so many sample types are buttons, more are a list.
const BUTTONS: usize = 4;

/// Kinds of waits in the order they are offered.
const KINDS: [BlockingKind; 4] =
    [BlockingKind::Network, BlockingKind::Sync, BlockingKind::Syscall, BlockingKind::Scheduler];

/// What a slow interval waited for.
const PATH: &str = "Critical path";

/// What is shown first.
pub fn first(facts: &FileFacts) -> FlameSource {
    if facts.sample_types.is_empty() && facts.span_ns.is_some() {
        return FlameSource::Blocking(BlockingKind::Sync);
    }
    FlameSource::Samples(facts.default_sample_type)
}

/// The unit of its weights.
pub fn unit(source: FlameSource, facts: &FileFacts) -> String {
    match source {
        FlameSource::Samples(index) => {
            sample_type(index, facts).map(|kind| kind.unit.clone()).unwrap_or_default()
        }
        FlameSource::Blocking(_) | FlameSource::CriticalPath(_) => "nanoseconds".into(),
        FlameSource::Contentions(_) => "count".into(),
    }
}

/// What its weights are, in words: `alloc space`, `network wait`.
pub fn label(source: FlameSource, facts: &FileFacts) -> String {
    match source {
        FlameSource::Samples(index) => sample_type(index, facts).map(words).unwrap_or_default(),
        FlameSource::Blocking(kind) | FlameSource::Contentions(kind) => name(kind).to_lowercase(),
        FlameSource::CriticalPath(_) => PATH.to_lowercase(),
    }
}

/// The source as a title: `all` of the only thing there is, else its name.
pub fn title(source: FlameSource, facts: &FileFacts) -> String {
    match source {
        FlameSource::Samples(_) if facts.span_ns.is_none() => "all".into(),
        FlameSource::Samples(_) => "CPU samples".into(),
        FlameSource::Blocking(kind) => name(kind).into(),
        FlameSource::Contentions(kind) => format!("{}, how often", name(kind)),
        FlameSource::CriticalPath(_) => PATH.into(),
    }
}

/// What the answer counts beside weights.
pub fn counted(source: FlameSource) -> &'static str {
    match source {
        FlameSource::Samples(_) => "samples",
        FlameSource::CriticalPath(_) => "segments",
        FlameSource::Blocking(_) | FlameSource::Contentions(_) => "waits",
    }
}

/// Buttons or a list of what there is.
pub fn chooser(
    facts: &FileFacts,
    current: FlameSource,
    totals: Option<&BlockingAnswer>,
    set: &Callback<FlameSource>,
) -> Html {
    if facts.span_ns.is_some() {
        return html! {<>{ waits(facts, current, totals, set) }{ measure(current, set) }</>};
    }
    let sources: Vec<(FlameSource, String)> =
        (0..).map(FlameSource::Samples).zip(facts.sample_types.iter().map(words)).collect();
    match sources.len() {
        0 | 1 => Html::default(),
        2..=BUTTONS => buttons("Sample type", &sources, current, set),
        _ => list("Sample type", &sources, current, set),
    }
}

/// CPU samples and the kinds of waits of a trace, each with how much there is.
fn waits(
    facts: &FileFacts,
    current: FlameSource,
    totals: Option<&BlockingAnswer>,
    set: &Callback<FlameSource>,
) -> Html {
    let mut sources = Vec::new();
    if !facts.sample_types.is_empty() {
        let count =
            totals.map(|totals| format!(" · {}", units::count_u64(totals.samples))).unwrap_or_default();
        sources.push((FlameSource::Samples(facts.default_sample_type), format!("CPU samples{count}")));
    }
    for kind in KINDS {
        let total = totals.and_then(|totals| totals.kinds.iter().find(|total| total.kind == kind));
        let much = total.map(|total| format!(" · {}", units::duration(total.delay_ns))).unwrap_or_default();
        sources.push((FlameSource::Blocking(kind), format!("{}{much}", name(kind))));
    }
    if matches!(current, FlameSource::CriticalPath(_)) {
        sources.push((current, PATH.into()));
    }
    let current = match current {
        FlameSource::Contentions(kind) => FlameSource::Blocking(kind),
        other => other,
    };
    list("What is weighed", &sources, current, set)
}

/// Time or count, for waits.
fn measure(current: FlameSource, set: &Callback<FlameSource>) -> Html {
    let (FlameSource::Blocking(kind) | FlameSource::Contentions(kind)) = current else {
        return Html::default();
    };
    let sources = [
        (FlameSource::Blocking(kind), "Time".to_owned()),
        (FlameSource::Contentions(kind), "Count".to_owned()),
    ];
    buttons("Time or count", &sources, current, set)
}

fn buttons(
    label: &'static str,
    sources: &[(FlameSource, String)],
    current: FlameSource,
    set: &Callback<FlameSource>,
) -> Html {
    let button = |(at, (source, name)): (usize, &(FlameSource, String))| {
        let source = *source;
        let onclick = set.reform(move |_: MouseEvent| source);
        html! { <button type="button" key={at} aria-pressed={(current == source).to_string()} {onclick}>{ name }</button> }
    };
    html! { <div class="seg" role="group" aria-label={label}>{ for sources.iter().enumerate().map(button) }</div> }
}

fn list(
    label: &'static str,
    sources: &[(FlameSource, String)],
    current: FlameSource,
    set: &Callback<FlameSource>,
) -> Html {
    let values: Vec<FlameSource> = sources.iter().map(|source| source.0).collect();
    let set = set.clone();
    let onchange = Callback::from(move |event: Event| {
        let list = event.target_dyn_into::<HtmlSelectElement>();
        let at = list.and_then(|list| list.value().parse::<usize>().ok());
        if let Some(source) = at.and_then(|at| values.get(at)) {
            set.emit(*source);
        }
    });
    let option = |(at, (source, name)): (usize, &(FlameSource, String))| {
        html! { <option key={at} value={at.to_string()} selected={current == *source}>{ name }</option> }
    };
    html! { <select class="inp" aria-label={label} {onchange}>{ for sources.iter().enumerate().map(option) }</select> }
}

fn sample_type(index: u32, facts: &FileFacts) -> Option<&SampleType> {
    facts.sample_types.get(index as usize)
}

/// A sample type's own name, in words.
fn words(kind: &SampleType) -> String {
    kind.kind.replace('_', " ")
}

fn name(kind: BlockingKind) -> &'static str {
    match kind {
        BlockingKind::Network => "Network wait",
        BlockingKind::Sync => "Sync wait",
        BlockingKind::Syscall => "Syscalls",
        BlockingKind::Scheduler => "Scheduler wait",
    }
}
