//! Answers as Go's agent gives them: raw bytes, then the end. Reference: gops-protocol §1.
//!
//! What cannot be answered is closed without a byte, as Go's agent does for what it does not know.

use std::io::{self, BufWriter, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use taskscope_proto::gops::Signal;

use super::peer::{self, Trust};
use super::{Ask, Refused, Shared, Stop, hang_up};
use crate::answers;

/// Go's client prints whatever comes.
const SET_GC: &str = "A Rust program has no garbage collector, so there is no percentage to set. \
                      `gc` gives unused memory back to the system.\n";
/// How long, and for how much, the client's last bytes are waited for: closing before they are read
/// would reset the connection, and the client would lose the answer.
const DRAIN: (Duration, u64) = (Duration::from_millis(500), 64 << 10);

/// Answers one signal and closes.
pub(super) fn serve(stream: &Arc<TcpStream>, byte: u8, shared: &Shared) {
    let counters = &shared.counters;
    let Some(signal) = Signal::from_byte(byte) else {
        counters.dropped.add();
        return hang_up(stream);
    };
    // This wire has no token, so who asks must be known otherwise.
    if peer::trust(stream) != Trust::Proven {
        counters.denied.add();
        return hang_up(stream);
    }
    match answer(stream, signal, shared) {
        Ok(()) => counters.answered.add(),
        Err(error) => {
            counters.refused.add();
            counters.note(format!("{}: {error}", signal.name()));
        }
    }
    close(stream);
}

fn answer(stream: &Arc<TcpStream>, signal: Signal, shared: &Shared) -> Result<(), Refused> {
    let mut out = BufWriter::with_capacity(64 << 10, &**stream);
    match Ask::of_signal(signal) {
        Some(ask) => {
            let stop = Stop::of_gops(Arc::clone(stream));
            answers::answer(&ask, &mut out, &stop, shared)?;
        }
        None => out.write_all(SET_GC.as_bytes())?,
    }
    Ok(out.flush()?)
}

/// Ends our side, lets the client finish, and closes.
fn close(stream: &TcpStream) {
    let _ = drain(stream);
    hang_up(stream);
}

fn drain(stream: &TcpStream) -> io::Result<u64> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(DRAIN.0))?;
    io::copy(&mut stream.take(DRAIN.1), &mut io::sink())
}
