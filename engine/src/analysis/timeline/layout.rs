//! Which lanes there are, in which order, and how far down each is.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use taskscope_proto::Dataset;
use taskscope_proto::model::TaskId;

use super::counters::CounterKind;
use super::groups::Grouping;
use super::index::TimelineIndex;
use super::{keys, names};
use crate::analysis::search::Matcher;
use crate::api::{LaneGrouping, Revealed, TimelineQuery};

/// A group with no more lanes than this is open by default.
const OPEN_BY_DEFAULT: usize = 20;

/// What a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Head of the counters.
    Counters,
    /// A counter.
    Counter(CounterKind),
    /// GC phases.
    Gc,
    /// Head of the workers.
    Workers,
    /// A worker, by row.
    Worker(u32),
    /// Head of a group, by row, and how many lanes it has.
    Group(u32, u32),
    /// A task, and whether it stands under a head.
    Task(TaskId, bool),
}

/// A visible lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// What it shows.
    pub(super) content: Content,
    /// Top, px from the top of all lanes.
    pub(super) top_px: u32,
    /// Height.
    pub(super) height_px: u32,
    /// A head: whether its lanes are shown.
    pub(super) expanded: Option<bool>,
}

/// All lanes as far as they concern the view.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The visible ones, from top to bottom.
    pub(super) placed: Vec<Placed>,
    /// Height of all lanes.
    pub(super) height_px: u32,
    /// How many there are without heads, hidden ones and ones filtered out included.
    pub(super) lanes_all: u32,
    /// Where the lane that was looked for is.
    pub(super) revealed: Option<Revealed>,
}

/// Places the lanes that `query` asks for.
pub(super) fn layout(dataset: &Dataset, index: &TimelineIndex, query: &TimelineQuery) -> Layout {
    let counters = index.counters.kinds();
    let workers = dataset.workers.len();
    let has_gc = !index.phases.is_empty();
    let mut stack = Stack::new(query);
    stack.section(Content::Counters, keys::COUNTERS, counters.len(), COUNTER_PX, |at| {
        counters.get(at).map(|&kind| Content::Counter(kind))
    });
    if has_gc {
        stack.lane(Content::Gc);
    }
    stack.section(Content::Workers, keys::WORKERS, workers, stack.lane_px, |at| {
        Some(Content::Worker(at as u32))
    });
    let members = Members::choose(dataset, index, query);
    for (group, range) in &members.groups {
        let tasks = members.order.get(range.clone()).unwrap_or_default();
        let task = |at: usize| tasks.get(at).map(|&task| Content::Task(task, group.is_some()));
        match group.and_then(|row| Some((row, members.grouping?.groups.get(row as usize)?))) {
            Some((row, group)) => {
                let head = Content::Group(row, tasks.len() as u32);
                stack.section(head, group.key, tasks.len(), stack.lane_px, task);
            }
            None => stack.lanes(tasks.len(), stack.lane_px, task),
        }
    }
    let lanes_all = counters.len() + usize::from(has_gc) + workers + dataset.tasks.len();
    Layout {
        placed: stack.placed,
        height_px: clamp(stack.y),
        lanes_all: clamp(lanes_all as u64),
        revealed: stack.revealed,
    }
}

/// Height of a counter lane.
const COUNTER_PX: u64 = 36;

/// Lanes one under another; only visible ones are kept.
struct Stack {
    y: u64,
    visible: Range<u64>,
    lane_px: u64,
    toggled: HashSet<u64>,
    placed: Vec<Placed>,
    /// The lane that is looked for, and where it is.
    reveal: Option<u64>,
    revealed: Option<Revealed>,
}

impl Stack {
    fn new(query: &TimelineQuery) -> Self {
        let top = u64::from(query.top_px);
        Self {
            y: 0,
            visible: top..top + u64::from(query.height_px),
            lane_px: if query.coarse { 28 } else { 20 },
            toggled: query.toggled.iter().copied().collect(),
            placed: Vec::new(),
            reveal: query.reveal,
            revealed: None,
        }
    }

    /// A head, and its lanes if it is open; nothing if there are none.
    fn section(
        &mut self,
        head: Content,
        key: u64,
        lanes: usize,
        lane_px: u64,
        content: impl Fn(usize) -> Option<Content>,
    ) {
        if lanes == 0 {
            return;
        }
        let expanded = (lanes <= OPEN_BY_DEFAULT) != self.toggled.contains(&key);
        if !expanded && self.look(lanes, &content).is_some() {
            self.reveal_at(self.y, self.lane_px, Some(key));
        }
        self.place(head, self.lane_px, Some(expanded));
        if expanded {
            self.lanes(lanes, lane_px, content);
        }
    }

    /// `count` lanes of one height: which of them are visible is counted, not tried.
    fn lanes(&mut self, count: usize, lane_px: u64, content: impl Fn(usize) -> Option<Content>) {
        let first_y = self.y;
        if let Some(at) = self.look(count, &content) {
            self.reveal_at(first_y + at as u64 * lane_px, lane_px, None);
        }
        let end_y = first_y + count as u64 * lane_px;
        let first = self.visible.start.saturating_sub(first_y) / lane_px;
        let end = self.visible.end.saturating_sub(first_y).div_ceil(lane_px).min(count as u64);
        for at in first..end {
            self.y = first_y + at * lane_px;
            if let Some(content) = content(at as usize) {
                self.place(content, lane_px, None);
            }
        }
        self.y = end_y;
    }

    fn lane(&mut self, content: Content) {
        self.lanes(1, self.lane_px, |_| Some(content));
    }

    /// Which of `count` lanes is the one that is looked for.
    fn look(&self, count: usize, content: impl Fn(usize) -> Option<Content>) -> Option<usize> {
        let key = self.reveal?;
        (0..count).find(|&at| content(at).and_then(key_of) == Some(key))
    }

    fn reveal_at(&mut self, top: u64, height: u64, group: Option<u64>) {
        self.revealed = Some(Revealed { top_px: clamp(top), height_px: clamp(height), group });
    }

    fn place(&mut self, content: Content, height_px: u64, expanded: Option<bool>) {
        let bottom = self.y + height_px;
        if bottom > self.visible.start && self.y < self.visible.end {
            self.placed.push(Placed {
                content,
                top_px: clamp(self.y),
                height_px: clamp(height_px),
                expanded,
            });
        }
        self.y = bottom;
    }
}

/// The key of a lane; heads have theirs from their group.
fn key_of(content: Content) -> Option<u64> {
    match content {
        Content::Counter(kind) => Some(keys::counter(kind.number())),
        Content::Gc => Some(keys::GC),
        Content::Worker(worker) => Some(keys::worker(worker)),
        Content::Task(task, _) => Some(keys::task(task)),
        Content::Counters | Content::Workers | Content::Group(..) => None,
    }
}

/// Which tasks stand under which head.
struct Members<'a> {
    grouping: Option<&'a Grouping>,
    order: Cow<'a, [TaskId]>,
    /// Row of the group, if there are heads, and its part of `order`.
    groups: Vec<(Option<u32>, Range<usize>)>,
}

impl<'a> Members<'a> {
    fn choose(dataset: &Dataset, index: &'a TimelineIndex, query: &TimelineQuery) -> Self {
        let all = match query.grouping {
            LaneGrouping::Flat => {
                let order = index.flat.get_or_init(|| flat_order(dataset, index));
                Self { grouping: None, order: Cow::Borrowed(order), groups: vec![(None, 0..order.len())] }
            }
            LaneGrouping::Entry => Self::grouped(&index.by_entry),
            LaneGrouping::Parent => Self::grouped(index.by_parent(dataset)),
        };
        // A bad expression filters nothing; whoever typed it is told where it was typed.
        match Matcher::new(&query.filter) {
            Ok(matcher) if !matcher.is_empty() => all.filtered(dataset, &matcher),
            _ => all,
        }
    }

    fn grouped(grouping: &'a Grouping) -> Self {
        let range = |range: &Range<u32>| range.start as usize..range.end as usize;
        let groups = grouping.groups.iter().enumerate();
        Self {
            grouping: Some(grouping),
            order: Cow::Borrowed(&grouping.order),
            groups: groups.map(|(row, group)| (Some(row as u32), range(&group.tasks))).collect(),
        }
    }

    /// Only tasks of which the name, the entry function or the id matches.
    fn filtered(self, dataset: &Dataset, matcher: &Matcher) -> Self {
        let mut entries = HashMap::new();
        let mut matches = |task: TaskId| {
            let entry = names::entry_id(dataset, task);
            let by_entry =
                entries.entry(entry).or_insert_with(|| matcher.matches(dataset.strings.get(entry)));
            *by_entry || matcher.matches(&names::task(dataset, task))
        };
        let mut order = Vec::new();
        let mut groups = Vec::new();
        for (group, range) in self.groups {
            let first = order.len();
            let tasks = self.order.get(range).unwrap_or_default();
            order.extend(tasks.iter().copied().filter(|&task| matches(task)));
            groups.push((group, first..order.len()));
        }
        Self { grouping: self.grouping, order: Cow::Owned(order), groups }
    }
}

/// All tasks, the busiest first; the runtime's own last.
fn flat_order(dataset: &Dataset, index: &TimelineIndex) -> Vec<TaskId> {
    let mut order = index.by_entry.order.clone();
    order.sort_by_key(|&task| {
        let runtime = names::is_runtime(names::entry(dataset, task));
        (runtime, Reverse(index.totals.running_ns(task)), task)
    });
    order
}

/// A height or number as it crosses the border.
fn clamp(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
