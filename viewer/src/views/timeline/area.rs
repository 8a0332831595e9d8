//! A selected part of the timeline, and marks that stay: pure.

use taskscope_engine::api::{Lane, LaneKind, Scope, ScopeTasks, TimelineAnswer};

use super::place::Clock;

/// Dragging less than this up or down selects time over all lanes.
const UPRIGHT_PX: f64 = 10.0;
/// Marks that are kept at most; the oldest goes first.
const KEPT_MARKS: usize = 32;

/// A stretch of time, ns since the trace's start, over all lanes or some of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Area {
    /// Where it begins.
    pub lo: f64,
    /// Where it ends.
    pub hi: f64,
    /// Keys of its lanes; empty for all.
    pub lanes: Vec<u64>,
}

impl Area {
    /// A stretch of time over all lanes; `from` and `to` in any order.
    pub fn of_time(from: f64, to: f64) -> Self {
        Self { lo: from.min(to), hi: from.max(to), lanes: Vec::new() }
    }

    /// Its stretch of time.
    pub fn stretch(&self) -> (f64, f64) {
        (self.lo, self.hi)
    }

    /// The part of the trace that it is.
    pub fn scope(&self, clock: Clock) -> Scope {
        let tasks =
            if self.lanes.is_empty() { ScopeTasks::All } else { ScopeTasks::Lanes(self.lanes.clone()) };
        let (t0_ns, t1_ns) = (Some(clock.moment(self.lo)), Some(clock.moment(self.hi.ceil())));
        Scope { t0_ns, t1_ns, tasks, region: None }
    }

    /// Whether a lane belongs to it.
    pub fn holds(&self, lane: u64) -> bool {
        self.lanes.is_empty() || self.lanes.contains(&lane)
    }
}

/// Keys of the lanes that a drag from `from_px` to `to_px` means, px from the top of all lanes: none, which
/// means all, unless it goes from one lane to another one.
pub fn lanes_between(answer: &TimelineAnswer, from_px: f64, to_px: f64) -> Vec<u64> {
    let (top, bottom) = (from_px.min(to_px), from_px.max(to_px));
    let touched = |lane: &&Lane| {
        let (lane_top, height) = (f64::from(lane.top_px), f64::from(lane.height_px));
        lane_top < bottom && lane_top + height > top
    };
    let lanes: Vec<&Lane> = answer.lanes.iter().filter(touched).collect();
    if bottom - top < UPRIGHT_PX || lanes.len() < 2 {
        return Vec::new();
    }
    lanes.iter().filter(|lane| has_tasks(lane)).map(|lane| lane.key).collect()
}

/// Whether a lane stands for tasks; heads of counters and workers have no colour.
fn has_tasks(lane: &Lane) -> bool {
    match lane.kind {
        LaneKind::Task | LaneKind::Worker | LaneKind::Stack => true,
        LaneKind::Group => lane.colour.is_some(),
        LaneKind::Region => lane.task.is_some(),
        LaneKind::Counter | LaneKind::Gc | LaneKind::Thread | LaneKind::UserTask | LaneKind::Idle => false,
    }
}

/// Stretches of time that are marked on the ruler.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    /// The one that the next mark replaces.
    pub passing: Option<(f64, f64)>,
    /// Those that stay, oldest first.
    pub kept: Vec<(f64, f64)>,
}

impl Marks {
    /// Marks a stretch until the next one is marked; the same one again removes it.
    pub fn pass(&mut self, stretch: (f64, f64)) {
        self.passing = (self.passing != Some(stretch)).then_some(stretch);
    }

    /// Marks a stretch to stay; the same one again removes it.
    pub fn keep(&mut self, stretch: (f64, f64)) {
        self.passing = self.passing.filter(|&passing| passing != stretch);
        match self.kept.iter().position(|&kept| kept == stretch) {
            Some(at) => drop(self.kept.remove(at)),
            None => self.kept.push(stretch),
        }
        let surplus = self.kept.len().saturating_sub(KEPT_MARKS);
        self.kept.drain(..surplus);
    }

    /// All of them, the passing one last.
    pub fn all(&self) -> impl Iterator<Item = (f64, f64)> {
        self.kept.iter().copied().chain(self.passing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(key: u64, kind: LaneKind, top_px: u32) -> Lane {
        let colour = (kind == LaneKind::Group).then_some(0);
        Lane { key, kind, top_px, height_px: 20, colour, ..Lane::default() }
    }

    fn answer() -> TimelineAnswer {
        let kinds = [LaneKind::Gc, LaneKind::Group, LaneKind::Task, LaneKind::Task];
        let lanes = kinds.into_iter().zip(0..).map(|(kind, at)| lane(u64::from(at), kind, at * 20)).collect();
        TimelineAnswer { lanes, ..TimelineAnswer::default() }
    }

    #[test]
    fn a_level_drag_means_all_lanes() {
        assert!(lanes_between(&answer(), 45.0, 52.0).is_empty(), "inside one lane");
        assert!(lanes_between(&answer(), 58.0, 61.0).is_empty(), "a slip over the edge");
        assert!(lanes_between(&TimelineAnswer::default(), 0.0, 100.0).is_empty());
    }

    #[test]
    fn a_drag_across_lanes_means_those() {
        assert_eq!(lanes_between(&answer(), 45.0, 70.0), [2, 3]);
        assert_eq!(lanes_between(&answer(), 70.0, 25.0), [1, 2, 3]);
        assert_eq!(lanes_between(&answer(), 5.0, 25.0), [1], "the collector has no tasks of its own");
        assert!(Area { lanes: vec![2], ..Area::default() }.holds(2));
        assert!(Area::default().holds(7));
    }

    #[test]
    fn marks_come_and_go() {
        let mut marks = Marks::default();
        marks.pass((1.0, 2.0));
        marks.pass((3.0, 4.0));
        assert_eq!(marks.passing, Some((3.0, 4.0)));
        marks.keep((3.0, 4.0));
        marks.keep((5.0, 6.0));
        assert_eq!((marks.passing, marks.kept.len()), (None, 2));
        marks.keep((3.0, 4.0));
        assert_eq!(marks.all().collect::<Vec<_>>(), [(5.0, 6.0)]);
    }
}
