//! Threads and frames in the grammar of Go's stack dumps.
//!
//! A frame's place is the module's file with line 0: the collector finds the line by the address, which
//! stands behind `+0x` as the offset in the module's own terms, and whole behind `pc=`.

use std::fmt::{self, Write};

use taskscope_proto::task_labels;

use super::raw::RawStack;
use super::threads::{Stack, ThreadSnapshot};
use super::{Symbols, symbol::Symbol};

/// Writes the frames of a stack, leaf first, two lines each.
pub(crate) fn write_frames(out: &mut dyn Write, stack: &RawStack, symbols: &mut Symbols) -> fmt::Result {
    for &pc in &*stack.pcs {
        write_frame(out, pc, None, symbols)?;
    }
    if stack.truncated && !stack.pcs.is_empty() {
        writeln!(out, "...additional frames elided...")?;
    }
    Ok(())
}

/// Writes a frame, under its symbol's name unless there is a better one.
pub(crate) fn write_frame(
    out: &mut dyn Write,
    pc: u64,
    name: Option<&str>,
    symbols: &mut Symbols,
) -> fmt::Result {
    match (name, symbols.name_of(pc)) {
        (Some(name), _) => writeln!(out, "{name}()")?,
        (None, Some(Symbol { name, .. })) => writeln!(out, "{name}()")?,
        (None, None) => writeln!(out, "{pc:#x}()")?,
    }
    match symbols.module(pc) {
        Some(module) => writeln!(out, "\t{}:0 +{:#x} pc={pc:#x}", module.path, pc.wrapping_sub(module.bias)),
        None => writeln!(out, "\t?:0 +0x0 pc={pc:#x}"),
    }
}

/// Writes a thread as a block of its own; the empty line between blocks is the caller's.
pub(crate) fn write_thread(
    out: &mut dyn Write,
    thread: &ThreadSnapshot,
    symbols: &mut Symbols,
) -> fmt::Result {
    write!(out, "goroutine {} [{}] {{", task_labels::THREAD_IDS + u64::from(thread.tid), state(thread))?;
    if let Some(call) = thread.call {
        write!(out, "{}: {call}, ", task_labels::SYSCALL)?;
    }
    write!(out, "{}: {}, ", task_labels::CPU_MS, thread.cpu_ns / 1_000_000)?;
    let stack = match thread.stack {
        Stack::Taken { .. } => None,
        Stack::NotAsked => Some("not asked"),
        Stack::NoAnswer => Some("no answer"),
    };
    if let Some(reason) = stack {
        write!(out, "{}: {reason:?}, ", task_labels::STACK)?;
    }
    if let Some(task) = thread.task {
        write!(out, "{}: {task}, ", task_labels::TASK)?;
    }
    writeln!(out, "{}: {:?}, {}: {}}}:", task_labels::THREAD, thread.name, task_labels::TID, thread.tid)?;
    match &thread.stack {
        Stack::Taken { stack, .. } => write_frames(out, stack, symbols),
        Stack::NotAsked | Stack::NoAnswer => Ok(()),
    }
}

/// In Go's words where it has one.
fn state(thread: &ThreadSnapshot) -> &'static str {
    match thread.state {
        'R' => "running",
        'T' | 't' => "stopped",
        'Z' | 'X' => "dead",
        _ => "syscall",
    }
}
