//! Timers on the CPU clocks of threads: each signals its own thread, and only while that thread runs.

use std::collections::HashMap;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;

use crate::native::linux::cpu_clock;

/// The timers of one profile, by thread. Dropping it deletes them.
#[derive(Debug)]
pub(super) struct Timers {
    interval_ns: u64,
    tag: u64,
    by_tid: HashMap<u32, Timer>,
}

#[derive(Debug)]
struct Timer(libc::timer_t);

// SAFETY: a timer belongs to the process; any thread may set and delete it.
unsafe impl Send for Timer {}

impl Timers {
    /// None yet; each will signal every `interval_ns` of CPU time with the value `tag`.
    pub(super) fn new(interval_ns: u64, tag: u64) -> Self {
        Self { interval_ns, tag, by_tid: HashMap::new() }
    }

    /// Starts the timer of a thread. A thread that has ended meanwhile is no error.
    pub(super) fn arm(&mut self, tid: u32) -> io::Result<()> {
        self.by_tid.remove(&tid);
        let timer = match Timer::new(tid, self.tag) {
            Err(error) if matches!(error.raw_os_error(), Some(libc::ESRCH | libc::EINVAL)) => return Ok(()),
            timer => timer?,
        };
        timer.start(self.interval_ns, phase(tid, self.interval_ns))?;
        self.by_tid.insert(tid, timer);
        Ok(())
    }

    /// Deletes the timer of a thread.
    pub(super) fn disarm(&mut self, tid: u32) {
        self.by_tid.remove(&tid);
    }
}

/// Threads begin at different places of the interval, lest they all be interrupted at once.
fn phase(tid: u32, interval_ns: u64) -> u64 {
    u64::from(tid).wrapping_mul(0x9E37_79B9_7F4A_7C15) % interval_ns.max(1) + 1
}

impl Timer {
    fn new(tid: u32, tag: u64) -> io::Result<Self> {
        // SAFETY: all zero is a valid `sigevent`.
        let mut event: libc::sigevent = unsafe { std::mem::zeroed() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_notify_thread_id = tid.cast_signed();
        event.sigev_signo = libc::SIGPROF;
        event.sigev_value.sival_ptr = ptr::without_provenance_mut(usize::try_from(tag).unwrap_or(0));
        let mut timer = MaybeUninit::uninit();
        // SAFETY: both point to valid places; a bad thread is an error.
        let status = unsafe { libc::timer_create(cpu_clock(tid), &raw mut event, timer.as_mut_ptr()) };
        if status != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: filled in on success.
        Ok(Self(unsafe { timer.assume_init() }))
    }

    fn start(&self, interval_ns: u64, first_ns: u64) -> io::Result<()> {
        let times = libc::itimerspec { it_interval: timespec(interval_ns), it_value: timespec(first_ns) };
        // SAFETY: the timer exists; the old times are not asked for.
        match unsafe { libc::timer_settime(self.0, 0, &raw const times, ptr::null_mut()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: it exists until here. One whose thread has ended is deleted all the same.
        unsafe { libc::timer_delete(self.0) };
    }
}

fn timespec(ns: u64) -> libc::timespec {
    let part = |value: u64| i64::try_from(value).unwrap_or(0);
    libc::timespec { tv_sec: part(ns / 1_000_000_000), tv_nsec: part(ns % 1_000_000_000) }
}
