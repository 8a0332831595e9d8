//! The second of two passes: the events of all Ps in the order in which they must have happened.

use std::iter::Peekable;

use super::convert::Converter;
use super::lane::{Event, Lane};
use super::order::Order;
use super::raw::read_raw;
use super::scan::{Exit, ProcBatches, cursor_at};
use super::spec::{kind, name};
use crate::error::Phase;
use crate::gotrace::emulator::Emulator;
use crate::gotrace::notes::Fault;
use crate::gotrace::order::Frontier;
use crate::gotrace::tables::CpuSample;
use crate::model::ids::NONE;

/// Merges lanes, samples and the true ends of system calls.
#[derive(Debug)]
pub(crate) struct Merge {
    minor: u32,
    lanes: Vec<Lane>,
    frontier: Frontier,
    order: Order,
    samples: Peekable<std::vec::IntoIter<CpuSample>>,
    exits: Peekable<std::vec::IntoIter<Exit>>,
    converter: Converter,
    /// How often a waiting lane may still be looked at in vain. Real files hardly need any; this ends those made to
    /// need all.
    tries: u64,
    /// Events that were believed though what they follow is not there.
    forced: Fault,
}

impl Merge {
    /// Begins with the first event of each P.
    pub fn new(
        bytes: &[u8],
        minor: u32,
        procs: Vec<ProcBatches>,
        mut samples: Vec<CpuSample>,
        mut exits: Vec<Exit>,
        converter: Converter,
    ) -> Self {
        samples.sort_by_key(|sample| sample.time);
        exits.sort_by_key(|exit| exit.ticks);
        let mut merge = Self {
            minor,
            lanes: procs.into_iter().map(Lane::new).collect(),
            frontier: Frontier::default(),
            order: Order::default(),
            samples: samples.into_iter().peekable(),
            exits: exits.into_iter().peekable(),
            converter,
            tries: (1 << 22) + 16 * bytes.len() as u64,
            forced: Fault::default(),
        };
        for row in 0..merge.lanes.len() as u32 {
            merge.advance(bytes, row);
        }
        merge
    }

    /// Takes in up to `events` events; false when there are no more.
    pub fn step(&mut self, emulator: &mut Emulator, bytes: &[u8], events: u32) -> bool {
        for _ in 0..events {
            if self.tries == 0 {
                self.give_up(emulator);
                self.rest(emulator);
                return false;
            }
            let Some((ticks, row)) = self.frontier.first() else {
                if self.order.waiting == 0 || !self.force() {
                    self.rest(emulator);
                    return false;
                }
                continue;
            };
            self.catch_up(emulator, ticks);
            self.frontier.remove(0);
            let lane = &mut self.lanes[row as usize];
            // Another P's event of the same goroutine may have come first.
            if self.order.is_ready(&lane.event) {
                self.take(emulator, bytes, row);
            } else {
                self.order.wait(lane, row);
            }
        }
        true
    }

    /// Samples and ends of system calls before `ticks`.
    fn catch_up(&mut self, emulator: &mut Emulator, ticks: u64) {
        while let Some(exit) = self.exits.next_if(|exit| exit.ticks < ticks) {
            self.samples_before(emulator, exit.ticks);
            self.converter.exit(emulator, exit.g, exit.ticks);
        }
        self.samples_before(emulator, ticks);
    }

    fn samples_before(&mut self, emulator: &mut Emulator, ticks: u64) {
        while let Some(sample) = self.samples.next_if(|sample| sample.time < ticks) {
            self.converter.sample(emulator, &sample);
        }
    }

    fn take(&mut self, emulator: &mut Emulator, bytes: &[u8], row: u32) {
        let event = self.lanes[row as usize].event;
        let first = self.order.apply(&event);
        self.wake(first);
        let more = self.advance(bytes, row);
        let lane = &self.lanes[row as usize];
        let blocks = more && lane.event.kind == kind::GO_SYS_BLOCK && lane.event.g == event.g;
        let message = if event.kind == kind::USER_LOG { message(bytes, &event, self.minor) } else { &[] };
        self.converter.apply(emulator, lane.p, &event, blocks, message);
    }

    /// Decodes the next event of lane `row` and puts the lane where it belongs; false at its end.
    fn advance(&mut self, bytes: &[u8], row: u32) -> bool {
        let lane = &mut self.lanes[row as usize];
        if !lane.advance(bytes, self.minor) {
            return false;
        }
        self.queue(row);
        true
    }

    fn queue(&mut self, row: u32) {
        let lane = &mut self.lanes[row as usize];
        if self.order.is_ready(&lane.event) {
            self.frontier.push((lane.event.ticks, row));
        } else {
            self.order.wait(lane, row);
        }
    }

    /// Looks again at the lanes that waited for a goroutine, of which `row` is the first.
    fn wake(&mut self, mut row: u32) {
        while row != NONE {
            let next = self.order.wake(&mut self.lanes[row as usize]);
            self.tries = self.tries.saturating_sub(1);
            self.queue(row);
            row = next;
        }
    }

    /// All Ps wait for what is not in the file: believes the earliest event. False if there is none.
    #[cold]
    fn force(&mut self) -> bool {
        self.tries = self.tries.saturating_sub(self.lanes.len() as u64);
        let waiting = self.lanes.iter().filter(|lane| lane.waits);
        let Some(event) = waiting.min_by_key(|lane| lane.event.ticks).map(|lane| lane.event) else {
            return false;
        };
        self.forced.add(event.offset as u64, || name(event.kind).into());
        let first = self.order.force(&event);
        self.wake(first);
        true
    }

    fn give_up(&mut self, emulator: &mut Emulator) {
        let bytes = self.bytes_left();
        let message =
            format!("The Ps' events are so far out of order that {bytes} bytes of them were given up.");
        emulator.notes.add(Phase::Order, 0, message);
    }

    /// What is left when all lanes are at their end.
    fn rest(&mut self, emulator: &mut Emulator) {
        self.catch_up(emulator, u64::MAX);
    }

    /// Tells of what was odd, and counts the system calls whose end is not known.
    pub fn finish(self, emulator: &mut Emulator) -> u64 {
        self.forced.tell(Fault::FORCED, &mut emulator.notes);
        self.converter.finish(emulator)
    }

    /// Bytes that were not merged yet.
    pub fn bytes_left(&self) -> u64 {
        self.lanes.iter().map(Lane::bytes_left).sum()
    }
}

/// The message of a log, which stands behind its arguments.
fn message<'a>(bytes: &'a [u8], event: &Event, minor: u32) -> &'a [u8] {
    read_raw(&mut cursor_at(bytes, event.offset), minor).map_or(&[], |raw| raw.tail)
}
