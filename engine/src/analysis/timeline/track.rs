//! What a lane is made of: intervals in time order, each of a class, with or without gaps.

use taskscope_proto::model::{Dataset, SpanId, TaskId};

use super::blocks::BlockSlice;
use super::marks::{MarkTable, NOTHING};

/// Intervals in time order. Where `CONTIGUOUS`, each ends where the next begins.
pub(super) trait Track {
    /// Whether there is nothing between two intervals.
    const CONTIGUOUS: bool;

    /// How many intervals there are.
    fn len(&self) -> usize;
    /// First ns of interval `at`.
    fn start(&self, at: usize) -> u64;
    /// One past its last ns; not before its start.
    fn end(&self, at: usize) -> u64;
    /// Its class: below [`super::marks::CLASSES`], or [`NOTHING`].
    fn class(&self, at: usize) -> usize;
    /// Sums over runs of intervals; may be empty.
    fn blocks(&self) -> BlockSlice<'_>;

    /// Start, end and class of interval `at`.
    #[inline]
    fn interval(&self, at: usize) -> (u64, u64, usize) {
        let start = self.start(at);
        (start, self.end(at).max(start), self.class(at).min(NOTHING))
    }

    /// The first interval that ends after `time`.
    fn first_after(&self, time: u64) -> usize {
        let (mut low, mut high) = self.blocks().around(time, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.start(middle) <= time { low = middle + 1 } else { high = middle }
        }
        // `low` is the first that starts after `time`; the one before may still hold it.
        match low.checked_sub(1) {
            Some(before) if self.end(before) > time => before,
            _ => low,
        }
    }
}

/// The states of one task.
pub(super) struct TaskTrack<'a> {
    starts: &'a [u64],
    states: &'a [taskscope_proto::model::TaskState],
    reasons: &'a [u16],
    end_ns: u64,
    marks: &'a MarkTable,
    blocks: BlockSlice<'a>,
}

impl<'a> TaskTrack<'a> {
    /// The track of `task`; empty if it has no spans.
    pub(super) fn new(
        dataset: &'a Dataset,
        marks: &'a MarkTable,
        task: TaskId,
        blocks: BlockSlice<'a>,
    ) -> Self {
        let rows = dataset.spans.rows_of(task);
        Self {
            starts: dataset.spans.start_ns.get(rows.clone()).unwrap_or_default(),
            states: dataset.spans.state.get(rows.clone()).unwrap_or_default(),
            reasons: dataset.spans.reason.get(rows).unwrap_or_default(),
            end_ns: dataset.end_of(task),
            marks,
            blocks,
        }
    }
}

impl Track for TaskTrack<'_> {
    const CONTIGUOUS: bool = true;

    fn len(&self) -> usize {
        self.starts.len()
    }

    #[inline]
    fn start(&self, at: usize) -> u64 {
        self.starts.get(at).copied().unwrap_or(self.end_ns)
    }

    #[inline]
    fn end(&self, at: usize) -> u64 {
        self.start(at + 1).max(self.start(at))
    }

    #[inline]
    fn class(&self, at: usize) -> usize {
        match (self.states.get(at), self.reasons.get(at)) {
            (Some(&state), Some(&reason)) => self.marks.class(state, reason),
            _ => NOTHING,
        }
    }

    #[inline]
    fn interval(&self, at: usize) -> (u64, u64, usize) {
        let (start, end) = match self.starts.get(at..) {
            Some(&[start, end, ..]) => (start, end),
            Some(&[start]) => (start, self.end_ns),
            _ => (self.end_ns, self.end_ns),
        };
        (start, end.max(start), self.class(at).min(NOTHING))
    }

    fn blocks(&self) -> BlockSlice<'_> {
        self.blocks
    }
}

/// Marks a run after which its task has no further span, in [`WorkerTrack`]'s class bytes.
pub(super) const LAST_OF_TASK: u8 = 0x80;

/// What ran on one worker.
pub(super) struct WorkerTrack<'a> {
    dataset: &'a Dataset,
    runs: &'a [SpanId],
    /// Class of each run, with [`LAST_OF_TASK`].
    classes: &'a [u8],
    blocks: BlockSlice<'a>,
}

impl<'a> WorkerTrack<'a> {
    /// The track of `runs` with their class bytes.
    pub(super) fn new(
        dataset: &'a Dataset,
        runs: &'a [SpanId],
        classes: &'a [u8],
        blocks: BlockSlice<'a>,
    ) -> Self {
        Self { dataset, runs, classes, blocks }
    }

    /// The span of run `at`.
    pub(super) fn span(&self, at: usize) -> SpanId {
        self.runs.get(at).copied().unwrap_or_default()
    }
}

impl Track for WorkerTrack<'_> {
    const CONTIGUOUS: bool = false;

    fn len(&self) -> usize {
        self.runs.len()
    }

    #[inline]
    fn start(&self, at: usize) -> u64 {
        self.dataset.spans.start_ns.get(self.span(at).index()).copied().unwrap_or(u64::MAX)
    }

    #[inline]
    fn end(&self, at: usize) -> u64 {
        let start = self.start(at);
        let last = self.classes.get(at).is_none_or(|class| class & LAST_OF_TASK != 0);
        let end = match last {
            true => self.dataset.span(self.span(at)).map_or(start, |span| span.end_ns),
            false => self.dataset.spans.start_ns.get(self.span(at).index() + 1).copied().unwrap_or(start),
        };
        end.max(start)
    }

    #[inline]
    fn class(&self, at: usize) -> usize {
        self.classes.get(at).map_or(NOTHING, |&class| usize::from(class & !LAST_OF_TASK))
    }

    fn blocks(&self) -> BlockSlice<'_> {
        self.blocks
    }
}

/// An interval of the GC lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phase {
    /// First ns.
    pub(super) start_ns: u64,
    /// One past the last ns.
    pub(super) end_ns: u64,
    /// [`MARK_PHASE`], [`STOPPED`] or [`SWEEP`].
    pub(super) class: u8,
    /// Number of the cycle in the trace, from 1; 0 for a stop.
    pub(super) number: u32,
}

/// Class of a GC mark phase.
pub(super) const MARK_PHASE: u8 = 0;
/// Class of a stop of the world.
pub(super) const STOPPED: u8 = 1;
/// Class of the time in which the collector sweeps.
pub(super) const SWEEP: u8 = 2;

/// The GC lane.
pub(super) struct PhaseTrack<'a>(pub(super) &'a [Phase]);

impl Track for PhaseTrack<'_> {
    const CONTIGUOUS: bool = false;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn start(&self, at: usize) -> u64 {
        self.0.get(at).map_or(u64::MAX, |phase| phase.start_ns)
    }

    fn end(&self, at: usize) -> u64 {
        self.0.get(at).map_or(u64::MAX, |phase| phase.end_ns.max(phase.start_ns))
    }

    fn class(&self, at: usize) -> usize {
        self.0.get(at).map_or(NOTHING, |phase| usize::from(phase.class))
    }

    fn blocks(&self) -> BlockSlice<'_> {
        BlockSlice::default()
    }
}
