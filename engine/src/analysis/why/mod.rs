//! "Why was this slow?": where the time of an interval went, and its critical path.
//!
//! [`Why::find`] computes both once; windows of the path are cut from it. [`path_weights`] gives the
//! path's stacks to the flame graph.

mod answer;
mod class;
mod path;
mod pieces;
mod ranges;
mod stacks;
mod subject;
mod sweep;

use taskscope_proto::Dataset;
use taskscope_proto::model::StackId;

use super::user_tasks::UserIndex;
use crate::api::{WhyAnswer, WhyQuery, WhySubject};
use path::Path;
pub use ranges::Ranges;
use subject::Subject;
use sweep::Sums;

/// An interval that was explained.
#[derive(Clone, Debug)]
pub struct Why {
    subject: Subject,
    sums: Sums,
    path: Path,
}

impl Why {
    /// Explains an interval; `None` if there is no such thing, or it is empty.
    pub fn find(dataset: &Dataset, index: &UserIndex, ranges: &Ranges, subject: WhySubject) -> Option<Self> {
        let subject = subject::find(dataset, index, subject)?;
        let interval = (subject.start, subject.end);
        let sums = if subject.work.is_empty() {
            sweep::of_task(dataset, ranges, subject.task, interval)
        } else {
            sweep::of_workers(dataset, ranges, &subject.work, interval)
        };
        let path = path::walk(dataset, ranges, subject.task, subject.start, subject.end);
        Some(Self { subject, sums, path })
    }

    /// The answer with a window of the path.
    pub fn answer(&self, dataset: &Dataset, query: &WhyQuery) -> WhyAnswer {
        answer::answer(dataset, self, query)
    }

    /// Stack and time of every segment of the critical path, for flame graphs.
    pub fn path_weights<'a>(&'a self, dataset: &'a Dataset) -> impl Iterator<Item = (StackId, u64)> + 'a {
        let segments = self.path.segments.iter();
        segments.map(|segment| (stacks::stack(dataset, segment), segment.end - segment.start))
    }
}
