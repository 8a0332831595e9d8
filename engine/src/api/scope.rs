//! What part of a trace a question is about.

use serde::{Deserialize, Serialize};

/// Which tasks a question is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ScopeTasks {
    /// All tasks.
    #[default]
    All,
    /// Those whose entry function has exactly this name; empty for tasks of which no stack was seen.
    Entry(String),
    /// These, by row.
    Tasks(Vec<u32>),
    /// Those on these lanes of the timeline, by [`Lane::key`](super::Lane::key). Of a worker's lane
    /// only what ran on that worker counts; lanes of neither kind count nothing.
    Lanes(Vec<u64>),
}

/// What part of a trace a question is about; the default is all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scope {
    /// First ns, on the trace's clock; `None` for the start of the trace.
    pub t0_ns: Option<u64>,
    /// One past the last ns; `None` for the end of the trace.
    pub t1_ns: Option<u64>,
    /// Which tasks.
    pub tasks: ScopeTasks,
    /// Only while a task is in a user region of exactly this type.
    pub region: Option<String>,
}

impl Scope {
    /// Whether this is the whole trace.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}
