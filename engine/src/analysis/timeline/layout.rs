//! Which lanes there are, in which order, and how far down each is.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use taskscope_proto::Dataset;
use taskscope_proto::model::TaskId;

use super::counters::CounterKind;
use super::groups::Grouping;
use super::index::TimelineIndex;
use super::keys;
use super::order::Order;
use super::presence::Awake;
use super::user_lanes::RowKind;
use crate::api::{LaneGrouping, Revealed, TimelineQuery};

/// A group with no more lanes than this is open by default, and folds none of them.
const OPEN_BY_DEFAULT: usize = 20;
/// Height of a counter lane.
const COUNTER_PX: u64 = 36;
/// Rows of a stack that are drawn.
const MOST_FRAMES: usize = 12;
/// Lanes that are located in one answer.
const MOST_LOCATED: usize = 256;

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
    /// Head of the threads.
    Threads,
    /// A thread, by row.
    Thread(u32),
    /// Head of the user tasks of a type, by row.
    TaskType(u32),
    /// User tasks or regions of them, by row.
    UserRow(u32),
    /// Head of a group, by row, and how many lanes it has.
    Group(u32, u32),
    /// A task, and whether it stands under a head.
    Task(TaskId, bool),
    /// Regions of a task: row and depth.
    Region(TaskId, u32, u8),
    /// Frames of a task's stacks at a depth.
    Stack(TaskId, u8),
    /// The line for folded lanes.
    Idle(Idle),
}

/// Lanes that are folded into a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Idle {
    /// How many.
    pub(super) count: u32,
    /// How many of them are of tasks that are not there: not yet, or no more.
    pub(super) absent: u32,
    /// Key of the line.
    pub(super) key: u64,
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
    /// Where the lanes that were looked for are, by key.
    pub(super) located: Vec<(u64, Revealed)>,
}

/// Places the lanes that `query` asks for.
pub(super) fn layout(dataset: &Dataset, index: &TimelineIndex, query: &TimelineQuery) -> Layout {
    let counters = index.counters.kinds();
    let workers = dataset.workers.len();
    let threads = dataset.threads.len();
    let has_gc = !index.phases.is_empty();
    let mut stack = Stack::new(query);
    let counter = |at: usize| counters.get(at).map(|&kind| Content::Counter(kind));
    stack.section(Content::Counters, keys::COUNTERS, counters.len(), COUNTER_PX, true, counter);
    if has_gc {
        stack.lanes(1, stack.lane_px, |_| Some(Content::Gc));
    }
    stack.section(Content::Workers, keys::WORKERS, workers, stack.lane_px, true, |at| {
        Some(Content::Worker(at as u32))
    });
    stack.section(Content::Threads, keys::THREADS, threads, stack.lane_px, false, |at| {
        Some(Content::Thread(at as u32))
    });
    let user = user_tasks(&mut stack, dataset, index);
    TaskLanes::new(dataset, index, query).place(&mut stack);
    let lanes_all = counters.len() + usize::from(has_gc) + workers + threads + user + dataset.tasks.len();
    Layout {
        placed: stack.placed,
        height_px: clamp(stack.y),
        lanes_all: clamp(lanes_all as u64),
        located: stack.located,
    }
}

/// Places the user tasks, type by type; gives the number of lanes.
fn user_tasks(stack: &mut Stack, dataset: &Dataset, index: &TimelineIndex) -> usize {
    if dataset.user_tasks.is_empty() {
        return 0;
    }
    let lanes = index.user_lanes(dataset);
    for (row, of_type) in lanes.types.iter().enumerate() {
        let head = Content::TaskType(row as u32);
        let rows = of_type.rows.clone();
        let low = stack.sub_px();
        let height = |at: usize| match lanes.kinds.get(at) {
            Some(RowKind::Regions) => low,
            _ => low + 2,
        };
        let open = rows.len() <= OPEN_BY_DEFAULT / 2;
        if !stack.head(head, keys::task_type(of_type.name), open, rows.len()) {
            continue;
        }
        for at in rows {
            stack.lanes(1, height(at as usize), |_| Some(Content::UserRow(at)));
        }
    }
    lanes.rows.len()
}

/// Lanes one under another; only visible ones are kept.
struct Stack {
    y: u64,
    visible: Range<u64>,
    lane_px: u64,
    toggled: HashSet<u64>,
    placed: Vec<Placed>,
    /// Keys of lanes that are looked for, and where they are.
    wanted: Vec<u64>,
    located: Vec<(u64, Revealed)>,
}

impl Stack {
    fn new(query: &TimelineQuery) -> Self {
        let top = u64::from(query.top_px);
        let wanted = query.reveal.iter().chain(&query.locate).copied().take(MOST_LOCATED);
        Self {
            y: 0,
            visible: top..top + u64::from(query.height_px),
            lane_px: if query.coarse { 28 } else { 20 },
            toggled: query.toggled.iter().copied().collect(),
            placed: Vec::new(),
            wanted: wanted.collect(),
            located: Vec::new(),
        }
    }

    /// Height of a lane that belongs to the one above.
    fn sub_px(&self) -> u64 {
        self.lane_px - 2
    }

    /// A head, and its lanes if it is open; nothing if there are none.
    fn section(
        &mut self,
        head: Content,
        key: u64,
        lanes: usize,
        lane_px: u64,
        open: bool,
        content: impl Fn(usize) -> Option<Content>,
    ) {
        if lanes == 0 {
            return;
        }
        let top = self.y;
        if self.head(head, key, open && lanes <= OPEN_BY_DEFAULT, lanes) {
            self.lanes(lanes, lane_px, content);
        } else {
            let height = self.lane_px;
            self.look(lanes, &content, |_| (top, height, Some(key)));
        }
    }

    /// A head; whether its lanes are shown.
    fn head(&mut self, head: Content, key: u64, open: bool, lanes: usize) -> bool {
        let expanded = lanes > 0 && open != self.toggled.contains(&key);
        self.place(head, self.lane_px, Some(expanded));
        expanded
    }

    /// `count` lanes of one height: which of them are visible is counted, not tried.
    fn lanes(&mut self, count: usize, lane_px: u64, content: impl Fn(usize) -> Option<Content>) {
        let first_y = self.y;
        self.look(count, &content, |at| (first_y + at as u64 * lane_px, lane_px, None));
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

    /// Notes which of `count` lanes are looked for: few lanes with keys of their own.
    fn look(
        &mut self,
        count: usize,
        content: impl Fn(usize) -> Option<Content>,
        place: impl Fn(usize) -> (u64, u64, Option<u64>),
    ) {
        if self.wanted.is_empty() {
            return;
        }
        for at in 0..count {
            let key = content(at).and_then(key_of);
            if let Some(key) = key.filter(|key| self.wanted.contains(key)) {
                self.located.push((key, revealed(place(at))));
            }
        }
    }

    fn place(&mut self, content: Content, height_px: u64, expanded: Option<bool>) {
        let bottom = self.y + height_px;
        if self.sees(height_px) {
            self.placed.push(Placed {
                content,
                top_px: clamp(self.y),
                height_px: clamp(height_px),
                expanded,
            });
        }
        self.y = bottom;
    }

    /// Whether any of the next `height_px` is visible.
    fn sees(&self, height_px: u64) -> bool {
        self.y + height_px > self.visible.start && self.y < self.visible.end
    }
}

/// The lanes of tasks.
struct TaskLanes<'a> {
    dataset: &'a Dataset,
    index: &'a TimelineIndex,
    query: &'a TimelineQuery,
    grouping: Option<&'a Grouping>,
    order: Rc<Order>,
    /// Whether all lanes are of one height.
    flat: bool,
    wanted: Vec<TaskId>,
    /// Who does something in the window, found when a section has to know.
    awake: OnceCell<Awake>,
}

impl<'a> TaskLanes<'a> {
    fn new(dataset: &'a Dataset, index: &'a TimelineIndex, query: &'a TimelineQuery) -> Self {
        let grouping = match query.grouping {
            LaneGrouping::Flat => None,
            LaneGrouping::Entry => Some(&index.by_entry),
            LaneGrouping::Parent => Some(index.by_parent(dataset)),
        };
        let wanted = query.reveal.iter().chain(&query.locate).filter_map(|&key| keys::task_of(key));
        Self {
            dataset,
            index,
            query,
            grouping,
            order: index.order(dataset, query),
            flat: !query.stacks && (dataset.regions.is_empty() || index.regions(dataset).is_empty()),
            wanted: wanted.take(MOST_LOCATED).collect(),
            awake: OnceCell::new(),
        }
    }

    fn place(&self, stack: &mut Stack) {
        for (group, range) in &self.order.groups {
            let tasks = self.order.tasks.get(range.clone()).unwrap_or_default();
            let head = group.and_then(|row| Some((row, self.grouping?.groups.get(row as usize)?.key)));
            if let Some((row, key)) = head
                && !tasks.is_empty()
            {
                let top = stack.y;
                let open = tasks.len() <= OPEN_BY_DEFAULT;
                if !stack.head(Content::Group(row, tasks.len() as u32), key, open, tasks.len()) {
                    self.hidden(stack, tasks, top, key);
                    continue;
                }
            }
            self.section(stack, tasks, head.map(|(_, key)| key));
        }
    }

    /// The lanes under one head: those that wait through the whole window are folded into a line.
    fn section(&self, stack: &mut Stack, tasks: &[TaskId], head: Option<u64>) {
        let indented = head.is_some();
        let line = keys::idle(head);
        if tasks.len() <= OPEN_BY_DEFAULT {
            return self.lanes(stack, tasks, indented);
        }
        let (t0, t1) = (self.query.t0_ns, self.query.t1_ns);
        let presence = || self.index.presence(self.dataset).awake(self.dataset, t0, t1);
        let awake = self.awake.get_or_init(presence);
        let (awake, idle): (Vec<TaskId>, Vec<TaskId>) = tasks.iter().partition(|&&task| awake.holds(task));
        if idle.len() < 2 {
            return self.lanes(stack, tasks, indented);
        }
        self.lanes(stack, &awake, indented);
        let open = stack.toggled.contains(&line);
        let top = stack.y;
        // Only the line says it, and it looks at every task.
        let absent = match stack.sees(stack.lane_px) {
            true => idle.iter().filter(|&&task| self.is_absent(task)).count() as u32,
            false => 0,
        };
        let folded = Idle { count: idle.len() as u32, absent, key: line };
        stack.place(Content::Idle(folded), stack.lane_px, Some(open));
        match open {
            true => self.lanes(stack, &idle, indented),
            false => self.hidden(stack, &idle, top, line),
        }
    }

    /// Whether `task` is created after the window, or ends before it.
    fn is_absent(&self, task: TaskId) -> bool {
        let created = self.dataset.tasks.get(task).and_then(|task| task.created_ns);
        created.is_some_and(|at| at >= self.query.t1_ns) || self.dataset.end_of(task) <= self.query.t0_ns
    }

    /// Lanes that are not shown: where they would be if they were.
    fn hidden(&self, stack: &mut Stack, tasks: &[TaskId], top: u64, key: u64) {
        for &task in self.wanted.iter().filter(|task| tasks.contains(task)) {
            stack.located.push((keys::task(task), revealed((top, stack.lane_px, Some(key)))));
        }
    }

    fn lanes(&self, stack: &mut Stack, tasks: &[TaskId], indented: bool) {
        let first_y = stack.y;
        if self.flat {
            for &task in &self.wanted {
                if let Some(at) = tasks.iter().position(|&other| other == task) {
                    let place = (first_y + at as u64 * stack.lane_px, stack.lane_px, None);
                    stack.located.push((keys::task(task), revealed(place)));
                }
            }
            // What is looked for among tasks is found above.
            let wanted = std::mem::take(&mut stack.wanted);
            let task = |at: usize| tasks.get(at).map(|&task| Content::Task(task, indented));
            stack.lanes(tasks.len(), stack.lane_px, task);
            stack.wanted = wanted;
            return;
        }
        for &task in tasks {
            if self.wanted.contains(&task) {
                let place = (stack.y, stack.lane_px, None);
                stack.located.push((keys::task(task), revealed(place)));
            }
            self.tall(stack, task, indented);
        }
    }

    /// A task with its regions and stacks under it.
    fn tall(&self, stack: &mut Stack, task: TaskId, indented: bool) {
        let regions = match self.dataset.regions.is_empty() {
            true => 0..0,
            false => self.index.regions(self.dataset).of(task),
        };
        let frames = match self.query.stacks {
            true => self.index.depth(self.dataset, task).min(MOST_FRAMES),
            false => 0,
        };
        let height_px = stack.lane_px + (regions.len() + frames) as u64 * stack.sub_px();
        if !stack.sees(height_px) {
            stack.y += height_px;
            return;
        }
        // All or none: stacks are drawn from the boxes of the lane over them.
        let visible = std::mem::replace(&mut stack.visible, 0..u64::MAX);
        stack.place(Content::Task(task, indented), stack.lane_px, None);
        for (depth, row) in regions.enumerate() {
            stack.place(Content::Region(task, row as u32, depth as u8), stack.sub_px(), None);
        }
        for depth in 0..frames {
            stack.place(Content::Stack(task, depth as u8), stack.sub_px(), None);
        }
        stack.visible = visible;
    }
}

/// The key of a lane; heads and task lanes are looked for in another way.
fn key_of(content: Content) -> Option<u64> {
    match content {
        Content::Counter(kind) => Some(keys::counter(kind.number())),
        Content::Gc => Some(keys::GC),
        Content::Worker(worker) => Some(keys::worker(worker)),
        Content::Thread(thread) => Some(keys::thread(thread)),
        Content::UserRow(row) => Some(keys::user_row(row)),
        _ => None,
    }
}

fn revealed((top, height, group): (u64, u64, Option<u64>)) -> Revealed {
    Revealed { top_px: clamp(top), height_px: clamp(height), group }
}

/// A height or number as it crosses the border.
fn clamp(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
