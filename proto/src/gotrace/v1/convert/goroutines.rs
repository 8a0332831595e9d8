//! Goroutines: listed at the start, created, started, stopped, woken, in system calls.

use super::super::lane::Event;
use super::super::spec::kind;
use super::{Away, Converter, Place, as_v2};
use crate::gotrace::counts::GoState;
use crate::gotrace::emulator::{Change, Emulator};
use crate::gotrace::staging::{NO_REASON, With};
use crate::gotrace::state::{Rule, Stop, must};
use crate::model::StackId;
use crate::model::ids::NONE;

impl Converter {
    /// An event of a goroutine.
    pub(super) fn goroutine(&mut self, emulator: &mut Emulator, place: Place, event: &Event) -> Rule {
        let [first, second, third, _] = event.args;
        match event.kind {
            kind::GO_START | kind::GO_START_LOCAL => self.start(emulator, place, first),
            kind::GO_START_LABEL => {
                self.start(emulator, place, first)?;
                let cx = super::Cx { g: emulator.live_go(first).unwrap_or(NONE), ..place.cx };
                emulator.go_label(cx, &as_v2(event, place.time, [third, 0, 0, 0]))
            }
            kind::GO_UNBLOCK => self.unblock(emulator, place, event, third),
            kind::GO_UNBLOCK_LOCAL => self.unblock(emulator, place, event, second),
            kind::GO_SYS_BLOCK => self.lose_proc(emulator, place),
            kind::GO_SYS_EXIT | kind::GO_SYS_EXIT_LOCAL => self.exit_now(emulator, place, first),
            kind::GO_CREATE if self.listing => self.list(emulator, event),
            kind::GO_CREATE => create(emulator, place, event),
            kind::GO_WAITING => self.appear(emulator, place, first, GoState::Waiting),
            kind::GO_IN_SYSCALL => self.appear(emulator, place, first, GoState::Syscall),
            // The runtime's own note that a wake was for nothing.
            kind::FUTILE_WAKEUP => Ok(()),
            kind => {
                let (to, reason) = halt_of(kind).ok_or(Stop::Broken("nothing is known of it"))?;
                self.halt(emulator, place, event, to, reason)
            }
        }
    }

    /// GoCreate of a goroutine that is older than the trace; what it does comes next, if it is not runnable.
    fn list(&mut self, emulator: &mut Emulator, event: &Event) -> Rule {
        let [id, new_stack, stack, _] = event.args;
        must(id != 0 && emulator.go_rows.get(id).is_none(), "it lists a goroutine twice")?;
        let entry = emulator.stack(new_stack, event.offset as u64).root;
        let stack = emulator.stack(stack, event.offset as u64).id;
        let (row, _) = emulator.go_row(id);
        emulator.name_task(row, entry);
        self.listed.resize(row as usize, StackId::NONE);
        self.listed.push(stack);
        Ok(())
    }

    /// Listed goroutines whose state was not given are runnable.
    pub(super) fn end_list(&mut self, emulator: &mut Emulator, time: u64) {
        if !std::mem::take(&mut self.listing) {
            return;
        }
        for row in 0..emulator.gos.len() as u32 {
            if emulator.gos[row as usize].room.spans == 0 {
                self.show(emulator, time, row, GoState::Runnable, With::NOTHING);
            }
        }
        self.listed = Vec::new();
    }

    /// GoWaiting and GoInSyscall g: what a goroutine did before the trace, or a foreign thread's one.
    fn appear(&mut self, emulator: &mut Emulator, place: Place, id: u64, to: GoState) -> Rule {
        must(id != 0, "there is no goroutine 0")?;
        let row = emulator.go_rows.get(id).unwrap_or_else(|| emulator.go_row(id).0);
        self.show(emulator, place.time, row, to, With::NOTHING);
        self.set_away(row, if to == GoState::Syscall { Away::InSyscall } else { Away::No });
        Ok(())
    }

    /// The state of a goroutine is said outright; the first one has held since the start.
    fn show(&mut self, emulator: &mut Emulator, time: u64, row: u32, to: GoState, with: With) {
        let now = emulator.tick(time);
        emulator.counts.go(GoState::Undetermined, to);
        let go = &mut emulator.gos[row as usize];
        go.state = to;
        let since = if go.room.spans == 0 { emulator.epoch() } else { now };
        let stack = self.listed.get(row as usize).copied().unwrap_or(StackId::NONE);
        emulator.stage(row, since, Change { to, with, stack });
    }

    /// GoStart g.
    fn start(&mut self, emulator: &mut Emulator, place: Place, id: u64) -> Rule {
        if self.listing && emulator.live_go(id).is_none() {
            must(id != 0, "there is no goroutine 0")?;
            let row = emulator.go_rows.get(id).unwrap_or_else(|| emulator.go_row(id).0);
            emulator.staging.count_run(place.cx.p);
            self.show(emulator, place.time, row, GoState::Running, With::worker(place.cx.p));
            return Ok(());
        }
        let row = believed(emulator, id)?;
        emulator.change_on(place.time, row, GoState::Running, place.cx.p, StackId::NONE);
        self.set_away(row, Away::No);
        Ok(())
    }

    /// The goroutine stops running. Its stack is the event's only argument, if it has any.
    fn halt(&mut self, emulator: &mut Emulator, place: Place, event: &Event, to: GoState, why: &str) -> Rule {
        let row = believed(emulator, event.g)?;
        let reason = self.reason(emulator, event, why);
        emulator.counts.reason(reason);
        let stack = emulator.stack(event.args[0], event.offset as u64);
        emulator.name_task(row, stack.root);
        let with = With::reason(reason);
        emulator.change(place.time, row, Change { to, with, stack: stack.id });
        self.set_away(row, if event.kind == kind::GO_BLOCK_NET { Away::OnNetwork } else { Away::No });
        Ok(())
    }

    fn reason(&mut self, emulator: &mut Emulator, event: &Event, why: &str) -> u16 {
        if why.is_empty() {
            return NO_REASON;
        }
        let slot = &mut self.reasons[usize::from(event.kind)];
        *slot.get_or_insert_with(|| {
            let text = emulator.data.strings.intern(why);
            emulator.reason_row(text, event.offset as u64)
        })
    }

    /// GoUnblock g. What the poller and timers wake, the runtime wakes, whoever it borrowed to do so.
    fn unblock(&mut self, emulator: &mut Emulator, place: Place, event: &Event, stack: u64) -> Rule {
        let row = believed(emulator, event.args[0])?;
        let runtime = self.away(row) == Away::OnNetwork || self.timers.binary_search(&event.g).is_ok();
        let waker = if runtime { NONE } else { place.cx.g };
        let stack = emulator.stack(stack, event.offset as u64).id;
        let change = Change { to: GoState::Runnable, with: With::waker(waker), stack };
        emulator.change(place.time, row, change);
        self.set_away(row, Away::No);
        Ok(())
    }

    /// GoSysCall stack. Only of one whose P is taken away does the format tell the end.
    pub(super) fn call(
        &mut self,
        emulator: &mut Emulator,
        place: Place,
        event: &Event,
        blocks: bool,
    ) -> Rule {
        let row = believed(emulator, event.g)?;
        let stack = emulator.stack(event.args[0], event.offset as u64);
        emulator.name_task(row, stack.root);
        emulator.change_on(place.time, row, GoState::Syscall, place.cx.p, stack.id);
        if !blocks {
            self.quick += 1;
            let end = place.time.saturating_add(1);
            emulator.change_on(end, row, GoState::Running, place.cx.p, StackId::NONE);
        }
        Ok(())
    }

    /// GoSysBlock: the goroutine's P is taken away, and its system call goes on without.
    fn lose_proc(&mut self, emulator: &mut Emulator, place: Place) -> Rule {
        let row = place.cx.g;
        must(is_in_syscall(emulator, row), "its goroutine is in no syscall")?;
        let now = place.time.max(emulator.last_ns);
        emulator.last_event_ns = emulator.last_event_ns.max(now);
        emulator.stage(row, now, Change::to(GoState::Syscall));
        self.set_away(row, Away::InSyscall);
        Ok(())
    }

    /// The system call of goroutine `g` ended at `ticks`, if it is known to have lost its P.
    pub fn exit(&mut self, emulator: &mut Emulator, g: u64, ticks: u64) {
        let row = emulator.live_go(g);
        if let Some(row) = row.filter(|&row| self.away(row) == Away::InSyscall) {
            let time = self.time(ticks);
            self.leave_syscall(emulator, row, time);
        }
    }

    /// GoSysExit g, as written: long after the end, of which [`Self::exit`] has mostly told.
    fn exit_now(&mut self, emulator: &mut Emulator, place: Place, g: u64) -> Rule {
        let row = believed(emulator, g)?;
        if is_in_syscall(emulator, row) {
            self.leave_syscall(emulator, row, place.time);
        }
        Ok(())
    }

    fn leave_syscall(&mut self, emulator: &mut Emulator, row: u32, time: u64) {
        emulator.change(time, row, Change::to(GoState::Runnable));
        self.set_away(row, Away::No);
    }
}

/// GoCreate g new_stack stack.
fn create(emulator: &mut Emulator, place: Place, event: &Event) -> Rule {
    let [id, new_stack, stack, _] = event.args;
    must(id != 0 && emulator.live_go(id).is_none(), "it creates a goroutine that already exists")?;
    let entry = emulator.stack(new_stack, event.offset as u64).root;
    let stack = emulator.stack(stack, event.offset as u64).id;
    let (row, _) = emulator.go_row(id);
    let now = emulator.change(place.time, row, Change { stack, ..Change::to(GoState::Runnable) });
    emulator.name_task(row, entry);
    emulator.born(row, now, place.cx.g, stack);
    Ok(())
}

/// The row of goroutine `id`, which must be there even if nothing told so.
fn believed(emulator: &mut Emulator, id: u64) -> Result<u32, Stop> {
    must(id != 0, "its P runs no goroutine")?;
    Ok(emulator.live_go(id).unwrap_or_else(|| emulator.believe_in_go(id)))
}

fn is_in_syscall(emulator: &Emulator, row: u32) -> bool {
    emulator.gos.get(row as usize).is_some_and(|go| go.state == GoState::Syscall)
}

/// The state that an event of `kind` leads to, and the reason in the words of v2.
fn halt_of(kind: u8) -> Option<(GoState, &'static str)> {
    Some(match kind {
        kind::GO_END => (GoState::NotExist, ""),
        kind::GO_STOP => (GoState::Waiting, "forever"),
        kind::GO_SCHED => (GoState::Runnable, "runtime.Gosched"),
        kind::GO_PREEMPT => (GoState::Runnable, "preempted"),
        kind::GO_SLEEP => (GoState::Waiting, "sleep"),
        kind::GO_BLOCK => (GoState::Waiting, ""),
        kind::GO_BLOCK_SEND => (GoState::Waiting, "chan send"),
        kind::GO_BLOCK_RECV => (GoState::Waiting, "chan receive"),
        kind::GO_BLOCK_SELECT => (GoState::Waiting, "select"),
        kind::GO_BLOCK_SYNC => (GoState::Waiting, "sync"),
        kind::GO_BLOCK_COND => (GoState::Waiting, "sync.(*Cond).Wait"),
        kind::GO_BLOCK_NET => (GoState::Waiting, "network"),
        kind::GO_BLOCK_GC => (GoState::Waiting, "GC mark assist wait for work"),
        _ => return None,
    })
}
