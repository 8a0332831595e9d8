//! The one signal handler: it copies registers and stack of the thread it interrupts, nothing else.
//!
//! SIGPROF comes from the timers of a CPU profile and, with a value, from the thread dump. What carries
//! no value of ours goes to the handler that was there before.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use super::registers::Registers;
use super::ring::{self, STACK_BYTES, Sample};
use super::stacks;
use crate::tasks;

/// The upper half of every value that our signals carry.
const MAGIC: u64 = 0x7A5C_0DE5;

/// What a signal of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A timer on a thread's CPU clock.
    Profile,
    /// A dump of all threads.
    Dump,
}

/// Which sessions are on, by purpose; 0 for none. Signals of others came late and are ignored.
static SESSIONS: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];
static NEXT_SESSION: AtomicU32 = AtomicU32::new(1);

/// Why the signal cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    /// The handler was replaced since.
    #[error("another profiler has taken SIGPROF")]
    Taken,
    /// The system refused.
    #[error("the system refuses a handler for SIGPROF")]
    Refused,
    /// No memory for samples.
    #[error("no memory for samples")]
    Memory,
}

/// A time in which signals of one purpose count.
#[derive(Debug)]
pub(crate) struct Session {
    purpose: Purpose,
    number: u32,
}

impl Session {
    /// Begins one; one at a time for a purpose, which the caller sees to.
    pub(crate) fn begin(purpose: Purpose) -> Result<Self, Unusable> {
        if !ring::prepare() {
            return Err(Unusable::Memory);
        }
        install()?;
        // Relaxed: only that numbers differ matters; 24 bits go into the value.
        let number = (NEXT_SESSION.fetch_add(1, Ordering::Relaxed) & 0xff_ffff).max(1);
        let session = Self { purpose, number };
        ring::drain(|tag| session.is_same_purpose(tag), |_, _| {});
        // Release: the table of stacks and the slots are ready.
        session.place().store(number, Ordering::Release);
        Ok(session)
    }

    /// The value that this session's signals carry.
    pub(crate) fn tag(&self) -> u64 {
        MAGIC << 32 | (self.purpose as u64) << 24 | u64::from(self.number)
    }

    /// Takes what this session's signals have brought since.
    pub(crate) fn drain(&self, mut take: impl FnMut(&Sample, &[u8])) {
        ring::drain(
            |tag| self.is_same_purpose(tag),
            |sample, stack| {
                if sample.tag == self.tag() {
                    take(sample, stack);
                }
            },
        );
    }

    /// Sends this session's signal to a thread; false if the thread is gone or the system refuses.
    pub(crate) fn signal(&self, tid: u32) -> bool {
        let info = QueueInfo {
            number: libc::SIGPROF,
            error: 0,
            code: libc::SI_QUEUE,
            padding: 0,
            // SAFETY: these have no arguments and cannot fail.
            pid: unsafe { libc::getpid() },
            // SAFETY: as above.
            uid: unsafe { libc::getuid() },
            value: self.tag(),
            rest: [0; 12],
        };
        // SAFETY: the struct has the layout and the size of the kernel's `siginfo_t` for SI_QUEUE, and is
        // only read. The handler is installed, so the signal does not end the process.
        let status = unsafe {
            libc::syscall(libc::SYS_rt_tgsigqueueinfo, info.pid, tid, libc::SIGPROF, &raw const info)
        };
        status == 0
    }

    fn is_same_purpose(&self, tag: u64) -> bool {
        tag >> 24 == self.tag() >> 24
    }

    fn place(&self) -> &'static AtomicU32 {
        let [profile, dump] = &SESSIONS;
        match self.purpose {
            Purpose::Profile => profile,
            Purpose::Dump => dump,
        }
    }
}

impl Drop for Session {
    /// The handler stays: the default action of a late SIGPROF would end the process.
    fn drop(&mut self) {
        self.place().store(0, Ordering::Release);
        if SESSIONS.iter().all(|session| session.load(Ordering::Acquire) == 0) {
            ring::release_memory();
        }
    }
}

/// The kernel's `siginfo_t` of a queued signal.
#[repr(C)]
struct QueueInfo {
    number: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    pid: c_int,
    uid: u32,
    value: u64,
    rest: [u64; 12],
}

const _: () = assert!(size_of::<QueueInfo>() == size_of::<libc::siginfo_t>());

/// What was there before; written once, before our handler can run.
struct Previous(UnsafeCell<MaybeUninit<libc::sigaction>>);

// SAFETY: written before `INSTALLED` is set (release), read after it was seen set (acquire).
unsafe impl Sync for Previous {}

static PREVIOUS: Previous = Previous(UnsafeCell::new(MaybeUninit::uninit()));
static INSTALLED: AtomicU32 = AtomicU32::new(0);
static INSTALLING: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Whether somebody else handled SIGPROF before; our handler passes on what is not ours.
pub(crate) fn is_shared() -> bool {
    // SAFETY: see `Previous`.
    INSTALLED.load(Ordering::Acquire) == 1 && unsafe { previous() }.sa_sigaction > libc::SIG_IGN
}

fn install() -> Result<(), Unusable> {
    let _alone = INSTALLING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let now = action(None).ok_or(Unusable::Refused)?;
    let ours = handler as *const () as usize;
    if now.sa_sigaction == ours {
        return Ok(());
    }
    if INSTALLED.load(Ordering::Acquire) == 1 {
        return Err(Unusable::Taken);
    }
    // SAFETY: not installed yet, so nobody reads it, and the lock excludes other writers.
    unsafe { (*PREVIOUS.0.get()).write(now) };
    INSTALLED.store(1, Ordering::Release);
    // SAFETY: all zero is a valid `sigaction`: an empty mask, no flags.
    let mut wanted: libc::sigaction = unsafe { std::mem::zeroed() };
    wanted.sa_sigaction = ours;
    wanted.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    if action(Some(&wanted)).is_none() {
        INSTALLED.store(0, Ordering::Release);
        return Err(Unusable::Refused);
    }
    Ok(())
}

/// The action for SIGPROF, after putting another in its place.
fn action(wanted: Option<&libc::sigaction>) -> Option<libc::sigaction> {
    let mut old = MaybeUninit::uninit();
    let wanted = wanted.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: both are valid or null; our handler is safe to run in any thread at any time.
    let status = unsafe { libc::sigaction(libc::SIGPROF, wanted, old.as_mut_ptr()) };
    // SAFETY: filled in on success.
    (status == 0).then(|| unsafe { old.assume_init() })
}

/// # Safety
/// `INSTALLED` was seen set.
unsafe fn previous() -> &'static libc::sigaction {
    // SAFETY: written before `INSTALLED` was set, never changed since.
    unsafe { (*PREVIOUS.0.get()).assume_init_ref() }
}

/// No locks, no allocation, no thread-local with destructor, no panic.
unsafe extern "C" fn handler(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes both to a handler with SA_SIGINFO.
    let (details, machine) = unsafe { (&*info, &*context.cast::<libc::ucontext_t>()) };
    // SAFETY: every signal has a value or other bytes at that place.
    let tag = unsafe { details.si_value() }.sival_ptr as u64;
    let queued = matches!(details.si_code, libc::SI_TIMER | libc::SI_QUEUE);
    if !queued || tag >> 32 != MAGIC {
        pass_on(signal, info, context);
        return;
    }
    let [profile, dump] = &SESSIONS;
    let session = if tag >> 24 & 1 == Purpose::Dump as u64 { dump } else { profile };
    if u64::from(session.load(Ordering::Acquire)) != tag & 0xff_ffff {
        return;
    }
    // SAFETY: the place of this thread's errno, which the interrupted code may be about to read.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let saved = unsafe { *errno };
    let weight = if details.si_code == libc::SI_TIMER {
        // SAFETY: timers have it.
        u32::try_from(unsafe { details.si_overrun() }).unwrap_or(0).saturating_add(1)
    } else {
        0
    };
    record(tag, weight, Registers::of_signal(machine));
    // SAFETY: as above.
    unsafe { *errno = saved };
}

#[inline]
fn record(tag: u64, weight: u32, registers: Registers) {
    // SAFETY: no arguments, cannot fail.
    let tid = unsafe { libc::gettid() }.cast_unsigned();
    let current = tasks::current();
    let stack = stacks::of(tid).filter(|stack| stack.contains(&registers.sp));
    ring::put(tid, |sample, place| {
        let bytes = stack.map_or(0, |stack| trimmed_end(stack.end, registers.sp) - registers.sp);
        let copied = bytes.min(STACK_BYTES as u64) & !7;
        // SAFETY: from the stack pointer to the end of this thread's stack, which is mapped; the place
        // has room for `STACK_BYTES`.
        unsafe { copy(registers.sp as *const u8, place, copied) };
        *sample = Sample {
            tag,
            tid,
            weight,
            registers,
            task: current.map_or(0, |task| task.id),
            site: current.map_or(0, |task| task.site),
            at_ns: now_ns(),
            copied: u32::try_from(copied).unwrap_or(0),
        };
    });
}

/// A thread's own data stands at the end of its stack, where the C library put both: no frame is there.
#[inline]
fn trimmed_end(end: u64, sp: u64) -> u64 {
    let own: u64;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the first word that fs points to is that address itself, by the ABI of threads.
    unsafe {
        std::arch::asm!("mov {}, fs:0", out(reg) own, options(nostack, readonly, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: only reads a register.
    unsafe {
        std::arch::asm!("mrs {}, tpidr_el0", out(reg) own, options(nostack, nomem, preserves_flags));
    }
    if sp < own && own < end { own } else { end }
}

/// Copies whole words without the C library's `memcpy`, which sanitizers watch.
///
/// # Safety
/// As for `ptr::copy_nonoverlapping`; `bytes` is a multiple of 8.
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, bytes: u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: promised by the caller; the direction flag is clear by the ABI.
    unsafe {
        std::arch::asm!("rep movsq", inout("rcx") bytes / 8 => _, inout("rsi") from => _, inout("rdi") to => _,
            options(nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    for word in 0..usize::try_from(bytes / 8).unwrap_or(0) {
        // SAFETY: promised by the caller.
        unsafe { to.cast::<u64>().add(word).write_unaligned(from.cast::<u64>().add(word).read_volatile()) };
    }
}

fn now_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct; allowed in handlers.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec.cast_unsigned().wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec.cast_unsigned())
}

/// To the handler that was there before. The default action would end the process: nobody who sends
/// SIGPROF to a program with this agent wants that.
fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: our handler runs, so it was installed.
    let previous = unsafe { previous() };
    if previous.sa_sigaction == libc::SIG_DFL || previous.sa_sigaction == libc::SIG_IGN {
        return;
    }
    if previous.sa_flags & libc::SA_SIGINFO != 0 {
        type Full = unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
        // SAFETY: a handler of this form was installed with SA_SIGINFO; it gets what the kernel gave us.
        unsafe { std::mem::transmute::<usize, Full>(previous.sa_sigaction)(signal, info, context) };
    } else {
        // SAFETY: a handler of this form was installed without SA_SIGINFO.
        unsafe { std::mem::transmute::<usize, unsafe extern "C" fn(c_int)>(previous.sa_sigaction)(signal) };
    }
}
