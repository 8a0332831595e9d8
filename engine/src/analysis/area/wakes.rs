//! Who woke whom in a selection.

use taskscope_proto::Dataset;
use taskscope_proto::model::WorkerId;

use crate::analysis::selection::Selection;
use crate::api::AreaWakes;

/// Wakes of the selection's tasks at a time in it.
pub(super) fn wakes(dataset: &Dataset, selection: &Selection) -> AreaWakes {
    let mut wakes = AreaWakes::default();
    let all = &dataset.wakes;
    for task in selection.tasks(dataset) {
        let rows = dataset.spans.rows_of(task);
        let starts = dataset.spans.start_ns.get(rows.clone()).unwrap_or(&[]);
        let first = rows.start + starts.partition_point(|&start| start < selection.t0);
        let last = rows.start + starts.partition_point(|&start| start <= selection.t1);
        let from = all.span.partition_point(|span| span.index() < first);
        for (span, waker) in
            all.span.iter().zip(&all.waker).skip(from).take_while(|(span, _)| span.index() < last)
        {
            let Some(&time) = dataset.spans.start_ns.get(span.index()) else { break };
            if selection.covers(task, WorkerId::NONE, time) {
                wakes.all += 1;
                wakes.by_runtime += u64::from(waker.is_none());
                wakes.inside += u64::from(!waker.is_none() && selection.has(*waker));
            }
        }
    }
    wakes
}
