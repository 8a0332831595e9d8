//! The lanes and boxes that are visible.

use taskscope_proto::Dataset;
use taskscope_proto::model::TaskId;

use super::activity::{self, Activity, Columns};
use super::blocks::{Sums, total};
use super::counters::{CounterKind, Curve, ready_curve};
use super::groups::Grouping;
use super::index::TimelineIndex;
use super::labels::{Labels, NO_LABEL};
use super::layout::{Content, Layout, Placed, layout};
use super::marks::{CLASSES, MARKS};
use super::minimap::MAX_COLUMNS;
use super::track::{PhaseTrack, STOPPED};
use super::walk::{Piece, Window, walk};
use super::workers::GC_RUN;
use super::{keys, names};
use crate::api::{Lane, LaneGrouping, LaneKind, Mark, TimelineAnswer, TimelineQuery};
use crate::units;

/// Boxes narrower than this get no label: nothing would fit.
const LABEL_PX: f64 = 20.0;

/// The lanes and boxes that are visible: at most one box a column and lane, in order, none over
/// another. Costs columns times visible lanes, not spans.
pub fn timeline(dataset: &Dataset, index: &TimelineIndex, query: &TimelineQuery) -> TimelineAnswer {
    let t1 = query.t1_ns.max(query.t0_ns.saturating_add(1));
    let columns = Columns { t0: query.t0_ns.min(t1 - 1), t1, count: query.columns.clamp(1, MAX_COLUMNS) };
    let layout = layout(dataset, index, query);
    let mut painter = Painter::new(dataset, index, query, columns, &layout);
    for placed in &layout.placed {
        painter.lane(placed);
    }
    painter.finish(&layout)
}

/// What all lanes of one answer are filled from and into.
struct Painter<'a> {
    dataset: &'a Dataset,
    index: &'a TimelineIndex,
    /// The groups that heads stand for.
    grouping: Option<&'a Grouping>,
    by_entry: bool,
    columns: Columns,
    window: Window,
    activity: Option<Activity>,
    labels: Labels,
    answer: TimelineAnswer,
}

/// How a piece of a track shows.
struct Look {
    mark: Mark,
    colour: u8,
    span: u32,
    label: u32,
}

impl<'a> Painter<'a> {
    fn new(
        dataset: &'a Dataset,
        index: &'a TimelineIndex,
        query: &TimelineQuery,
        columns: Columns,
        layout: &Layout,
    ) -> Self {
        let grouping = match query.grouping {
            LaneGrouping::Entry => Some(&index.by_entry),
            LaneGrouping::Parent => Some(index.by_parent(dataset)),
            LaneGrouping::Flat => None,
        };
        Self {
            dataset,
            index,
            grouping,
            by_entry: query.grouping == LaneGrouping::Entry,
            columns,
            window: Window::new(columns.t0, columns.t1, columns.count),
            activity: activity(dataset, index, grouping, columns, layout),
            labels: Labels::default(),
            answer: TimelineAnswer { t0_ns: columns.t0, t1_ns: columns.t1, ..TimelineAnswer::default() },
        }
    }

    fn finish(mut self, layout: &Layout) -> TimelineAnswer {
        self.answer.height_px = layout.height_px;
        self.answer.lanes_all = layout.lanes_all;
        self.answer.revealed = layout.revealed;
        self.answer.labels = self.labels.texts;
        self.answer
    }

    fn lane(&mut self, placed: &Placed) {
        let first = self.answer.span.len() as u32;
        let mut lane = match placed.content {
            Content::Counters => self.head(keys::COUNTERS, "Counters", String::new()),
            Content::Counter(kind) => self.counter(kind),
            Content::Gc => self.gc(),
            Content::Workers => {
                let count = units::count_u64(self.dataset.workers.len() as u64);
                self.head(keys::WORKERS, "Processors", count)
            }
            Content::Worker(worker) => self.worker(worker),
            Content::Group(row, lanes) => self.group(row, lanes),
            Content::Task(task, indented) => self.task(task, indented),
        };
        lane.top_px = placed.top_px;
        lane.height_px = placed.height_px;
        lane.expanded = placed.expanded;
        lane.boxes = (first, self.answer.span.len() as u32);
        self.answer.lanes.push(lane);
    }

    fn head(&self, key: u64, name: &str, fact: String) -> Lane {
        lane(key, LaneKind::Group, name.into(), fact)
    }

    fn counter(&self, kind: CounterKind) -> Lane {
        let Columns { t0, t1, count } = self.columns;
        let counters = &self.index.counters;
        let curve = match kind {
            CounterKind::Heap => counters.heap(self.dataset, t0, t1, count),
            CounterKind::Tasks => counters.tasks(t0, t1, count),
            CounterKind::Ready => self.ready(),
        };
        let lane = lane(keys::counter(kind.number()), LaneKind::Counter, kind.name().into(), curve.fact);
        Lane { indented: true, series: curve.series, series2: curve.series2, ..lane }
    }

    /// The run queue: full height is four tasks for each worker, or the most that are ready at once.
    fn ready(&self) -> Curve {
        let Columns { t0, t1, count } = self.columns;
        let exact = self.activity.as_ref().map(Activity::all);
        let (_, ready) = exact.unwrap_or_else(|| self.index.load.averages(t0, t1, count));
        ready_curve(&ready, self.index.load.most_ready().max(1.0))
    }

    fn gc(&mut self) -> Lane {
        let index = self.index;
        let sums = self.fill(&PhaseTrack(&index.phases), |painter, piece| {
            let stopped = piece.class == usize::from(STOPPED);
            let length = units::duration(piece.x1 - piece.x0);
            let text = if stopped { format!("STW · {length}") } else { format!("GC · mark {length}") };
            let label = match piece.item.is_some() && painter.has_room(piece) {
                true => painter.labels.push(text),
                false => NO_LABEL,
            };
            let mark = if stopped { Mark::StopTheWorld } else { Mark::Gc };
            Look { mark, colour: 0, span: u32::MAX, label }
        });
        let fact = match sums[usize::from(STOPPED)] {
            0 => String::new(),
            stopped => format!("STW {}", units::duration(stopped)),
        };
        lane(keys::GC, LaneKind::Gc, "GC".into(), fact)
    }

    fn worker(&mut self, worker: u32) -> Lane {
        let (dataset, index) = (self.dataset, self.index);
        let track = index.workers.track(dataset, worker);
        let sums = self.fill(&track, |painter, piece| {
            let span = piece.item.map(|at| track.span(at));
            let task = span.filter(|_| painter.has_room(piece)).and_then(|span| dataset.span(span));
            let (mark, colour) = match piece.class {
                GC_RUN => (Mark::Gc, 0),
                colour => (Mark::Run, colour as u8),
            };
            let label = task.map_or(NO_LABEL, |span| painter.labels.of_run(dataset, span.task));
            Look { mark, colour, span: span.map_or(u32::MAX, |span| span.0), label }
        });
        let busy = names::share(total(&sums[..CLASSES]), self.window.len());
        let name = names::worker(dataset, worker);
        Lane { indented: true, ..lane(keys::worker(worker), LaneKind::Worker, name, format!("busy {busy}")) }
    }

    fn group(&self, row: u32, lanes: u32) -> Lane {
        let fact = units::count_u64(u64::from(lanes));
        let group = self.grouping.and_then(|grouping| Some((grouping, grouping.groups.get(row as usize)?)));
        let Some((grouping, group)) = group else { return self.head(0, "", fact) };
        let (mut running, mut ready) =
            activity::of_group(self.dataset, grouping, row, group, self.activity.as_ref(), self.columns);
        // Full height is as many as can run at once; what waits stands on top as far as there is room.
        let most = self.dataset.workers.len().min(group.tasks.len()).max(1) as f32;
        for (running, ready) in running.iter_mut().zip(&mut ready) {
            *running = (*running / most).min(1.0);
            *ready = (*ready / most).min(1.0 - *running);
        }
        // Squares have the colours of the worker lanes, which go by entry function.
        let head = self.head(group.key, &group.name, fact);
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
        Lane { indented, colour, ..lane }
    }

    /// Adds the boxes of `track`; gives the time of each class in the window.
    fn fill(
        &mut self,
        track: &impl super::track::Track,
        mut look: impl FnMut(&mut Self, &Piece) -> Look,
    ) -> Sums {
        let window = self.window;
        let mut pieces = std::mem::take(&mut self.answer);
        let t0 = i128::from(window.t0);
        let offset = |time: u64| (i128::from(time) - t0).clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        let sums = walk(track, &window, |piece| {
            let look = look(self, &piece);
            pieces.x0_ns.push(offset(piece.x0));
            pieces.x1_ns.push(offset(piece.x1));
            pieces.mark.push(look.mark);
            pieces.colour.push(look.colour);
            pieces.span.push(look.span);
            pieces.label.push(look.label);
        });
        self.answer = pieces;
        sums
    }

    /// Whether a label could fit into `piece`.
    fn has_room(&self, piece: &Piece) -> bool {
        let visible = piece.x1.min(self.window.t1).saturating_sub(piece.x0.max(self.window.t0));
        let px_per_ns = f64::from(self.columns.count) / self.window.len().max(1) as f64;
        visible as f64 * px_per_ns >= LABEL_PX
    }
}

fn lane(key: u64, kind: LaneKind, name: String, fact: String) -> Lane {
    Lane { key, kind, name, fact, ..Lane::default() }
}

/// Reads the runs in the window if a visible lane needs them.
fn activity(
    dataset: &Dataset,
    index: &TimelineIndex,
    grouping: Option<&Grouping>,
    columns: Columns,
    layout: &Layout,
) -> Option<Activity> {
    let column_ns = (columns.t1 - columns.t0) as f64 / f64::from(columns.count);
    let mut wanted = Vec::new();
    let mut all = false;
    for placed in &layout.placed {
        match placed.content {
            Content::Counter(CounterKind::Ready) => all |= index.load.bucket_ns() > column_ns,
            Content::Group(row, _) => {
                let load = grouping.and_then(|grouping| grouping.groups.get(row as usize)?.load.as_ref());
                wanted.extend(load.is_some_and(|load| load.bucket_ns() > column_ns).then_some(row));
            }
            _ => {}
        }
    }
    (all || !wanted.is_empty()).then(|| Activity::read(dataset, index, grouping, &wanted, columns)).flatten()
}
