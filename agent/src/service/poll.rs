//! The few system calls that std has no name for: waiting for sockets.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsRawFd as _, RawFd};
use std::time::Duration;

/// What a client did while it was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// Nothing, or nothing that matters.
    Nothing,
    /// It sends no more; it may still read.
    Ended,
    /// The connection is over.
    HungUp,
}

/// Linux tells the end of the client's bytes apart from bytes; elsewhere only a reset is seen.
#[cfg(target_os = "linux")]
const HALF_CLOSED: libc::c_short = libc::POLLRDHUP;
#[cfg(not(target_os = "linux"))]
const HALF_CLOSED: libc::c_short = 0;

/// Waits at most `time` for the end of a connection.
pub(super) fn hang_up(stream: &TcpStream, time: Duration) -> Wake {
    let mut entries = [entry(stream.as_raw_fd(), HALF_CLOSED)];
    // An error is a signal or a lack of memory; whoever waits comes again.
    if wait(&mut entries, Some(time)).is_err() {
        return Wake::Nothing;
    }
    let seen = entries[0].revents;
    if seen & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0 {
        Wake::HungUp
    } else if seen & HALF_CLOSED != 0 {
        Wake::Ended
    } else {
        Wake::Nothing
    }
}

/// An entry of [`wait`].
pub(super) fn entry(fd: RawFd, events: libc::c_short) -> libc::pollfd {
    libc::pollfd { fd, events, revents: 0 }
}

/// An entry of [`wait`] that waits for bytes.
pub(super) fn readable(fd: RawFd) -> libc::pollfd {
    entry(fd, libc::POLLIN)
}

/// Waits until an entry has news or `time` has passed; without a time, for ever.
pub(super) fn wait(entries: &mut [libc::pollfd], time: Option<Duration>) -> io::Result<()> {
    // Rounded up, so that a wait is not cut into many short ones at its end.
    let millis = time.map_or(-1, |time| {
        libc::c_int::try_from(time.as_micros().div_ceil(1000)).unwrap_or(libc::c_int::MAX)
    });
    let count = libc::nfds_t::try_from(entries.len()).unwrap_or(libc::nfds_t::MAX);
    // SAFETY: `entries` is a slice of `count` initialised entries that nobody else uses meanwhile; the
    // kernel writes only their `revents`, and an fd that is not open is reported there.
    let done = unsafe { libc::poll(entries.as_mut_ptr(), count, millis) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
