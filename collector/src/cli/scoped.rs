//! Arguments of the verbs about goroutines and what they wait for.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::ReadArgs;
use super::marked::since_start;

/// Which part of a trace counts.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// From this time on, since the start of the trace, e.g. 1.5s
    #[arg(long, value_name = "TIME", value_parser = since_start)]
    pub from: Option<Duration>,
    /// Up to this time
    #[arg(long, value_name = "TIME", value_parser = since_start)]
    pub to: Option<Duration>,
    /// Only goroutines whose entry function contains TEXT, in any case, or matches /REGEX/
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub group: String,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// All goroutines of one entry function
    Entry,
    /// One goroutine
    Goroutine,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Column {
    /// Entry function
    Name,
    /// How many goroutines
    Count,
    /// Time in the trace
    Total,
    /// Execution time
    Execution,
    /// Scheduler wait time
    Sched,
    /// Syscall execution time
    Syscall,
    /// Block time (syscall)
    SyscallBlock,
    /// Block time for all reasons
    Block,
}

/// `goroutines`.
#[derive(Debug, Args)]
pub struct GoroutinesArgs {
    /// What to read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// What a row is
    #[arg(long, value_enum, default_value_t = By::Entry)]
    pub by: By,
    /// What rows are sorted by; numbers fall
    #[arg(long, value_enum, value_name = "COLUMN", default_value_t = Column::Execution)]
    pub sort: Column,
    /// Which part of the trace.
    #[command(flatten)]
    pub window: WindowArgs,
    /// How many rows to print; JSON has all of them
    #[arg(short = 'n', long, value_name = "N", default_value_t = 30)]
    pub rows: u32,
}

/// Which profile; the names are those of `go tool trace -pprof`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Network: the poller
    #[value(alias = "network")]
    Net,
    /// Channels, select and locks
    Sync,
    /// System calls
    Syscall,
    /// Runnable, but not running
    #[value(alias = "scheduler")]
    Sched,
}

/// `blocking`.
#[derive(Debug, Args)]
pub struct BlockingArgs {
    /// What to read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which profile
    #[arg(short, long, value_enum)]
    pub kind: Kind,
    /// Which part of the trace.
    #[command(flatten)]
    pub window: WindowArgs,
    /// Only while in a region of exactly this type
    #[arg(long, value_name = "TYPE")]
    pub region: Option<String>,
    /// Save the profile to this file or folder instead of printing a table, - for stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace FILE if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
    /// How many functions to print; JSON has all of them, and the stacks
    #[arg(short = 'n', long, value_name = "N", default_value_t = 30)]
    pub rows: u32,
}

pub(super) const GOROUTINES: &str = "\
Examples:
  collector goroutines slow.trace
  collector goroutines slow.trace --by goroutine --group main.worker --sort sched
  collector goroutines slow.trace --from 1.2s --to 1.4s --json | jq '.goroutines[0]'
Numbers are those of `go tool trace`, goroutine analysis.";

pub(super) const BLOCKING: &str = "\
Examples:
  collector blocking slow.trace --kind sync
  collector blocking slow.trace --kind net --group 'net/http.(*conn).serve' --region load
  collector blocking slow.trace --kind sched -o sched.pb.gz && go tool pprof -http=: sched.pb.gz
Numbers are those of `go tool trace -pprof=KIND`: waits that ended, by the stack where they began.";
