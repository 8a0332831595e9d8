//! The command line.

use std::time::Duration;

use crate::leaks::Kind;

/// What `--help` prints.
pub const USAGE: &str = "\
usage: sample [--load] [--clients N] [--leak KIND|all]... [--leaks N] [--seconds S]
              [--workers N] [--count-wakes] [--commands]

  --load         clients buy in the shop all the time
  --clients N    so many of them (8)
  --leak KIND    leak tasks: unwakeable, lost-waker, growing-site, lock, join, old, or all
  --leaks N      so many tasks of each kind (5); growing-site grows by N a second
  --seconds S    leave after S seconds; without it, never
  --workers N    threads of the runtime (one a core)
  --count-wakes  count calls of wakers by a waker of our own, which hides stacks from the agent
  --commands     obey lines on stdin: load, rest, counts, leak KIND N, tasks N, spin MS, panics N,
                 fork, quit";

/// The command line, read.
#[derive(Debug)]
pub struct Options {
    pub load: bool,
    pub clients: usize,
    pub leaks: Vec<Kind>,
    pub each: usize,
    pub seconds: Option<Duration>,
    pub workers: Option<usize>,
    pub count_wakes: bool,
    pub commands: bool,
}

impl Options {
    /// `None` if help is wanted.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self {
            load: false,
            clients: 8,
            leaks: Vec::new(),
            each: 5,
            seconds: None,
            workers: None,
            count_wakes: false,
            commands: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--load" => options.load = true,
                "--clients" => options.clients = number(&word, &value()?)?,
                "--leak" => options.leaks.extend(Kind::named(&value()?)?),
                "--leaks" => options.each = number(&word, &value()?)?,
                "--seconds" => options.seconds = Some(seconds(&word, &value()?)?),
                "--workers" => options.workers = Some(number(&word, &value()?)?.max(1)),
                "--count-wakes" => options.count_wakes = true,
                "--commands" => options.commands = true,
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("there is no option {other}")),
            }
        }
        Ok(Some(options))
    }
}

fn number(option: &str, text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("{option} needs a whole number, not {text:?}"))
}

fn seconds(option: &str, text: &str) -> Result<Duration, String> {
    let seconds = text.trim_end_matches('s').parse().ok();
    let wrong = || format!("{option} needs a number of seconds, not {text:?}");
    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or_else(wrong)
}
