//! Removes the files on SIGINT and SIGTERM, and then lets happen what would have happened.
//!
//! The program may have its own handlers, before or after ours, or none. In all cases it ends, or
//! does not end, as it would without us: a handler that was there before is called; where there was
//! none the signal is raised again with the system's own action, so that even the exit status is
//! right; and where a later handler of the program calls us (tokio's does), what happens is its matter.

use std::ffi::CString;
use std::io::{Error, Result};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use libc::{c_int, c_void, sigaction, siginfo_t};

const SIGNALS: [c_int; 2] = [libc::SIGINT, libc::SIGTERM];

/// What the handler needs. Made before a handler can run and never freed, because a handler may be
/// reading it on any thread at any time; a process has few agents in its life.
struct Plan {
    paths: Vec<CString>,
    before: [sigaction; 2],
    pid: libc::pid_t,
}

/// Null while there is nothing to remove. Release on write, Acquire in the handler: it sees the plan whole.
static PLAN: AtomicPtr<Plan> = AtomicPtr::new(ptr::null_mut());

/// Our handlers, installed until this is dropped.
#[derive(Debug)]
pub(super) struct Cleanup {
    plan: &'static Plan,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("paths", &self.paths).finish_non_exhaustive()
    }
}

impl Cleanup {
    /// Removes these files when a signal comes that asks the program to end.
    pub(super) fn install(paths: &[PathBuf]) -> Result<Self> {
        let path = |path: &PathBuf| CString::new(path.as_os_str().as_bytes()).ok();
        let before = [current(SIGNALS[0])?, current(SIGNALS[1])?];
        // SAFETY: it takes nothing and cannot fail.
        let pid = unsafe { libc::getpid() };
        let plan: &'static Plan =
            Box::leak(Box::new(Plan { paths: paths.iter().filter_map(path).collect(), before, pid }));
        PLAN.store(ptr::from_ref(plan).cast_mut(), Ordering::Release);
        let installed = Self { plan };
        for (signal, before) in SIGNALS.into_iter().zip(&plan.before) {
            // A program that ignores the signal goes on ignoring it.
            if before.sa_sigaction != libc::SIG_IGN {
                install(signal, before)?;
            }
        }
        Ok(installed)
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        // Handlers of the program may have our address: it stays valid and does nothing from here on.
        PLAN.store(ptr::null_mut(), Ordering::Release);
        for (signal, before) in SIGNALS.into_iter().zip(&self.plan.before) {
            if current(signal).is_ok_and(|now| is_ours(&now)) {
                // SAFETY: `before` is what the system gave for this very signal.
                unsafe { libc::sigaction(signal, before, ptr::null_mut()) };
            }
        }
    }
}

fn install(signal: c_int, before: &sigaction) -> Result<()> {
    let mut ours = *before;
    ours.sa_sigaction = handler as *const () as usize;
    // Whether calls are restarted stays as it was; the alternate stack serves programs that have small ones.
    ours.sa_flags = (before.sa_flags & libc::SA_RESTART) | libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: `ours` is whole, and `handler` has the form that SA_SIGINFO asks for and calls only what may be
    // called in a handler.
    let done = unsafe { libc::sigaction(signal, &ours, ptr::null_mut()) };
    if done == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

fn current(signal: c_int) -> Result<sigaction> {
    let mut now = MaybeUninit::zeroed();
    // SAFETY: only asks; `now` is written whole when the call succeeds.
    let done = unsafe { libc::sigaction(signal, ptr::null(), now.as_mut_ptr()) };
    // SAFETY: the call succeeded; besides, all zeros are a legal value.
    if done == 0 { Ok(unsafe { now.assume_init() }) } else { Err(Error::last_os_error()) }
}

fn is_ours(action: &sigaction) -> bool {
    action.sa_sigaction == handler as *const () as usize
}

/// Calls nothing but `unlink`, `getpid`, `sigaction`, `raise` and the handler that was there before.
extern "C" fn handler(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let plan = PLAN.load(Ordering::Acquire);
    // SAFETY: null, or a plan that is never freed.
    let Some(plan) = (unsafe { plan.as_ref() }) else { return };
    remove(plan);
    let Some(at) = SIGNALS.iter().position(|&ours| ours == signal) else { return };
    // SAFETY: the kernel's, or those of whoever calls us in its place.
    unsafe { chain(signal, &plan.before[at], info, context) };
}

fn remove(plan: &Plan) {
    // SAFETY: it takes nothing and cannot fail. A forked child must not remove its parent's files.
    if unsafe { libc::getpid() } != plan.pid {
        return;
    }
    for path in &plan.paths {
        // SAFETY: a string that ends in NUL. errno is the interrupted code's: kept.
        unsafe {
            let errno = errno();
            let before = *errno;
            libc::unlink(path.as_ptr());
            *errno = before;
        }
    }
}

/// # Safety
/// `info` and `context` are what the handler was called with.
unsafe fn chain(signal: c_int, before: &sigaction, info: *mut siginfo_t, context: *mut c_void) {
    match before.sa_sigaction {
        libc::SIG_IGN => {}
        libc::SIG_DFL => {
            // Called by a handler that the program installed after us: the program decides.
            if !current(signal).is_ok_and(|now| is_ours(&now)) {
                return;
            }
            // SAFETY: the action was the system's before us. The signal is blocked while we run and comes
            // once we return, and then ends the process as it would have.
            unsafe {
                libc::sigaction(signal, before, ptr::null_mut());
                libc::raise(signal);
            }
        }
        address if before.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: the program registered a function of this form under this flag.
            let earlier: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
                unsafe { std::mem::transmute(address) };
            earlier(signal, info, context);
        }
        address => {
            // SAFETY: the program registered a function of this form, without the flag.
            let earlier: extern "C" fn(c_int) = unsafe { std::mem::transmute(address) };
            earlier(signal);
        }
    }
}

/// # Safety
/// None beyond that of the pointer, which is this thread's own.
unsafe fn errno() -> *mut c_int {
    #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "redox"))]
    // SAFETY: always valid for the calling thread.
    return unsafe { libc::__errno_location() };
    #[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
    // SAFETY: always valid for the calling thread.
    return unsafe { libc::__error() };
}
