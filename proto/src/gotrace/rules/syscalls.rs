//! System calls, and threads of foreign code that call into Go.

use super::super::counts::{GoState, ProcState};
use super::super::emulator::{Change, Emulator};
use super::super::state::{Cx, ProcStatus, Rule, Seq, must, wait_unless};
use super::super::timed::Event;
use crate::model::StackId;
use crate::model::ids::NONE;

impl Emulator {
    /// GoSyscallBegin p_seq stack.
    #[inline]
    pub(super) fn syscall_begin(&mut self, cx: Cx, event: &Event) -> Rule {
        let [seq, stack, ..] = event.args;
        cx.needs_all()?;
        self.must_run(cx.g)?;
        let follows = self.procs[cx.p as usize].seq.precedes(self.generation, seq);
        must(follows, "it is not the next event of its P")?;
        let stack = self.stack(stack, event.offset);
        self.name_task(cx.g, stack.root);
        self.change_on(event.time, cx.g, GoState::Syscall, cx.p, stack.id);
        let proc = &mut self.procs[cx.p as usize];
        (proc.status, proc.seq) = (ProcStatus::Syscall, Seq::at(self.generation, seq));
        Ok(())
    }

    /// GoSyscallEnd: the P is still there.
    #[inline]
    pub(super) fn syscall_end(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_all()?;
        self.must_be_in_syscall(cx.g)?;
        must(self.procs[cx.p as usize].status == ProcStatus::Syscall, "its P is in no syscall")?;
        self.change_on(event.time, cx.g, GoState::Running, cx.p, StackId::NONE);
        self.procs[cx.p as usize].status = ProcStatus::Running;
        Ok(())
    }

    /// GoSyscallEndBlocked: the P was taken meanwhile.
    pub(super) fn syscall_end_blocked(&mut self, cx: Cx, event: &Event) -> Rule {
        wait_unless(cx.p == NONE || self.procs[cx.p as usize].status != ProcStatus::Syscall)?;
        cx.needs_mg()?;
        self.must_be_in_syscall(cx.g)?;
        self.change(event.time, cx.g, Change::to(GoState::Runnable));
        self.set_go(cx.m, NONE);
        Ok(())
    }

    /// GoCreateSyscall new_g: a foreign thread enters Go.
    pub(super) fn go_create_syscall(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, ..] = event.args;
        cx.needs_m()?;
        cx.needs_no_g()?;
        must(self.live_go(id).is_none(), "it creates a goroutine that already exists")?;
        let (row, _) = self.go_row(id);
        let now = self.change_on(event.time, row, GoState::Syscall, cx.p, StackId::NONE);
        self.gos[row as usize].seq = self.seq_start();
        self.born(row, now, NONE, StackId::NONE);
        self.set_go(cx.m, row);
        Ok(())
    }

    /// GoDestroySyscall: a foreign thread leaves Go. Its P may stay behind, for others to take.
    pub(super) fn go_destroy_syscall(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_mg()?;
        self.must_be_in_syscall(cx.g)?;
        if cx.p != NONE {
            must(self.procs[cx.p as usize].status == ProcStatus::Syscall, "its P is in no syscall")?;
            let now = self.proc_change(event.time, ProcState::Running, ProcState::Idle);
            self.procs[cx.p as usize].status = ProcStatus::Abandoned;
            self.release(cx.p, now);
            self.threads[cx.m as usize].p = NONE;
        }
        self.change(event.time, cx.g, Change::to(GoState::NotExist));
        self.set_go(cx.m, NONE);
        Ok(())
    }

    fn must_be_in_syscall(&self, row: u32) -> Rule {
        must(self.gos[row as usize].state == GoState::Syscall, "its goroutine is in no syscall")
    }
}
