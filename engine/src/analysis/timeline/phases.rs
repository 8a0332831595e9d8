//! The GC lane: mark phases, and stops of the world over them.

use taskscope_proto::Dataset;

use super::track::{MARK_PHASE, Phase, STOPPED};

/// Go's name of the range in which the collector marks.
const MARK: &str = "GC concurrent mark phase";
/// How Go's names of stops of the world begin.
const STOP: &str = "stop-the-world";

/// Phases in time order, none over another: where the world stops, the mark phase is cut.
pub(super) fn phases(dataset: &Dataset) -> Vec<Phase> {
    let named = |wanted: fn(&str) -> bool| {
        let ranges = dataset.ranges.iter().filter(move |range| wanted(dataset.strings.get(range.name)));
        union(ranges.map(|range| (range.start_ns, range.end_ns)).collect())
    };
    let stops = named(|name| name.starts_with(STOP));
    let marks = named(|name| name == MARK);
    let mut phases: Vec<Phase> = without(&marks, &stops).map(|span| phase(span, MARK_PHASE)).collect();
    phases.extend(stops.iter().map(|&span| phase(span, STOPPED)));
    phases.sort_by_key(|phase| phase.start_ns);
    phases
}

/// Mark phases alone, whole.
pub(super) fn marks(dataset: &Dataset) -> Vec<(u64, u64)> {
    let ranges = dataset.ranges.iter().filter(|range| dataset.strings.get(range.name) == MARK);
    union(ranges.map(|range| (range.start_ns, range.end_ns)).collect())
}

fn phase((start_ns, end_ns): (u64, u64), class: u8) -> Phase {
    Phase { start_ns, end_ns, class }
}

/// Stretches in order, those that touch joined.
fn union(mut stretches: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    stretches.retain(|(start, end)| start < end);
    stretches.sort_unstable();
    let mut joined: Vec<(u64, u64)> = Vec::with_capacity(stretches.len());
    for (start, end) in stretches {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// `stretches` without what `holes` cover; both in order and disjoint.
fn without<'a>(
    stretches: &'a [(u64, u64)],
    holes: &'a [(u64, u64)],
) -> impl Iterator<Item = (u64, u64)> + 'a {
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
}
