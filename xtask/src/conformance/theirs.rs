//! Go's own tool: `go tool trace -d=parsed`, an event a line, counted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::ours::Counts;
use crate::{command, console, setup};

/// First Go whose tool prints events.
const FIRST: u32 = 23;

/// The built tool.
pub struct GoTool {
    program: PathBuf,
    /// Whose tool it is, e.g. `go version go1.26.8 linux/amd64`.
    pub version: String,
}

impl GoTool {
    /// Builds it from the tree, if that is a whole and new enough Go, or from the one that is installed.
    pub fn build(tree: &Path, folder: &Path) -> Result<GoTool> {
        let go = match of_tree(tree) {
            Some(go) => go,
            None => setup::go()?,
        };
        let version = command::output(command::command(&go).arg("version"))?.trim().to_owned();
        console::step(&format!("building cmd/trace of {version}"));
        let program = folder.join("gotrace");
        let mut build = command::command(&go);
        build.args(["build", "-o"]).arg(&program).arg("cmd/trace").env("GOFLAGS", "");
        command::run(&mut build).context("building Go's tool")?;
        Ok(GoTool { program, version })
    }

    /// Counts the events of a trace. A trace that the tool does not read to the end is an error.
    pub fn counts(&self, trace: &Path) -> Result<Counts> {
        let mut count = Count::default();
        let mut tool = command::command(&self.program);
        let whole = command::stream(tool.arg("-d=parsed").arg(trace), |line| count.line(line))?;
        ensure!(whole, "{} does not read {}", self.version, trace.display());
        Ok(count.finish())
    }
}

/// The tree's own `go`, if it can be run and its tool prints events.
fn of_tree(tree: &Path) -> Option<PathBuf> {
    let go = std::path::absolute(tree.join("bin/go")).ok()?;
    let version = std::fs::read_to_string(tree.join("VERSION")).ok()?;
    let minor = version.strip_prefix("go1.")?.split(|char: char| !char.is_ascii_digit()).next()?;
    let runs = command::is_executable(&go) && minor.parse::<u32>().is_ok_and(|minor| minor >= FIRST);
    let compiles = tree
        .join("pkg/tool")
        .read_dir()
        .ok()?
        .flatten()
        .any(|tools| command::is_executable(&tools.path().join("compile")));
    (runs && compiles).then_some(go)
}

/// Counts of the lines so far.
#[derive(Default)]
struct Count {
    counts: Counts,
    goroutines: BTreeSet<u64>,
    threads: BTreeSet<u64>,
    tasks: BTreeSet<u64>,
}

impl Count {
    /// `M=1 P=0 G=7 StateTransition Time=12 …`; other lines belong to the event before them.
    fn line(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("M=") else { return };
        let mut words = rest.splitn(5, ' ');
        let (Some(thread), Some(_), Some(_), Some(kind)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return;
        };
        let rest = words.next().unwrap_or_default();
        self.add("kinds", kind);
        if kind != "Sync" {
            self.threads.extend(thread.parse::<u64>());
        }
        match kind {
            "StateTransition" => self.transition(rest),
            "Metric" => self.add("metrics", quoted(rest, "Name=")),
            "TaskBegin" => self.tasks.extend(number(rest, "ID=")),
            _ if kind.starts_with("Range") => {
                self.add("ranges", &format!("{kind}:{}", quoted(rest, "Name=")));
            }
            _ => {}
        }
    }

    /// `GoID=7 Running->Waiting Reason="chan receive"`.
    fn transition(&mut self, rest: &str) {
        let edge = rest.split(' ').find(|word| word.contains("->")).unwrap_or_default();
        if let Some(goroutine) = number(rest, "GoID=") {
            self.goroutines.insert(goroutine);
            self.add("go_transitions", edge);
            match quoted(rest, "Reason=") {
                "" => {}
                reason => self.add("reasons", reason),
            }
        } else {
            self.add("proc_transitions", edge);
        }
    }

    fn add(&mut self, table: &str, name: &str) {
        *self.counts.entry(table.to_owned()).or_default().entry(name.to_owned()).or_default() += 1;
    }

    fn finish(mut self) -> Counts {
        let distinct = self.counts.entry("distinct".to_owned()).or_default();
        for (name, count) in [
            ("goroutines", self.goroutines.len()),
            ("threads", self.threads.len()),
            ("user tasks", self.tasks.len()),
        ] {
            distinct.insert(name.to_owned(), count as u64);
        }
        self.counts
    }
}

/// The number after `key`.
fn number(text: &str, key: &str) -> Option<u64> {
    let (_, rest) = text.split_once(key)?;
    rest.split(|char: char| !char.is_ascii_digit()).next()?.parse().ok()
}

/// The text in quotes after `key`; none of those that are asked for holds a quote.
fn quoted<'a>(text: &'a str, key: &str) -> &'a str {
    let rest = text.split_once(key).map_or("", |(_, rest)| rest).trim_start_matches('"');
    rest.split('"').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_go_s_tool_are_counted() {
        let mut count = Count::default();
        for line in [
            "M=-1 P=-1 G=-1 Sync Time=1 N=1",
            "M=12 P=0 G=7 StateTransition Time=12 GoID=7 Running->Waiting Reason=\"chan receive\"",
            "TransitionStack=",
            "M=12 P=0 G=-1 StateTransition Time=13 ProcID=0 Running->Idle Reason=\"\"",
            "M=12 P=0 G=7 RangeBegin Time=14 Name=\"GC mark assist\" Scope=Goroutine(7)",
            "M=13 P=0 G=7 Metric Time=15 Name=\"/gc/heap/goal:bytes\" Value=Uint64(4)",
            "M=13 P=0 G=7 TaskBegin Time=16 ID=3 Parent=0 Type=\"a\"",
        ] {
            count.line(line);
        }
        let counts = count.finish();
        let of = |table: &str, name: &str| counts[table].get(name).copied();
        assert_eq!(of("kinds", "StateTransition"), Some(2));
        assert_eq!(of("go_transitions", "Running->Waiting"), Some(1));
        assert_eq!(of("proc_transitions", "Running->Idle"), Some(1));
        assert_eq!(of("reasons", "chan receive"), Some(1));
        assert_eq!(of("ranges", "RangeBegin:GC mark assist"), Some(1));
        assert_eq!(of("metrics", "/gc/heap/goal:bytes"), Some(1));
        assert_eq!((of("distinct", "goroutines"), of("distinct", "threads")), (Some(1), Some(2)));
        assert_eq!(of("distinct", "user tasks"), Some(1));
    }
}
