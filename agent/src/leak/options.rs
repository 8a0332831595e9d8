//! What a check for leaked tasks leaves out, and how long it waits.

use std::time::Duration;

use super::glob;
use super::survivors::{Baseline, LeakedTask};

/// How long tasks get to end, unless [`Options::patience`] says otherwise.
const PATIENCE: Duration = Duration::from_millis(250);

/// What a check leaves out, and how long it waits for tasks to end.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use taskscope_agent::leak::Options;
///
/// let options = Options::new().ignore_site("src/metrics.rs").ignore_name("heartbeat*");
/// let report = options.find().await;
/// assert!(report.is_empty(), "{report}");
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Options {
    pub(super) patience: Duration,
    pub(super) allowed: u64,
    pub(super) baseline: Option<Baseline>,
    patterns: Vec<(Part, String)>,
}

/// What of a task a pattern is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Any,
    Site,
    Name,
    Type,
    Frame,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Every task counts, and has 250 ms to end.
    pub fn new() -> Self {
        Self { patience: PATIENCE, allowed: 0, baseline: None, patterns: Vec::new() }
    }

    /// Leaves out tasks whose spawn site, name or type fits a glob.
    pub fn ignore(self, pattern: impl Into<String>) -> Self {
        self.with(Part::Any, pattern.into())
    }

    /// Leaves out tasks spawned at places that fit a glob: `src/pool.rs`, `pool.rs:40`, `*/generated/*`.
    pub fn ignore_site(self, pattern: impl Into<String>) -> Self {
        self.with(Part::Site, pattern.into())
    }

    /// Leaves out tasks whose name fits a glob.
    pub fn ignore_name(self, pattern: impl Into<String>) -> Self {
        self.with(Part::Name, pattern.into())
    }

    /// Leaves out tasks whose future's type fits a glob: `*::heartbeat::*`.
    pub fn ignore_type(self, pattern: impl Into<String>) -> Self {
        self.with(Part::Type, pattern.into())
    }

    /// Leaves out tasks with a function in their stack that fits a glob: `*::signal::*`.
    pub fn ignore_function(self, pattern: impl Into<String>) -> Self {
        self.with(Part::Frame, pattern.into())
    }

    /// Leaves out the tasks that live on this runtime now. Outside of a runtime there are none.
    pub fn ignore_current(mut self) -> Self {
        self.baseline = Baseline::now();
        self
    }

    /// So many tasks may stay.
    pub fn allow(mut self, tasks: u64) -> Self {
        self.allowed = tasks;
        self
    }

    /// How long tasks get to end before they count as leaked.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn with(mut self, part: Part, pattern: String) -> Self {
        self.patterns.push((part, pattern));
        self
    }

    /// Whether a task is left out by a pattern.
    pub(super) fn ignores(&self, task: &LeakedTask) -> bool {
        self.patterns.iter().any(|(part, pattern)| {
            let about = |wanted: Part| *part == wanted || *part == Part::Any;
            let place = task.spawned_at;
            about(Part::Name) && task.name.as_deref().is_some_and(|name| glob::matches(pattern, name))
                || about(Part::Type) && glob::matches(pattern, task.type_name)
                || about(Part::Site) && glob::names_place(pattern, place.file(), place.line(), place.column())
                || *part == Part::Frame
                    && task.stacks.iter().flatten().any(|frame| glob::matches(pattern, frame))
        })
    }
}
