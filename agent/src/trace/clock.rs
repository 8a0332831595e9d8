//! The clock of a trace: the processor's counter where it runs evenly on all cores, as Go's tracer
//! reads it; else the system's monotonic clock.
//!
//! Times are units since the trace began, some nanoseconds each: small numbers make short events.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use taskscope_proto::gotrace::write::Clocks;

/// The raw value at which the trace began, and how many of its bits are left out. Written before the
/// trace begins, so Relaxed is enough: whoever sees its generation (with a fence) sees them.
static BASE: AtomicU64 = AtomicU64::new(0);
/// The same moment on the monotonic clock, ns.
static BASE_NS: AtomicU64 = AtomicU64::new(0);
static SHIFT: AtomicU32 = AtomicU32::new(0);

/// Units a second stay below this: 8 ns or more each.
const MOST_FREQUENCY: u64 = 125_000_000;
/// How long the counter is compared with the system's clock at least: a millionth of error.
const CALIBRATION: Duration = Duration::from_millis(20);

/// The time now, in units of the running trace.
#[inline]
pub(super) fn now() -> u64 {
    raw().saturating_sub(BASE.load(Ordering::Relaxed)) >> SHIFT.load(Ordering::Relaxed)
}

/// Sets the clock to 0, and gives its frequency. Waits some milliseconds for the first trace.
pub(super) fn start() -> u64 {
    let raw_frequency = raw_frequency();
    let mut shift = 0;
    while raw_frequency >> shift > MOST_FREQUENCY {
        shift += 1;
    }
    BASE.store(raw(), Ordering::Relaxed);
    BASE_NS.store(monotonic(), Ordering::Relaxed);
    SHIFT.store(shift, Ordering::Relaxed);
    (raw_frequency >> shift).max(1)
}

/// When the monotonic clock stood at `ns`, in units of the running trace.
pub(super) fn at(ns: u64, frequency: u64) -> u64 {
    let since = ns.saturating_sub(BASE_NS.load(Ordering::Relaxed));
    u64::try_from(u128::from(since) * u128::from(frequency) / 1_000_000_000).unwrap_or(u64::MAX)
}

/// All clocks at one moment.
pub(super) fn clocks(frequency: u64) -> Clocks {
    let time = now();
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Clocks { frequency, time, mono_ns: monotonic(), wall_ns: u64::try_from(wall.as_nanos()).unwrap_or(0) }
}

/// The system's monotonic clock, ns.
fn monotonic() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec. Where the call fails the time stays 0.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
}

#[cfg(target_arch = "x86_64")]
mod counter {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    /// The processor's counter.
    #[inline]
    pub(super) fn read() -> u64 {
        // SAFETY: rdtsc exists on every x86_64 processor, and systems do not forbid it.
        unsafe { _rdtsc() }
    }

    /// Whether it counts evenly at any speed and in any sleep, and the system itself trusts it.
    pub(super) fn is_even() -> bool {
        const POWER: u32 = 0x8000_0007;
        let invariant = __cpuid(0x8000_0000).eax >= POWER && __cpuid(POWER).edx & 1 << 8 != 0;
        let source =
            std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource");
        let distrusted = source.is_ok_and(|name| matches!(name.trim(), "hpet" | "acpi_pm" | "jiffies"));
        invariant && !distrusted
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod counter {
    /// Not read on this processor.
    pub(super) fn read() -> u64 {
        0
    }

    /// The system's clock is used.
    pub(super) fn is_even() -> bool {
        false
    }
}

/// Both clocks at one moment.
#[derive(Clone, Copy)]
struct Pair {
    counter: u64,
    ns: u64,
}

/// The first pair that was read; `None` in it: the counter is not used.
static FIRST: OnceLock<Option<Pair>> = OnceLock::new();

fn first() -> Option<Pair> {
    *FIRST.get_or_init(|| counter::is_even().then(pair))
}

#[inline]
fn raw() -> u64 {
    match FIRST.get() {
        Some(Some(_)) => counter::read(),
        _ => monotonic(),
    }
}

fn raw_frequency() -> u64 {
    let Some(first) = first() else { return 1_000_000_000 };
    let waited = Duration::from_nanos(monotonic().saturating_sub(first.ns));
    std::thread::sleep(CALIBRATION.saturating_sub(waited));
    let now = pair();
    let (counted, ns) = (now.counter.saturating_sub(first.counter), now.ns.saturating_sub(first.ns).max(1));
    u64::try_from(u128::from(counted) * 1_000_000_000 / u128::from(ns)).unwrap_or(1_000_000_000).max(1)
}

/// The closest of some tries: an interruption between the two readings makes a pair wrong.
fn pair() -> Pair {
    let one = || {
        let before = counter::read();
        let ns = monotonic();
        let after = counter::read();
        (after.saturating_sub(before), Pair { counter: before.midpoint(after), ns })
    };
    let best = (0..8).map(|_| one()).min_by_key(|(width, _)| *width);
    best.map_or(Pair { counter: 0, ns: 0 }, |(_, pair)| pair)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_as_fast_as_the_system_s() {
        let frequency = raw_frequency();
        let (from, ns) = (raw(), monotonic());
        std::thread::sleep(Duration::from_millis(30));
        let (counted, passed) = ((raw() - from) as f64, (monotonic() - ns) as f64);
        let ratio = counted / frequency as f64 * 1e9 / passed;
        assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
    }
}
