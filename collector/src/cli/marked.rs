//! Arguments of the verbs about user tasks, regions and slow intervals.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};

use super::{ReadArgs, duration};

/// `tasks` and `regions`.
#[derive(Debug, Args)]
pub struct MarksArgs {
    /// What to read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// Only types that contain TEXT, in any case, or match /REGEX/
    #[arg(long = "type", value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub of_type: String,
    /// Only those that took at least this long, e.g. 5ms
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub min: Option<Duration>,
    /// Only those that took at most this long
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub max: Option<Duration>,
    /// Only those that began or ended outside the trace
    #[arg(long, conflicts_with_all = ["min", "max"])]
    pub incomplete: bool,
    /// How many to list, the longest first
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub rows: u32,
}

/// `tasks`.
#[derive(Debug, Args)]
pub struct TasksArgs {
    /// What is shared with `regions`.
    #[command(flatten)]
    pub marks: MarksArgs,
    /// Only tasks with a log that contains TEXT, in any case, or matches /REGEX/
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub log: String,
}

/// `task`.
#[derive(Debug, Args)]
pub struct TaskArgs {
    /// File to read, - for stdin
    pub file: PathBuf,
    /// The program's number of the task, as `tasks` lists it
    pub id: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `why`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").required(true).args(["goroutine", "task", "region"]))]
pub struct WhyArgs {
    /// What to read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// A goroutine, by its number
    #[arg(short, long, value_name = "ID")]
    pub goroutine: Option<u64>,
    /// From this time on, since the start of the trace, e.g. 1.5s [default: the goroutine's start]
    #[arg(long, value_name = "TIME", value_parser = since_start, conflicts_with_all = ["task", "region"])]
    pub from: Option<Duration>,
    /// Up to this time [default: the goroutine's end]
    #[arg(long, value_name = "TIME", value_parser = since_start, conflicts_with_all = ["task", "region"])]
    pub to: Option<Duration>,
    /// A user task, by its number
    #[arg(short, long, value_name = "ID")]
    pub task: Option<u64>,
    /// A region of this type
    #[arg(short, long, value_name = "TYPE")]
    pub region: Option<String>,
    /// Which of the regions, the slowest first
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with_all = ["task", "goroutine"], value_parser = clap::value_parser!(u32).range(1..))]
    pub nth: u32,
    /// How many segments of the critical path to print; short ones are merged
    #[arg(short = 'n', long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..))]
    pub rows: u32,
}

/// A time since the start of the trace, with parts of a unit: `2.3s`, `1.25ms`, `90us`.
pub(super) fn since_start(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "ns" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" | "" => 1e9,
        _ => return duration(text),
    };
    let ns = number.parse::<f64>().map(|number| (number * scale).round());
    match ns {
        Ok(ns) if (0.0..1e19).contains(&ns) => Ok(Duration::from_nanos(ns as u64)),
        _ => Err("expected a time such as 2.3s, 40ms or 150us".into()),
    }
}

pub(super) const TASKS: &str = "\
Examples:
  collector tasks slow.trace
  collector tasks slow.trace --type request --min 50ms
  collector tasks slow.trace --log /timeout|refused/
  collector tasks slow.trace --json | jq '.types[] | {name, p99: .durations.p99_ns}'
Tasks are what the program marks with runtime/trace.NewTask. Times that begin or end outside the
trace are cut to it. Look closer with `collector task` and `collector why`.";

pub(super) const TASK: &str = "\
Examples:
  collector task slow.trace 17
  collector task slow.trace 17 --json | jq '.logs[].message'";

pub(super) const REGIONS: &str = "\
Examples:
  collector regions slow.trace
  collector regions slow.trace --type decode --min 1ms
  collector regions slow.trace --json | jq '.types[0].states'
Regions are what the program marks with runtime/trace.WithRegion, grouped by type and by the
function that their goroutines began with. An open region ends with its goroutine.";

pub(super) const WHY: &str = "\
Examples:
  collector why slow.trace --task 17
  collector why slow.trace --region decode --nth 2
  collector why slow.trace --goroutine 1893 --from 2.31s --to 2.36s
  collector why slow.trace --task 17 --json | jq '.causes[:3]'
The critical path goes backwards from the end. Where a goroutine was blocked, it goes on in the one
that woke it, but only as long as the first was blocked.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_since_the_start_may_have_parts_of_a_unit() {
        assert_eq!(since_start("2.3s"), Ok(Duration::from_millis(2300)));
        assert_eq!(since_start("1.25ms"), Ok(Duration::from_micros(1250)));
        assert_eq!(since_start("90us"), Ok(Duration::from_micros(90)));
        assert_eq!(since_start("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(since_start("1m30s"), Ok(Duration::from_secs(90)));
        assert!(since_start("1.2.3s").is_err());
        assert!(since_start("soon").is_err());
    }
}
