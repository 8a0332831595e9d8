//! The command line: clap's derive, validated into plain data, no effects.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::failure::Failure;
use crate::target::TargetSpec;

mod gc;
mod marked;
mod scoped;

pub use gc::{FailOn, FindingsArgs, LeaksArgs, MmuArgs, WorkFlag};
pub use marked::{MarksArgs, TaskArgs, TasksArgs, WhyArgs};
pub use scoped::{BlockingArgs, By, Column, GoroutinesArgs, Kind, WindowArgs};

/// See what the tasks of a running Go or Rust program do: save it as a file, explore it offline.
///
/// TARGET is a pid of this machine, or host:port (:port for this host) of its agent: gops in a Go
/// program, taskscope-agent in a Rust program.
#[derive(Debug, Parser)]
#[command(name = "collector", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Every verb.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Save an execution trace: what every goroutine or task did
    #[command(after_help = TRACE)]
    Trace(TraceArgs),
    /// Save a CPU profile
    #[command(visible_alias = "pprof-cpu", after_help = CPU)]
    Cpu(TimedArgs),
    /// Save a heap profile
    #[command(visible_alias = "pprof-heap", after_help = HEAP)]
    Heap(SaveArgs),
    /// Save a copy of the program's executable
    #[command(after_help = BINARY)]
    Binary(SaveArgs),
    /// Print the stack of every goroutine, or of every task and thread
    #[command(after_help = STACK)]
    Stack(StackArgs),
    /// Run a garbage collection; make a Rust program give unused memory back
    #[command(after_help = GC)]
    Gc(AskArgs),
    /// Set the garbage collection target percentage of a Go program
    #[command(after_help = SETGC)]
    Setgc(SetGcArgs),
    /// Print memory statistics
    #[command(after_help = MEMSTATS)]
    Memstats(AskArgs),
    /// Print counts of goroutines or tasks, threads and CPUs
    #[command(after_help = STATS)]
    Stats(AskArgs),
    /// Print the Go or Rust version of the program
    #[command(after_help = VERSION)]
    Version(AskArgs),
    /// Open files in the viewer, served on loopback
    #[command(after_help = VIEW)]
    View(ViewArgs),
    /// Say what a file is and count what is in it
    #[command(after_help = INSPECT)]
    Inspect(ReadArgs),
    /// List functions of a profile by flat and cumulative value
    #[command(after_help = TOP)]
    Top(TopArgs),
    /// List goroutines that wait, grouped, with a verdict on each group
    #[command(after_help = LEAKS)]
    Leaks(LeaksArgs),
    /// Break down what goroutines of a trace spent their time on
    #[command(after_help = scoped::GOROUTINES)]
    Goroutines(GoroutinesArgs),
    /// List or save a blocking profile of a trace: network, locks, system calls, scheduler
    #[command(after_help = scoped::BLOCKING)]
    Blocking(BlockingArgs),
    /// List user tasks of a trace: by type with percentiles, and the longest ones
    #[command(after_help = marked::TASKS)]
    Tasks(TasksArgs),
    /// Show one user task: its goroutines, regions and logs
    #[command(after_help = marked::TASK)]
    Task(TaskArgs),
    /// List regions of a trace: by type with a breakdown, and the longest ones
    #[command(after_help = marked::REGIONS)]
    Regions(MarksArgs),
    /// Say where the time of a task, region or goroutine went, and show its critical path
    #[command(after_help = marked::WHY)]
    Why(WhyArgs),
    /// Say what is odd in a trace, with evidence, threshold and place
    #[command(after_help = gc::FINDINGS)]
    Findings(FindingsArgs),
    /// List garbage collections and stops of the world of a trace
    #[command(after_help = gc::GCTRACE)]
    Gctrace(ReadArgs),
    /// Say how much of the CPU garbage collection leaves a program (MMU)
    #[command(after_help = gc::MMU)]
    Mmu(MmuArgs),
    /// Say how long goroutines wait for a P
    #[command(after_help = gc::LATENCY)]
    Latency(ReadArgs),
}

/// Whom to ask, and how long to wait.
#[derive(Clone, Debug, Args)]
pub struct TargetArgs {
    /// Pid, host:port or :port
    pub target: TargetSpec,
    /// How long to wait for a byte, beyond the time that the command itself takes
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = patience)]
    pub timeout: Duration,
    /// Token of an agent in a Rust program that does not know who asks
    #[arg(long, env = "TASKSCOPE_TOKEN", hide_env_values = true, value_parser = token)]
    pub token: Option<String>,
}

/// Verbs that ask and print.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// Whom to ask.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Print the facts as JSON
    #[arg(long)]
    pub json: bool,
}

/// Where to save.
#[derive(Clone, Debug, Args)]
pub struct OutputArgs {
    /// File or folder to save to, - for stdout [default: PROGRAM-PID-TIME.KIND in this folder]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace FILE if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// Verbs that save an answer.
#[derive(Debug, Args)]
pub struct SaveArgs {
    /// Whom to ask.
    #[command(flatten)]
    pub ask: AskArgs,
    /// Where to save.
    #[command(flatten)]
    pub save: OutputArgs,
}

/// Verbs that save what happens during some time.
#[derive(Debug, Args)]
pub struct TimedArgs {
    /// Whom to ask and where to save.
    #[command(flatten)]
    pub save: SaveArgs,
    /// How long to record; a Go agent knows one length only
    #[arg(long, value_name = "TIME", value_parser = length)]
    pub duration: Option<Duration>,
    /// CPU samples a second of each busy thread [default: 100]; Rust programs only
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rate: Option<u32>,
}

/// `trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// What to record, and how.
    #[command(flatten)]
    pub timed: TimedArgs,
    /// Put CPU samples into the trace; Rust programs only
    #[arg(long)]
    pub cpu: bool,
}

/// `stack`.
#[derive(Debug, Args)]
pub struct StackArgs {
    /// Whom to ask.
    #[command(flatten)]
    pub ask: AskArgs,
    /// Save to this file or folder instead of printing
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace FILE if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Send threads no signal: their states without native stacks; Rust programs only
    #[arg(long)]
    pub no_signal: bool,
    /// Do not poll tasks: their states without async stacks; Rust programs only
    #[arg(long)]
    pub no_poll: bool,
}

/// `setgc`.
#[derive(Debug, Args)]
pub struct SetGcArgs {
    /// Whom to ask.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Percentage, or off
    #[arg(value_parser = percent, allow_negative_numbers = true)]
    pub percent: i32,
    /// Print the facts as JSON
    #[arg(long)]
    pub json: bool,
}

/// `view`.
#[derive(Debug, Args)]
pub struct ViewArgs {
    /// Files to open
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Print the address and do not start a browser
    #[arg(long)]
    pub no_open: bool,
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// Folder of a built viewer, instead of the embedded one
    #[arg(long, value_name = "DIR", env = "TASKSCOPE_APP", hide_env_values = true)]
    pub app: Option<PathBuf>,
}

/// Verbs that read a file.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// File to read, - for stdin
    pub file: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `top`.
#[derive(Debug, Args)]
pub struct TopArgs {
    /// What to read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Which of the file's quantities, e.g. inuse_space [default: the file's own default]
    #[arg(long, value_name = "TYPE")]
    pub sample_type: Option<String>,
    /// How many rows to print; JSON has all of them
    #[arg(short = 'n', long, value_name = "N", default_value_t = 30)]
    pub rows: u32,
    /// Sort by cumulative value
    #[arg(long)]
    pub cum: bool,
}

/// Parses the command line of this process.
pub fn parse() -> Result<Cli, Failure> {
    Cli::try_parse().map_err(Failure::Clap)
}

/// A length of time as Go and people write it: `5s`, `1m30s`, `500ms`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().map(Duration::from_secs);
    seconds.map_or_else(|| humantime::parse_duration(text), Ok).map_err(|error| error.to_string())
}

fn length(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() { Err("recording no time at all gives nothing".into()) } else { Ok(time) }
}

fn token(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("a token has at least one character".into()) } else { Ok(text.to_owned()) }
}

fn patience(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() { Err("waiting no time at all would fail always".into()) } else { Ok(time) }
}

fn percent(text: &str) -> Result<i32, String> {
    if text.eq_ignore_ascii_case("off") {
        return Ok(-1);
    }
    let wide: i64 = text.parse().map_err(|_| String::from("expected a whole number of percent, or off"))?;
    i32::try_from(wide)
        .map_err(|_| "the Go runtime keeps 32 bits of it, and would end up with another value".into())
}

const EXAMPLES: &str = "\
Examples:
  collector trace 4711             save a trace of pid 4711
  collector view search-api-*.trace   look at it in a browser
  collector stack :6061 | less     stacks of the agent on port 6061 of this host
Run `collector help VERB` for more on each verb.
Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted (nothing is left behind).";

const TRACE: &str = "\
Examples:
  collector trace 4711
  collector trace build-7:6061 -o slow-start.trace
  collector trace 4711 --duration 3s --cpu
  collector trace 4711 -o - | ssh me@laptop 'cat > slow-start.trace'
A Go agent always traces 5 s, an agent in a Rust program what --duration says [default: 5s].
The file opens in `collector view` and in `go tool trace`.
The path of the file is the last line of stdout.";

const CPU: &str = "\
Examples:
  collector cpu 4711
  collector cpu 4711 --duration 10s --rate 499
  collector cpu :6061 -o before.cpu.pb.gz
A Go agent always profiles 30 s; one in a Rust program what --duration says [default: 30s].
The profile comes at the end.
The file opens in `collector view`, `collector top` and `go tool pprof`.
The path of the file is the last line of stdout.";

const HEAP: &str = "\
Examples:
  collector heap 4711
  collector gc 4711 && collector heap 4711     only what a fresh collection leaves
The file opens in `collector view`, `collector top` and `go tool pprof`.
The path of the file is the last line of stdout.";

const BINARY: &str = "\
Examples:
  collector binary build-7:6061 -o search-api
Go profiles carry their symbols, so this is needed only to disassemble.
The agent sends the file that is now at the path the program was started from: after an
upgrade in place that is the new program. The path of the file is the last line of stdout.";

const STACK: &str = "\
Examples:
  collector stack 4711 | less
  collector stack 4711 -o . && collector leaks search-api-4711-*.stack.txt
  collector stack 4711 | collector leaks -
The program stands still while it writes. Answers of more than 64 MiB are cut by the agent.";

const GC: &str = "\
Examples:
  collector gc 4711
  collector gc 4711 --json";

const SETGC: &str = "\
Examples:
  collector setgc 4711 50
  collector setgc 4711 off
  collector setgc 4711 -1          the same as off";

const MEMSTATS: &str = "\
Examples:
  collector memstats 4711
  collector memstats 4711 --json | jq '.\"heap-alloc\"'
Numbers in JSON are bytes, counts and nanoseconds.";

const STATS: &str = "\
Examples:
  collector stats 4711
  collector stats 4711 --json | jq .goroutines
`OS threads` counts every thread ever made, as the agent does.";

const VERSION: &str = "\
Examples:
  collector version 4711
  collector version build-7:6061 --json";

const VIEW: &str = "\
Examples:
  collector view search-api-4711-20260914T091502Z.trace
  collector view before.pb.gz after.pb.gz
  collector view slow.trace --no-open --port 8100     then: ssh -L 8100:127.0.0.1:8100 …
Files are read from here only, by this machine only, under an address nobody can guess.
Ends on Ctrl-C. The address is the last line of stdout.";

const INSPECT: &str = "\
Examples:
  collector inspect slow.trace
  collector inspect slow.trace --json | jq .go_transitions
  ssh build-7 collector trace 4711 -o - | collector inspect -
Formats are told by content: Go traces, pprof profiles, goroutine dumps; gzip and zip are opened.";

const TOP: &str = "\
Examples:
  collector top search-api-4711-20260914T091502Z.cpu.pb.gz
  collector top heap.pb.gz --sample-type alloc_space --cum
  collector top heap.pb.gz --json | jq '.rows[0]'";

const LEAKS: &str = "\
Examples:
  collector leaks 4711                       three looks at a process within 5 seconds
  collector leaks 4711 --for 1m --older-than 30s
  collector leaks search-api-4711-20260914T091502Z.stack.txt
  collector stack 4711 | collector leaks -
  collector leaks slow.trace --blocked-for 2s
  collector leaks slow.trace --json | jq '.groups[] | select(.verdict == \"certain\")'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn times_are_read_as_go_writes_them() {
        assert_eq!(duration("5"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert!(duration("soon").is_err());
        assert!(patience("0s").is_err());
    }

    #[test]
    fn percentages_that_the_runtime_would_change_are_refused() {
        assert_eq!(percent("OFF"), Ok(-1));
        assert_eq!(percent("-5"), Ok(-5));
        assert_eq!(percent("2147483647"), Ok(i32::MAX));
        assert!(percent("2147483648").is_err());
        assert!(percent("much").is_err());
    }
}
