//! Tasks in the grammar of Go's stack dumps.

use std::fmt::{self, Write};

use taskscope_proto::task_labels;
use taskscope_proto::task_waits::{self, Wait};

use super::record::Kind;
use super::site::Site;
use super::snapshot::{TaskSnapshot, Waker};
use super::word::State;
use crate::native::text::{write_frame, write_frames};
use crate::native::{RawStack, Symbols};

/// Writes a task as a block of its own; the empty line between blocks is the caller's.
///
/// A task that several things can wake has the stack of the first one; of the others the frames that
/// differ follow behind lines `[also waits at]`.
pub(crate) fn write_task(out: &mut dyn Write, task: &TaskSnapshot, symbols: &mut Symbols) -> fmt::Result {
    let wait = wait(task, symbols);
    write!(out, "goroutine {} [{}", task.id, state(task, wait))?;
    let waits = task.state == State::Waiting;
    if let Some(minutes) = task.since_ns.map(|ns| ns / 60_000_000_000).filter(|&minutes| waits && minutes > 0)
    {
        write!(out, ", {minutes} minutes")?;
    }
    out.write_str("]")?;
    write_labels(out, task, wait)?;
    out.write_str(":\n")?;
    if let Some((first, others)) = task.stacks.split_first() {
        write_stack(out, first, task.site, symbols)?;
        for other in others {
            out.write_str("[also waits at]\n")?;
            write_stack(out, &without_common(other, first), task.site, symbols)?;
        }
    }
    write!(out, "created by {}", task_labels::function_of_type(task.site.type_name))?;
    if task.parent != 0 {
        write!(out, " in goroutine {}", task.parent)?;
    }
    writeln!(out, "\n\t{}:{}", task.site.location.file(), task.site.location.line())
}

/// What a waiting task waits for, as far as its stacks tell.
pub(crate) fn wait(task: &TaskSnapshot, symbols: &mut Symbols) -> Option<Wait> {
    match &*task.stacks {
        _ if task.state != State::Waiting => None,
        [] => None,
        [one] => wait_at(one, symbols),
        _ => Some(task_waits::SELECT),
    }
}

/// What a stack waits for.
pub(crate) fn wait_at(stack: &RawStack, symbols: &mut Symbols) -> Option<Wait> {
    let names: Vec<_> =
        stack.pcs.iter().map_while(|&pc| Some(symbols.name_of(pc)?.name)).take(LEAF).collect();
    task_waits::wait_of(names.iter().map(String::as_str))
}

/// Frames in which libraries hand a waker on, at most.
const LEAF: usize = 24;

/// In Go's words.
fn state(task: &TaskSnapshot, wait: Option<Wait>) -> &'static str {
    match (task.state, wait) {
        (State::Running | State::RunningWoken, _) => "running",
        (State::Runnable, _) => "runnable",
        (State::Ended, _) => "dead",
        (State::Waiting, Some(wait)) => wait.go,
        // Nothing keeps a waker of it: what Go calls a select without cases.
        (State::Waiting, None) if task.leaves == Some(0) && task.wakers == Some(0) => "select (no cases)",
        (State::Waiting, None) => "waiting",
    }
}

/// Keys in the order of the alphabet.
fn write_labels(out: &mut dyn Write, task: &TaskSnapshot, wait: Option<Wait>) -> fmt::Result {
    write!(out, " {{{}: {}, ", task_labels::AGE_MS, task.age_ns / 1_000_000)?;
    let kind = match task.kind {
        Kind::Async => None,
        Kind::Local => Some(task_labels::LOCAL),
        Kind::Blocking => Some(task_labels::BLOCKING),
        Kind::Root => Some(task_labels::ROOT),
        Kind::Wrapped => Some(task_labels::WRAPPED),
        Kind::Foreign => Some(task_labels::FOREIGN),
    };
    if let Some(kind) = kind {
        write!(out, "{}: {kind}, ", task_labels::KIND)?;
    }
    if let Some(name) = &task.name {
        write!(out, "{}: {}, ", task_labels::NAME, Quoted(name))?;
    }
    write!(out, "{}: {}", task_labels::POLLS, task.polls)?;
    if let Some(registered) = task.registered {
        write!(out, ", {}: {}", task_labels::REGISTERED, u8::from(registered))?;
    }
    if let Some(runtime) = task.runtime {
        write!(out, ", {}: {runtime}", task_labels::RUNTIME)?;
    }
    if task.self_wakes > 0 {
        write!(out, ", {}: {}", task_labels::SELF_WAKES, task.self_wakes)?;
    }
    if let (State::Running | State::RunningWoken, Some(thread)) = (task.state, task.thread) {
        write!(out, ", {}: {thread}", task_labels::TID)?;
    }
    write!(out, ", {}: {}", task_labels::TYPE, Quoted(task.site.type_name))?;
    if let Some(wait) = wait {
        write!(out, ", {}: {}", task_labels::WAIT, Quoted(wait.rust))?;
    }
    if let Some(since) = task.since_ns {
        write!(out, ", {}: {}", task_labels::WAITING_MS, since / 1_000_000)?;
    }
    if let Some(wakers) = task.wakers {
        write!(out, ", {}: {wakers}", task_labels::WAKERS)?;
    }
    write!(out, ", {}: {}", task_labels::WAKES, task.wakes)?;
    match task.woken_by {
        Waker::Nobody => {}
        Waker::Task(id) => write!(out, ", {}: {id}", task_labels::WOKEN_BY)?,
        Waker::Thread(tid) => write!(out, ", {}: \"thread {tid}\"", task_labels::WOKEN_BY)?,
    }
    out.write_str("}")
}

/// Writes the frames of a stack. The root is the agent's poll of the task's future: the future's own code
/// is inlined into it, so it goes by the future's type.
fn write_stack(out: &mut dyn Write, stack: &RawStack, site: &Site, symbols: &mut Symbols) -> fmt::Result {
    let root = stack.pcs.last().and_then(|&pc| symbols.name_of(pc));
    if !root.is_some_and(|root| root.name.contains("taskscope_agent::tasks::")) {
        return write_frames(out, stack, symbols);
    }
    let (&pc, rest) = stack.pcs.split_last().unwrap_or((&0, &[]));
    write_frames(out, &RawStack { pcs: rest.into(), truncated: stack.truncated }, symbols)?;
    write_frame(out, pc, Some(site.type_name), symbols)
}

/// `stack` without the frames at its root that it shares with `other`.
fn without_common(stack: &RawStack, other: &RawStack) -> RawStack {
    let common =
        stack.pcs.iter().rev().zip(other.pcs.iter().rev()).take_while(|(one, two)| one == two).count();
    let keep = stack.pcs.len() - common;
    RawStack { pcs: stack.pcs.get(..keep).unwrap_or_default().into(), truncated: false }
}

/// A word as Go writes it in labels: bare where that is clear, else quoted.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"./_".contains(&byte);
        if !self.0.is_empty() && self.0.bytes().all(bare) {
            return out.write_str(self.0);
        }
        out.write_str("\"")?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(out, "\\{character}")?,
                ' '..='~' => out.write_char(character)?,
                _ if u32::from(character) < 0x1_0000 => write!(out, "\\u{:04x}", u32::from(character))?,
                _ => write!(out, "\\U{:08x}", u32::from(character))?,
            }
        }
        out.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_go_does() {
        for (word, want) in [
            ("refill", "refill"),
            ("a/b.c_1", "a/b.c_1"),
            ("", "\"\""),
            ("two words", "\"two words\""),
            ("say \"\\\"", "\"say \\\"\\\\\\\"\""),
            ("é\n😀", "\"\\u00e9\\u000a\\U0001f600\""),
        ] {
            assert_eq!(Quoted(word).to_string(), want);
        }
    }

    #[test]
    fn common_frames_are_left_out() {
        let stack = |pcs: &[u64]| RawStack { pcs: pcs.into(), truncated: false };
        assert_eq!(without_common(&stack(&[1, 2, 9]), &stack(&[3, 9])), stack(&[1, 2]));
        assert_eq!(without_common(&stack(&[9]), &stack(&[3, 9])), stack(&[]));
    }
}
