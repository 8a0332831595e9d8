//! What the sidecar of a Rust program's trace adds to the data set: names of tasks and threads, who
//! spawned whom, and what the trace is.

use super::batch::Piece;
use super::emulator::Emulator;
use super::sidecar::{self, Counts, End, Program, Reason, Sidecar, Task};
use crate::error::Phase;
use crate::model::TaskId;
use crate::model::ids::NONE;

/// What was told about the file as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    program: Option<Program>,
    counts: Counts,
    end: Option<End>,
    /// Whether there were waits.
    waits: bool,
}

/// Reads the sidecar batches of a generation whose events are in.
pub(crate) fn read(bytes: &[u8], pieces: &[Piece], emulator: &mut Emulator) {
    for piece in pieces {
        let payload = bytes.get(piece.start..piece.end).unwrap_or_default();
        match sidecar::decode(payload) {
            Some(message) => take_in(message, emulator),
            None if piece.cut => {}
            None => emulator.notes.add(
                Phase::Decode,
                piece.start as u64,
                "A batch of task names cannot be read; its tasks are shown without.",
            ),
        }
    }
}

fn take_in(message: Sidecar, emulator: &mut Emulator) {
    for task in &message.tasks {
        name(task, emulator);
    }
    for lane in &message.lanes {
        let known = emulator.thread_rows.get(lane.thread);
        if let Some(thread) = known.and_then(|row| emulator.data.threads.get_mut(row as usize)) {
            thread.name = emulator.data.strings.intern(&lane.name);
        }
    }
    let told = &mut emulator.rust;
    told.waits |= !message.waits.is_empty();
    told.program = told.program.take().or(message.program);
    told.end = told.end.take().or(message.end);
    if let Some(counts) = message.counts {
        told.counts.polls = told.counts.polls.saturating_add(counts.polls);
        told.counts.spawned = told.counts.spawned.saturating_add(counts.spawned);
    }
}

fn name(task: &Task, emulator: &mut Emulator) {
    let Some(row) = emulator.go_rows.get(task.id) else { return };
    let parent = emulator.go_rows.get(task.parent).filter(|_| task.parent != 0);
    let data = &mut emulator.data;
    let Some(known) = data.tasks.rows.get_mut(row as usize) else { return };
    known.name = data.strings.intern(&task.name);
    if known.parent.0 == NONE
        && let Some(parent) = parent.filter(|&parent| parent != row)
    {
        known.parent = TaskId(parent);
    }
}

impl Told {
    /// The runtime's name; empty if the trace is none of a Rust program.
    pub(crate) fn runtime(&self) -> String {
        let name = self.program.as_ref().map(|program| program.runtime.as_str());
        name.map(|name| if name.is_empty() { "unknown runtime" } else { name }).unwrap_or_default().to_owned()
    }

    /// Who wrote it and what it counted, a line each.
    pub(crate) fn comments(&self) -> Vec<String> {
        let Some(program) = &self.program else { return Vec::new() };
        let Counts { spawned, polls, .. } = self.counts;
        let before = program.tasks_at_start;
        vec![
            format!("Written by {} in process {}.", program.writer, program.pid),
            format!("{before} tasks when it began, {spawned} spawned since, {polls} polls."),
        ]
    }

    /// What it cannot tell.
    pub(crate) fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        if self.waits {
            let text = "Not every poll shows where it ends: a task's blocks have the reason and stack that were last \
                        seen of it.";
            limits.push(text.to_owned());
        }
        let Some(end) = &self.end else { return limits };
        let why = match end.reason() {
            Reason::Bytes => "it reached its limit of bytes",
            Reason::Memory => "events came faster than they could be sent",
            Reason::Stuck => "a thread stood still in the middle of an event",
            Reason::Unspecified | Reason::Duration | Reason::Stopped => return limits,
        };
        limits.push(format!("The trace ended early: {why}."));
        limits
    }
}
