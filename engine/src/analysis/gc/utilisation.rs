//! The program's share of the CPU over time, as steps.

use super::work::{Busy, Kind, Work};
use crate::api::GcWork;

/// Utilisation as steps, with its running integral, so that the share of any window is two look-ups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Utilisation {
    /// Where each step begins; ascends, the first is the start of all.
    pub time_ns: Vec<u64>,
    /// Utilisation from there on, 0 to 1.
    pub value: Vec<f64>,
    /// Utilised time from the start up to there, ns.
    pub area: Vec<f64>,
    /// Where the last step ends.
    pub end_ns: u64,
}

/// From when to when.
type Stretch = (u64, u64);

/// Something that changes utilisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// One worker more works for the collector, or one less.
    Busy(i64),
    /// The world stops, or goes on.
    Stopped(i64),
    /// There are so many workers from now on.
    Workers(u64),
}

impl Utilisation {
    /// Of all workers together, between `t0` and `t1`.
    pub fn whole(work: &Work, wanted: GcWork, window: (u64, u64)) -> Self {
        let mut changes = stops(work, wanted);
        for stretches in by_worker(work, |busy| counts(wanted, busy.kind)) {
            add(&mut changes, stretches, Change::Busy);
        }
        changes.extend(work.workers.iter().map(|&(from, workers)| (from, Change::Workers(workers))));
        Self::build(changes, window)
    }

    /// Of each worker by itself; at least one. A dedicated mark worker does not count: it has its
    /// worker for itself, and the program runs on the others.
    pub fn each(work: &Work, wanted: GcWork, window: (u64, u64)) -> Vec<Self> {
        let stops = stops(work, wanted);
        let stretches = by_worker(work, |busy| busy.kind != Kind::Dedicated && counts(wanted, busy.kind));
        let one = |stretches: Vec<Stretch>| {
            let mut changes = stops.clone();
            add(&mut changes, stretches, Change::Busy);
            Self::build(changes, window)
        };
        let busy = stretches.into_iter().filter(|stretches| !stretches.is_empty());
        let all: Vec<Self> = busy.map(one).collect();
        if all.is_empty() { vec![one(Vec::new())] } else { all }
    }

    /// Length of all, ns.
    pub fn length_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns())
    }

    /// Where it begins.
    pub fn start_ns(&self) -> u64 {
        self.time_ns.first().copied().unwrap_or(self.end_ns)
    }

    /// The average over all; 1 for an empty one.
    pub fn mean(&self) -> f64 {
        match self.length_ns() {
            0 => 1.0,
            length => self.area_up_to(self.end_ns) / length as f64,
        }
    }

    /// Utilised time from the start to `time`, ns.
    pub fn area_up_to(&self, time: u64) -> f64 {
        self.area_in_step(self.step_at(time), time)
    }

    /// The step that `time` lies in.
    pub fn step_at(&self, time: u64) -> usize {
        self.time_ns.partition_point(|&start| start <= time).saturating_sub(1)
    }

    /// Utilised time from the start to `time`, which lies in `step`, ns.
    #[inline]
    pub fn area_in_step(&self, step: usize, time: u64) -> f64 {
        match (self.time_ns.get(step), self.area.get(step), self.value.get(step)) {
            (Some(&start), Some(area), Some(value)) => {
                area + value * time.min(self.end_ns).saturating_sub(start) as f64
            }
            _ => 0.0,
        }
    }

    /// Where each step ends.
    pub fn ends(&self) -> impl Iterator<Item = u64> + '_ {
        self.time_ns.iter().skip(1).copied().chain([self.end_ns])
    }

    /// The longest time of no utilisation at all, ns.
    pub fn longest_pause(&self) -> u64 {
        let (mut longest, mut since) = (0, None);
        for ((&start, &value), end) in self.time_ns.iter().zip(&self.value).zip(self.ends()) {
            since = if value > 0.0 { None } else { since.or(Some(start)) };
            longest = longest.max(since.map_or(0, |since| end.saturating_sub(since)));
        }
        longest
    }

    fn build(mut changes: Vec<(u64, Change)>, (t0, t1): (u64, u64)) -> Self {
        changes.sort_unstable();
        let mut made = Self { end_ns: t1, ..Self::default() };
        let (mut busy, mut stopped, mut workers) = (0_i64, 0_i64, 1_u64);
        let mut now = t0;
        for (time, change) in changes {
            if time >= t1 {
                break;
            }
            if time > now {
                made.push(now, value(busy, stopped, workers));
                now = time;
            }
            match change {
                Change::Busy(by) => busy += by,
                Change::Stopped(by) => stopped += by,
                Change::Workers(count) => workers = count,
            }
        }
        made.push(now, value(busy, stopped, workers));
        made
    }

    fn push(&mut self, now: u64, value: f64) {
        let area = match (self.time_ns.last(), self.value.last(), self.area.last()) {
            (Some(_), Some(&last), Some(_)) if last == value => return,
            (Some(&start), Some(last), Some(area)) => area + last * now.saturating_sub(start) as f64,
            _ => 0.0,
        };
        self.time_ns.push(now);
        self.value.push(value);
        self.area.push(area);
    }
}

fn value(busy: i64, stopped: i64, workers: u64) -> f64 {
    match stopped {
        0 => (1.0 - busy.max(0) as f64 / workers.max(1) as f64).max(0.0),
        _ => 0.0,
    }
}

fn counts(wanted: GcWork, kind: Kind) -> bool {
    match kind {
        Kind::Dedicated | Kind::Fractional => wanted.background,
        Kind::Assist => wanted.assist,
        Kind::Sweep => wanted.sweep,
        Kind::Idle => false,
    }
}

/// Stops that count, as changes.
fn stops(work: &Work, wanted: GcWork) -> Vec<(u64, Change)> {
    let counted = work.stops.iter().filter(|stop| wanted.all_stops || (wanted.stops && stop.gc));
    let mut changes = Vec::new();
    add(&mut changes, counted.map(|stop| (stop.start_ns, stop.end_ns)).collect(), Change::Stopped);
    changes
}

/// Work by worker, in time order. What the file gives no worker for comes last, as that of one more.
fn by_worker(work: &Work, wanted: impl Fn(&Busy) -> bool) -> Vec<Vec<Stretch>> {
    let counted = || work.busy.iter().filter(|busy| wanted(busy));
    let known = counted().filter_map(|busy| busy.worker.get()).max().map_or(0, |last| last.index() + 1);
    let mut all = vec![Vec::new(); known + 1];
    for busy in counted() {
        all[busy.worker.index().min(known)].push((busy.start_ns, busy.end_ns));
    }
    all
}

/// The union of `stretches`, which ascend, as changes up and down.
fn add(changes: &mut Vec<(u64, Change)>, stretches: Vec<Stretch>, change: impl Fn(i64) -> Change) {
    let mut open: Option<Stretch> = None;
    let mut close = |(start, end): Stretch| changes.extend([(start, change(1)), (end, change(-1))]);
    for (start, end) in stretches {
        open = match open {
            Some((first, last)) if start <= last => Some((first, last.max(end))),
            before => {
                before.into_iter().for_each(&mut close);
                Some((start, end))
            }
        };
    }
    open.into_iter().for_each(close);
}

#[cfg(test)]
mod tests {
    use taskscope_proto::model::{TaskId, WorkerId};

    use super::*;
    use crate::analysis::gc::work::Stop;

    fn busy(start_ns: u64, end_ns: u64, worker: u32, kind: Kind) -> Busy {
        Busy { start_ns, end_ns, worker: WorkerId(worker), task: TaskId(0), kind }
    }

    fn work() -> Work {
        Work {
            t0_ns: 0,
            t1_ns: 100,
            busy: vec![
                busy(10, 40, 0, Kind::Dedicated),
                busy(20, 30, 1, Kind::Assist),
                busy(25, 28, 1, Kind::Sweep),
                busy(30, 35, 1, Kind::Idle),
                busy(60, 70, 1, Kind::Fractional),
            ],
            stops: vec![
                Stop { start_ns: 38, end_ns: 42, range: 0, gc: true },
                Stop { start_ns: 80, end_ns: 90, range: 1, gc: false },
            ],
            marks: Vec::new(),
            workers: vec![(0, 2), (65, 4)],
        }
    }

    #[test]
    fn each_worker_counts_once_and_a_stop_counts_for_all() {
        let whole = Utilisation::whole(&work(), GcWork { sweep: true, ..GcWork::default() }, (0, 100));
        assert_eq!(whole.time_ns, [0, 10, 20, 30, 38, 42, 60, 65, 70]);
        assert_eq!(whole.value, [1.0, 0.5, 0.0, 0.5, 0.0, 1.0, 0.5, 0.75, 1.0]);
        assert_eq!(whole.area_up_to(100), 10.0 + 5.0 + 0.0 + 4.0 + 0.0 + 18.0 + 2.5 + 3.75 + 30.0);
        assert_eq!(whole.longest_pause(), 10);
        let all = GcWork { all_stops: true, background: false, assist: false, ..GcWork::default() };
        let stops = Utilisation::whole(&work(), all, (39, 85));
        assert_eq!((stops.time_ns, stops.value), (vec![39, 42, 80], vec![0.0, 1.0, 0.0]));
    }

    #[test]
    fn a_dedicated_worker_leaves_the_others_alone() {
        let each = Utilisation::each(&work(), GcWork::default(), (0, 100));
        assert_eq!(each.len(), 1);
        assert_eq!(each[0].time_ns, [0, 20, 30, 38, 42, 60, 70]);
        assert_eq!(each[0].value, [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        assert_eq!(Utilisation::each(&Work::default(), GcWork::default(), (0, 0))[0].mean(), 1.0);
    }
}
