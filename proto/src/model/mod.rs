//! The one data model: columnar tables that every format fills and every view reads.
//!
//! A table owns its columns; rows are named by `Copy` ids. Ids are dense from zero,
//! [`NONE`](ids::NONE) marks absence, and a table never shrinks or reorders once built.
//! A pprof file fills some tables, a trace or a goroutine dump others; all may be empty.

mod dataset;
pub mod ids;
mod observations;
mod samples;
mod stacks;
mod strings;
mod tasks;
mod timeline;

pub use dataset::{Dataset, Facts, Format, TraceCounts};
pub use ids::*;
pub use observations::{Observation, Observations};
pub use samples::{Label, LabelValue, Samples, ValueColumn};
pub use stacks::{Frame, Frames, Function, Functions, Mapping, Stacks};
pub use strings::Strings;
pub use tasks::{Task, Tasks, Thread, Worker};
pub use timeline::{
    Counter, Csr, Log, Range, RangeScope, Reason, Region, Span, Spans, TaskState, UserTask, WaitKind, Wakes,
    WorkerSpan,
};
