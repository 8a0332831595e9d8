//! Threads of the agent: no signal of the program ever runs on them.

use std::io;
use std::mem::MaybeUninit;
use std::thread::{Builder, JoinHandle};

/// How the names of all our threads begin; the kernel keeps 15 bytes.
pub(crate) const PREFIX: &str = "taskscope-";

/// Starts a thread `taskscope-<role>` that no signal of the program interrupts. Its stack is small:
/// nothing here recurses by input.
pub(crate) fn spawn<T: Send + 'static>(
    role: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let before = block_all();
    let thread = Builder::new().name(format!("{PREFIX}{role}")).stack_size(1 << 20).spawn(run);
    restore(&before);
    thread
}

/// Blocks every signal of the calling thread, which the new thread inherits, and gives what was blocked.
fn block_all() -> libc::sigset_t {
    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: both point to a `sigset_t` that is written here and nowhere else; neither call fails for
    // these arguments, so both are initialised.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::sigemptyset(before.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        before.assume_init()
    }
}

fn restore(before: &libc::sigset_t) {
    // SAFETY: `before` is the mask that this thread had, and the old one is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, std::ptr::null_mut()) };
}
