//! A blocking profile as a profile of its own: for a pprof file, and as a table.

use serde::Serialize;
use taskscope_proto::Dataset;
use taskscope_proto::model::{Facts, Format, Samples, StackId, ValueColumn};

use super::children::Children;
use super::modules::Modules;
use super::names::Names;
use super::selection::Selection;
use super::sources::{self, Sourced};
use super::{blocking, call_tree::Soil, text, top};
use crate::api::{BlockingKind, FlameSource, Scope};
use crate::report::{TopReport, TopReportRow};
use crate::sorting::Sort;

/// `blocking --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockingReport {
    /// `net`, `sync`, `syscall` or `sched`, as Go's tool calls them.
    pub kind: &'static str,
    /// How many waits ended.
    pub contentions: u64,
    /// Their delay by function.
    #[serde(flatten)]
    pub top: TopReport,
    /// Their stacks, by falling delay.
    pub stacks: Vec<StackReport>,
}

/// Waits that began at one stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StackReport {
    /// How many.
    pub contentions: u64,
    /// How long, ns.
    pub delay_ns: u64,
    /// Functions, leaf first.
    pub frames: Vec<String>,
}

/// The name that Go's tool has for `kind`.
pub fn go_name(kind: BlockingKind) -> &'static str {
    match kind {
        BlockingKind::Network => "net",
        BlockingKind::Sync => "sync",
        BlockingKind::Syscall => "syscall",
        BlockingKind::Scheduler => "sched",
    }
}

/// Delay by function and stack; `None` for a part without spans.
pub fn report(dataset: &Dataset, scope: &Scope, kind: BlockingKind) -> Option<BlockingReport> {
    let Sourced { kind: sample_type, weights, samples } =
        sources::weigh(dataset, FlameSource::Blocking(kind), scope)?;
    let names = Names::build(dataset);
    let (modules, children) = (Modules::build(dataset, &names), Children::build(dataset));
    let soil = Soil { dataset, names: &names, children: &children, weights: &weights };
    let table = top::build(soil, &modules, &sample_type);
    let row = |row: crate::api::TopRow| TopReportRow { function: row.function, flat: row.flat, cum: row.cum };
    let top = TopReport {
        sample_type: table.kind,
        unit: table.unit,
        total: table.total,
        rows: table.rows.into_iter().map(row).collect(),
    };
    Some(BlockingReport {
        kind: go_name(kind),
        contentions: samples,
        top,
        stacks: stacks(dataset, scope, kind),
    })
}

fn stacks(dataset: &Dataset, scope: &Scope, kind: BlockingKind) -> Vec<StackReport> {
    let selection = Selection::new(dataset, scope);
    let (waited, rootless) = blocking::by_stack(dataset, &selection, kind);
    let ids = (0..waited.len()).map(StackId::from_index).chain([StackId::NONE]);
    let all = ids.zip(waited.iter().chain([&rootless])).filter(|(_, waited)| waited.count > 0);
    let mut stacks: Vec<StackReport> = all
        .map(|(stack, waited)| StackReport {
            contentions: waited.count,
            delay_ns: waited.ns,
            frames: text::stack(dataset, stack).into_iter().map(|frame| frame.function).collect(),
        })
        .collect();
    stacks.order_by_key(|stack| std::cmp::Reverse(stack.delay_ns));
    stacks
}

/// The profile as `go tool trace -pprof` writes it: contentions and delay by stack.
pub fn profile(dataset: &Dataset, scope: &Scope, kind: BlockingKind) -> Dataset {
    let selection = Selection::new(dataset, scope);
    let (waited, rootless) = blocking::by_stack(dataset, &selection, kind);
    let mut strings = dataset.strings.clone();
    let mut column = |kind: &str, unit: &str| ValueColumn {
        kind: strings.intern(kind),
        unit: strings.intern(unit),
        values: Vec::new(),
    };
    let (mut counts, mut delays) = (column("contentions", "count"), column("delay", "nanoseconds"));
    let mut samples = Samples { default_column: 1, ..Samples::default() };
    let ids = (0..waited.len()).map(StackId::from_index).chain([StackId::NONE]);
    for (stack, waited) in ids.zip(waited.iter().chain([&rootless])).filter(|(_, waited)| waited.count > 0) {
        samples.stack.push(stack);
        counts.values.push(i64::try_from(waited.count).unwrap_or(i64::MAX));
        delays.values.push(i64::try_from(waited.ns).unwrap_or(i64::MAX));
    }
    samples.columns = vec![counts, delays];
    Dataset {
        facts: Facts {
            format: Format::Pprof,
            wall_start_ns: dataset.facts.wall_start_ns,
            duration_ns: Some(selection.t1.saturating_sub(selection.t0)),
            period: Some((1, "trace".into(), "count".into())),
            ..Facts::default()
        },
        strings,
        functions: dataset.functions.clone(),
        frames: dataset.frames.clone(),
        stacks: dataset.stacks.clone(),
        mappings: dataset.mappings.clone(),
        samples,
        ..Dataset::default()
    }
}
