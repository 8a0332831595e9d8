//! Ps: which thread has which.

use super::super::counts::GoState;
use super::super::counts::ProcState;
use super::super::emulator::{Change, Emulator};
use super::super::state::Stop;
use super::super::state::{Cx, ProcStatus, Rule, Seq, must, wait_unless};
use super::super::timed::Event;
use crate::model::ids::NONE;

impl Emulator {
    /// ProcStatus p pstatus.
    pub(super) fn proc_status(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, raw, ..] = event.args;
        let status = ProcStatus::new(raw).ok_or(Stop::Broken("it gives a P a status that does not exist"))?;
        match self.live_proc(id) {
            Some(p) => self.proc_restated(cx, event, p, status),
            None => self.proc_appears(cx, event, id, status),
        }
    }

    fn proc_appears(&mut self, cx: Cx, event: &Event, id: u64, status: ProcStatus) -> Rule {
        let p = self.proc_row(id);
        self.met.procs.push(p);
        let from = if self.first { ProcState::Undetermined } else { ProcState::NotExist };
        let now = self.proc_change(event.time, from, status.public());
        let proc = &mut self.procs[p as usize];
        (proc.status, proc.seq) = (status, Seq::start(self.generation));
        if matches!(status, ProcStatus::Running | ProcStatus::Syscall) {
            let since = if self.first { self.epoch() } else { now };
            self.hold(cx.m, p, since);
        }
        Ok(())
    }

    fn proc_restated(&mut self, cx: Cx, event: &Event, p: u32, status: ProcStatus) -> Rule {
        let known = self.procs[p as usize].status;
        // The writer may not know any more whose P it is about to retake, but we do.
        let promoted = status == ProcStatus::Abandoned && known == ProcStatus::Syscall;
        must(promoted || known == status, "it gives a P another status than the events before it")?;
        must(!promoted || self.holder(p).is_some(), "no thread holds the P")?;
        self.procs[p as usize].seq = self.seq_start();
        let now = self.proc_change(event.time, known.public(), known.public());
        if matches!(status, ProcStatus::Running | ProcStatus::Syscall) {
            self.hold(cx.m, p, now);
        }
        Ok(())
    }

    /// The thread that has P `p`.
    fn holder(&self, p: u32) -> Option<u32> {
        let holder = self.procs[p as usize].holder;
        self.threads.get(holder as usize).filter(|thread| thread.p == p).map(|_| holder)
    }

    /// ProcStart p p_seq.
    pub(super) fn proc_start(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, seq, ..] = event.args;
        let p = self.live_proc(id).ok_or(Stop::NotYet)?;
        let proc = &self.procs[p as usize];
        wait_unless(
            proc.status == ProcStatus::Idle && proc.seq.precedes(self.generation, seq) && cx.p == NONE,
        )?;
        cx.needs_m()?;
        let now = self.proc_change(event.time, ProcState::Idle, ProcState::Running);
        let proc = &mut self.procs[p as usize];
        (proc.status, proc.seq) = (ProcStatus::Running, Seq::at(self.generation, seq));
        self.hold(cx.m, p, now);
        Ok(())
    }

    /// ProcStop: the thread gives its P back.
    pub(super) fn proc_stop(&mut self, cx: Cx, event: &Event) -> Rule {
        cx.needs_mp()?;
        let status = self.procs[cx.p as usize].status;
        must(matches!(status, ProcStatus::Running | ProcStatus::Syscall), "its P does not run")?;
        let now = self.proc_change(event.time, ProcState::Running, ProcState::Idle);
        self.procs[cx.p as usize].status = ProcStatus::Idle;
        self.take_proc(cx.m, cx.p, now);
        Ok(())
    }

    /// ProcSteal p p_seq m: a P is taken from thread m, which is in a syscall.
    pub(super) fn proc_steal(&mut self, cx: Cx, event: &Event) -> Rule {
        let [id, seq, victim, _] = event.args;
        let p = self.live_proc(id).ok_or(Stop::NotYet)?;
        let (status, counter) = (self.procs[p as usize].status, self.procs[p as usize].seq);
        wait_unless(matches!(status, ProcStatus::Syscall | ProcStatus::Abandoned))?;
        wait_unless(counter.precedes(self.generation, seq))?;
        cx.needs_m()?;
        let victim = self.victim(status, p, victim)?;
        let now = self.proc_change(event.time, status.public(), ProcState::Idle);
        let proc = &mut self.procs[p as usize];
        (proc.status, proc.seq) = (ProcStatus::Idle, Seq::at(self.generation, seq));
        match victim {
            Some(victim) => self.take_proc(victim, p, now),
            None => self.release(p, now),
        }
        Ok(())
    }

    /// The row of the thread that loses `p`; none where it was lost before.
    fn victim(&mut self, status: ProcStatus, p: u32, id: u64) -> Result<Option<u32>, Stop> {
        if status == ProcStatus::Abandoned {
            return Ok(None);
        }
        let row = self.thread_rows.get(id).filter(|&row| self.threads[row as usize].p == p);
        row.map(Some).ok_or(Stop::Broken("it takes a P from a thread that does not have it"))
    }

    /// Thread `m` loses `p`. Its goroutine may be in a syscall, which goes on without a worker.
    pub(super) fn take_proc(&mut self, m: u32, p: u32, now: u64) {
        self.release(p, now);
        let thread = &mut self.threads[m as usize];
        thread.p = NONE;
        let g = thread.g;
        if self.gos.get(g as usize).is_some_and(|go| go.state == GoState::Syscall) {
            self.stage(g, now, Change::to(GoState::Syscall));
        }
    }
}
