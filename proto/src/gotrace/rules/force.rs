//! What to assume where the events that another one follows are not in the file.
//!
//! A file that was cut lacks the last batches of every thread, and all batches of quiet ones. The
//! events that are there are true, so the state that one of them needs must have come about.

use super::super::counts::GoState;
use super::super::emulator::{Change, Emulator};
use super::super::spec::kind;
use super::super::state::{ProcStatus, Seq};
use super::super::timed::Event;
use super::GcCycle;
use crate::model::ids::NONE;

impl Emulator {
    /// Brings about what `event` of `thread` waits for; false if that is not known. Goroutines and
    /// Ps that were never introduced are believed in only where batches are `missing`.
    pub fn force(&mut self, thread: u32, event: &Event, missing: bool) -> bool {
        let [id, seq, ..] = event.args;
        match event.kind {
            kind::GO_START => self.force_go(id, seq, GoState::Runnable, missing),
            kind::GO_UNBLOCK | kind::GO_SWITCH | kind::GO_SWITCH_DESTROY => {
                self.force_go(id, seq, GoState::Waiting, missing)
            }
            kind::PROC_START => {
                self.force_thread_free(thread);
                self.force_proc(id, seq, ProcStatus::Idle, missing)
            }
            kind::PROC_STEAL => self.force_proc(id, seq, ProcStatus::Abandoned, missing),
            kind::GO_SYSCALL_END_BLOCKED => self.force_thread_free(thread),
            kind::GC_BEGIN | kind::GC_ACTIVE | kind::GC_END => {
                let seq = event.args[0].wrapping_sub(1);
                self.gc = GcCycle { seq, running: Some(event.kind != kind::GC_BEGIN) };
                true
            }
            _ => false,
        }
    }

    /// Goroutine `id` is in `state`, and its event `seq` comes next.
    fn force_go(&mut self, id: u64, seq: u64, state: GoState, missing: bool) -> bool {
        let row = match self.live_go(id) {
            Some(row) => row,
            None if missing => self.believe_in_go(id),
            None => return false,
        };
        for &thread in &self.met.threads {
            let thread = &mut self.threads[thread as usize];
            if thread.g == row {
                thread.g = NONE;
            }
        }
        let go = &mut self.gos[row as usize];
        (go.state, go.seq) = (state, Seq::at(self.generation, seq.wrapping_sub(1)));
        true
    }

    /// A goroutine that must have been there all along.
    pub(crate) fn believe_in_go(&mut self, id: u64) -> u32 {
        let (row, _) = self.go_row(id);
        let since = if self.gos[row as usize].room.spans == 0 { self.epoch() } else { self.last_event_ns };
        self.stage(row, since, Change::to(GoState::Undetermined));
        self.gos[row as usize].state = GoState::Undetermined;
        row
    }

    /// P `id` has `status`, and its event `seq` comes next. Whoever had it has lost it.
    fn force_proc(&mut self, id: u64, seq: u64, status: ProcStatus, missing: bool) -> bool {
        let p = match self.live_proc(id) {
            Some(p) => p,
            None if missing => {
                let p = self.proc_row(id);
                self.met.procs.push(p);
                p
            }
            None => return false,
        };
        for at in 0..self.met.threads.len() {
            let m = self.met.threads[at];
            if self.threads[m as usize].p == p {
                self.lose_proc(m, p);
            }
        }
        let proc = &mut self.procs[p as usize];
        (proc.status, proc.seq) = (status, Seq::at(self.generation, seq.wrapping_sub(1)));
        true
    }

    /// Thread `m` has no P; its P, if it had one, is idle.
    fn force_thread_free(&mut self, m: u32) -> bool {
        let Some(p) = self.threads.get(m as usize).map(|thread| thread.p) else { return false };
        if p != NONE {
            self.lose_proc(m, p);
            self.procs[p as usize].status = ProcStatus::Idle;
        }
        true
    }

    /// Thread `m` lost `p` at some time unseen; what its goroutine does without it is not known.
    fn lose_proc(&mut self, m: u32, p: u32) {
        let now = self.last_event_ns;
        self.release(p, now);
        self.threads[m as usize].p = NONE;
        let g = self.threads[m as usize].g;
        match self.gos.get(g as usize).map(|go| go.state) {
            Some(GoState::Running) => self.stage(g, now, Change::to(GoState::Undetermined)),
            Some(GoState::Syscall) => self.stage(g, now, Change::to(GoState::Syscall)),
            _ => {}
        }
    }
}
