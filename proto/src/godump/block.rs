//! One goroutine of a dump: the lines below its header.

use super::symbols::{Place, frame, parse_call, parse_place};
use crate::model::{Dataset, FrameId, StackId};

/// The stacks of one goroutine, read line by line.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Frames, leaf first.
    frames: Vec<FrameId>,
    /// The spawn site.
    created: Option<FrameId>,
    /// Goroutine that spawned it, where printed (Go 1.21 and later).
    pub parent: Option<u64>,
    /// Frames of the spawner at the spawn, leaf first: only with GODEBUG=tracebackancestors.
    ancestor: Vec<FrameId>,
    /// Number of `[originating from …]` lines so far.
    ancestors: u32,
    /// The frames that come are those of another place where a Rust task waits: one stack is enough.
    elsewhere: bool,
    /// A call whose place is on the next line.
    pending: Option<Pending>,
    /// Frames were left out below the root, so the root is not the entry function.
    rootless: bool,
}

#[derive(Debug)]
struct Pending {
    function: String,
    inlined: bool,
    created: bool,
    /// Whether it is a call even if no place follows.
    complete: bool,
}

impl Block {
    /// Takes a line that is neither empty nor a header.
    pub fn take(&mut self, line: &str, out: &mut Dataset) {
        if line.starts_with(['\t', ' ']) {
            if let Some(place) = parse_place(line) {
                self.place(&place, out);
            }
            return;
        }
        self.flush(out);
        if let Some(creator) = line.strip_prefix("created by ") {
            self.take_creator(creator);
        } else if line.starts_with("[also waits at]") {
            self.elsewhere = true;
        } else if line.starts_with("[originating from goroutine ") {
            self.ancestors += 1;
        } else if line.starts_with("...") && line.ends_with("...") {
            let elided = frame(out, line.trim_matches('.'), &Place::default(), false);
            self.rootless |= self.ancestors == 0 && !self.elsewhere && line.contains("additional");
            self.push(elided);
        } else {
            let (function, inlined) = parse_call(line);
            let complete = line.ends_with(')') || line.starts_with("non-Go function at pc=");
            self.pending = Some(Pending { function: function.into(), inlined, created: false, complete });
        }
    }

    /// Ends a call or the goroutine: a call still counts when its place is cut off; a line of another
    /// kind (`exit status 2`) does not.
    pub fn flush(&mut self, out: &mut Dataset) {
        if self.pending.as_ref().is_some_and(|pending| pending.complete) {
            self.place(&Place::default(), out);
        }
        self.pending = None;
    }

    /// The stack where the goroutine is.
    pub fn stack(&self, out: &mut Dataset) -> StackId {
        out.stacks.intern_root_first(self.frames.iter().rev().copied())
    }

    /// The stack where it was spawned: of the spawner if it was printed, else of the site alone.
    pub fn spawn_stack(&self, out: &mut Dataset) -> StackId {
        if self.ancestor.is_empty() {
            out.stacks.intern_root_first(self.created)
        } else {
            out.stacks.intern_root_first(self.ancestor.iter().rev().copied())
        }
    }

    /// The frame of the entry function, unless it was left out.
    pub fn entry(&self) -> Option<FrameId> {
        self.frames.last().copied().filter(|_| !self.rootless)
    }

    fn take_creator(&mut self, creator: &str) {
        let (function, parent) = match creator.rsplit_once(" in goroutine ") {
            Some((function, id)) => (function, id.trim_end().parse().ok()),
            None => (creator.trim_end(), None),
        };
        if self.ancestors == 0 {
            self.parent = parent;
        }
        self.pending =
            Some(Pending { function: function.into(), inlined: false, created: true, complete: true });
    }

    fn place(&mut self, place: &Place<'_>, out: &mut Dataset) {
        let Some(pending) = self.pending.take() else { return };
        // Ancestors print every call as if it was inlined.
        let inlined = pending.inlined && self.ancestors == 0;
        let frame = frame(out, &pending.function, place, inlined);
        if !pending.created {
            self.push(frame);
        } else if self.ancestors == 0 {
            self.created = Some(frame);
        }
    }

    /// A frame belongs to the goroutine, then to its spawner; of earlier ancestors nobody asks.
    fn push(&mut self, frame: FrameId) {
        match self.ancestors {
            0 if self.elsewhere => {}
            0 => self.frames.push(frame),
            1 => self.ancestor.push(frame),
            _ => {}
        }
    }
}
