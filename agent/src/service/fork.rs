//! After a fork the child has the agent's sockets but none of its threads. The listener is closed
//! there: otherwise the child would keep the port, and clients would wait for an answer for ever.

use std::os::fd::RawFd;
use std::sync::Once;
use std::sync::atomic::{AtomicI32, Ordering};

/// The listener's descriptor, -1 for none. Relaxed: fork copies the memory of the thread that forks, and a
/// listener that another thread starts at that very moment is at worst kept open.
static LISTENER: AtomicI32 = AtomicI32::new(-1);

/// Has children close this listener, until [`forget`].
pub(super) fn watch(listener: RawFd) {
    static ONCE: Once = Once::new();
    LISTENER.store(listener, Ordering::Relaxed);
    // SAFETY: `in_child` stays where it is (a library that holds it cannot be unloaded while the agent's thread
    // runs) and calls only `close`. The call fails for want of memory only; children then keep the port.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    });
}

/// The listener is about to be closed.
pub(super) fn forget() {
    LISTENER.store(-1, Ordering::Relaxed);
}

extern "C" fn in_child() {
    let listener = LISTENER.swap(-1, Ordering::Relaxed);
    if listener >= 0 {
        // SAFETY: the socket belongs to the agent's thread, which does not exist here, so nobody closes it a second time.
        unsafe { libc::close(listener) };
    }
}
