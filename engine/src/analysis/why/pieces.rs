//! A task's time cut into pieces of one class each.

use taskscope_proto::Dataset;
use taskscope_proto::model::{SpanId, TaskId, TaskState};

use super::class::Class;
use super::ranges::{self, Ranges, Stretch};

/// A piece of a task's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: u64,
    pub(super) end: u64,
    /// The span it is part of; `NONE` where the task is not there.
    pub(super) span: SpanId,
    pub(super) class: Class,
}

/// The class of span `row` as a whole.
pub(super) fn class_of(dataset: &Dataset, row: usize) -> Class {
    match dataset.spans.state[row] {
        TaskState::Running => Class::RUNNING,
        TaskState::Ready => Class::READY,
        TaskState::Syscall if dataset.spans.worker[row].is_none() => Class::SYSCALL_BLOCKED,
        TaskState::Syscall => Class::SYSCALL,
        TaskState::Blocked => Class::blocked(dataset.spans.reason[row]),
        TaskState::Unknown | TaskState::Gone => Class::UNKNOWN,
    }
}

/// The part `start..end` of span `row` of `task`, last piece first: running is cut at assists and at
/// stops of the task's own making, ready at stops.
pub(super) fn of_span(
    dataset: &Dataset,
    ranges: &Ranges,
    task: TaskId,
    row: usize,
    (start, end): (u64, u64),
    out: &mut impl FnMut(Piece),
) {
    let (span, class) = (SpanId::from_index(row), class_of(dataset, row));
    let piece = |start, end, class| Piece { start, end, span, class };
    match class {
        Class::READY => {
            cut(ranges.stops(), Class::STOPPED, piece(start, end, class), out);
        }
        Class::RUNNING => cut(
            ranges.stopping(task),
            Class::STOPPING,
            piece(start, end, class),
            &mut |part| match part.class {
                Class::RUNNING => cut(ranges.assists(task), Class::ASSIST, part, out),
                _ => out(part),
            },
        ),
        _ if start < end => out(piece(start, end, class)),
        _ => {}
    }
}

/// Cuts a piece where it meets `stretches`, whose part becomes `inside`; last first.
fn cut(stretches: &[Stretch], inside: Class, piece: Piece, out: &mut impl FnMut(Piece)) {
    let mut end = piece.end;
    for stretch in ranges::within(stretches, piece.start, piece.end).rev() {
        if stretch.end < end {
            out(Piece { start: stretch.end, end, ..piece });
        }
        out(Piece { start: stretch.start, end: stretch.end, class: inside, ..piece });
        end = stretch.start;
    }
    if piece.start < end {
        out(Piece { end, ..piece });
    }
}

/// All of a task's time in `start..end`, last first; where the task is not there, the class is unknown.
pub(super) fn of_task(
    dataset: &Dataset,
    ranges: &Ranges,
    task: TaskId,
    (start, end): (u64, u64),
    mut out: impl FnMut(Piece),
) {
    let rows = dataset.spans.rows_of(task);
    let starts = dataset.spans.start_ns.get(rows.clone()).unwrap_or(&[]);
    let begun = starts.partition_point(|&at| at < end);
    let absent = |start, end| Piece { start, end, span: SpanId::NONE, class: Class::UNKNOWN };
    let mut upto = end;
    for row in (rows.start..rows.start + begun).rev() {
        let from = dataset.spans.start_ns[row].max(start);
        let to = if row + 1 == rows.end { dataset.end_of(task) } else { upto }.clamp(from.min(upto), upto);
        if to < upto {
            out(absent(to, upto));
        }
        if from < to {
            of_span(dataset, ranges, task, row, (from, to), &mut out);
        }
        upto = from.min(upto);
        if upto <= start {
            return;
        }
    }
    if start < upto {
        out(absent(start, upto));
    }
}
