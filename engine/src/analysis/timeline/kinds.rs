//! What each kind of lane shows.

use std::rc::Rc;

use taskscope_proto::model::{FrameId, StackId, TaskId, TaskState};

use super::activity::{self, Activity};
use super::blocks::total;
use super::counters::{CounterKind, Curve};
use super::labels::{NO_LABEL, running_stack};
use super::lanes::{Look, Painter};
use super::layout::{Content, Idle};
use super::load::Kind;
use super::marks::{CLASSES, MARKS};
use super::overlay::{Over, thin};
use super::track::{PhaseTrack, STOPPED, SWEEP};
use super::user_lanes::RowKind;
use super::walk::Piece;
use super::workers::{GC_RUN, Runs};
use super::{keys, names};
use crate::analysis::symbols::{is_standard, package};
use crate::api::{Lane, LaneKind, Mark};
use crate::units;

impl Painter<'_> {
    /// The lane of `content`; adds its boxes.
    pub(super) fn content(&mut self, content: Content) -> Lane {
        let dataset = self.dataset;
        match content {
            Content::Counters => head(keys::COUNTERS, "Counters", String::new()),
            Content::Counter(kind) => self.counter(kind),
            Content::Gc => self.gc(),
            Content::Workers => {
                head(keys::WORKERS, "Processors", units::count_u64(dataset.workers.len() as u64))
            }
            Content::Worker(worker) => {
                let index = self.index;
                self.runs(&index.workers, worker, LaneKind::Worker)
            }
            Content::Threads => {
                head(keys::THREADS, "Threads", units::count_u64(dataset.threads.len() as u64))
            }
            Content::Thread(thread) => {
                let index = self.index;
                self.runs(index.threads(dataset), thread, LaneKind::Thread)
            }
            Content::TaskType(row) => self.task_type(row),
            Content::UserRow(row) => self.user_row(row),
            Content::Group(row, lanes) => self.group(row, lanes),
            Content::Task(task, indented) => self.task(task, indented),
            Content::Region(task, row, depth) => self.region(task, row, depth),
            Content::Stack(task, depth) => self.stack(task, depth),
            Content::Idle(idle) => self.idle(idle),
        }
    }

    fn counter(&self, kind: CounterKind) -> Lane {
        let super::activity::Columns { t0, t1, count } = self.columns;
        let counters = &self.index.counters;
        let curve = match kind {
            CounterKind::Heap => counters.heap(self.dataset, t0, t1, count),
            CounterKind::Tasks => counters.tasks(&self.index.load, self.awake(), t0, t1, count),
            CounterKind::Ready => counters.ready(&self.awake().1),
            CounterKind::Threads => counters.threads(&self.index.load, t0, t1, count),
        };
        let Curve { series, series2, stacked, fact } = curve;
        let lane = lane(keys::counter(kind.number()), LaneKind::Counter, kind.name().into(), fact);
        Lane { indented: true, series, series2, stacked, ..lane }
    }

    /// How many run and are ready in each column: exactly, as far as the window allows.
    fn awake(&self) -> &activity::Averages {
        self.awake.get_or_init(|| {
            let super::activity::Columns { t0, t1, count } = self.columns;
            let load = |kind| self.index.load.averages(kind, t0, t1, count);
            let exact = self.activity.as_ref().map(Activity::all);
            exact.unwrap_or_else(|| (load(Kind::Running), load(Kind::Ready)))
        })
    }

    fn gc(&mut self) -> Lane {
        let index = self.index;
        let sums = self.fill(&PhaseTrack(&index.phases), |painter, piece| {
            let phase = piece.item.and_then(|at| index.phases.get(at));
            let length = units::duration(piece.x1 - piece.x0);
            let (mark, text) = match (piece.class as u8, phase) {
                (STOPPED, _) => (Mark::StopTheWorld, format!("STW · {length}")),
                (SWEEP, _) => (Mark::Sweep, "sweep".into()),
                (_, Some(phase)) => (Mark::Gc, format!("GC {} · mark {length}", phase.number)),
                (_, None) => (Mark::Gc, String::new()),
            };
            let label = match phase.is_some() && painter.has_room(piece) {
                true => painter.labels.push(text),
                false => NO_LABEL,
            };
            Look { mark, colour: 0, span: piece.item.map_or(u32::MAX, |at| at as u32), label }
        });
        let fact = match sums[usize::from(STOPPED)] {
            0 => String::new(),
            stopped => format!("STW {}", units::duration(stopped)),
        };
        lane(keys::GC, LaneKind::Gc, "GC".into(), fact)
    }

    /// What ran on a worker or thread.
    fn runs(&mut self, runs: &Runs, row: u32, kind: LaneKind) -> Lane {
        let dataset = self.dataset;
        let track = runs.track(dataset, row);
        let sums = self.fill(&track, |painter, piece| {
            let span = piece.item.map(|at| track.span(at));
            let task = span.filter(|_| painter.has_room(piece)).and_then(|span| dataset.span(span));
            let syscall = kind == LaneKind::Thread
                && span.and_then(|span| dataset.spans.state.get(span.index())) == Some(&TaskState::Syscall);
            let (mark, colour) = match piece.class {
                _ if syscall => (Mark::Syscall, 0),
                GC_RUN => (Mark::Gc, 0),
                colour => (Mark::Run, colour as u8),
            };
            let label = task.map_or(NO_LABEL, |span| painter.labels.of_run(dataset, span.task));
            Look { mark, colour, span: span.map_or(u32::MAX, |span| span.0), label }
        });
        let busy = format!("busy {}", names::share(total(&sums[..CLASSES]), self.window.len()));
        let (key, name) = match kind {
            LaneKind::Thread => (keys::thread(row), names::thread(dataset, row)),
            _ => (keys::worker(row), names::worker(dataset, row)),
        };
        Lane { indented: true, ..lane(key, kind, name, busy) }
    }

    fn task_type(&self, row: u32) -> Lane {
        let lanes = self.index.user_lanes(self.dataset);
        let Some(of_type) = lanes.types.get(row as usize) else { return head(0, "", String::new()) };
        let name = match self.dataset.strings.get(of_type.name) {
            "" => "user tasks begun before the trace",
            name => name,
        };
        head(
            keys::task_type(of_type.name),
            name,
            format!("{} tasks", units::count_u64(u64::from(of_type.count))),
        )
    }

    fn user_row(&mut self, row: u32) -> Lane {
        let (dataset, index) = (self.dataset, self.index);
        let lanes = index.user_lanes(dataset);
        let track = lanes.rows.track(row as usize);
        let regions = lanes.kinds.get(row as usize) == Some(&RowKind::Regions);
        self.fill(&track, |painter, piece| {
            let item = piece.item.map(|at| track.item(at));
            let label = match item.filter(|_| painter.has_room(piece)) {
                Some(item) if regions => painter.region_label(item),
                Some(item) => painter.user_task_label(item),
                None => NO_LABEL,
            };
            Look { mark: Mark::Run, colour: piece.class as u8, span: item.unwrap_or(u32::MAX), label }
        });
        let kind = if regions { LaneKind::Region } else { LaneKind::UserTask };
        let name = if regions { "regions" } else { "tasks" };
        Lane { indented: true, ..lane(keys::user_row(row), kind, name.into(), String::new()) }
    }

    fn region_label(&mut self, row: u32) -> u32 {
        let region = self.dataset.regions.get(row as usize);
        region.map_or(NO_LABEL, |region| self.labels.of_text(self.dataset, region.name))
    }

    fn user_task_label(&mut self, row: u32) -> u32 {
        let Some(task) = self.dataset.user_tasks.get(row as usize) else { return NO_LABEL };
        let name = self.dataset.strings.get(task.name);
        self.labels.push(format!("{name} {}", task.id).trim_start().into())
    }

    fn group(&self, row: u32, lanes: u32) -> Lane {
        let fact = units::count_u64(u64::from(lanes));
        let group = self.grouping.and_then(|grouping| Some((grouping, grouping.groups.get(row as usize)?)));
        let Some((grouping, group)) = group else { return head(0, "", fact) };
        let (mut running, mut ready) =
            activity::of_group(self.dataset, grouping, row, group, self.activity.as_ref(), self.columns);
        // Full height is as many as can run at once; what waits stands on top as far as there is room.
        let most = self.dataset.workers.len().min(group.tasks.len()).max(1) as f32;
        for (running, ready) in running.iter_mut().zip(&mut ready) {
            *running = (*running / most).min(1.0);
            *ready = (*ready / most).min(1.0 - *running);
        }
        // Squares have the colours of the worker lanes, which go by entry function.
        let head = head(group.key, &group.name, fact);
        Lane { colour: self.by_entry.then_some(group.colour), series: running, series2: ready, ..head }
    }

    fn task(&mut self, task: TaskId, indented: bool) -> Lane {
        let (dataset, index) = (self.dataset, self.index);
        let rows = dataset.spans.rows_of(task);
        let sums = self.fill(&index.task(dataset, task), |painter, piece| {
            let row = piece.item.map(|at| rows.start + at);
            let label = match row {
                Some(row) if painter.has_room(piece) => painter.labels.of_span(dataset, row, rows.end),
                _ => NO_LABEL,
            };
            let mark = MARKS.get(piece.class).copied().unwrap_or_default();
            Look { mark, colour: 0, span: row.map_or(u32::MAX, |row| row as u32), label }
        });
        let ran = names::share(sums[Mark::Running as usize], self.window.len());
        let lane = lane(keys::task(task), LaneKind::Task, names::task(dataset, task), format!("ran {ran}"));
        let colour = (!self.by_entry).then(|| index.by_entry.colour_of(task));
        Lane { indented, colour, task: Some(task.0), ..lane }
    }

    /// What lies over the states of `task`: assists, CPU samples, hits of the search.
    pub(super) fn overlays(&mut self, task: TaskId) {
        let (dataset, index, window) = (self.dataset, self.index, self.window);
        let assists = index.assists.of(task);
        let assist = |at: usize| {
            let row = assists[at].1;
            let range = dataset.ranges.get(row as usize);
            let (start_ns, end_ns) = range.map_or((u64::MAX, 0), |range| (range.start_ns, range.end_ns));
            Over { start_ns, end_ns, item: row }
        };
        thin(assists.len(), assist, &window, |over| self.over(over, Mark::Gc));
        let samples = if dataset.samples.time_ns.is_empty() { &[] } else { index.samples(dataset).of(task) };
        let sample = |at: usize| {
            let row = samples[at].1;
            let time = dataset.samples.time_ns.get(row as usize).copied().unwrap_or(u64::MAX);
            Over { start_ns: time, end_ns: time.saturating_add(1), item: row }
        };
        thin(samples.len(), sample, &window, |over| self.over(over, Mark::Tick));
        if let Some(hits) = self.hits.clone() {
            let spans = hits.of_task(dataset, task);
            let (starts, end_of_task) = (&dataset.spans.start_ns, dataset.end_of(task));
            let last = dataset.spans.rows_of(task).end;
            let hit = |at: usize| {
                let row = spans[at] as usize;
                let next = starts.get(row + 1).filter(|_| row + 1 < last);
                let end_ns = next.copied().unwrap_or(end_of_task);
                Over { start_ns: starts.get(row).copied().unwrap_or(u64::MAX), end_ns, item: spans[at] }
            };
            thin(spans.len(), hit, &window, |over| self.over(over, Mark::Match));
        }
    }

    fn over(&mut self, over: Over, mark: Mark) {
        self.push(over.start_ns, over.end_ns, Look { mark, colour: 0, span: over.item, label: NO_LABEL });
    }

    /// The line for folded lanes; its one box says why they are.
    fn idle(&mut self, idle: Idle) -> Lane {
        let why = match idle.absent {
            0 => "waiting through the whole window",
            absent if absent == idle.count => "not there in this window",
            _ => "waiting or not there in this window",
        };
        let label = self.labels.push(why.into());
        let (t0, t1) = (self.window.t0, self.window.t1);
        self.push(t0, t1, Look { mark: Mark::Unknown, colour: 0, span: u32::MAX, label });
        let name = format!("{} more", units::count_u64(u64::from(idle.count)));
        Lane { indented: true, ..lane(idle.key, LaneKind::Idle, name, String::new()) }
    }

    fn region(&mut self, task: TaskId, row: u32, depth: u8) -> Lane {
        let index = self.index;
        let track = index.regions(self.dataset).rows.track(row as usize);
        self.fill(&track, |painter, piece| {
            let item = piece.item.map(|at| track.item(at));
            let room = item.filter(|_| painter.has_room(piece));
            let label = room.map_or(NO_LABEL, |item| painter.region_label(item));
            Look { mark: Mark::Run, colour: piece.class as u8, span: item.unwrap_or(u32::MAX), label }
        });
        let name = if depth == 0 { "regions" } else { "" };
        let lane = lane(keys::region(task, depth), LaneKind::Region, name.into(), String::new());
        Lane { indented: true, task: Some(task.0), ..lane }
    }

    /// The frames at `depth` of the stacks of the boxes of the task lane above.
    fn stack(&mut self, task: TaskId, depth: u8) -> Lane {
        let t0 = self.window.t0;
        let mut open: Option<(FrameId, u64, u64, u32)> = None;
        for row in self.task_boxes.0 as usize..self.task_boxes.1 as usize {
            let span = self.answer.span[row];
            let time = |x: i64| t0.saturating_add_signed(x);
            let (x0, x1) = (time(self.answer.x0_ns[row]), time(self.answer.x1_ns[row]));
            let frame = self.frame_at(task, span, usize::from(depth));
            match (&mut open, frame) {
                (Some((known, _, end, _)), Some(frame)) if *known == frame && *end >= x0 => *end = x1,
                _ => {
                    self.close(open.take());
                    open = frame.map(|frame| (frame, x0, x1, span));
                }
            }
        }
        self.close(open);
        let name = if depth == 0 { "stack" } else { "" };
        let lane = lane(keys::stack(task, depth), LaneKind::Stack, name.into(), String::new());
        Lane { indented: true, task: Some(task.0), ..lane }
    }

    fn close(&mut self, open: Option<(FrameId, u64, u64, u32)>) {
        let Some((frame, x0, x1, span)) = open else { return };
        let dataset = self.dataset;
        let name = dataset.frame_name(frame);
        let colour = if is_standard(&name) { 0 } else { colour_of(package(&name)) };
        let room = self.has_room(&Piece { x0, x1, class: 0, item: None });
        let label = if room { self.labels.of_frame(dataset, frame) } else { NO_LABEL };
        self.push(x0, x1, Look { mark: Mark::Run, colour, span, label });
    }

    /// The frame at `depth`, root first, of the stack that a span's box stands for.
    fn frame_at(&mut self, task: TaskId, span: u32, depth: usize) -> Option<FrameId> {
        let dataset = self.dataset;
        let row = span as usize;
        let stack = match dataset.spans.state.get(row)? {
            TaskState::Running => running_stack(dataset, row, dataset.spans.rows_of(task).end)?,
            TaskState::Blocked | TaskState::Syscall => *dataset.spans.stack.get(row)?,
            _ => return None,
        };
        self.frames_of(stack).get(depth).copied()
    }

    fn frames_of(&mut self, stack: StackId) -> Rc<[FrameId]> {
        let dataset = self.dataset;
        let root_first = || {
            let mut frames: Vec<FrameId> = dataset.stacks.leaf_first(stack).collect();
            frames.reverse();
            frames.into()
        };
        self.frames.entry(stack).or_insert_with(root_first).clone()
    }
}

/// A colour that stays with a package; grey (0) and amber (3) are for others.
fn colour_of(package: &str) -> u8 {
    const COLOURS: [u8; 5] = [2, 1, 4, 5, 6];
    let hash = package.bytes().fold(7_usize, |hash, byte| hash.wrapping_mul(31) ^ usize::from(byte));
    COLOURS[hash % COLOURS.len()]
}

fn head(key: u64, name: &str, fact: String) -> Lane {
    lane(key, LaneKind::Group, name.into(), fact)
}

fn lane(key: u64, kind: LaneKind, name: String, fact: String) -> Lane {
    Lane { key, kind, name, fact, ..Lane::default() }
}
