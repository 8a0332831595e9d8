//! From the emulator's state at the end of a trace to the data set.

use super::clock::Clock;
use super::counts::{METRIC_NAMES, Other};
use super::emulator::{Emulator, Label};
use super::rules::sort_ranges;
use super::staging::{Room, Staged};
use super::tables::Snapshot;
use crate::model::ids::NONE;
use crate::model::{Counter, Dataset, Facts, Format, TaskId, TraceCounts, ValueColumn, Worker};

/// The entry function whose goroutines GoLabel tells the truth about.
const GC_WORKER: &str = "runtime.gcBgMarkWorker";

/// What the whole file says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole {
    /// Minor version of the header.
    pub minor: u32,
    /// Length of the file.
    pub bytes: u64,
    /// The first clock snapshot, with the clock that its units are of.
    pub snapshot: Option<(Snapshot, Clock)>,
    /// Whether a second thread may help.
    pub threads: bool,
}

/// Sorts everything into its final order.
pub(crate) fn finish(mut emulator: Emulator, whole: Whole) -> Dataset {
    let staging = std::mem::take(&mut emulator.staging);
    assemble(emulator, Staged::All(staging), whole)
}

/// What [`finish`] would give if the trace ended here. The emulator can go on.
pub(crate) fn preview(emulator: &mut Emulator, whole: Whole) -> Dataset {
    let staging = std::mem::take(&mut emulator.staging);
    let data = assemble(emulator.clone(), Staged::SoFar(&staging), whole);
    emulator.staging = staging;
    data
}

fn assemble(mut emulator: Emulator, staged: Staged<'_>, whole: Whole) -> Dataset {
    let end_ns = emulator.last_event_ns;
    close(&mut emulator, end_ns);
    let counts = trace_counts(&mut emulator);
    let workers = order_workers(&mut emulator);
    // Sorting needs the room of what only reading did.
    (emulator.tables, emulator.go_rows, emulator.met) = Default::default();
    let rooms: Vec<Room> = std::mem::take(&mut emulator.gos).iter().map(|go| go.room).collect();
    let Emulator { mut data, notes, counters, labelled, start_ns, rust, .. } = emulator;
    let sorted = staged.sort(&rooms, &workers, whole.threads);
    (data.spans, data.wakes, data.worker_runs) = (sorted.spans, sorted.wakes, sorted.worker_runs);
    add_labels(&mut data, &labelled);
    data.regions.sort_by_key(|region| region.start_ns);
    add_counters(&mut data, counters);
    add_sample_column(&mut data);
    data.facts = facts(start_ns.unwrap_or(0), end_ns, whole);
    data.facts.runtime = rust.runtime();
    data.facts.comments = rust.comments();
    data.facts.limits = rust.limits();
    data.facts.limits.extend(counts.kinds.get("Experimental").map(|count| {
        format!(
            "{count} events of Go's experiment with allocations (traceallocfree) are counted and not shown."
        )
    }));
    data.trace_counts = Some(counts);
    data.notices = notes.finish();
    data
}

/// Ends what is still open with the trace.
fn close(emulator: &mut Emulator, end_ns: u64) {
    emulator.close_ranges(end_ns);
    for p in 0..emulator.procs.len() as u32 {
        emulator.release(p, end_ns);
    }
}

/// Gives Running spans of GC workers their mode as the reason. Labels of other goroutines lie.
fn add_labels(data: &mut Dataset, labels: &[Label]) {
    for &Label { task, span, reason } in labels {
        let entry = data.tasks.rows.get(task as usize).and_then(|task| data.functions.get(task.entry));
        if entry.is_some_and(|entry| data.strings.get(entry.name) == GC_WORKER) {
            let row = data.spans.rows_of(TaskId(task)).start + span as usize;
            if let Some(slot) = data.spans.reason.get_mut(row) {
                *slot = reason;
            }
        }
    }
}

fn trace_counts(emulator: &mut Emulator) -> TraceCounts {
    // Go closes every trace with one more Sync.
    emulator.counts.other(Other::Sync);
    let data = &emulator.data;
    let mut counts = emulator.counts.finish(&data.strings, &data.reasons);
    counts.goroutines = data.tasks.len() as u64;
    counts.threads = emulator.threads.iter().filter(|thread| thread.seen).count() as u64;
    counts.first_ns = emulator.first_event_ns;
    counts.last_ns = emulator.first_event_ns.map(|_| emulator.last_event_ns);
    counts
}

/// Puts workers by number, and gives the final row of each row so far.
fn order_workers(emulator: &mut Emulator) -> Vec<u32> {
    let mut order: Vec<u32> = (0..emulator.procs.len() as u32).collect();
    order.sort_by_key(|&p| emulator.procs[p as usize].id);
    let mut rows = vec![NONE; order.len()];
    for (row, &p) in order.iter().enumerate() {
        rows[p as usize] = row as u32;
    }
    let data = &mut emulator.data;
    data.workers = order.iter().map(|&p| Worker { id: emulator.procs[p as usize].id }).collect();
    let row_of = |worker: u32| rows.get(worker as usize).copied().unwrap_or(NONE);
    for span in &mut data.worker_spans {
        span.worker.0 = row_of(span.worker.0);
    }
    data.worker_spans.sort_unstable_by_key(|span| (span.worker, span.start_ns, span.end_ns));
    for worker in &mut data.samples.worker {
        worker.0 = row_of(worker.0);
    }
    sort_ranges(&mut data.ranges, &rows);
    rows
}

fn add_counters(data: &mut Dataset, counters: [(Vec<u64>, Vec<u64>); METRIC_NAMES.len()]) {
    for ((mut time_ns, mut values), name) in counters.into_iter().zip(METRIC_NAMES) {
        if !time_ns.is_empty() {
            time_ns.shrink_to_fit();
            values.shrink_to_fit();
            data.counters.push(Counter { name: data.strings.intern(name), time_ns, values });
        }
    }
}

fn add_sample_column(data: &mut Dataset) {
    if !data.samples.is_empty() {
        let values = vec![1; data.samples.len()];
        let (kind, unit) = (data.strings.intern("samples"), data.strings.intern("count"));
        data.samples.columns.push(ValueColumn { kind, unit, values });
    }
}

fn facts(start_ns: u64, end_ns: u64, whole: Whole) -> Facts {
    let wall = |(snapshot, clock): (Snapshot, Clock)| {
        let since = clock.ns(snapshot.units).wrapping_sub(start_ns) as i64;
        snapshot.wall_ns.saturating_sub(since)
    };
    Facts {
        format: Format::GoTrace(whole.minor),
        file_bytes: whole.bytes,
        content_bytes: whole.bytes,
        wall_start_ns: whole.snapshot.map(wall),
        duration_ns: Some(end_ns.saturating_sub(start_ns)),
        start_ns,
        end_ns,
        ..Facts::default()
    }
}
