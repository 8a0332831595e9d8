//! Goroutines: created, started, stopped, blocked, woken, ended.

use super::super::batch::NO_THREAD;
use super::super::counts::GoState;
use super::super::emulator::{Change, Emulator};
use super::super::notes::Odd;
use super::super::staging::{NO_REASON, With};
use super::super::state::{Cx, Rule, Seq, Stop, must, wait_unless};
use super::super::timed::Event;
use crate::model::ids::NONE;
use crate::model::{Reason, StackId, StringId, TaskId, WaitKind};

impl Emulator {
    /// GoCreate and GoCreateBlocked new_g new_stack stack.
    pub(super) fn go_create(&mut self, cx: Cx, event: &Event, to: GoState) -> Rule {
        let [id, new_stack, stack, _] = event.args;
        cx.needs_mp()?;
        if cx.g != NONE {
            self.must_run(cx.g)?;
        }
        must(self.live_go(id).is_none(), "it creates a goroutine that already exists")?;
        let entry = self.stack(new_stack, event.offset).root;
        let stack = self.stack(stack, event.offset).id;
        let (row, _) = self.go_row(id);
        let now = self.change(event.time, row, Change { stack, ..Change::to(to) });
        self.gos[row as usize].seq = self.seq_start();
        self.name_task(row, entry);
        self.born(row, now, cx.g, stack);
        Ok(())
    }

    /// Notes the origin of a goroutine, if this is its first life.
    pub(crate) fn born(&mut self, row: u32, now: u64, parent: u32, spawn_stack: StackId) {
        if self.gos[row as usize].room.spans <= 1 {
            let task = &mut self.data.tasks.rows[row as usize];
            (task.created_ns, task.parent, task.spawn_stack) = (Some(now), TaskId(parent), spawn_stack);
        }
    }

    /// GoStatus g m gstatus, and GoStatusStack with a stack.
    pub(super) fn go_status(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, thread, status, _] = event.args;
        let status =
            go_state(status).ok_or(Stop::Broken("it gives a goroutine a status that does not exist"))?;
        let known = self.live_go(id);
        match known {
            Some(row) => {
                let same = self.gos[row as usize].state == status;
                must(same, "it gives a goroutine another status than the events before it")?;
            }
            None => must(self.first, "its goroutine was never created")?,
        }
        let m = if status == GoState::Syscall { self.syscall_thread(cx, thread, known)? } else { cx.m };
        let row = match known {
            Some(row) => {
                self.tick(event.time);
                self.counts.go(status, status);
                row
            }
            None => self.go_appears(event, m, status),
        };
        self.gos[row as usize].seq = self.seq_start();
        let bound = if status == GoState::Running { cx.m } else { m };
        if matches!(status, GoState::Running | GoState::Syscall) {
            self.set_go(bound, row);
        }
        Ok(())
    }

    /// A goroutine's first status, which has held from the start on, or from now on if the
    /// goroutine is known to have ended in between.
    fn go_appears(&mut self, event: &Event, m: u32, status: GoState) -> u32 {
        let [id, _, _, stack] = event.args;
        let now = self.tick(event.time);
        self.counts.go(GoState::Undetermined, status);
        let (row, revived) = self.go_row(id);
        self.gos[row as usize].state = status;
        let stack = self.stack(stack, event.offset);
        let with = match (status, self.threads.get(m as usize)) {
            (GoState::Running | GoState::Syscall, Some(thread)) => {
                self.staging.count_run(thread.p);
                With::worker(thread.p)
            }
            _ => With::NOTHING,
        };
        let since = if revived { now } else { self.epoch() };
        self.stage(row, since, Change { to: status, with, stack: stack.id });
        self.name_task(row, stack.root);
        row
    }

    /// The thread that a goroutine found in a syscall sits on.
    fn syscall_thread(&mut self, cx: Cx, id: u64, known: Option<u32>) -> Result<u32, Stop> {
        must(id != NO_THREAD, "it has a goroutine in a syscall on no thread")?;
        let existing = self.thread_rows.get(id).filter(|&row| self.threads[row as usize].known);
        let holds = |emulator: &Self, row: u32| known == Some(emulator.threads[row as usize].g);
        match existing {
            Some(row) if row == cx.m && self.first => {}
            Some(row) => must(holds(self, row), "its thread has another goroutine")?,
            None => {}
        }
        let row = self.thread_row(id);
        if existing.is_none() {
            self.meet_thread(row);
        }
        Ok(row)
    }

    /// GoStart g g_seq.
    #[inline]
    pub(super) fn go_start(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, seq, ..] = event.args;
        let row = self.go_rows.get(id).ok_or(Stop::NotYet)?;
        let go = &self.gos[row as usize];
        wait_unless(go.state == GoState::Runnable && go.seq.precedes(self.generation, seq))?;
        cx.needs_mp()?;
        cx.needs_no_g()?;
        self.change_on(event.time, row, GoState::Running, cx.p, StackId::NONE);
        self.gos[row as usize].seq = Seq::at(self.generation, seq);
        self.set_go(cx.m, row);
        Ok(())
    }

    /// GoStop and GoBlock reason_string stack.
    #[inline]
    pub(super) fn go_halt(&mut self, cx: Cx, event: &Event, to: GoState) -> Rule {
        let [reason, stack, ..] = event.args;
        cx.needs_all()?;
        self.must_run(cx.g)?;
        let reason = self.reason(reason, event.offset);
        self.counts.reason(reason);
        let stack = self.stack(stack, event.offset);
        self.name_task(cx.g, stack.root);
        self.change_often(event.time, cx.g, Change { to, with: With::reason(reason), stack: stack.id });
        self.set_go(cx.m, NONE);
        Ok(())
    }

    /// GoDestroy.
    pub(super) fn go_destroy(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_all()?;
        self.must_run(cx.g)?;
        self.change(event.time, cx.g, Change::to(GoState::NotExist));
        self.set_go(cx.m, NONE);
        Ok(())
    }

    /// GoUnblock g g_seq stack. Any thread may do it, the runtime's poller too.
    #[inline]
    pub(super) fn go_unblock(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, seq, stack, _] = event.args;
        let row = self.go_rows.get(id).ok_or(Stop::NotYet)?;
        let go = &self.gos[row as usize];
        wait_unless(go.state == GoState::Waiting && go.seq.precedes(self.generation, seq))?;
        let stack = self.stack(stack, event.offset).id;
        let change = Change { to: GoState::Runnable, with: With::waker(cx.g), stack };
        self.change_often(event.time, row, change);
        self.gos[row as usize].seq = Seq::at(self.generation, seq);
        Ok(())
    }

    /// GoSwitch and GoSwitchDestroy g g_seq: a coroutine hands its thread to another one.
    pub(super) fn go_switch(&mut self, cx: Cx, event: &Event, to: GoState) -> Rule {
        let [id, seq, ..] = event.args;
        cx.needs_all()?;
        self.must_run(cx.g)?;
        let row = self.go_rows.get(id).ok_or(Stop::NotYet)?;
        let go = &self.gos[row as usize];
        wait_unless(go.state == GoState::Waiting && go.seq.precedes(self.generation, seq))?;
        let woken = Change { with: With::waker(cx.g), ..Change::to(GoState::Runnable) };
        self.change(event.time, row, woken);
        self.change(event.time, cx.g, Change::to(to));
        self.change_on(event.time, row, GoState::Running, cx.p, StackId::NONE);
        self.gos[row as usize].seq = Seq::at(self.generation, seq);
        self.set_go(cx.m, row);
        Ok(())
    }

    /// Goroutine `row` must be running.
    #[inline]
    pub(super) fn must_run(&self, row: u32) -> Rule {
        must(self.gos[row as usize].state == GoState::Running, "its goroutine does not run")
    }

    /// Thread `m` now has goroutine `row`.
    #[inline]
    pub(super) fn set_go(&mut self, m: u32, row: u32) {
        if let Some(thread) = self.threads.get_mut(m as usize) {
            thread.g = row;
        }
    }

    /// The reason of wire string `id`, new or known.
    #[inline]
    fn reason(&mut self, id: u64, offset: u64) -> u16 {
        match self.tables.text(id) {
            Some(text) => match text.reason {
                Some(reason) => reason,
                None => self.new_reason(id, offset),
            },
            None if id == 0 => NO_REASON,
            None => {
                self.notes.odd(Odd::UnknownString, offset);
                NO_REASON
            }
        }
    }

    #[cold]
    fn new_reason(&mut self, id: u64, offset: u64) -> u16 {
        let Some(text) = self.tables.text(id).map(|text| text.id) else { return NO_REASON };
        let reason = self.reason_row(text, offset);
        if let Some(text) = self.tables.text(id) {
            text.reason = Some(reason);
        }
        reason
    }

    /// The row of the reason that reads `text`, new or known.
    pub(crate) fn reason_row(&mut self, text: StringId, offset: u64) -> u16 {
        if let Some(&row) = self.reasons.get(&text) {
            return row;
        }
        let Some(row) = u16::try_from(self.data.reasons.len()).ok().filter(|&row| row != NO_REASON) else {
            self.notes.odd(Odd::TooManyReasons, offset);
            return NO_REASON;
        };
        let kind = wait_kind(self.data.strings.get(text));
        self.data.reasons.push(Reason { text, kind });
        self.counts.grow_reasons(self.data.reasons.len());
        self.reasons.insert(text, row);
        row
    }
}

/// GoStatus's states on the wire.
fn go_state(raw: u64) -> Option<GoState> {
    Some(match raw {
        1 => GoState::Runnable,
        2 => GoState::Running,
        3 => GoState::Syscall,
        4 => GoState::Waiting,
        _ => return None,
    })
}

/// What kind of wait Go's reason `text` is.
fn wait_kind(text: &str) -> WaitKind {
    match text {
        "chan send" | "chan receive" | "select" | "sync" | "sync.(*Cond).Wait" | "synctest" | "forever" => {
            WaitKind::Sync
        }
        "network" => WaitKind::Network,
        "sleep" => WaitKind::Sleep,
        "preempted" | "runtime.Gosched" => WaitKind::Yield,
        "system goroutine wait" | "GC background sweeper wait" => WaitKind::Idle,
        "wait until GC ends" => WaitKind::Gc,
        _ if text.starts_with("GC ") => WaitKind::Gc,
        _ => WaitKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_s_reasons_have_kinds() {
        assert_eq!(wait_kind("sync.(*Cond).Wait"), WaitKind::Sync);
        assert_eq!(wait_kind("GC background sweeper wait"), WaitKind::Idle);
        assert_eq!(wait_kind("GC mark assist wait for work"), WaitKind::Gc);
        assert_eq!(wait_kind("GC weak to strong wait"), WaitKind::Gc);
        assert_eq!(wait_kind("wait until GC ends"), WaitKind::Gc);
        assert_eq!(wait_kind("wait for debug call"), WaitKind::Other);
        assert_eq!(wait_kind("something new"), WaitKind::Other);
    }
}
