//! Steps of tasks as events: which statuses go before them, which P they are on, and their numbers.
//!
//! The rules that readers check: an event needs the status of its P, of the thread's goroutine and of
//! the one it names, told once in each generation before their first event in it; a goroutine runs only
//! on a thread with a P and no other goroutine.

use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use taskscope_proto::gotrace::spec::kind;
use taskscope_proto::gotrace::write::{GoStatus, MAX_VARINT, NONE, ProcStatus, put_varint};

use super::chunk::{Chunk, Content};
use super::slot::{self, FIRST, GENERATION, Half, Own, Slot};
use super::{clock, lanes, notes, waits};
use crate::tasks::here;
use crate::tasks::record::{Kind, Outcome, Record};
use crate::tasks::word::{Change, Pin, State, Word};

/// The most bytes of an event: GoStatusStack.
const LONGEST: usize = 1 + 5 * MAX_VARINT;

/// Holds the generation still, and writes events of this thread, until it is dropped.
///
/// Every method is told the [`Change`] of the task's state word. Its numbered events (GoUnblock,
/// GoStart) end at `change.after.sequence()`: GoStart from Waiting and `resume` write GoUnblock with
/// the number before it, then GoStart with it. If `change.before.generation()` is not this generation,
/// the status of the word before goes first (a nested one as Waiting); if it is older than the trace,
/// the trace does not know the task at all yet.
#[derive(Debug)]
pub(crate) struct Writer {
    slot: NonNull<Slot>,
    generation: u32,
    /// The first one of the trace.
    trace: u32,
    now: u64,
    /// Whether the slot is for this writer only.
    single: bool,
}

/// The writer of this thread while a trace is written; one relaxed load where none is. Once a thread
/// has seen a generation (in a state word, read with Acquire), it never gets an older one.
#[inline]
pub(crate) fn pin() -> Option<Writer> {
    if is_off() { None } else { Writer::new() }
}

/// Whether no trace is written: one relaxed load, and then [`pin`] gives nothing.
#[inline]
pub(crate) fn is_off() -> bool {
    GENERATION.load(Ordering::Relaxed) == 0
}

impl Pin for Writer {
    fn generation(&self) -> u32 {
        self.generation
    }
}

impl Drop for Writer {
    #[inline]
    fn drop(&mut self) {
        self.slot().release();
        if self.single {
            self.slot().leave();
        }
    }
}

impl Writer {
    #[inline(never)]
    fn new() -> Option<Self> {
        let mut slot = slot::here();
        let single = slot::is_gone(slot);
        if single {
            // The list of slots keeps it until `leave`.
            slot = std::sync::Arc::as_ptr(&slot::register());
        }
        let slot = NonNull::new(slot.cast_mut())?;
        // SAFETY: the thread's keeper, or for a single use the list of slots, keeps the slot alive.
        let held = unsafe { slot.as_ref() };
        debug_assert!(!held.is_pinned(), "nothing that a writer calls takes another one");
        let Some(generation) = held.hold() else {
            if single {
                held.leave();
            }
            return None;
        };
        Some(Self::holding(slot, generation, single))
    }

    /// For the last events of a thread that ends, whose slot is `slot`.
    #[cold]
    pub(super) fn of(slot: &Slot) -> Option<Self> {
        let generation = slot.hold()?;
        Some(Self::holding(NonNull::from(slot), generation, false))
    }

    #[inline]
    fn holding(slot: NonNull<Slot>, generation: u32, single: bool) -> Self {
        let trace = FIRST.load(Ordering::Relaxed);
        let mut writer = Self { slot, generation, trace, now: clock::now(), single };
        if writer.own().generation != generation {
            writer.enter();
        }
        writer
    }

    #[inline]
    fn slot(&self) -> &Slot {
        // SAFETY: as in `new`; the slot is left only when the writer is dropped.
        unsafe { self.slot.as_ref() }
    }

    #[inline]
    fn own(&mut self) -> &mut Own {
        // SAFETY: the slot is this thread's, and the reference ends with the borrow of the writer.
        unsafe { self.slot.as_ref().own() }
    }

    #[inline]
    fn half(&mut self) -> &mut Half {
        // SAFETY: the generation is held, and the reference ends with the borrow of the writer.
        unsafe { self.slot.as_ref().half(self.generation) }
    }

    /// First event of this thread in the generation: the statuses of its P and of its task.
    #[cold]
    fn enter(&mut self) {
        let (generation, trace, now) = (self.generation, self.trace, self.now);
        let own = self.own();
        own.generation = generation;
        if own.trace != trace {
            *own = Own { trace, generation, thread: own.thread, ..Own::default() };
        }
        own.last = own.last.max(now.saturating_sub(1));
        *self.half() = Half { generation, ..Half::default() };
        if let Some(lane) = self.own().lane.as_mut().filter(|lane| lane.running) {
            (lane.generation, lane.sequence) = (generation, 0);
            let p = lane.p;
            self.event(kind::PROC_STATUS, [p, ProcStatus::Running as u64]);
        }
        here::with_current(|task| self.tell_current(task));
    }

    /// The status of the task whose poll, begun before, this thread is in.
    fn tell_current(&mut self, task: &Record) {
        let (generation, first) = (self.generation, self.trace);
        // A running task that a later generation meets first is told by GoCreate and GoStart, which has a number.
        let events = |word: Word| match word.state() {
            State::Ended => None,
            _ if is_running(word) && word.generation() < first && generation != first => Some(1),
            _ => Some(0),
        };
        if let Some(before) = task.state.claim(generation, events) {
            self.tell_status(task, before);
        }
    }

    /// The status of `task`, which has none in this generation.
    #[cold]
    fn tell_status(&mut self, task: &Record, before: Word) {
        let running = is_running(before);
        let status = match before.state() {
            State::Ended => return,
            _ if running => GoStatus::Running,
            State::Runnable => GoStatus::Runnable,
            _ => GoStatus::Waiting,
        };
        if running {
            self.need_p(is_worker_s(task));
            self.own().on = task.id;
        }
        if before.generation() >= self.trace {
            if task.name.is_some() {
                self.note(|chunk| notes::met(chunk, task));
            }
            return self.event(kind::GO_STATUS, [task.id, NONE, status as u64]);
        }
        self.note(|chunk| notes::born(chunk, task));
        let entry = waits::entry(task);
        if self.generation == self.trace {
            return self.event(kind::GO_STATUS_STACK, [task.id, NONE, status as u64, entry]);
        }
        // Only the first generation may tell of goroutines that nobody created.
        self.need_p(is_worker_s(task));
        match status {
            GoStatus::Waiting => self.event(kind::GO_CREATE_BLOCKED, [task.id, entry, 0]),
            GoStatus::Runnable => self.event(kind::GO_CREATE, [task.id, entry, 0]),
            GoStatus::Running => {
                self.event(kind::GO_CREATE, [task.id, entry, 0]);
                self.event(kind::GO_START, [task.id, 1]);
            }
        }
        if !running {
            self.rest_p();
        }
    }

    #[inline]
    fn tell_status_before(&mut self, task: &Record, change: Change) {
        if change.before.generation() != self.generation {
            self.tell_status(task, change.before);
        }
    }

    /// GoCreate: `task` was spawned by what runs on this thread. It is runnable; its word has this
    /// generation and sequence number 0.
    pub(crate) fn create(&mut self, task: &Record) {
        self.half().counts.spawned += 1;
        self.need_p(false);
        self.note(|chunk| notes::born(chunk, task));
        self.event(kind::GO_CREATE, [task.id, waits::entry(task), 0]);
        self.rest_p();
    }

    /// GoStart: its poll begins. From Waiting: no wake was seen, so a GoUnblock goes before.
    pub(crate) fn start(&mut self, task: &Record, change: Change) {
        self.need_p(is_worker_s(task));
        self.tell_status_before(task, change);
        let sequence = u64::from(change.after.sequence());
        self.half().counts.polls += 1;
        if change.before.state() == State::Waiting {
            self.half().counts.unwoken_polls += 1;
            self.event(kind::GO_UNBLOCK, [task.id, sequence.saturating_sub(1), 0]);
        }
        self.event(kind::GO_START, [task.id, sequence]);
        self.own().on = task.id;
    }

    /// GoBlock: its poll ended with Pending and nobody woke it meanwhile.
    pub(crate) fn block(&mut self, task: &Record, change: Change) {
        self.tell_status_before(task, change);
        let (reason, stack) = waits::last_seen(task, self.trace);
        self.leave(task, |writer| writer.event(kind::GO_BLOCK, [reason, stack]));
    }

    /// GoStop: its poll ended with Pending and it is runnable again already.
    pub(crate) fn stop(&mut self, task: &Record, change: Change) {
        self.tell_status_before(task, change);
        self.half().counts.woken_in_poll += 1;
        self.leave(task, |writer| writer.event(kind::GO_STOP, [waits::YIELD, waits::entry(task)]));
    }

    /// GoDestroy: it ended (Ready, panic, or the end of its drop, see [`Record::outcome`]).
    pub(crate) fn destroy(&mut self, task: &Record, change: Change) {
        self.tell_status_before(task, change);
        let counts = &mut self.half().counts;
        counts.ended += 1;
        match task.outcome() {
            Outcome::Dropped => counts.dropped += 1,
            Outcome::Panicked => counts.panicked += 1,
            Outcome::Ready | Outcome::None => {}
        }
        if notes::is_end_noted(task) {
            self.note(|chunk| notes::over(chunk, task));
        }
        self.leave(task, |writer| writer.event(kind::GO_DESTROY, []));
    }

    /// GoUnblock: this thread made it runnable.
    pub(crate) fn unblock(&mut self, task: &Record, change: Change) {
        self.tell_status_before(task, change);
        self.half().counts.wakes += 1;
        self.event(kind::GO_UNBLOCK, [task.id, u64::from(change.after.sequence()), 0]);
    }

    /// GoBlock: its poll called the poll of another task, which starts on this thread now.
    pub(crate) fn suspend(&mut self, task: &Record, change: Change) {
        self.tell_status_before(task, change);
        if self.own().on == task.id {
            self.event(kind::GO_BLOCK, [0, waits::entry(task)]);
            self.own().on = 0;
        }
    }

    /// GoUnblock and GoStart: that poll ended, this one goes on.
    pub(crate) fn resume(&mut self, task: &Record, change: Change) {
        self.need_p(is_worker_s(task));
        self.tell_status_before(task, change);
        self.half().counts.resumed += 1;
        let sequence = u64::from(change.after.sequence());
        self.event(kind::GO_UNBLOCK, [task.id, sequence.saturating_sub(1), 0]);
        self.event(kind::GO_START, [task.id, sequence]);
        self.own().on = task.id;
    }

    /// The worker has nothing to do.
    pub(super) fn park(&mut self) {
        if self.own().on == 0 {
            self.stop_p();
        }
    }

    /// The worker looks for something to do.
    pub(super) fn unpark(&mut self) {
        self.need_p(true);
    }

    /// The thread ends.
    pub(super) fn end_thread(&mut self) {
        self.stop_p();
        let trace = self.trace;
        if let Some(lane) = self.own().lane.take() {
            lanes::take_back(trace, lane);
        }
    }

    /// What the task on this thread does last, if the file has it there.
    #[inline]
    fn leave(&mut self, task: &Record, event: impl FnOnce(&mut Self)) {
        if self.own().on == task.id {
            event(self);
            self.own().on = 0;
            self.rest_p();
        }
    }

    /// Sees to it that the thread has a P that runs.
    #[inline]
    fn need_p(&mut self, worker: bool) {
        if !self.own().lane.is_some_and(|lane| lane.running) {
            self.start_p(worker);
        }
    }

    #[cold]
    fn start_p(&mut self, worker: bool) {
        let (trace, generation, thread) = (self.trace, self.generation, self.own().thread);
        if self.own().lane.is_none() {
            self.own().lane = lanes::give(trace, thread, worker);
        }
        let Some(mut lane) = self.own().lane else { return };
        if lane.generation != generation {
            // A worker that the trace finds has been at work before.
            let found = lane.generation == 0 && worker && generation == trace;
            (lane.generation, lane.sequence, lane.running) = (generation, 0, found);
            let status = if found { ProcStatus::Running } else { ProcStatus::Idle };
            self.event(kind::PROC_STATUS, [lane.p, status as u64]);
        }
        if !lane.running {
            lane.sequence += 1;
            lane.running = true;
            self.event(kind::PROC_START, [lane.p, lane.sequence]);
        }
        lane.worker |= worker;
        self.own().lane = Some(lane);
    }

    /// Lets the P rest, unless it is a worker's or has a task.
    #[inline]
    fn rest_p(&mut self) {
        let own = self.own();
        if own.on == 0 && own.lane.is_some_and(|lane| !lane.worker) {
            self.stop_p();
        }
    }

    #[cold]
    fn stop_p(&mut self) {
        if let Some(lane) = self.own().lane.as_mut().filter(|lane| lane.running) {
            lane.running = false;
            self.event(kind::PROC_STOP, []);
        }
    }

    /// Writes an event; lost if too much is on its way, and then so is the generation.
    #[inline]
    fn event<const N: usize>(&mut self, kind: u8, args: [u64; N]) {
        let last = self.own().last;
        let time = self.now.max(last + 1);
        let Some(chunk) = self.chunk(Content::Events, LONGEST) else { return };
        let room = chunk.room();
        let mut length = 1;
        if let Some(first) = room.first_mut() {
            *first = kind;
        }
        for arg in std::iter::once(time - last).chain(args) {
            length += put_varint(room.get_mut(length..).unwrap_or_default(), arg);
        }
        chunk.wrote(length);
        self.own().last = time;
    }

    fn note(&mut self, write: impl FnOnce(&mut Chunk)) {
        if let Some(chunk) = self.chunk(Content::Notes, notes::LONGEST) {
            write(chunk);
        }
    }

    /// This thread's chunk, with so much room.
    #[inline]
    fn chunk(&mut self, content: Content, room: usize) -> Option<&mut Chunk> {
        let half = self.half();
        let place = if content == Content::Events { &mut half.events } else { &mut half.notes };
        if place.as_mut().is_none_or(|chunk| chunk.room().len() < room) {
            self.next_chunk(content);
        }
        let half = self.half();
        let place = if content == Content::Events { &mut half.events } else { &mut half.notes };
        place.as_deref_mut()
    }

    #[cold]
    fn next_chunk(&mut self, content: Content) {
        let (thread, time) = (self.own().thread, self.own().last);
        let new = Chunk::take(content, self.generation, thread, time);
        let half = self.half();
        let place = if content == Content::Events { &mut half.events } else { &mut half.notes };
        let none = new.is_none();
        if let Some(full) = std::mem::replace(place, new) {
            full.hand_over();
        }
        if none {
            slot::overflow(self.generation);
        }
    }
}

/// Whether the file has a task in this state on a thread: a nested poll took it off.
fn is_running(word: Word) -> bool {
    matches!(word.state(), State::Running | State::RunningWoken) && !word.nested()
}

/// Whether who polls `task` polls others too, one after the other.
fn is_worker_s(task: &Record) -> bool {
    matches!(task.kind, Kind::Async | Kind::Local | Kind::Foreign)
}
