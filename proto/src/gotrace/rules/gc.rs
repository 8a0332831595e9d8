//! Garbage collection, stops of the world, and metrics.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::super::counts::{Metric, RangeEvent};
use super::super::emulator::Emulator;
use super::super::state::{Cx, Rule, Stop, must, wait_unless};
use super::super::timed::Event;
use crate::model::ids::NONE;
use crate::model::{Range, RangeScope, StackId, StringId, TaskId, WorkerId};

/// Heap goals above this mean that the collector is off (golang/go#63864).
const ABSURD_GOAL: u64 = 1 << 50;

/// Ranges that one goroutine or P may have open; real ones have two at most.
const MAX_OPEN: usize = 64;

/// The one sequence of GC events, which goes on over generations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GcCycle {
    /// The latest event's number.
    pub seq: u64,
    /// Whether a mark phase is going on; `None` before the first GC event.
    pub running: Option<bool>,
}

/// The kinds of ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RangeKind {
    /// The mark phase of the collector.
    Mark,
    /// A stop of the world.
    Stw,
    /// A sweep by one P.
    Sweep,
    /// A goroutine that helps to mark.
    Assist,
}

impl RangeKind {
    /// Go's name; that of a stop of the world goes on with its kind.
    fn name(self) -> &'static str {
        match self {
            Self::Mark => "GC concurrent mark phase",
            Self::Stw => "stop-the-world",
            Self::Sweep => "GC incremental sweep",
            Self::Assist => "GC mark assist",
        }
    }
}

/// A range that has not ended, and its row.
#[derive(Clone, Copy, Debug)]
struct Open {
    kind: RangeKind,
    name: StringId,
    row: usize,
}

/// All ranges that have not ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenRanges {
    scopes: HashMap<RangeScope, Vec<Open>, RandomState>,
}

impl OpenRanges {
    fn of(&self, scope: RangeScope) -> &[Open] {
        self.scopes.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// Whether a range of that kind is open.
    pub fn has(&self, scope: RangeScope, kind: RangeKind) -> bool {
        self.of(scope).iter().any(|open| open.kind == kind)
    }
}

impl Emulator {
    /// GCActive gc_seq: a mark phase is going on as the generation begins.
    pub(super) fn gc_active(&mut self, cx: Cx, event: &Event) -> Rule {
        let [seq, ..] = event.args;
        if self.first {
            must(self.gc.running.is_none(), "the collector was seen before")?;
            self.gc = GcCycle { seq, running: Some(true) };
            return self.range_found(event, RangeScope::Global, RangeKind::Mark);
        }
        wait_unless(self.gc_follows(seq))?;
        must(self.gc.running == Some(true), "the collector does not run")?;
        cx.needs_all()?;
        self.gc.seq = seq;
        self.range_goes_on(event, RangeKind::Mark)
    }

    /// GCBegin gc_seq stack.
    pub(super) fn gc_begin(&mut self, cx: Cx, event: &Event) -> Rule {
        let [seq, stack, ..] = event.args;
        if self.gc.running.is_some() {
            wait_unless(self.gc_follows(seq))?;
            must(self.gc.running == Some(false), "the collector already runs")?;
            cx.needs_all()?;
        }
        let name = self.range_name(RangeKind::Mark);
        self.range_begin(event, RangeScope::Global, RangeKind::Mark, name, stack)?;
        self.gc = GcCycle { seq, running: Some(true) };
        Ok(())
    }

    /// GCEnd gc_seq.
    pub(super) fn gc_end(&mut self, cx: Cx, event: &Event) -> Rule {
        let [seq, ..] = event.args;
        wait_unless(self.gc.running.is_some() && self.gc_follows(seq))?;
        must(self.gc.running == Some(true), "the collector does not run")?;
        cx.needs_all()?;
        self.range_end(event, RangeScope::Global, RangeKind::Mark)?;
        self.gc = GcCycle { seq, running: Some(false) };
        Ok(())
    }

    fn gc_follows(&self, seq: u64) -> bool {
        self.gc.seq.wrapping_add(1) == seq
    }

    /// GCSweepActive p.
    pub(super) fn sweep_active(&mut self, event: &Event) -> Rule {
        let p = self.live_proc(event.args[0]).ok_or(Stop::Broken("it sweeps on a P that is not known"))?;
        self.range_active(event, RangeScope::Worker(WorkerId(p)), RangeKind::Sweep)
    }

    /// GCSweepBegin stack.
    pub(super) fn sweep_begin(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_mp()?;
        let name = self.range_name(RangeKind::Sweep);
        self.range_begin(event, RangeScope::Worker(WorkerId(cx.p)), RangeKind::Sweep, name, event.args[0])
    }

    /// GCSweepEnd swept_value reclaimed_value.
    pub(super) fn sweep_end(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_mp()?;
        self.range_end(event, RangeScope::Worker(WorkerId(cx.p)), RangeKind::Sweep)
    }

    /// GCMarkAssistActive g.
    pub(super) fn assist_active(&mut self, event: &Event) -> Rule {
        let row =
            self.live_go(event.args[0]).ok_or(Stop::Broken("it assists on a goroutine that is not known"))?;
        self.range_active(event, RangeScope::Task(TaskId(row)), RangeKind::Assist)
    }

    /// GCMarkAssistBegin stack.
    pub(super) fn assist_begin(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_all()?;
        let name = self.range_name(RangeKind::Assist);
        self.range_begin(event, RangeScope::Task(TaskId(cx.g)), RangeKind::Assist, name, event.args[0])
    }

    /// GCMarkAssistEnd.
    pub(super) fn assist_end(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_all()?;
        self.range_end(event, RangeScope::Task(TaskId(cx.g)), RangeKind::Assist)
    }

    /// STWBegin kind_string stack.
    pub(super) fn stw_begin(&mut self, cx: Cx, event: &Event) -> Rule {
        let [kind, stack, ..] = event.args;
        cx.needs_all()?;
        let kind = self.text(kind, event.offset);
        let name = format!("{} ({})", RangeKind::Stw.name(), self.data.strings.get(kind));
        let name = self.data.strings.intern(&name);
        self.range_begin(event, RangeScope::Task(TaskId(cx.g)), RangeKind::Stw, name, stack)
    }

    /// STWEnd.
    pub(super) fn stw_end(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_all()?;
        self.range_end(event, RangeScope::Task(TaskId(cx.g)), RangeKind::Stw)
    }

    /// ProcsChange procs_value stack, HeapAlloc heapalloc_value, HeapGoal heapgoal_value.
    #[inline]
    pub(super) fn metric(&mut self, cx: Cx, event: &Event, metric: Metric) -> Rule {
        cx.needs_mp()?;
        if metric == Metric::Procs {
            cx.needs_all()?;
        }
        self.record(event.time, metric, event.args[0]);
        Ok(())
    }

    /// A metric has a new value.
    #[inline]
    pub(crate) fn record(&mut self, time: u64, metric: Metric, value: u64) {
        let value = if metric == Metric::HeapGoal && value > ABSURD_GOAL { 0 } else { value };
        let now = self.tick(time);
        self.counts.metric(metric);
        let (times, values) = &mut self.counters[metric as usize];
        times.push(now);
        values.push(value);
    }

    /// The name of ranges of `kind`; for a stop of the world its first half.
    pub(crate) fn range_name(&mut self, kind: RangeKind) -> StringId {
        self.data.strings.intern(kind.name())
    }

    /// Begins a range, which nothing of its kind and name may be open in its scope for.
    pub(crate) fn range_begin(
        &mut self,
        event: &Event,
        scope: RangeScope,
        kind: RangeKind,
        name: StringId,
        stack: u64,
    ) -> Rule {
        let open = self.open.of(scope);
        let again = open.iter().any(|open| open.kind == kind && open.name == name);
        must(!again, "a range of its kind is already open")?;
        must(open.len() < MAX_OPEN, "too many ranges are open")?;
        let stack = self.stack(stack, event.offset).id;
        let now = self.tick(event.time);
        self.counts.range(RangeEvent::Begin, name);
        self.open_range(scope, kind, name, now, stack);
        Ok(())
    }

    /// Opens a range, without an event that counts.
    pub(crate) fn open_range(
        &mut self,
        scope: RangeScope,
        kind: RangeKind,
        name: StringId,
        start_ns: u64,
        stack: StackId,
    ) {
        let open = Open { kind, name, row: self.data.ranges.len() };
        self.open.scopes.entry(scope).or_default().push(open);
        self.data.ranges.push(Range { name, scope, start_ns, end_ns: u64::MAX, stack });
    }

    /// Ends the range of that kind.
    pub(crate) fn range_end(&mut self, event: &Event, scope: RangeScope, kind: RangeKind) -> Rule {
        let at = self.open.of(scope).iter().position(|open| open.kind == kind);
        let at = at.ok_or(Stop::Broken("no range of its kind is open"))?;
        let now = self.tick(event.time);
        if let Some(open) = self.open.scopes.get_mut(&scope).map(|open| open.remove(at)) {
            self.counts.range(RangeEvent::End, open.name);
            self.data.ranges[open.row].end_ns = now;
        }
        if self.open.of(scope).is_empty() {
            self.open.scopes.remove(&scope);
        }
        Ok(())
    }

    /// A range that was open as the generation began.
    fn range_active(&mut self, event: &Event, scope: RangeScope, kind: RangeKind) -> Rule {
        let open = self.open.has(scope, kind);
        if self.first {
            must(!open, "a range of its kind is already open")?;
            return self.range_found(event, scope, kind);
        }
        must(open, "no range of its kind is open")?;
        self.range_goes_on(event, kind)
    }

    /// Opens a range that began before anything could be read.
    fn range_found(&mut self, event: &Event, scope: RangeScope, kind: RangeKind) -> Rule {
        self.range_goes_on(event, kind)?;
        let name = self.range_name(kind);
        let since = self.epoch();
        self.open_range(scope, kind, name, since, StackId::NONE);
        Ok(())
    }

    fn range_goes_on(&mut self, event: &Event, kind: RangeKind) -> Rule {
        let name = self.range_name(kind);
        self.tick(event.time);
        self.counts.range(RangeEvent::Active, name);
        Ok(())
    }

    /// Ends all open ranges.
    pub(crate) fn close_ranges(&mut self, now: u64) {
        for open in std::mem::take(&mut self.open.scopes).into_values().flatten() {
            let range = &mut self.data.ranges[open.row];
            range.end_ns = now.max(range.start_ns);
        }
    }
}

/// Puts ranges by their start, and their workers in order.
pub(crate) fn sort_ranges(ranges: &mut [Range], workers: &[u32]) {
    for range in ranges.iter_mut() {
        if let RangeScope::Worker(worker) = &mut range.scope {
            worker.0 = workers.get(worker.index()).copied().unwrap_or(NONE);
        }
    }
    ranges.sort_by_key(|range| range.start_ns);
}
