//! Systems without timers on the CPU clocks of threads.

use std::io::Write;
use std::time::Duration;

use super::{CpuOptions, CpuSample};
use crate::service::{Ending, Refused, Stop};

fn refused() -> Refused {
    Refused::Unavailable("CPU profiles need Linux on x86_64 or aarch64".into())
}

/// Refused.
pub(crate) fn profile(_options: CpuOptions, _out: &mut dyn Write, _stop: &Stop) -> Result<Ending, Refused> {
    Err(refused())
}

/// There is none.
pub(crate) enum Sampler {}

impl Sampler {
    /// Refused.
    pub(crate) fn start(_hz: u32) -> Result<Self, Refused> {
        Err(refused())
    }

    /// Cannot be called.
    pub(crate) fn pause(&self) -> Duration {
        match *self {}
    }

    /// Cannot be called.
    pub(crate) fn dropped(&self) -> u64 {
        match *self {}
    }

    /// Cannot be called.
    pub(crate) fn take(&mut self, _each: impl FnMut(&CpuSample<'_>)) {
        match *self {}
    }

    /// Cannot be called.
    pub(crate) fn notes(&self) -> Vec<String> {
        match *self {}
    }
}
