//! What each event needs, and what it does. One file a family of events, one function an event,
//! each with the same steps: read the arguments, perhaps wait for another thread, check what must
//! hold, then write. Nothing is written before everything is checked.

mod force;
mod gc;
mod goroutines;
mod procs;
mod syscalls;
mod user;

pub(crate) use gc::{GcCycle, OpenRanges, RangeKind, sort_ranges};
pub(crate) use user::UserState;

use super::counts::{GoState, Metric, Other};
use super::emulator::Emulator;
use super::spec::kind;
use super::state::{Cx, Rule, Stop};
use super::timed::Event;

impl Emulator {
    /// Applies `event` in context `cx`.
    #[inline]
    pub(super) fn apply(&mut self, cx: Cx, event: &Event) -> Rule {
        match event.kind {
            kind::GO_START => self.go_start(cx, event),
            kind::GO_STOP => self.go_halt(cx, event, GoState::Runnable),
            kind::GO_BLOCK => self.go_halt(cx, event, GoState::Waiting),
            kind::GO_UNBLOCK => self.go_unblock(cx, event),
            kind::GO_SYSCALL_BEGIN => self.syscall_begin(cx, event),
            kind::GO_SYSCALL_END => self.syscall_end(cx, event),
            kind::HEAP_ALLOC => self.metric(cx, event, Metric::HeapAlloc),
            _ => self.apply_rare(cx, event),
        }
    }

    #[inline(never)]
    fn apply_rare(&mut self, cx: Cx, event: &Event) -> Rule {
        match event.kind {
            kind::PROC_START => self.proc_start(cx, event),
            kind::PROC_STOP => self.proc_stop(cx, event),
            kind::PROC_STEAL => self.proc_steal(cx, event),
            kind::PROC_STATUS => self.proc_status(cx, event),
            kind::GO_CREATE => self.go_create(cx, event, GoState::Runnable),
            kind::GO_CREATE_BLOCKED => self.go_create(cx, event, GoState::Waiting),
            kind::GO_CREATE_SYSCALL => self.go_create_syscall(cx, event),
            kind::GO_DESTROY => self.go_destroy(cx, event),
            kind::GO_DESTROY_SYSCALL => self.go_destroy_syscall(cx, event),
            kind::GO_SYSCALL_END_BLOCKED => self.syscall_end_blocked(cx, event),
            kind::GO_STATUS | kind::GO_STATUS_STACK => self.go_status(cx, event),
            kind::GO_SWITCH => self.go_switch(cx, event, GoState::Waiting),
            kind::GO_SWITCH_DESTROY => self.go_switch(cx, event, GoState::NotExist),
            kind::STW_BEGIN => self.stw_begin(cx, event),
            kind::STW_END => self.stw_end(cx, event),
            kind::GC_ACTIVE => self.gc_active(cx, event),
            kind::GC_BEGIN => self.gc_begin(cx, event),
            kind::GC_END => self.gc_end(cx, event),
            kind::GC_SWEEP_ACTIVE => self.sweep_active(event),
            kind::GC_SWEEP_BEGIN => self.sweep_begin(cx, event),
            kind::GC_SWEEP_END => self.sweep_end(cx, event),
            kind::GC_MARK_ASSIST_ACTIVE => self.assist_active(event),
            kind::GC_MARK_ASSIST_BEGIN => self.assist_begin(cx, event),
            kind::GC_MARK_ASSIST_END => self.assist_end(cx, event),
            kind::PROCS_CHANGE => self.metric(cx, event, Metric::Procs),
            kind::HEAP_GOAL => self.metric(cx, event, Metric::HeapGoal),
            kind::GO_LABEL => self.go_label(cx, event),
            kind::USER_TASK_BEGIN => self.user_task_begin(cx, event),
            kind::USER_TASK_END => self.user_task_end(cx, event),
            kind::USER_REGION_BEGIN => self.user_region_begin(cx, event),
            kind::USER_REGION_END => self.user_region_end(cx, event),
            kind::USER_LOG => self.user_log(cx, event),
            kind::EXPERIMENTAL.. => self.experimental(cx, event),
            _ => Err(Stop::Broken("no event of this type can stand here")),
        }
    }

    /// Experiments say nothing about scheduling.
    fn experimental(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_m()?;
        self.counts.other(Other::Experimental);
        self.tick(event.time);
        Ok(())
    }
}
