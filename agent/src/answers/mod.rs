//! What each question is answered with.

use std::io::Write;

use taskscope_proto::agent::What;

use crate::cpu::{self, CpuOptions};
use crate::heap;
use crate::service::{Ask, Ending, Refused, Shared, Stop};

mod binary;
mod elf;
mod gc;
mod memory;
mod memstats;
mod stack;
mod stats;
mod trace;
mod version;

/// What this agent can be asked for, in this program as it was built.
pub(crate) fn can() -> Vec<What> {
    let mut can = vec![What::Stack, What::Tasks, What::Gc, What::MemStats, What::Version, What::Stats];
    can.extend([What::Binary, What::Cpu, What::Trace]);
    if heap::is_on() {
        can.push(What::Heap);
    }
    can
}

/// Answers: the data goes to `out`, and `stop` says when nobody wants any more of it.
pub(crate) fn answer(
    ask: &Ask,
    out: &mut dyn Write,
    stop: &Stop,
    shared: &Shared,
) -> Result<Ending, Refused> {
    match ask.what {
        What::Stack | What::Tasks => return stack::write(ask, out, stop, shared),
        What::Trace => return trace::write(ask, out, stop),
        What::Gc => out.write_all(gc::give_back().as_bytes())?,
        What::MemStats => out.write_all(memstats::text().as_bytes())?,
        What::Version => out.write_all(version::text().as_bytes())?,
        What::Stats => out.write_all(stats::text(shared).as_bytes())?,
        What::Binary => binary::copy(out, stop)?,
        What::Cpu => return cpu::profile(CpuOptions { hz: ask.rate_hz, duration: ask.duration }, out, stop),
        What::Heap => return heap::profile(out),
        other => return Err(Refused::Unavailable(format!("this agent has no {}", other.verb()))),
    }
    Ok(Ending::default())
}
