//! A question and how its answer ends, whichever wire it came over.

use std::io;
use std::time::Duration;

use taskscope_proto::agent::{Reason, Request, What};
use taskscope_proto::gops::Signal;

/// What is asked for, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// What.
    pub(crate) what: What,
    /// How long to record.
    pub(crate) duration: Duration,
    /// Samples a second.
    pub(crate) rate_hz: u32,
    /// Whether a trace has CPU samples.
    pub(crate) cpu_samples: bool,
    /// Stop after so many bytes; `None` for no limit but the agent's own.
    pub(crate) max_bytes: Option<u64>,
    /// Whether threads may be sent a signal for their stacks.
    pub(crate) signals: bool,
    /// Whether tasks may be polled for their stacks.
    pub(crate) polls: bool,
}

/// How an answer ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ending {
    /// Whether something that was asked for is missing.
    pub(crate) incomplete: bool,
    /// What is missing or only partly known; a sentence each.
    pub(crate) notes: Vec<String>,
    /// Samples or events that were lost.
    pub(crate) dropped: u64,
}

/// Why there is no answer. The words go to the client: what happened, then what to do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// The agent does not know who asks.
    #[error("{0}")]
    Denied(String),
    /// Somebody else is being served.
    #[error("{0}")]
    Busy(String),
    /// Not in this program as it was built, or not on this system.
    #[error("{0}")]
    Unavailable(String),
    /// The question makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The client cannot be written to, or something of the system failed.
    #[error("{0}")]
    Failed(#[from] io::Error),
}

impl Refused {
    /// The same for the wire.
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Denied(_) => Reason::Denied,
            Self::Busy(_) => Reason::Busy,
            Self::Unavailable(_) => Reason::Unavailable,
            Self::Invalid(_) => Reason::Invalid,
            Self::Failed(_) => Reason::Failed,
        }
    }
}

/// The longest that anything records.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// What Go's agent does, and what everybody expects where nothing was said.
const CPU_HZ: u32 = 100;
/// Above that the timers of the kernel do not follow.
const MOST_HZ: u32 = 10_000;

impl Ask {
    /// What a gops client asks for, as Go's agent would do it.
    pub(crate) fn of_signal(signal: Signal) -> Option<Self> {
        let what = match signal {
            Signal::StackTrace => What::Stack,
            Signal::Gc => What::Gc,
            Signal::MemStats => What::MemStats,
            Signal::Version => What::Version,
            Signal::HeapProfile => What::Heap,
            Signal::CpuProfile => What::Cpu,
            Signal::Stats => What::Stats,
            Signal::Trace => What::Trace,
            Signal::BinaryDump => What::Binary,
            Signal::SetGcPercent => return None,
        };
        Some(Self::plain(what))
    }

    /// What a framed request asks for.
    pub(crate) fn of_request(request: &Request) -> Result<Self, Refused> {
        let what = What::try_from(request.what).unwrap_or_default();
        if what == What::Unspecified {
            return Err(Refused::Unavailable(format!("this agent does not know question {}", request.what)));
        }
        let plain = Self::plain(what);
        let duration = match request.duration_ns {
            0 => plain.duration,
            ns => Duration::from_nanos(ns),
        };
        if duration > LONGEST {
            return Err(Refused::Invalid(format!("a {} of more than a day is not made", what.verb())));
        }
        if request.rate_hz > MOST_HZ {
            return Err(Refused::Invalid(format!("{} samples a second: {MOST_HZ} at most", request.rate_hz)));
        }
        Ok(Self {
            duration,
            rate_hz: if request.rate_hz == 0 { CPU_HZ } else { request.rate_hz },
            cpu_samples: request.cpu_samples,
            max_bytes: (request.max_bytes > 0).then_some(request.max_bytes),
            signals: !request.no_signal,
            polls: !request.no_poll,
            ..plain
        })
    }

    fn plain(what: What) -> Self {
        let seconds = match what {
            What::Cpu => 30,
            What::Trace => 5,
            _ => 0,
        };
        Self {
            what,
            duration: Duration::from_secs(seconds),
            rate_hz: CPU_HZ,
            cpu_samples: false,
            max_bytes: None,
            signals: true,
            polls: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_fill_in_what_go_would_do() {
        let cpu = Request { what: What::Cpu.into(), ..Request::default() };
        assert_eq!(Ask::of_request(&cpu).ok(), Ask::of_signal(Signal::CpuProfile));
        let short = Request { duration_ns: 250_000_000, rate_hz: 499, ..cpu.clone() };
        let ask = Ask::of_request(&short).expect("it is legal");
        assert_eq!((ask.duration, ask.rate_hz), (Duration::from_millis(250), 499));
        let long = Request { duration_ns: u64::MAX, ..cpu.clone() };
        assert_eq!(Ask::of_request(&long).map_err(|error| error.reason()), Err(Reason::Invalid));
        let fast = Request { rate_hz: u32::MAX, ..cpu };
        assert_eq!(Ask::of_request(&fast).map_err(|error| error.reason()), Err(Reason::Invalid));
        let odd = Request { what: 99, ..Request::default() };
        assert_eq!(Ask::of_request(&odd).map_err(|error| error.reason()), Err(Reason::Unavailable));
    }
}
