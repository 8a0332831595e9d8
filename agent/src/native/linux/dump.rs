//! The stacks of all threads, taken by a signal to each.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::reach::{self, Threads};
use super::signal::{Purpose, Session};
use super::stacks::{self, Maps};
use super::threads;
use super::unwind::{self, Cache, Table};
use super::{registers::Registers, ring::Sample};
use crate::native::raw::Frames;
use crate::native::threads::{Stack, ThreadSnapshot};

/// How long all threads together have for their answers.
const PATIENCE: Duration = Duration::from_millis(500);
/// After that a thread that has not answered is asked again: a pending signal of a timer swallows ours.
const AGAIN: Duration = Duration::from_millis(60);
/// Threads that are asked at the same time, far fewer than there are slots.
const ROUND: usize = 64;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// All threads but the agent's own, by number. `signals`: whether to ask them for their stacks; else, and
/// where the handler cannot be had, they come without, and a note says why.
pub(crate) fn thread_stacks(signals: bool) -> (Vec<ThreadSnapshot>, Vec<String>) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut seen = Threads::default();
    let mut tids = seen.refresh().new;
    tids.sort_unstable();
    let mut notes = Vec::new();
    let calls: HashMap<u32, i64> =
        tids.iter().filter_map(|&tid| Some((tid, threads::in_kernel(tid)?.call))).collect();
    let taken = if signals { stacks_of(&tids, &mut notes) } else { HashMap::new() };
    let snapshot = |tid: &u32| {
        let thread = seen.get(*tid)?.clone();
        let call = calls.get(tid).copied();
        let stack =
            taken.get(tid).cloned().unwrap_or(if signals { Stack::NoAnswer } else { Stack::NotAsked });
        let current = taken_task(&taken, *tid);
        Some(ThreadSnapshot {
            tid: thread.tid,
            name: thread.name,
            state: thread.state,
            cpu_ns: thread.cpu_ns,
            call: call.and_then(threads::call_name),
            task: current,
            stack,
        })
    };
    (tids.iter().filter_map(snapshot).collect(), notes)
}

fn taken_task(taken: &HashMap<u32, Stack>, tid: u32) -> Option<u64> {
    match taken.get(&tid) {
        Some(&Stack::Taken { task, .. }) if task != 0 => Some(task),
        _ => None,
    }
}

fn stacks_of(tids: &[u32], notes: &mut Vec<String>) -> HashMap<u32, Stack> {
    let session = match Session::begin(Purpose::Dump) {
        Ok(session) => session,
        Err(error) => {
            notes.push(format!("threads have no stacks: {error}"));
            return HashMap::new();
        }
    };
    let table = unwind::table();
    let mut asked = Asked { session, table: &table, cache: Cache::new_in(), taken: HashMap::new() };
    let end = Instant::now() + PATIENCE;
    for round in tids.chunks(ROUND) {
        asked.ask(round, end);
    }
    let silent = tids.len() - asked.taken.len();
    if silent > 0 {
        notes.push(format!(
            "{silent} of {} threads did not answer in {} ms",
            tids.len(),
            PATIENCE.as_millis()
        ));
    }
    asked.taken
}

struct Asked<'a> {
    session: Session,
    table: &'a Table,
    cache: Cache,
    taken: HashMap<u32, Stack>,
}

impl Asked<'_> {
    /// Asks some threads, and waits until they have answered.
    fn ask(&mut self, tids: &[u32], end: Instant) {
        let maps = Maps::read();
        for &tid in tids {
            if let Some(call) = threads::in_kernel(tid) {
                reach::learn(tid, call.sp, &maps);
            }
            self.session.signal(tid);
        }
        let mut asked_at = Instant::now();
        loop {
            self.collect(tids);
            let now = Instant::now();
            if tids.iter().all(|tid| self.taken.contains_key(tid)) || now >= end {
                return;
            }
            if now.duration_since(asked_at) > AGAIN {
                asked_at = now;
                let silent = tids.iter().filter(|tid| !self.taken.contains_key(tid));
                silent.for_each(|&tid| {
                    self.session.signal(tid);
                });
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Takes answers. A thread whose stack was not known is asked once more.
    fn collect(&mut self, tids: &[u32]) {
        let mut unknown = Vec::new();
        let Self { session, table, cache, taken } = self;
        session.drain(|sample, bytes| {
            if sample.copied == 0 && stacks::of(sample.tid).is_none() {
                unknown.push((sample.tid, sample.registers.sp));
            } else if tids.contains(&sample.tid) {
                let mut frames = Frames::new(0);
                sample_frames(sample, bytes, table, cache, &mut frames);
                taken.insert(sample.tid, Stack::Taken { stack: frames.to_raw(), task: sample.task });
            }
        });
        if unknown.is_empty() {
            return;
        }
        let maps = Maps::read();
        for (tid, sp) in unknown {
            reach::learn(tid, sp, &maps);
            match stacks::of(tid) {
                Some(_) => {
                    self.session.signal(tid);
                }
                None => {
                    self.taken.insert(tid, Stack::NoAnswer);
                }
            }
        }
    }
}

/// Puts the stack of a sample into `frames`: only the instruction if its bytes were not copied.
pub(crate) fn sample_frames(
    sample: &Sample,
    bytes: &[u8],
    table: &Table,
    cache: &mut Cache,
    frames: &mut Frames,
) {
    let Registers { sp, .. } = sample.registers;
    let mut read = |address: u64| {
        let at = usize::try_from(address.checked_sub(sp).ok_or(())?).map_err(|_| ())?;
        let word = bytes.get(at..at.checked_add(8).ok_or(())?).ok_or(())?;
        Ok(u64::from_le_bytes(word.try_into().map_err(|_| ())?))
    };
    table.unwind(&sample.registers, &mut read, cache, frames);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    fn named<'a>(threads: &'a [ThreadSnapshot], name: &str) -> &'a ThreadSnapshot {
        threads.iter().find(|thread| thread.name == name).expect("it is listed")
    }

    fn text(thread: &ThreadSnapshot) -> String {
        let mut text = String::new();
        crate::native::text::write_thread(&mut text, thread, &mut super::super::Symbols::new())
            .expect("strings take all");
        text
    }

    #[inline(never)]
    fn spin_until(stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    }

    #[test]
    fn threads_that_wait_and_that_run_show_their_stacks() {
        static STOP: AtomicBool = AtomicBool::new(false);
        let (finish, finished) = mpsc::channel::<()>();
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.into()).spawn(run).expect("threads can be had")
        };
        let waits = spawn("dump-waits", Box::new(move || assert!(finished.recv().is_err())));
        let spins = spawn("dump-spins", Box::new(|| spin_until(&STOP)));
        let own = crate::service::thread::spawn("dump-own", thread::park).expect("threads can be had");
        use std::thread;
        while named_or_none("dump-spins").is_none() || named_or_none("dump-waits").is_none() {
            thread::yield_now();
        }
        let (threads, notes) = thread_stacks(true);
        let (quiet, _) = thread_stacks(false);
        STOP.store(true, Ordering::Relaxed);
        drop(finish);
        own.thread().unpark();
        waits.join().and(spins.join()).expect("no panic");
        own.join().expect("no panic");

        let (waiting, spinning) = (text(named(&threads, "dump-waits")), text(named(&threads, "dump-spins")));
        assert!(waiting.contains("recv") && waiting.contains("syscall: futex"), "{waiting}");
        assert!(spinning.contains("spin_until") && spinning.contains(" [running]"), "{spinning}");
        for thread in ["dump-waits", "dump-spins"] {
            let thread = named(&threads, thread);
            assert!(
                matches!(&thread.stack, Stack::Taken { stack, .. } if !stack.truncated),
                "{thread:?} {notes:?}"
            );
        }
        assert!(threads.iter().all(|thread| !thread.name.starts_with("taskscope-")), "ours are left out");
        assert!(text(named(&quiet, "dump-waits")).contains("stack: \"not asked\""));
    }

    fn named_or_none(name: &str) -> Option<u32> {
        threads::tids()
            .into_iter()
            .filter_map(threads::look)
            .find(|thread| thread.name == name)
            .map(|t| t.tid)
    }

    #[test]
    fn a_thread_that_blocks_the_signal_is_listed_without_stack() {
        let (tell, told) = mpsc::channel();
        let (finish, finished) = mpsc::channel::<()>();
        let deaf = std::thread::Builder::new().name("dump-deaf".into());
        let deaf = deaf.spawn(move || {
            let mut set = std::mem::MaybeUninit::uninit();
            // SAFETY: fills a set, then blocks it for this thread.
            unsafe {
                libc::sigfillset(set.as_mut_ptr());
                libc::pthread_sigmask(libc::SIG_SETMASK, set.as_ptr(), std::ptr::null_mut());
            }
            tell.send(()).expect("somebody listens");
            assert!(finished.recv().is_err());
        });
        told.recv().expect("it tells");
        let (threads, notes) = thread_stacks(true);
        drop(finish);
        deaf.expect("started").join().expect("no panic");
        assert!(matches!(named(&threads, "dump-deaf").stack, Stack::NoAnswer));
        assert!(notes.iter().any(|note| note.contains("did not answer")), "{notes:?}");
    }
}
