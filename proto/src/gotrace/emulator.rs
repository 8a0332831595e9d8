//! The emulated scheduler: what is known of goroutines, Ps and threads, and the tables that its
//! changes are written to. What each event needs and does is in `rules`.

use super::batch::NO_THREAD;
use super::counts::{Counts, GoState, Other, ProcState};
use super::notes::{Notes, Odd};
use super::rules::{GcCycle, OpenRanges, UserState};
use super::rust::Told;
use super::staging::{Staging, With};
use super::state::{Cx, Go, Proc, ProcStatus, Rows, Rule, Seq, Thread};
use super::tables::{CpuSample, StackRow, Tables};
use crate::model::ids::NONE;
use crate::model::{
    Dataset, FunctionId, StackId, StringId, Strings, Task, TaskId, ThreadId, WorkerId, WorkerSpan,
};

/// All state that outlives a generation, and the data set being filled.
#[derive(Clone, Debug)]
pub(crate) struct Emulator {
    /// The tables, except those that are staged.
    pub data: Dataset,
    /// What went wrong.
    pub notes: Notes,
    /// Counts in Go's terms.
    pub counts: Counts,
    /// Strings and stacks of this generation.
    pub tables: Tables,
    /// What a Rust program told besides.
    pub(super) rust: Told,
    pub(super) staging: Staging,
    pub(super) gos: Vec<Go>,
    pub(super) procs: Vec<Proc>,
    pub(super) threads: Vec<Thread>,
    pub(super) go_rows: Rows,
    pub(super) proc_rows: Rows,
    pub(super) thread_rows: Rows,
    pub(super) gc: GcCycle,
    pub(super) open: OpenRanges,
    pub(super) user: UserState,
    /// Samples' goroutines and Ps by their runtime ids, until the generation's end names all.
    pub(super) sampled: Vec<(u64, u64)>,
    /// Running spans that GoLabel marked.
    pub(super) labelled: Vec<Label>,
    pub(super) counters: [(Vec<u64>, Vec<u64>); 3],
    pub(super) reasons: std::collections::HashMap<StringId, u16>,
    /// Ordinal of the generation being read.
    pub(super) generation: u32,
    /// Whether goroutines may still appear by status: in the first generation, and after damage.
    pub(super) first: bool,
    /// The first Sync or event since the start or since damage.
    pub(super) epoch_ns: Option<u64>,
    /// The latest time given out.
    pub(super) last_ns: u64,
    /// Start of the trace: its first Sync.
    pub(super) start_ns: Option<u64>,
    pub(super) first_event_ns: Option<u64>,
    pub(super) last_event_ns: u64,
    /// Goroutines, Ps and threads that were not at rest at some time since the start or since
    /// damage, so that forgetting them costs no more than reading them did.
    pub(super) met: Met,
    /// Tasks that lived before damage and were not seen since.
    pub(super) unsettled: Vec<u32>,
}

/// Rows that may hold state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Met {
    pub gos: Vec<u32>,
    pub procs: Vec<u32>,
    pub threads: Vec<u32>,
}

/// A goroutine's next state, and the span it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    /// State to go to.
    pub to: GoState,
    /// Why, where or by whom.
    pub with: With,
    /// Stack of the event.
    pub stack: StackId,
}

/// A label of a Running span, which is the `span`th of its task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub task: u32,
    pub span: u32,
    pub reason: u16,
}

impl Change {
    /// A change to `to` with nothing more known.
    pub fn to(to: GoState) -> Self {
        Self { to, with: With::NOTHING, stack: StackId::NONE }
    }
}

impl Emulator {
    /// Nothing known, nothing written.
    pub fn new() -> Self {
        Self {
            data: Dataset::default(),
            notes: Notes::default(),
            counts: Counts::default(),
            tables: Tables::default(),
            rust: Told::default(),
            staging: Staging::default(),
            gos: Vec::new(),
            procs: Vec::new(),
            threads: Vec::new(),
            go_rows: Rows::default(),
            proc_rows: Rows::default(),
            thread_rows: Rows::default(),
            gc: GcCycle::default(),
            open: OpenRanges::default(),
            user: UserState::default(),
            sampled: Vec::new(),
            labelled: Vec::new(),
            counters: Default::default(),
            reasons: Default::default(),
            generation: 0,
            first: true,
            epoch_ns: None,
            last_ns: 0,
            start_ns: None,
            first_event_ns: None,
            last_event_ns: 0,
            met: Met::default(),
            unsettled: Vec::new(),
        }
    }

    /// Whether not one event was taken in.
    pub fn is_empty(&self) -> bool {
        self.first_event_ns.is_none()
    }

    /// Begins a generation whose smallest time is `min_ns`.
    pub fn begin_generation(&mut self, tables: Tables, min_ns: u64) {
        self.tables = tables;
        self.generation += 1;
        self.last_ns = min_ns.max(self.last_ns.saturating_add(1));
        self.counts.other(Other::Sync);
    }

    /// What is found in this generation has been so since its start, which Go shows as Sync.
    pub fn found_since_sync(&mut self) {
        if self.first {
            self.epoch_ns.get_or_insert(self.last_ns);
            self.start_ns.get_or_insert(self.last_ns);
        }
    }

    /// Ends a generation. If `whole`, every living goroutine was named in it.
    pub fn end_generation(&mut self, whole: bool) {
        self.resolve_samples();
        if whole {
            self.settle();
            self.counts.generations += 1;
        }
        self.first = false;
    }

    /// The row of thread `id`, new or known; `NONE` for no thread.
    pub fn thread_row(&mut self, id: u64) -> u32 {
        if id == NO_THREAD {
            return NONE;
        }
        self.thread_rows.get(id).unwrap_or_else(|| {
            self.threads.push(Thread { g: NONE, p: NONE, known: false, seen: false });
            self.data.threads.push(crate::model::Thread { id, name: Strings::EMPTY });
            self.thread_rows.add(id)
        })
    }

    /// The context of an event on `thread`.
    #[inline]
    pub(super) fn cx(&mut self, thread: u32) -> Cx {
        match self.threads.get(thread as usize) {
            Some(state) => {
                let cx = Cx { m: thread, g: state.g, p: state.p };
                if !state.known {
                    self.meet_thread(thread);
                }
                cx
            }
            None => Cx { m: NONE, g: NONE, p: NONE },
        }
    }

    /// How many threads may hold state.
    pub fn threads_met(&self) -> u64 {
        self.met.threads.len() as u64
    }

    /// From now on, thread `thread` exists.
    pub(super) fn meet_thread(&mut self, thread: u32) {
        let state = &mut self.threads[thread as usize];
        (state.known, state.seen) = (true, true);
        self.met.threads.push(thread);
    }

    /// The time to show for an event at `time`: times strictly ascend over the trace.
    #[inline]
    pub(super) fn tick(&mut self, time: u64) -> u64 {
        let now = time.max(self.last_ns.saturating_add(1));
        self.last_ns = now;
        self.last_event_ns = now;
        if self.first_event_ns.is_none() | self.epoch_ns.is_none() {
            self.epoch_ns.get_or_insert(now);
            self.first_event_ns.get_or_insert(now);
            self.start_ns.get_or_insert(now);
        }
        now
    }

    /// Since when what a first status says has held: since the start of what could be read.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch_ns.unwrap_or(self.last_ns)
    }

    /// The counter of a goroutine or P that just got its status.
    pub(super) fn seq_start(&self) -> Seq {
        Seq::start(self.generation)
    }

    /// The stack of wire id `id`; none, with a notice, for an unknown one.
    #[inline]
    pub(super) fn stack(&mut self, id: u64, offset: u64) -> StackRow {
        self.tables.stack(id).unwrap_or_else(|| {
            if id != 0 {
                self.notes.odd(Odd::UnknownStack, offset);
            }
            StackRow { id: StackId::NONE, root: FunctionId::NONE }
        })
    }

    /// The text of wire id `id`; empty, with a notice, for an unknown one.
    pub(super) fn text(&mut self, id: u64, offset: u64) -> StringId {
        match self.tables.text(id) {
            Some(text) => text.id,
            None => {
                if id != 0 {
                    self.notes.odd(Odd::UnknownString, offset);
                }
                Strings::EMPTY
            }
        }
    }

    /// Takes goroutine `row` from its state to the next.
    #[inline(never)]
    pub(super) fn change(&mut self, time: u64, row: u32, change: Change) -> u64 {
        self.change_often(time, row, change)
    }

    /// The same where most events come by.
    #[inline(always)]
    pub(super) fn change_often(&mut self, time: u64, row: u32, change: Change) -> u64 {
        let now = self.tick(time);
        let go = &mut self.gos[row as usize];
        self.counts.go(go.state, change.to);
        go.state = change.to;
        if change.to == GoState::NotExist {
            self.end_task(row, now);
        } else {
            self.stage(row, now, change);
        }
        now
    }

    /// Begins a span.
    #[inline(always)]
    pub(super) fn stage(&mut self, row: u32, start_ns: u64, change: Change) {
        if self.staging.push(row, start_ns, change.to, change.with, change.stack) {
            let room = &mut self.gos[row as usize].room;
            room.spans += 1;
            room.wakes += u32::from(change.with.is_waker());
        } else {
            self.notes.odd(Odd::TooManySpans, 0);
        }
    }

    /// Takes goroutine `row` to a state in which it has `worker`, or none where that is `NONE`.
    #[inline]
    pub(super) fn change_on(&mut self, time: u64, row: u32, to: GoState, worker: u32, stack: StackId) -> u64 {
        self.staging.count_run(worker);
        self.change_often(time, row, Change { to, with: With::worker(worker), stack })
    }

    fn end_task(&mut self, row: u32, now: u64) {
        self.data.tasks.rows[row as usize].ended_ns = Some(now);
        self.end_regions(row, now);
    }

    /// The row of goroutine `id` if it is alive as far as known.
    #[inline]
    pub(super) fn live_go(&mut self, id: u64) -> Option<u32> {
        self.go_rows.get(id).filter(|&row| self.gos[row as usize].state != GoState::NotExist)
    }

    /// A row for goroutine `id`, which is not alive: a new one, or that of an earlier life. Also
    /// whether an earlier life had ended.
    pub(super) fn go_row(&mut self, id: u64) -> (u32, bool) {
        if let Some(row) = self.go_rows.get(id) {
            self.met.gos.push(row);
            return (row, self.revive(row));
        }
        self.met.gos.push(self.gos.len() as u32);
        self.gos.push(Go::default());
        self.data.tasks.rows.push(Task {
            id,
            entry: FunctionId::NONE,
            name: Strings::EMPTY,
            parent: TaskId::NONE,
            spawn_stack: StackId::NONE,
            created_ns: None,
            ended_ns: None,
        });
        (self.go_rows.add(id), false)
    }

    /// Bridges the time between two lives of one id, which Go never uses twice.
    fn revive(&mut self, row: u32) -> bool {
        let ended = self.data.tasks.rows[row as usize].ended_ns.take();
        if let Some(ended) = ended {
            self.stage(row, ended, Change::to(GoState::NotExist));
        }
        ended.is_some()
    }

    /// Takes the root of the first stack seen as the task's entry function.
    #[inline]
    pub(super) fn name_task(&mut self, row: u32, root: FunctionId) {
        let go = &mut self.gos[row as usize];
        if !go.named && !root.is_none() {
            go.named = true;
            self.data.tasks.rows[row as usize].entry = root;
        }
    }

    /// The row of P `id` if its status is known.
    #[inline]
    pub(super) fn live_proc(&mut self, id: u64) -> Option<u32> {
        self.proc_rows.get(id).filter(|&row| self.procs[row as usize].status != ProcStatus::Absent)
    }

    /// The row of P `id`, new or known.
    pub(super) fn proc_row(&mut self, id: u64) -> u32 {
        self.proc_rows.get(id).unwrap_or_else(|| {
            let seq = Seq::default();
            self.procs.push(Proc { id, seq, status: ProcStatus::Absent, holder: NONE, held: None });
            self.proc_rows.add(id)
        })
    }

    /// Shows a P's transition.
    pub(super) fn proc_change(&mut self, time: u64, from: ProcState, to: ProcState) -> u64 {
        self.counts.proc(from, to);
        self.tick(time)
    }

    /// Gives P `p` to thread `m` from `start_ns` on.
    pub(super) fn hold(&mut self, m: u32, p: u32, start_ns: u64) {
        if let Some(thread) = self.threads.get_mut(m as usize) {
            thread.p = p;
        }
        if self.procs[p as usize].held.is_some_and(|(_, thread)| thread == m) {
            return;
        }
        self.release(p, start_ns);
        let proc = &mut self.procs[p as usize];
        (proc.holder, proc.held) = (m, Some((start_ns, m)));
    }

    /// P `p` has no thread from `end_ns` on.
    pub(super) fn release(&mut self, p: u32, end_ns: u64) {
        if let Some((start_ns, thread)) = self.procs[p as usize].held.take() {
            let end_ns = end_ns.max(start_ns);
            self.data.worker_spans.push(WorkerSpan {
                worker: WorkerId(p),
                thread: ThreadId(thread),
                start_ns,
                end_ns,
            });
        }
    }

    /// Shows a CPU sample. It never touches the scheduler, which it may contradict.
    pub fn sample(&mut self, sample: &CpuSample) {
        let thread = self.thread_row(sample.m);
        if let Some(thread) = self.threads.get_mut(thread as usize) {
            thread.seen = true;
        }
        let now = self.tick(sample.time);
        self.counts.other(Other::StackSample);
        let stack = self.stack(sample.stack, sample.offset).id;
        let samples = &mut self.data.samples;
        samples.stack.push(stack);
        samples.time_ns.push(now);
        samples.thread.push(ThreadId(thread));
        self.sampled.push((sample.g, sample.p));
    }

    /// Names goroutines and Ps of the generation's samples. A sample may come before the late
    /// status that introduces its goroutine, so this waits for the end.
    fn resolve_samples(&mut self) {
        for (g, p) in std::mem::take(&mut self.sampled) {
            let task = self.go_rows.get(g).filter(|_| g != 0).map_or(TaskId::NONE, TaskId);
            let worker = self.proc_rows.get(p).map_or(WorkerId::NONE, WorkerId);
            self.data.samples.task.push(task);
            self.data.samples.worker.push(worker);
        }
    }

    /// Forgets the scheduler's state after damage: what was read stays, and nothing is known until
    /// the next generation names everything anew.
    pub fn forget(&mut self) {
        let now = self.last_event_ns;
        let met = std::mem::take(&mut self.met);
        for row in met.gos {
            if self.gos[row as usize].state != GoState::NotExist {
                self.gos[row as usize].state = GoState::NotExist;
                self.stage(row, now, Change::to(GoState::Undetermined));
                self.unsettled.push(row);
            }
        }
        for p in met.procs {
            self.release(p, now);
            self.procs[p as usize].status = ProcStatus::Absent;
        }
        for thread in met.threads {
            let thread = &mut self.threads[thread as usize];
            (thread.g, thread.p, thread.known) = (NONE, NONE, false);
        }
        self.close_ranges(now);
        self.user.forget_regions();
        self.gc = GcCycle::default();
        self.first = true;
        self.epoch_ns = None;
    }

    /// Ends the tasks that a whole generation after damage did not name again.
    fn settle(&mut self) {
        let ended = self.epoch();
        for row in std::mem::take(&mut self.unsettled) {
            let task = &mut self.data.tasks.rows[row as usize];
            if self.gos[row as usize].state == GoState::NotExist && task.ended_ns.is_none() {
                task.ended_ns = Some(ended);
            }
        }
    }

    /// Applies `event` of `thread`.
    #[inline]
    pub fn advance(&mut self, thread: u32, event: &super::timed::Event) -> Rule {
        let cx = self.cx(thread);
        self.apply(cx, event)
    }
}
