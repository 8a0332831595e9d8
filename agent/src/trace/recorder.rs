//! The thread that records: begins the trace, ends its generations, and knows when it is enough.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use taskscope_proto::gotrace::sidecar::Reason;
use taskscope_proto::gotrace::spec::kind;
use taskscope_proto::gotrace::write::{GoStatus, HEADER, NONE, Sample};

use super::chunk::Chunk;
use super::generation::{Finished, Generation};
use super::names::{Names, Stacks};
use super::slot::{FIRST, OVERFLOW, Slot};
use super::{clock, lanes, slot, waits};
use crate::cpu::Sampler;
use crate::service::{Ending, Refused, Stop};
use crate::tasks::record::Record;
use crate::tasks::snapshot;
use crate::tasks::word::State;

/// What to record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceOptions {
    /// For how long.
    pub(crate) duration: Duration,
    /// End after the generation in which the file exceeds this.
    pub(crate) max_bytes: Option<u64>,
    /// CPU samples a second of CPU time, if any.
    pub(crate) cpu_hz: Option<u32>,
    /// Whether waiting tasks may be polled to see for what they wait.
    pub(crate) polls: bool,
}

/// How long a generation takes, unless it is full before.
const PERIOD: Duration = Duration::from_secs(1);
/// A generation that has so many bytes is full: it is kept until it is over.
const FULL: usize = 8 << 20;
/// How often the recorder looks.
const TICK: Duration = Duration::from_millis(20);
/// How long a thread may hold a generation: threads are interrupted at any place.
const PATIENCE: Duration = Duration::from_secs(5);
/// Tasks whose stacks are taken at a tick, and how long to wait for them.
const CAPTURES: usize = 256;
const CAPTURE_PATIENCE: Duration = Duration::from_millis(10);
/// How often, and how many, new tasks are looked at.
const LOOK: Duration = Duration::from_millis(200);
const MOST_NEW: usize = 4096;
/// Intervals that one CPU sample stands for at most.
const MOST_WEIGHT: u32 = 100;

static RECORDING: Mutex<()> = Mutex::new(());
/// The last generation of the last trace.
static LAST: AtomicU32 = AtomicU32::new(0);

/// Writes a trace of what the program's tasks do from now on to `out`.
///
/// # Errors
/// Another trace is being written, or `out` fails.
pub(crate) fn record(options: TraceOptions, out: &mut dyn Write, stop: &Stop) -> Result<Ending, Refused> {
    let _alone = match RECORDING.try_lock() {
        Ok(guard) => guard,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => {
            return Err(Refused::Busy("another trace is being written: try again when it is done".into()));
        }
    };
    let sampler = options.cpu_hz.map(Sampler::start).transpose()?;
    let _off = Off;
    let mut recorder = Recorder::begin(options, out, sampler);
    // At once: whoever waits for the beginning sees it.
    recorder.out.write_all(&HEADER).and_then(|()| recorder.out.flush()).map_err(Refused::Failed)?;
    recorder.snapshot();
    let reason = recorder.run(stop)?;
    Ok(recorder.ending(reason))
}

/// Whatever happens, the threads stop writing.
struct Off;

impl Drop for Off {
    fn drop(&mut self) {
        slot::begin(0);
        drop(Chunk::handed_over());
        Chunk::empty_pool();
        slot::forget_gone();
    }
}

struct Recorder<'a> {
    options: TraceOptions,
    out: &'a mut dyn Write,
    started: Instant,
    /// First generation; the file calls it 1.
    first: u32,
    frequency: u64,
    generation: Generation,
    began: Instant,
    /// When it last looked for new tasks.
    looked: Instant,
    /// Chunks of the next generation that came before this one was over.
    ahead: Vec<Chunk>,
    names: Names,
    stacks: Stacks,
    sites_told: usize,
    to_capture: VecDeque<Arc<Record>>,
    written: u64,
    generations: u64,
    dropped: u64,
    sampler: Option<Sampler>,
}

impl<'a> Recorder<'a> {
    fn begin(options: TraceOptions, out: &'a mut dyn Write, sampler: Option<Sampler>) -> Self {
        let frequency = clock::start();
        // Relaxed: the lock of RECORDING orders it.
        let first = LAST.load(Ordering::Relaxed) + 1;
        lanes::reset(first);
        drop(Chunk::handed_over());
        OVERFLOW.store(u32::MAX, Ordering::SeqCst);
        FIRST.store(first, Ordering::SeqCst);
        LAST.store(first, Ordering::Relaxed);
        slot::begin(first);
        let now = Instant::now();
        Self {
            options,
            out,
            started: now,
            first,
            frequency,
            generation: Generation::new(first),
            began: now,
            looked: now,
            ahead: Vec::new(),
            names: Names::default(),
            stacks: Stacks::new(),
            sites_told: 0,
            to_capture: VecDeque::new(),
            written: HEADER.len() as u64,
            generations: 0,
            dropped: 0,
            sampler,
        }
    }

    /// Tells all tasks that wait or could run. Those that run are told by their threads.
    fn snapshot(&mut self) {
        let generation = self.generation.number;
        let told = |state| matches!(state, State::Waiting | State::Runnable).then_some(0);
        let mut tasks = 0;
        crate::tasks::live(&mut |task| {
            if task.has_wakers() {
                self.to_capture.push_back(Arc::clone(task));
            }
            tasks += 1;
            // The recorder holds the generation: nobody else begins the next one.
            let Some(before) = task.state.claim(generation, |word| told(word.state())) else { return };
            let status =
                if before.state() == State::Runnable { GoStatus::Runnable } else { GoStatus::Waiting };
            self.generation.meet(task, &mut self.names);
            let args = [1, task.id, NONE, status as u64, waits::entry(task)];
            self.generation.own_event(clock::now(), kind::GO_STATUS_STACK, &args);
        });
        self.generation.begin_program(tasks);
    }

    /// Records until there is a reason to end.
    fn run(&mut self, stop: &Stop) -> Result<Reason, Refused> {
        loop {
            let left = self.options.duration.saturating_sub(self.started.elapsed());
            let pause = self.sampler.as_ref().map_or(TICK, |sampler| sampler.pause().min(TICK));
            let stopped = stop.wait(pause.min(left));
            self.take_in();
            self.sample();
            if OVERFLOW.load(Ordering::SeqCst) != u32::MAX {
                return self.abandon(Reason::Memory);
            }
            let reason = self.reason_to_end(stopped);
            if reason.is_some() || self.began.elapsed() >= PERIOD || self.generation.bytes() >= FULL {
                if let Some(fault) = self.turn(reason)? {
                    return self.abandon(fault);
                }
                if let Some(reason) = reason {
                    return Ok(reason);
                }
            }
            if self.options.polls {
                self.capture();
            }
        }
    }

    fn reason_to_end(&self, stopped: bool) -> Option<Reason> {
        let bytes = self.written + self.generation.bytes() as u64;
        if stopped {
            Some(Reason::Stopped)
        } else if self.started.elapsed() >= self.options.duration {
            Some(Reason::Duration)
        } else {
            self.options.max_bytes.filter(|&most| bytes >= most).map(|_| Reason::Bytes)
        }
    }

    /// Takes what threads have handed over.
    fn take_in(&mut self) {
        for chunk in Chunk::handed_over() {
            let ahead = chunk.generation.wrapping_sub(self.generation.number);
            match ahead {
                0 => self.generation.add(chunk, &mut self.names),
                1 => self.ahead.push(chunk),
                // Of a generation that was given up.
                _ => {}
            }
        }
    }

    /// Ends the generation, writes it, and begins the next one unless there is a reason to end. Gives why
    /// the generation must be given up instead.
    fn turn(&mut self, end: Option<Reason>) -> Result<Option<Reason>, Refused> {
        let over = self.generation.number;
        let next = if end.is_some() { 0 } else { over + 1 };
        LAST.store(over + 1, Ordering::Relaxed);
        slot::begin(next);
        let slots = slot::slots();
        if !wait_for(&slots, over) {
            return Ok(Some(Reason::Stuck));
        }
        // What was handed over comes before what is left in the slots: the order of each thread.
        self.take_in();
        for slot in &slots {
            // SAFETY: the generation is past, and no thread holds it any more.
            let half = unsafe { slot.half(over) };
            if half.generation == over {
                self.generation.add_half(std::mem::take(half), &mut self.names);
            }
        }
        slot::forget_gone();
        if OVERFLOW.load(Ordering::SeqCst) <= over {
            return Ok(Some(Reason::Memory));
        }
        self.write(over, end)?;
        Ok(None)
    }

    /// Writes the generation, and turns to the next.
    fn write(&mut self, over: u32, end: Option<Reason>) -> Result<(), Refused> {
        let mut generation = std::mem::replace(&mut self.generation, Generation::new(over + 1));
        self.began = Instant::now();
        for chunk in std::mem::take(&mut self.ahead) {
            self.generation.add(chunk, &mut self.names);
        }
        if let Some(reason) = end {
            generation.end(reason, self.dropped, self.names.dropped);
        }
        let mut finished = Finished {
            number: u64::from(over - self.first) + 1,
            frequency: self.frequency,
            trace: self.first,
            names: &self.names,
            stacks: &self.stacks,
            sites_told: &mut self.sites_told,
        };
        self.written += finished.write(&mut generation, self.out).map_err(Refused::Failed)?;
        self.out.flush().map_err(Refused::Failed)?;
        self.stacks.next_generation();
        generation.ended.iter().for_each(|&id| self.names.forget(id));
        self.generations += 1;
        Ok(())
    }

    /// Gives the generation up: the file ends with one that has no events.
    fn abandon(&mut self, reason: Reason) -> Result<Reason, Refused> {
        slot::begin(0);
        let over = self.generation.number;
        self.take_in();
        self.dropped += self.generation.bytes() as u64;
        self.dropped += self.ahead.iter().map(|chunk| chunk.bytes().len() as u64).sum::<u64>();
        self.generation = Generation::new(over);
        self.ahead.clear();
        // Generations that threads may still be in are never used again.
        LAST.store(over + 2, Ordering::Relaxed);
        self.write(over, Some(reason))?;
        Ok(reason)
    }

    /// Takes the CPU samples that came meanwhile.
    fn sample(&mut self) {
        let Self { sampler: Some(sampler), stacks, generation, frequency, .. } = self else { return };
        sampler.take(|sample| {
            let stack = stacks.sample(sample.pcs);
            let time = clock::at(sample.at_ns, *frequency);
            let thread = u64::from(sample.tid);
            // Which P that is the readers know: the thread's.
            let entry = Sample { time, thread, p: NONE, g: sample.task, stack };
            let weight = sample.weight.min(MOST_WEIGHT) as usize;
            generation.samples.extend(std::iter::repeat_n(entry, weight));
        });
    }

    /// Takes the stacks of some tasks, so that their next blocks say for what they wait.
    fn capture(&mut self) {
        if self.to_capture.is_empty() && self.looked.elapsed() >= LOOK {
            self.look_for_new();
            self.looked = Instant::now();
        }
        let count = self.to_capture.len().min(CAPTURES);
        let batch: Vec<_> = self.to_capture.drain(..count).collect();
        if batch.is_empty() {
            return;
        }
        snapshot::capture(&batch, CAPTURE_PATIENCE);
        for task in &batch {
            if let Some(wait) = self.stacks.learn(task, self.first) {
                self.generation.waits.push(wait);
            }
        }
    }

    /// Tasks that were not seen to wait yet are looked at again.
    fn look_for_new(&mut self) {
        let first = self.first;
        let queue = &mut self.to_capture;
        crate::tasks::live(&mut |task| {
            if queue.len() < MOST_NEW && task.has_wakers() && !task.trace.is_seen(first) {
                queue.push_back(Arc::clone(task));
            }
        });
    }

    fn ending(&self, reason: Reason) -> Ending {
        let mut notes = Vec::new();
        match reason {
            Reason::Bytes => notes.push("the trace ended early: it reached the limit of bytes".to_owned()),
            Reason::Memory => notes.push(format!(
                "the trace ended early, after {} generations: events came faster than they could be sent, and \
                 {} bytes of them were dropped",
                self.generations.saturating_sub(1),
                self.dropped
            )),
            Reason::Stuck => {
                notes.push("the trace ended early: a thread stood still in the middle of an event".to_owned());
            }
            Reason::Unspecified | Reason::Duration | Reason::Stopped => {}
        }
        let incomplete = !notes.is_empty();
        let mut dropped = 0;
        if let Some(sampler) = &self.sampler {
            notes.extend(sampler.notes());
            dropped = sampler.dropped();
        }
        Ending { incomplete, notes, dropped }
    }
}

/// Waits until no thread holds `generation`, which is past; whether none does.
fn wait_for(slots: &[Arc<Slot>], generation: u32) -> bool {
    let end = Instant::now() + PATIENCE;
    for slot in slots {
        while slot.is_held(generation) {
            if Instant::now() >= end {
                return false;
            }
            // It takes a microsecond, unless the thread was interrupted.
            std::thread::sleep(Duration::from_micros(50));
        }
    }
    true
}
