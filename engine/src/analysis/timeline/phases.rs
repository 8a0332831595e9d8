//! The GC lane: mark phases, stops of the world over them, and sweeping after them.

use taskscope_proto::Dataset;
use taskscope_proto::model::{TaskId, TaskState};

use super::names;
use super::track::{MARK_PHASE, Phase, STOPPED, SWEEP};
use crate::sorting::Sort;

/// Go's name of the range in which the collector marks.
const MARK: &str = "GC concurrent mark phase";
/// How Go's names of stops of the world begin.
const STOP: &str = "stop-the-world";
/// Go's name of the range in which a worker sweeps before it allocates.
const SWEEPING: &str = "GC incremental sweep";
/// The goroutine that sweeps the rest.
const SWEEPER: &str = "runtime.bgsweep";

/// A stretch of time: first ns, and one past the last.
type Stretch = (u64, u64);

/// Phases in time order, none over another: where the world stops, the others are cut.
pub(super) fn phases(dataset: &Dataset) -> Vec<Phase> {
    let stops = ranges(dataset, is_stop);
    let marks = marks(dataset);
    let swept = sweeps(&marks, &sweeping(dataset), dataset.facts.end_ns);
    let mut phases: Vec<Phase> = Vec::new();
    for (number, (mark, sweep)) in (1..).zip(marks.iter().zip(&swept)) {
        phases.extend(without(&[*mark], &stops).map(|span| phase(span, MARK_PHASE, number)));
        let sweep = sweep.as_slice();
        phases.extend(without(sweep, &stops).map(|span| phase(span, SWEEP, number)));
    }
    phases.extend(stops.iter().map(|&span| phase(span, STOPPED, 0)));
    phases.order_by_key(|phase| phase.start_ns);
    phases
}

/// Mark phases alone, whole.
pub(super) fn marks(dataset: &Dataset) -> Vec<Stretch> {
    ranges(dataset, |name| name == MARK)
}

/// Whether a range of this name stops the world.
pub(super) fn is_stop(name: &str) -> bool {
    name.starts_with(STOP)
}

fn ranges(dataset: &Dataset, wanted: impl Fn(&str) -> bool) -> Vec<Stretch> {
    let ranges = dataset.ranges.iter().filter(|range| wanted(dataset.strings.get(range.name)));
    union(ranges.map(|range| (range.start_ns, range.end_ns)).collect())
}

/// When any sweeping was done: by workers that allocate, and by the runtime's sweeper.
fn sweeping(dataset: &Dataset) -> Vec<Stretch> {
    let mut stretches = ranges(dataset, |name| name == SWEEPING);
    let tasks = (0..dataset.tasks.len()).map(TaskId::from_index);
    for task in tasks.filter(|&task| names::entry(dataset, task) == SWEEPER) {
        let rows = dataset.spans.rows_of(task);
        let last = rows.end;
        let running = rows.filter(|&row| dataset.spans.state.get(row) == Some(&TaskState::Running));
        let end = |row: usize| match row + 1 < last {
            true => dataset.spans.start_ns[row + 1],
            false => dataset.end_of(task),
        };
        stretches.extend(running.map(|row| (dataset.spans.start_ns[row], end(row))));
    }
    union(stretches)
}

/// For each mark phase the time from its end to the last sweeping before the next one.
fn sweeps(marks: &[Stretch], sweeping: &[Stretch], end_ns: u64) -> Vec<Option<Stretch>> {
    let nexts = marks.iter().skip(1).map(|mark| mark.0).chain(std::iter::once(end_ns));
    let sweep = |(mark, next): (&Stretch, u64)| {
        let after = sweeping.partition_point(|stretch| stretch.0 < next);
        let last = after.checked_sub(1).and_then(|at| sweeping.get(at))?;
        (last.1 > mark.1).then_some((mark.1, last.1.min(next)))
    };
    marks.iter().zip(nexts).map(sweep).collect()
}

fn phase((start_ns, end_ns): Stretch, class: u8, number: u32) -> Phase {
    Phase { start_ns, end_ns, class, number }
}

/// Stretches in order, those that touch joined.
fn union(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.retain(|(start, end)| start < end);
    stretches.sort_unstable();
    let mut joined: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for (start, end) in stretches {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// `stretches` without what `holes` cover; both in order and disjoint.
fn without<'a>(stretches: &'a [Stretch], holes: &'a [Stretch]) -> impl Iterator<Item = Stretch> + 'a {
    stretches.iter().flat_map(move |&(start, end)| {
        let first = holes.partition_point(|hole| hole.1 <= start);
        let cuts = holes[first..].iter().take_while(move |hole| hole.0 < end).copied();
        let starts = std::iter::once(start).chain(cuts.clone().map(|hole| hole.1));
        let ends = cuts.map(|hole| hole.0).chain(std::iter::once(end));
        starts.zip(ends).filter(|(start, end)| start < end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_cut_mark_phases() {
        let marks = union(vec![(10, 30), (50, 60), (25, 40)]);
        assert_eq!(marks, [(10, 40), (50, 60)]);
        let cut: Vec<_> = without(&marks, &[(5, 12), (20, 21), (38, 55)]).collect();
        assert_eq!(cut, [(12, 20), (21, 38), (55, 60)]);
        assert_eq!(without(&marks, &[]).collect::<Vec<_>>(), marks);
    }

    #[test]
    fn sweeping_lasts_to_the_next_cycle_at_most() {
        let marks = [(10, 20), (50, 60), (80, 90)];
        let sweeping = [(5, 8), (22, 25), (30, 33), (61, 85)];
        assert_eq!(sweeps(&marks, &sweeping, 100), [Some((20, 33)), Some((60, 80)), None]);
        assert_eq!(sweeps(&[], &sweeping, 100), []);
    }
}
