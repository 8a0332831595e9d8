//! What a check found.

use std::fmt;
use std::time::Duration;

use super::survivors::{LeakedTask, Look};

/// Tasks that the text shows; the rest are counted.
const SHOWN: usize = 20;

/// Frames of a stack that the text shows.
const FRAMES: usize = 12;

/// What a check for leaked tasks found. As text it lists the tasks, each with its stack.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Report {
    tasks: Vec<LeakedTask>,
    untracked: u64,
    waited: Duration,
}

impl Report {
    pub(super) fn none(waited: Duration) -> Self {
        Self { waited, ..Self::default() }
    }

    pub(super) fn new(look: Look, waited: Duration) -> Self {
        Self { tasks: look.tasks, untracked: look.untracked, waited }
    }

    /// Whether no task is left.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.untracked == 0
    }

    /// The tasks that are left and that the agent knows.
    pub fn tasks(&self) -> &[LeakedTask] {
        &self.tasks
    }

    /// How many more tokio counts, of which nothing is known: they were spawned past the agent.
    pub fn untracked(&self) -> u64 {
        self.untracked
    }

    /// How long tasks were given to end.
    pub fn waited(&self) -> Duration {
        self.waited
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no task is left\n");
        }
        let left = self.tasks.len() as u64 + self.untracked;
        writeln!(f, "{} left on the runtime after {} ms:", are(left, "task"), self.waited.as_millis())?;
        for task in self.tasks.iter().take(SHOWN) {
            write!(f, "\n{task}")?;
        }
        if let Some(more) = self.tasks.len().checked_sub(SHOWN).filter(|&more| more > 0) {
            writeln!(f, "\n… and {more} more.")?;
        }
        if self.untracked > 0 {
            writeln!(
                f,
                "\n{} spawned past the agent, so its place is not known. Spawn with taskscope_agent::spawn, or build \
                 with RUSTFLAGS=\"--cfg tokio_unstable\" under #[taskscope_agent::test], to see it.",
                were(self.untracked)
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for LeakedTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.id)?;
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        write!(f, ", spawned at {}", self.spawned_at)?;
        if self.parent != 0 {
            write!(f, " by task {}", self.parent)?;
        }
        writeln!(f, "\n  {}", self.type_name)?;
        writeln!(f, "  {}, polled {}", self.state, times(self.polls))?;
        for (at, stack) in self.stacks.iter().enumerate() {
            if self.stacks.len() > 1 {
                writeln!(f, "  waits at {} of {}:", at + 1, self.stacks.len())?;
            }
            for frame in stack.iter().take(FRAMES) {
                writeln!(f, "    {frame}")?;
            }
            if let Some(more) = stack.len().checked_sub(FRAMES).filter(|&more| more > 0) {
                writeln!(f, "    … {more} more")?;
            }
        }
        Ok(())
    }
}

fn are(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun} is"),
        _ => format!("{count} {noun}s are"),
    }
}

fn were(count: u64) -> String {
    match count {
        1 => "1 of them was".into(),
        _ => format!("{count} of them were"),
    }
}

fn times(count: u64) -> String {
    match count {
        0 => "never".into(),
        1 => "once".into(),
        _ => format!("{count} times"),
    }
}
