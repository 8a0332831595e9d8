//! Functions, frames and stacks: three different things, each stored once.

use std::collections::HashMap;

use super::ids::{FrameId, FunctionId, MappingId, StackId, StringId};

/// A function as its symbol table names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    /// The name people read (demangled).
    pub name: StringId,
    /// The linker's name, where it differs.
    pub system_name: StringId,
    /// The source file; empty when unknown.
    pub file: StringId,
    /// First line of the function; 0 when unknown.
    pub start_line: u32,
}

/// A function at a line: what one stack entry shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Which function; `NONE` for an address without symbol.
    pub function: FunctionId,
    /// Source line; 0 when unknown.
    pub line: u32,
    /// Instruction address; 0 when unknown.
    pub address: u64,
    /// The binary it lies in.
    pub mapping: MappingId,
    /// Whether the compiler inlined this call into its caller.
    pub inlined: bool,
}

/// A binary or library mapped into the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// First mapped address.
    pub start: u64,
    /// One past the last mapped address.
    pub limit: u64,
    /// Offset of `start` in the file.
    pub file_offset: u64,
    /// Path of the file.
    pub file: StringId,
    /// Its build id.
    pub build_id: StringId,
}

macro_rules! interner {
    ($(#[$doc:meta])* $table:ident, $row:ident, $id:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $table {
            rows: Vec<$row>,
            known: HashMap<$row, $id>,
        }

        impl $table {
            /// The id of `row`, new or known.
            pub fn intern(&mut self, row: $row) -> $id {
                let next = $id::from_index(self.rows.len());
                *self.known.entry(row).or_insert_with(|| {
                    self.rows.push(row);
                    next
                })
            }

            /// The row of `id`; `None` for an id that names no row.
            pub fn get(&self, id: $id) -> Option<&$row> {
                self.rows.get(id.index())
            }

            /// All rows in id order.
            pub fn rows(&self) -> &[$row] {
                &self.rows
            }

            /// How many rows there are.
            pub fn len(&self) -> usize {
                self.rows.len()
            }

            /// Whether there are none.
            pub fn is_empty(&self) -> bool {
                self.rows.is_empty()
            }
        }
    };
}

interner! {
    /// Deduplicated functions.
    Functions, Function, FunctionId
}

interner! {
    /// Deduplicated frames.
    Frames, Frame, FrameId
}

/// Deduplicated stacks as a tree: a stack is a frame and the stack of its caller.
///
/// Parents come before children, so one pass forwards accumulates from roots to leaves
/// and one backwards from leaves to roots. Two samples with the same stack share one id.
#[derive(Clone, Debug, Default)]
pub struct Stacks {
    parents: Vec<StackId>,
    frames: Vec<FrameId>,
    known: HashMap<(StackId, FrameId), StackId>,
}

impl Stacks {
    /// The stack in which `frame` was called from `parent` (`NONE` for a root), new or known.
    pub fn intern(&mut self, parent: StackId, frame: FrameId) -> StackId {
        let next = StackId::from_index(self.frames.len());
        *self.known.entry((parent, frame)).or_insert_with(|| {
            self.parents.push(parent);
            self.frames.push(frame);
            next
        })
    }

    /// The stack of `frames` given root first; `NONE` for no frames.
    pub fn intern_root_first(&mut self, frames: impl IntoIterator<Item = FrameId>) -> StackId {
        frames.into_iter().fold(StackId::NONE, |parent, frame| self.intern(parent, frame))
    }

    /// The caller's stack; `NONE` at a root.
    pub fn parent(&self, id: StackId) -> StackId {
        self.parents.get(id.index()).copied().unwrap_or_default()
    }

    /// The leaf frame of a stack; `NONE` for no stack.
    pub fn frame(&self, id: StackId) -> FrameId {
        self.frames.get(id.index()).copied().unwrap_or_default()
    }

    /// Frames from leaf to root.
    pub fn leaf_first(&self, id: StackId) -> impl Iterator<Item = FrameId> + '_ {
        self.chain(id).map(|stack| self.frame(stack))
    }

    /// The stack itself and its ancestors, from leaf to root.
    pub fn chain(&self, id: StackId) -> impl Iterator<Item = StackId> + '_ {
        std::iter::successors(id.get(), |&stack| self.parent(stack).get())
    }

    /// How many stacks there are.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_before_children_and_stacks_are_shared() {
        let mut stacks = Stacks::default();
        let ab = stacks.intern_root_first([FrameId(0), FrameId(1)]);
        let ac = stacks.intern_root_first([FrameId(0), FrameId(2)]);
        assert_eq!(stacks.len(), 3);
        assert_eq!(stacks.parent(ab), stacks.parent(ac));
        assert!(stacks.parent(ac) < ac);
        assert_eq!(stacks.leaf_first(ac).collect::<Vec<_>>(), [FrameId(2), FrameId(0)]);
        assert_eq!(stacks.leaf_first(StackId::NONE).count(), 0);
    }
}
