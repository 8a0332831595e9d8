//! The whole trace in one row.

use taskscope_proto::Dataset;

use super::index::TimelineIndex;
use super::load::Kind;
use crate::api::{Minimap, MinimapQuery};

/// Columns that a picture has at most; more are not drawn by any screen.
pub(super) const MAX_COLUMNS: u32 = 1 << 14;

/// The whole trace in one row of columns. Costs columns, not spans.
pub fn minimap(dataset: &Dataset, index: &TimelineIndex, query: &MinimapQuery) -> Minimap {
    let (t0, t1) = (dataset.facts.start_ns, dataset.facts.end_ns);
    let (running, ready) = match dataset.spans.is_empty() || t1 <= t0 {
        true => (Vec::new(), Vec::new()),
        false => {
            let average = |kind| index.load.averages(kind, t0, t1, query.columns.clamp(1, MAX_COLUMNS));
            (average(Kind::Running), average(Kind::Ready))
        }
    };
    let place = |time: u64| (time.clamp(t0, t1.max(t0)) - t0) as f64 / t1.saturating_sub(t0).max(1) as f64;
    Minimap {
        running,
        ready,
        gc: index.gc_marks.iter().map(|&(start, end)| (place(start) as f32, place(end) as f32)).collect(),
        workers: (dataset.workers.len() as u32).max(1),
    }
}
