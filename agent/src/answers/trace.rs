//! `trace`: what all tasks do from now on, as a Go execution trace.

use std::io::Write;

use crate::service::{Ask, Ending, Refused, Stop};
use crate::trace::{self, TraceOptions};

/// Records for as long as is asked for.
pub(super) fn write(ask: &Ask, out: &mut dyn Write, stop: &Stop) -> Result<Ending, Refused> {
    let cpu_hz = ask.cpu_samples.then_some(ask.rate_hz);
    let options = TraceOptions { duration: ask.duration, max_bytes: ask.max_bytes, cpu_hz, polls: ask.polls };
    trace::record(options, out, stop)
}
