//! The critical path: what an interval of a task waited for, backwards from its end.
//!
//! While the task runs or is ready, its own time is the path. Where it was blocked, the path jumps to
//! the task that woke it, at that moment, and follows that one backwards, but only as far as the first
//! was blocked; then it goes on in the first. Before a task was created the path goes on in its creator.
//! A wait that the runtime ended (network poller, timer) is a segment of its own. So the segments cover
//! the interval without gaps or overlaps, and time never runs forwards.

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, TaskId};

use super::class::Class;
use super::pieces;
use super::ranges::Ranges;

/// Segments that a path has at most; what lies before is one more.
const MOST_SEGMENTS: usize = 1 << 19;
/// Jumps from task to task at one moment; a chain of wakes that takes no time is shorter.
const MOST_JUMPS: u32 = 64;

/// How a segment leads to the next one in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The same task goes on, or the interval ends.
    GoesOn,
    /// Its end woke the next segment's task.
    Wakes,
    /// Its task created the next segment's.
    Creates,
}

/// A segment of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) task: TaskId,
    pub(super) span: SpanId,
    pub(super) class: Class,
    pub(super) link: Link,
    /// The span that the link begins, for its stack: that of the waker or creator at that moment.
    pub(super) woken: SpanId,
}

/// A task's path, in order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    pub(super) segments: Vec<Segment>,
    /// Whether it had more segments than are followed.
    pub(super) is_cut: bool,
}

/// Where the walk is: in `task`, down to `floor`.
#[derive(Clone, Copy, Debug)]
struct Frame {
    task: TaskId,
    floor: u64,
}

struct Walk<'a> {
    dataset: &'a Dataset,
    ranges: &'a Ranges,
    now: Frame,
    time: u64,
    /// Tasks to return to, each before the wait in which it was left.
    waiting: Vec<Frame>,
    link: Link,
    woken: SpanId,
    jumps: u32,
    path: Path,
}

/// The path of `task` from `start` to `end`.
pub(super) fn walk(dataset: &Dataset, ranges: &Ranges, task: TaskId, start: u64, end: u64) -> Path {
    let mut walk = Walk {
        dataset,
        ranges,
        now: Frame { task, floor: start },
        time: end,
        waiting: Vec::new(),
        link: Link::GoesOn,
        woken: SpanId::NONE,
        jumps: 0,
        path: Path::default(),
    };
    while walk.next_frame() {
        if walk.path.segments.len() >= MOST_SEGMENTS {
            walk.give_up(start);
            break;
        }
        walk.step();
    }
    walk.path.segments.reverse();
    walk.path
}

impl Walk<'_> {
    /// Leaves tasks whose part is done; false at the start of the interval.
    fn next_frame(&mut self) -> bool {
        while self.time <= self.now.floor {
            let Some(frame) = self.waiting.pop() else { return false };
            self.now = frame;
        }
        true
    }

    /// Goes back by one span, or to another task.
    fn step(&mut self) {
        let Frame { task, floor } = self.now;
        let rows = self.dataset.spans.rows_of(task);
        let starts = self.dataset.spans.start_ns.get(rows.clone()).unwrap_or(&[]);
        let begun = starts.partition_point(|&at| at < self.time);
        let Some(before) = begun.checked_sub(1) else { return self.before_birth() };
        let row = rows.start + before;
        let from = starts[before].max(floor);
        let end = starts.get(begun).copied().unwrap_or_else(|| self.dataset.end_of(task)).max(from);
        if end < self.time {
            return self.emit(end, SpanId::NONE, Class::UNKNOWN);
        }
        if end == self.time
            && pieces::class_of(self.dataset, row).is_blocked()
            && self.follow_waker(from, row)
        {
            return;
        }
        let (dataset, ranges, time) = (self.dataset, self.ranges, self.time);
        pieces::of_span(dataset, ranges, task, row, (from, time), &mut |piece| {
            self.emit(piece.start, piece.span, piece.class);
        });
        self.time = self.time.min(from);
    }

    /// Goes on in the task that ended the wait of span `row`, back to `from`; false if none did.
    fn follow_waker(&mut self, from: u64, row: usize) -> bool {
        let woken = SpanId::from_index(row + 1);
        let same = self.dataset.spans.rows_of(self.now.task).contains(&woken.index());
        let waker = self.dataset.wakes.waker_of(woken).filter(|_| same);
        match waker.and_then(TaskId::get) {
            Some(waker) => self.jump(waker, from, Link::Wakes, woken),
            None => false,
        }
    }

    /// The task was not there yet: its creator was. What nobody created is not known.
    fn before_birth(&mut self) {
        let (task, floor) = (self.now.task, self.now.floor);
        let row = self.dataset.tasks.get(task);
        let parent = row.filter(|row| row.created_ns.is_some()).and_then(|row| row.parent.get());
        let first = SpanId::from_index(self.dataset.spans.rows_of(task).start);
        if !parent.is_some_and(|parent| self.jump(parent, floor, Link::Creates, first)) {
            self.emit(floor, SpanId::NONE, Class::UNKNOWN);
        }
    }

    /// Goes on in `task`, and returns to the present one at `floor`; false if that leads nowhere.
    fn jump(&mut self, task: TaskId, floor: u64, link: Link, woken: SpanId) -> bool {
        let exists = self.dataset.tasks.get(task).is_some();
        if task == self.now.task || !exists || self.jumps >= MOST_JUMPS {
            return false;
        }
        if floor > self.now.floor {
            self.waiting.push(self.now);
        }
        self.jumps += 1;
        (self.link, self.woken) = (link, woken);
        self.now = Frame { task, floor };
        true
    }

    /// A segment from `start` to the present time, which becomes `start`.
    fn emit(&mut self, start: u64, span: SpanId, class: Class) {
        if start >= self.time {
            return;
        }
        let (task, end) = (self.now.task, self.time);
        self.path.segments.push(Segment {
            start,
            end,
            task,
            span,
            class,
            link: self.link,
            woken: self.woken,
        });
        (self.time, self.jumps) = (start, 0);
        (self.link, self.woken) = (Link::GoesOn, SpanId::NONE);
    }

    fn give_up(&mut self, start: u64) {
        self.path.is_cut = true;
        self.emit(start, SpanId::NONE, Class::UNFOLLOWED);
    }
}
