//! Samples of all threads by the CPU time they use, as they come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::timers::Timers;
use crate::cpu::CpuSample;
use crate::native::linux::signal::{self, Purpose, Session};
use crate::native::linux::{Cache, Table, reach, ring, sample_frames, table};
use crate::native::raw::Frames;
use crate::service::Refused;

/// How often new threads are looked for.
const RESCAN: Duration = Duration::from_millis(100);
/// How often samples are taken from their slots, at most.
const DRAIN: Duration = Duration::from_millis(10);

/// Set while there is a sampler.
pub(super) static BUSY: AtomicBool = AtomicBool::new(false);

/// Samples every thread of the program, until it is dropped. There is one at a time.
pub(crate) struct Sampler {
    timers: Timers,
    session: Session,
    threads: reach::Threads,
    table: Arc<Table>,
    cache: Cache,
    scanned: Instant,
    hz: u32,
    dropped_before: u64,
    refused: usize,
    _busy: Busy,
}

/// Holds [`BUSY`].
struct Busy;

impl Busy {
    fn set() -> Result<Self, Refused> {
        // Acquire and release: what one sampler did is over before the next begins.
        let free = BUSY.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok();
        let busy = || Refused::Busy("the CPU is being profiled already; try again when that is over".into());
        free.then_some(Self).ok_or_else(busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.store(false, Ordering::Release);
    }
}

impl Sampler {
    /// Begins with `hz` samples a second of CPU time, 1 to 10 000.
    pub(crate) fn start(hz: u32) -> Result<Self, Refused> {
        let busy = Busy::set()?;
        let session =
            Session::begin(Purpose::Profile).map_err(|error| Refused::Unavailable(error.to_string()))?;
        let hz = hz.clamp(1, 10_000);
        let mut sampler = Self {
            timers: Timers::new(1_000_000_000 / u64::from(hz), session.tag()),
            session,
            threads: reach::Threads::default(),
            table: table(),
            cache: Cache::new_in(),
            scanned: Instant::now(),
            hz,
            dropped_before: ring::dropped(),
            refused: 0,
            _busy: busy,
        };
        sampler.rescan();
        Ok(sampler)
    }

    /// CPU time between two samples of a thread, ns.
    pub(crate) fn period_ns(&self) -> u64 {
        1_000_000_000 / u64::from(self.hz)
    }

    /// How long to wait between two calls of [`Sampler::take`], so that the slots suffice while all cores
    /// are busy.
    pub(crate) fn pause(&self) -> Duration {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let rate = u64::from(self.hz).saturating_mul(cores as u64).max(1);
        DRAIN.min(Duration::from_nanos(1_000_000_000 / rate * (ring::SLOTS as u64) / 4))
    }

    /// The modules that stacks were unwound by; others after [`Sampler::take`] if some were loaded.
    pub(crate) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Samples that were lost since the start because no slot was free.
    pub(crate) fn dropped(&self) -> u64 {
        ring::dropped().saturating_sub(self.dropped_before)
    }

    /// Gives all samples since the last call to `each`, and looks for new threads now and then.
    pub(crate) fn take(&mut self, mut each: impl FnMut(&CpuSample<'_>)) {
        let mut unknown = Vec::new();
        let Self { session, threads, table, cache, .. } = self;
        session.drain(|sample, bytes| {
            if sample.copied == 0 {
                unknown.push((sample.tid, sample.registers.sp));
            }
            // It was sent to learn where a stack is, and stands for no CPU time.
            if sample.weight == 0 {
                return;
            }
            let mut frames = Frames::new(0);
            sample_frames(sample, bytes, table, cache, &mut frames);
            each(&CpuSample {
                tid: sample.tid,
                thread: threads.get(sample.tid).map_or("", |thread| &thread.name),
                task: sample.task,
                site: sample.site,
                weight: sample.weight,
                at_ns: sample.at_ns,
                pcs: frames.pcs(),
                truncated: frames.truncated,
            });
        });
        reach::learn_all(&unknown);
        if self.scanned.elapsed() >= RESCAN {
            self.rescan();
        }
    }

    /// What is only partly known; a sentence each.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.dropped() > 0 {
            notes.push(format!("{} samples were lost: too many at a time", self.dropped()));
        }
        if self.refused > 0 {
            let why = "the limit of pending signals (RLIMIT_SIGPENDING) is reached";
            notes.push(format!("{} threads are not sampled: {why}", self.refused));
        }
        if signal::is_shared() {
            notes.push("somebody else handles SIGPROF too: their signals are passed on".into());
        }
        notes
    }

    fn rescan(&mut self) {
        self.scanned = Instant::now();
        self.table = table();
        let changes = self.threads.refresh();
        changes.gone.iter().for_each(|&tid| self.timers.disarm(tid));
        reach::prepare(&changes.new, &self.session);
        let failed = changes.new.iter().filter(|&&tid| self.timers.arm(tid).is_err()).count();
        self.refused = self.refused.saturating_add(failed);
    }
}
