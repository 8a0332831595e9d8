//! The lanes and boxes that are visible.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use taskscope_proto::Dataset;
use taskscope_proto::model::{FrameId, StackId};

use super::activity::{Activity, Averages, Columns};
use super::blocks::Sums;
use super::counters::CounterKind;
use super::groups::Grouping;
use super::index::TimelineIndex;
use super::labels::Labels;
use super::layout::{Content, Layout, Placed, layout};
use super::minimap::MAX_COLUMNS;
use super::search::Hits;
use super::walk::{Piece, Window, walk};
use crate::api::{LaneGrouping, Mark, TimelineAnswer, TimelineQuery};

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
    painter.finish(query, layout)
}

/// What all lanes of one answer are filled from and into; see [`super::kinds`].
pub(super) struct Painter<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) index: &'a TimelineIndex,
    /// The groups that heads stand for.
    pub(super) grouping: Option<&'a Grouping>,
    pub(super) by_entry: bool,
    pub(super) columns: Columns,
    pub(super) window: Window,
    pub(super) activity: Option<Activity>,
    /// How many run and are ready, found when a lane shows it.
    pub(super) awake: OnceCell<Averages>,
    pub(super) labels: Labels,
    /// Rows of the boxes of the last task lane: stacks are made from them.
    pub(super) task_boxes: (u32, u32),
    /// Frames of stacks that were looked at, root first.
    pub(super) frames: HashMap<StackId, Rc<[FrameId]>>,
    /// What is searched for.
    pub(super) hits: Option<Rc<Hits>>,
    pub(super) answer: TimelineAnswer,
}

/// How a piece of a track shows.
pub(super) struct Look {
    pub(super) mark: Mark,
    pub(super) colour: u8,
    pub(super) span: u32,
    pub(super) label: u32,
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
            awake: OnceCell::new(),
            labels: Labels::default(),
            task_boxes: (0, 0),
            frames: HashMap::new(),
            hits: (!query.search.is_empty()).then(|| index.search(dataset, &query.search)),
            answer: TimelineAnswer { t0_ns: columns.t0, t1_ns: columns.t1, ..TimelineAnswer::default() },
        }
    }

    fn finish(mut self, query: &TimelineQuery, layout: Layout) -> TimelineAnswer {
        self.answer.height_px = layout.height_px;
        self.answer.lanes_all = layout.lanes_all;
        let located =
            |key: u64| layout.located.iter().find(|(found, _)| *found == key).map(|(_, place)| *place);
        self.answer.revealed = query.reveal.and_then(located);
        self.answer.located = layout.located;
        self.answer.labels = self.labels.texts;
        let (t0, t1) = (self.window.t0, self.window.t1);
        let missing = self.dataset.missing.iter().filter(|&&(from, to)| from < t1 && to > t0);
        self.answer.missing = missing.map(|&(from, to)| (offset(from, t0), offset(to, t0))).collect();
        self.answer
    }

    fn lane(&mut self, placed: &Placed) {
        let first = self.answer.span.len() as u32;
        let mut lane = self.content(placed.content);
        lane.top_px = placed.top_px;
        lane.height_px = placed.height_px;
        lane.expanded = placed.expanded;
        lane.boxes = (first, self.answer.span.len() as u32);
        if let Content::Task(task, _) = placed.content {
            self.task_boxes = lane.boxes;
            self.overlays(task);
        }
        lane.overlay = (lane.boxes.1, self.answer.span.len() as u32);
        self.answer.lanes.push(lane);
    }

    /// Adds the boxes of `track`; gives the time of each class in the window.
    pub(super) fn fill(
        &mut self,
        track: &impl super::track::Track,
        mut look: impl FnMut(&mut Self, &Piece) -> Look,
    ) -> Sums {
        let window = self.window;
        walk(track, &window, |piece| {
            let look = look(self, &piece);
            self.push(piece.x0, piece.x1, look);
        })
    }

    /// Adds a box.
    pub(super) fn push(&mut self, x0: u64, x1: u64, look: Look) {
        let t0 = self.window.t0;
        let answer = &mut self.answer;
        answer.x0_ns.push(offset(x0, t0));
        answer.x1_ns.push(offset(x1, t0));
        answer.mark.push(look.mark);
        answer.colour.push(look.colour);
        answer.span.push(look.span);
        answer.label.push(look.label);
    }

    /// Whether a label could fit into `piece`.
    pub(super) fn has_room(&self, piece: &Piece) -> bool {
        let visible = piece.x1.min(self.window.t1).saturating_sub(piece.x0.max(self.window.t0));
        let px_per_ns = f64::from(self.columns.count) / self.window.len().max(1) as f64;
        visible as f64 * px_per_ns >= LABEL_PX
    }
}

/// `time` after `t0`, as it crosses the border.
fn offset(time: u64, t0: u64) -> i64 {
    (i128::from(time) - i128::from(t0)).clamp(i64::MIN.into(), i64::MAX.into()) as i64
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
