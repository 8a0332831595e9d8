//! What ran on each thread: the runs of a worker while the thread held it, and system calls that
//! went on after the worker was taken away.

use taskscope_proto::Dataset;
use taskscope_proto::model::{Csr, SpanId, TaskId, TaskState, WorkerId, WorkerSpan};

/// Spans by thread, in time order. 4 bytes a run.
pub(super) fn runs_by_thread(dataset: &Dataset) -> Csr<SpanId> {
    let mut placed: Vec<(u32, u64, SpanId)> = Vec::new();
    for worker in (0..dataset.workers.len()).map(WorkerId::from_index) {
        let spans = worker_spans(dataset, worker);
        let mut at = 0;
        for &id in dataset.worker_runs.group(worker.index()) {
            let Some(&start) = dataset.spans.start_ns.get(id.index()) else { continue };
            while spans.get(at).is_some_and(|span| span.end_ns <= start) {
                at += 1;
            }
            if let Some(span) = spans.get(at).filter(|span| span.start_ns <= start) {
                placed.push((span.thread.0, start, id));
            }
        }
    }
    add_detached(dataset, &mut placed);
    placed.sort_unstable();
    csr(&placed, dataset.threads.len())
}

/// The stretches in which `worker` had a thread.
fn worker_spans(dataset: &Dataset, worker: WorkerId) -> &[WorkerSpan] {
    let all = &dataset.worker_spans;
    let first = all.partition_point(|span| span.worker < worker);
    let end = all.partition_point(|span| span.worker <= worker);
    all.get(first..end).unwrap_or_default()
}

/// System calls without worker: they are on the thread that their worker had when they began.
fn add_detached(dataset: &Dataset, placed: &mut Vec<(u32, u64, SpanId)>) {
    for task in (0..dataset.tasks.len()).map(TaskId::from_index) {
        for row in dataset.spans.rows_of(task).skip(1) {
            let spans = &dataset.spans;
            if spans.state.get(row) != Some(&TaskState::Syscall) || !spans.worker[row].is_none() {
                continue;
            }
            let (before, began) = (spans.worker[row - 1], spans.start_ns[row - 1]);
            if let Some(worker) = before.get() {
                let held = worker_spans(dataset, worker);
                let after = held.partition_point(|span| span.start_ns <= began);
                let span = after.checked_sub(1).and_then(|at| held.get(at));
                if let Some(span) = span.filter(|span| span.end_ns >= began) {
                    placed.push((span.thread.0, spans.start_ns[row], SpanId::from_index(row)));
                }
            }
        }
    }
}

fn csr(placed: &[(u32, u64, SpanId)], threads: usize) -> Csr<SpanId> {
    let first = (0..=threads as u32).map(|thread| placed.partition_point(|&(of, ..)| of < thread) as u32);
    Csr { first: first.collect(), rows: placed.iter().map(|&(.., id)| id).collect() }
}
