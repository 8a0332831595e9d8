//! Arguments of the verbs about collections, the scheduler, findings and leaks.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::ReadArgs;

/// `leaks`.
#[derive(Debug, Args)]
pub struct LeaksArgs {
    /// File to read, - for stdin; or a pid, host:port or :port to look at
    #[arg(value_name = "FILE|TARGET")]
    pub source: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Waits shorter than this are no evidence of age
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = super::duration)]
    pub older_than: Duration,
    /// Traces only: suspect only what has been blocked for so long at the end [default: half the trace]
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub blocked_for: Option<Duration>,
    /// Processes only: time from the first look to the last
    #[arg(long = "for", value_name = "TIME", default_value = "5s", value_parser = super::length)]
    pub within: Duration,
    /// Processes only: how often to look; one look shows no growth
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub looks: u32,
    /// Processes only: how long to wait for a byte
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = super::patience)]
    pub timeout: Duration,
    /// Token of an agent in a Rust program that does not know who asks
    #[arg(long, env = "TASKSCOPE_TOKEN", hide_env_values = true, value_parser = super::token)]
    pub token: Option<String>,
}

/// `findings`.
#[derive(Debug, Args)]
pub struct FindingsArgs {
    /// What to read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Exit with 1 if a finding is at least so sure
    #[arg(long, value_name = "VERDICT")]
    pub fail_on: Option<FailOn>,
}

/// How sure a finding must be to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Any finding.
    Possible,
    /// Likely or certain.
    Likely,
    /// Certain.
    Certain,
}

/// `mmu`.
#[derive(Debug, Args)]
pub struct MmuArgs {
    /// What to read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// What counts as work of the collector
    #[arg(
        long,
        value_name = "KINDS",
        value_delimiter = ',',
        default_values = ["stw", "background", "assist"]
    )]
    pub flags: Vec<WorkFlag>,
    /// The worst P by itself instead of all Ps together
    #[arg(long)]
    pub per_p: bool,
    /// Length of the windows in the list of the worst
    #[arg(long, value_name = "TIME", value_parser = super::patience)]
    pub window: Option<Duration>,
}

/// Kinds of the collector's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WorkFlag {
    /// Stops of the world for a collection
    Stw,
    /// Every stop of the world
    AllStw,
    /// Dedicated and fractional mark workers
    Background,
    /// Marking by goroutines that allocate
    Assist,
    /// Sweeping by goroutines that allocate
    Sweep,
}

pub(super) const FINDINGS: &str = "\
Examples:
  collector findings slow.trace
  collector findings slow.trace --json | jq '.findings[].title'
  collector findings slow.trace --fail-on likely || echo look at it
Every check is listed with its threshold and what it measured, also where nothing was found.";

pub(super) const MMU: &str = "\
Examples:
  collector mmu slow.trace
  collector mmu slow.trace --flags stw,assist --window 1ms
  collector mmu slow.trace --json | jq '.worst[0]'
MMU: the least share of the CPU that the program has in any window of a length. Unlike
`go tool trace` it does not count mark workers that have stopped.";

pub(super) const GCTRACE: &str = "\
Examples:
  collector gctrace slow.trace
  collector gctrace slow.trace --json | jq '.stops'";

pub(super) const LATENCY: &str = "\
Examples:
  collector latency slow.trace
  collector latency slow.trace --json | jq '.series[0].p99_ns'
How long goroutines were ready before they ran. Percentiles are exact to 0.8 %.";
