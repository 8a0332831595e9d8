//! Linux.

mod gather;
mod sampler;
mod timers;

pub(crate) use sampler::Sampler;

use std::io::Write;
use std::time::{Instant, SystemTime};

use super::CpuOptions;
use crate::pprof::ProfileWriter;
use crate::service::{Ending, Refused, Stop};
use gather::Gathered;

/// See [`super`]. Profiles until the time is over or `stop` says so, then writes a pprof file to `out`.
/// Refused while another profile is being made.
pub(crate) fn profile(options: CpuOptions, out: &mut dyn Write, stop: &Stop) -> Result<Ending, Refused> {
    let mut sampler = Sampler::start(options.hz)?;
    let (begun, wall) = (Instant::now(), SystemTime::now());
    let mut gathered = Gathered::new(sampler.table());
    loop {
        let left = options.duration.saturating_sub(begun.elapsed());
        let stopped = stop.wait(sampler.pause().min(left));
        sampler.take(|sample| gathered.add(sample));
        gathered.note_table(sampler.table());
        if stopped || left.is_zero() {
            break;
        }
    }
    let mut writer = ProfileWriter::new(&gathered.modules(), wall, begun.elapsed());
    let ending = Ending { incomplete: false, notes: sampler.notes(), dropped: sampler.dropped() };
    let period = sampler.period_ns();
    drop(sampler);
    gathered.write(&mut writer, period);
    ending.notes.iter().for_each(|note| writer.comment(note));
    writer.write(out)?;
    Ok(ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::Symbols;
    use prost::Message;
    use std::collections::HashMap;
    use std::io::Read;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;
    use taskscope_proto::wire::profile::Profile;

    /// There is one profile at a time.
    static ALONE: Mutex<()> = Mutex::new(());

    /// CPU time of this thread.
    fn used() -> Duration {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: writes the struct.
        unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
        Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    #[inline(never)]
    fn burn(time: Duration) -> u64 {
        let end = used() + time;
        let mut value = 1u64;
        while used() < end {
            for _ in 0..20_000 {
                value = std::hint::black_box(value).wrapping_mul(6_364_136_223_846_793_005).rotate_left(7);
            }
        }
        value
    }

    #[inline(never)]
    fn three_parts(part: Duration) -> u64 {
        std::hint::black_box(burn(3 * part))
    }

    #[inline(never)]
    fn one_part(part: Duration) -> u64 {
        std::hint::black_box(burn(part))
    }

    /// Rounds of many lengths: those of one length would beat with the kernel's tick, which the timers follow.
    fn both(round: u64) -> u64 {
        let part = Duration::from_micros(8_000 + 1_370 * (round * 7 % 11));
        three_parts(part) ^ one_part(part)
    }

    /// A profile of `work` on a thread of its own, and the CPU time which that took.
    fn profile_of(work: fn() -> u64) -> (Profile, Duration) {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let stop = Stop::never();
        let worker = {
            let stop = stop.clone();
            std::thread::Builder::new().name("cpu-worker".into()).spawn(move || {
                // The profile begins while this thread is there already.
                while !sampler::BUSY.load(Ordering::Acquire) {
                    std::thread::yield_now();
                }
                let before = used();
                std::hint::black_box(work());
                let took = used() - before;
                stop.set();
                took
            })
        };
        let mut bytes = Vec::new();
        let options = CpuOptions { hz: 500, duration: Duration::from_secs(60) };
        profile(options, &mut bytes, &stop).expect("nobody else profiles");
        let took = worker.expect("started").join().expect("no panic");
        (decoded(&bytes), took)
    }

    fn decoded(bytes: &[u8]) -> Profile {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).expect("it is gzip");
        Profile::decode(&*plain).expect("it is a profile")
    }

    /// Samples of the worker by each function of its stacks.
    fn cumulative(profile: &Profile) -> HashMap<String, i64> {
        let mut symbols = Symbols::new();
        let text = |at: i64| profile.string_table[usize::try_from(at).unwrap()].as_str();
        let mut counts = HashMap::new();
        for sample in &profile.sample {
            if !sample.label.iter().any(|label| text(label.str) == "cpu-worker") {
                continue;
            }
            for id in &sample.location_id {
                let location = profile.location.iter().find(|location| location.id == *id).unwrap();
                let name = symbols.name_of(location.address).map(|symbol| symbol.name).unwrap_or_default();
                let name = name.rsplit("::").next().unwrap_or_default().to_owned();
                *counts.entry(name).or_default() += sample.value[1];
            }
        }
        counts
    }

    #[test]
    fn time_is_split_as_it_was_used() {
        let (profile, took) = profile_of(|| (0..44).map(both).fold(0, |a, b| a ^ b));
        let counts = cumulative(&profile);
        let ns = |name: &str| u64::try_from(counts.get(name).copied().unwrap_or(0)).unwrap();
        let (three, one) = (ns("three_parts"), ns("one_part"));
        let share = three as f64 / (three + one) as f64;
        assert!((share - 0.75).abs() < 0.04, "3:1, but {three} : {one}");
        let total = (three + one) as f64 / took.as_nanos() as f64;
        assert!((0.9..1.1).contains(&total), "{total} of the CPU time was seen");
        assert_eq!(profile.default_sample_type, profile.sample_type[1].r#type);
        let binary = profile.mapping.first().expect("there is a binary");
        assert!(binary.memory_start < binary.memory_limit && binary.build_id != 0);
        assert!(profile.location.iter().filter(|location| location.mapping_id == 0).count() == 0);
    }

    #[test]
    fn one_profile_at_a_time() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut one, mut other) = (Vec::new(), Vec::new());
        let stop = Stop::never();
        let options = CpuOptions { hz: 100, duration: Duration::from_secs(60) };
        std::thread::scope(|scope| {
            let running = scope.spawn(|| profile(options, &mut one, &stop));
            while !sampler::BUSY.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            let refused = profile(options, &mut other, &stop).expect_err("one is being made");
            assert!(matches!(refused, Refused::Busy(_)), "{refused}");
            stop.set();
            running.join().expect("no panic").expect("the first one is made");
        });
        assert!(!one.is_empty(), "the first one was written");
    }

    /// Loads and unloads a library that nothing else in this program needs, until told to stop.
    fn load_and_unload(stop: &AtomicBool) -> u64 {
        let mut loaded = 0;
        while !stop.load(Ordering::Relaxed) {
            let library =
                [c"libutil.so.1", c"libresolv.so.2", c"libanl.so.1"][usize::try_from(loaded % 3).unwrap()];
            // SAFETY: these libraries of glibc do nothing when they are loaded or unloaded.
            let handle = unsafe { libc::dlopen(library.as_ptr(), libc::RTLD_NOW) };
            if !handle.is_null() {
                // SAFETY: loaded above, and nothing of it is in use.
                unsafe { libc::dlclose(handle) };
            }
            loaded += 1;
        }
        loaded
    }

    /// Panics and catches it, until told to stop.
    fn panic_storm(stop: &AtomicBool) -> u64 {
        let mut caught = 0;
        while !stop.load(Ordering::Relaxed) {
            // Without the hook, whose output would be all that is measured.
            let result = std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(7)));
            caught += u64::from(result.is_err());
        }
        caught
    }

    #[test]
    fn profiles_are_taken_while_libraries_come_and_go_and_everybody_panics() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let over = AtomicBool::new(false);
        let (bytes, ending, work) = std::thread::scope(|scope| {
            let threads = [
                scope.spawn(|| load_and_unload(&over)),
                scope.spawn(|| panic_storm(&over)),
                scope.spawn(|| panic_storm(&over)),
            ];
            let mut bytes = Vec::new();
            let options = CpuOptions { hz: 1000, duration: Duration::from_millis(800) };
            let ending = profile(options, &mut bytes, &Stop::never());
            let dump = crate::native::thread_stacks(true).0;
            over.store(true, Ordering::Relaxed);
            assert!(dump.len() >= 4, "the threads are listed: {}", dump.len());
            (bytes, ending, threads.map(|thread| thread.join().expect("no panic gets out")))
        });
        assert!(ending.is_ok() && work.iter().all(|&rounds| rounds > 10), "{work:?}");
        let profile = decoded(&bytes);
        let (all, short): (Vec<_>, Vec<_>) = (
            profile.sample.iter().collect(),
            profile.sample.iter().filter(|s| s.location_id.len() < 2).collect(),
        );
        assert!(all.len() > 10, "there are samples: {}", all.len());
        assert!(
            short.len() * 10 <= all.len(),
            "nearly all are unwound: {} of {} not",
            short.len(),
            all.len()
        );
    }
}
