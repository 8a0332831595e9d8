//! What each event of format v1 means for the emulated scheduler, which is that of v2.
//!
//! The order is known here and not checked again. Where the state contradicts an event all the same, as in a damaged
//! file, what the event needs is believed, or it is counted and left out.

mod goroutines;
mod others;

use super::lane::Event;
use super::spec::{kind, name};
use crate::error::Phase;
use crate::gotrace::counts::Metric;
use crate::gotrace::emulator::Emulator;
use crate::gotrace::notes::Fault;
use crate::gotrace::state::{Cx, Rule, Stop};
use crate::gotrace::tables::CpuSample;
use crate::gotrace::timed;
use crate::model::ids::NONE;
use crate::model::{RangeScope, StackId};

/// Why a goroutine does not run, where that tells how to read its next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Away {
    /// It does, or it does not matter.
    #[default]
    No,
    /// The poller will wake it.
    OnNetwork,
    /// Its system call went on without a P.
    InSyscall,
}

/// Turns events in their final order into tables.
#[derive(Debug)]
pub(crate) struct Converter {
    minor: u32,
    /// ns a tick.
    scale: f64,
    first: Option<u64>,
    latest: u64,
    /// Before the first Gomaxprocs, which ends the list of goroutines that are older than the trace.
    listing: bool,
    /// Stacks of the goroutines of that list, by row.
    listed: Vec<StackId>,
    /// Why each goroutine does not run, by row.
    away: Vec<Away>,
    /// Goroutines that are the runtime's timers, sorted.
    timers: Vec<u64>,
    /// Rows of reasons by the kinds of events that give them.
    reasons: [Option<u16>; 64],
    /// Where the world was stopped from.
    stopped: Option<RangeScope>,
    /// System calls whose end is not known.
    quick: u64,
    /// How many events came before their time, and by how many ticks at most.
    late: (u64, u64),
    /// Events that were left out.
    contradicting: Fault,
}

/// Where and when an event happened.
#[derive(Clone, Copy, Debug)]
struct Place {
    cx: Cx,
    /// In ns.
    time: u64,
}

impl Converter {
    /// For a file with header `minor` whose clock has `frequency` ticks a second.
    pub fn new(minor: u32, frequency: u64, mut timers: Vec<u64>) -> Self {
        timers.sort_unstable();
        Self {
            minor,
            scale: 1e9 / frequency as f64,
            first: None,
            latest: 0,
            listing: true,
            listed: Vec::new(),
            away: Vec::new(),
            timers,
            reasons: [None; 64],
            stopped: None,
            quick: 0,
            late: (0, 0),
            contradicting: Fault::default(),
        }
    }

    /// Takes in an event of P `p`. `blocks` tells of a system call whose P is taken away, `message` is that of a log.
    pub fn apply(&mut self, emulator: &mut Emulator, p: u64, event: &Event, blocks: bool, message: &[u8]) {
        let place = self.place(emulator, p, event);
        let rule = match event.kind {
            kind::GO_SYS_CALL => self.call(emulator, place, event, blocks),
            kind::USER_LOG => log(emulator, place, event, message),
            kind::HEAP_ALLOC => metric(emulator, place, event, Metric::HeapAlloc),
            kind::HEAP_GOAL => metric(emulator, place, event, Metric::HeapGoal),
            kind::GOMAXPROCS | kind::PROC_START | kind::PROC_STOP => self.proc(emulator, place, event),
            kind::GC_START..=kind::GC_SWEEP_DONE | kind::GC_MARK_ASSIST_START | kind::GC_MARK_ASSIST_DONE => {
                self.range(emulator, place, event)
            }
            kind::USER_TASK_CREATE | kind::USER_TASK_END | kind::USER_REGION => {
                annotate(emulator, place, event)
            }
            _ => self.goroutine(emulator, place, event),
        };
        if let Err(stop) = rule {
            self.leave_out(event, stop);
        }
    }

    /// Takes in a CPU sample, whose time is in ticks.
    pub fn sample(&mut self, emulator: &mut Emulator, sample: &CpuSample) {
        let time = self.time(sample.time);
        emulator.sample(&CpuSample { time, ..*sample });
    }

    /// Ends the trace, tells of what was odd, and counts the system calls whose end is not known.
    pub fn finish(mut self, emulator: &mut Emulator) -> u64 {
        let end = self.time(self.latest);
        self.end_list(emulator, end);
        let notes = &mut emulator.notes;
        self.contradicting.tell(Fault::CONTRADICTING, notes);
        if let (late @ 1.., most) = self.late {
            let message = format!(
                "{late} events have time stamps before those of the events that they follow, by {} ns at most: \
                 the clocks of the CPUs disagreed. They are shown right after those.",
                (most as f64 * self.scale) as u64
            );
            notes.add(Phase::Order, 0, message);
        }
        self.quick
    }

    fn place(&mut self, emulator: &mut Emulator, p: u64, event: &Event) -> Place {
        let time = self.time(event.ticks);
        let g = if event.g == 0 { NONE } else { emulator.live_go(event.g).unwrap_or(NONE) };
        let p = if p == super::scan::NO_PROC { NONE } else { emulator.proc_row(p) };
        // The rules ask no more of the thread than whether there is one, and in this format the P stands for it.
        Place { cx: Cx { m: 0, g, p }, time }
    }

    /// Ticks to ns since the first event; never before the latest one.
    fn time(&mut self, ticks: u64) -> u64 {
        let first = *self.first.get_or_insert(ticks);
        if ticks < self.latest {
            let (count, most) = self.late;
            self.late = (count + 1, most.max(self.latest - ticks));
        }
        self.latest = self.latest.max(ticks);
        (self.latest.saturating_sub(first) as f64 * self.scale) as u64
    }

    #[cold]
    fn leave_out(&mut self, event: &Event, stop: Stop) {
        let Stop::Broken(why) = stop else { return };
        self.contradicting.add(event.offset as u64, || format!("{}: {why}", name(event.kind)));
    }

    fn away(&self, row: u32) -> Away {
        self.away.get(row as usize).copied().unwrap_or_default()
    }

    fn set_away(&mut self, row: u32, away: Away) {
        let row = row as usize;
        if row >= self.away.len() {
            self.away.resize(row + 1, Away::No);
        }
        self.away[row] = away;
    }
}

fn metric(emulator: &mut Emulator, place: Place, event: &Event, metric: Metric) -> Rule {
    emulator.record(place.time, metric, event.args[0]);
    Ok(())
}

/// UserTaskCreate task parent name stack, UserTaskEnd task stack, UserRegion task mode name stack.
fn annotate(emulator: &mut Emulator, place: Place, event: &Event) -> Rule {
    let [task, mode, name, stack] = event.args;
    let region = as_v2(event, place.time, [task, name, stack, 0]);
    match (event.kind, mode) {
        (kind::USER_TASK_CREATE, _) => {
            emulator.user_task_begin(place.cx, &as_v2(event, place.time, event.args))
        }
        (kind::USER_TASK_END, _) => emulator.user_task_end(place.cx, &as_v2(event, place.time, event.args)),
        (_, 0) => emulator.user_region_begin(place.cx, &region),
        (_, 1) => emulator.user_region_end(place.cx, &region),
        _ => Err(Stop::Broken("it neither begins nor ends a region")),
    }
}

/// UserLog task category stack, and its message.
fn log(emulator: &mut Emulator, place: Place, event: &Event, message: &[u8]) -> Rule {
    place.cx.needs_all()?;
    let message = emulator.data.strings.intern(&String::from_utf8_lossy(message));
    let [task, category, stack, _] = event.args;
    emulator.log(place.cx, &as_v2(event, place.time, event.args), [task, category, stack], message)
}

/// The event as the rules of v2 take it, at `time` and with other arguments.
fn as_v2(event: &Event, time: u64, args: [u64; 4]) -> timed::Event {
    timed::Event { time, offset: event.offset as u64, kind: event.kind, args }
}
