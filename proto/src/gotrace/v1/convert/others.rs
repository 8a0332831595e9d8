//! Ps and what the collector does.

use super::super::lane::Event;
use super::super::spec::{kind, stop_reason};
use super::{Converter, Place, as_v2};
use crate::gotrace::counts::{Metric, ProcState};
use crate::gotrace::emulator::Emulator;
use crate::gotrace::rules::RangeKind;
use crate::gotrace::state::{ProcStatus, Rule, Stop, must};
use crate::gotrace::timed;
use crate::model::ids::NONE;
use crate::model::{RangeScope, StackId, TaskId, WorkerId};

impl Converter {
    /// Gomaxprocs, ProcStart and ProcStop.
    pub(super) fn proc(&mut self, emulator: &mut Emulator, place: Place, event: &Event) -> Rule {
        if event.kind == kind::GOMAXPROCS {
            self.procs_change(emulator, place.time, event.args[0]);
            return Ok(());
        }
        must(place.cx.p != NONE, "it belongs to no P")?;
        if event.kind == kind::PROC_START {
            proc_start(emulator, place, event.args[0]);
        } else {
            proc_stop(emulator, place);
        }
        Ok(())
    }

    /// Gomaxprocs n stack. The first one says how many there have been all along, and is no event.
    fn procs_change(&mut self, emulator: &mut Emulator, time: u64, procs: u64) {
        if !self.listing {
            return emulator.record(time, Metric::Procs, procs);
        }
        self.end_list(emulator, time);
        let (times, values) = &mut emulator.counters[Metric::Procs as usize];
        times.push(emulator.epoch_ns.unwrap_or(emulator.last_ns));
        values.push(procs);
    }

    /// What the collector does.
    pub(super) fn range(&mut self, emulator: &mut Emulator, place: Place, event: &Event) -> Rule {
        use RangeKind::{Assist, Mark, Stw, Sweep};
        let (cx, v2) = (place.cx, as_v2(event, place.time, event.args));
        let [first, second, ..] = event.args;
        let worker = RangeScope::Worker(WorkerId(cx.p));
        let task = RangeScope::Task(TaskId(cx.g));
        if matches!(event.kind, kind::GC_SWEEP_START | kind::GC_SWEEP_DONE) {
            cx.needs_mp()?;
        } else if matches!(event.kind, kind::GC_MARK_ASSIST_START | kind::GC_MARK_ASSIST_DONE) {
            cx.needs_mg()?;
        }
        match event.kind {
            kind::GC_START => begin(emulator, &v2, RangeScope::Global, Mark, second),
            kind::GC_DONE => emulator.range_end(&v2, RangeScope::Global, Mark),
            kind::GC_SWEEP_START => begin(emulator, &v2, worker, Sweep, first),
            kind::GC_SWEEP_DONE => emulator.range_end(&v2, worker, Sweep),
            kind::GC_MARK_ASSIST_START => begin(emulator, &v2, task, Assist, first),
            kind::GC_MARK_ASSIST_DONE => {
                if !emulator.open.has(task, Assist) {
                    // It began before the trace.
                    let (name, since) = (emulator.range_name(Assist), emulator.epoch());
                    emulator.open_range(task, Assist, name, since, StackId::NONE);
                }
                emulator.range_end(&v2, task, Assist)
            }
            kind::STW_START => {
                let scope = if cx.g == NONE { RangeScope::Global } else { task };
                self.stopped = Some(scope);
                self.stop_the_world(emulator, &v2, scope)
            }
            kind::STW_DONE => {
                let scope = self.stopped.take().ok_or(Stop::Broken("the world was not stopped"))?;
                emulator.range_end(&v2, scope, Stw)
            }
            _ => Err(Stop::Broken("nothing is known of it")),
        }
    }

    /// STWStart kind.
    fn stop_the_world(&self, emulator: &mut Emulator, event: &timed::Event, scope: RangeScope) -> Rule {
        let name = emulator.range_name(RangeKind::Stw);
        let reason = stop_reason(event.args[0], self.minor);
        let name = format!("{} ({reason})", emulator.data.strings.get(name));
        let name = emulator.data.strings.intern(&name);
        emulator.range_begin(event, scope, RangeKind::Stw, name, 0)
    }
}

fn begin(
    emulator: &mut Emulator,
    event: &timed::Event,
    scope: RangeScope,
    kind: RangeKind,
    stack: u64,
) -> Rule {
    let name = emulator.range_name(kind);
    emulator.range_begin(event, scope, kind, name, stack)
}

/// ProcStart thread. The first one of a P is all that says it exists.
fn proc_start(emulator: &mut Emulator, place: Place, thread: u64) {
    let p = place.cx.p;
    let m = emulator.thread_row(thread);
    if let Some(thread) = emulator.threads.get_mut(m as usize) {
        thread.seen = true;
    }
    let now = emulator.proc_change(place.time, came_from(emulator, p, ProcState::Idle), ProcState::Running);
    emulator.procs[p as usize].status = ProcStatus::Running;
    emulator.hold(m, p, now);
}

/// ProcStop.
fn proc_stop(emulator: &mut Emulator, place: Place) {
    let p = place.cx.p;
    let now = emulator.proc_change(place.time, came_from(emulator, p, ProcState::Running), ProcState::Idle);
    emulator.procs[p as usize].status = ProcStatus::Idle;
    emulator.release(p, now);
}

fn came_from(emulator: &Emulator, p: u32, known: ProcState) -> ProcState {
    match emulator.procs[p as usize].status {
        ProcStatus::Absent => ProcState::Undetermined,
        _ => known,
    }
}
