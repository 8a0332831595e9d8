//! Functions, frames and stacks: three different things, each stored once.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

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
            /// Ids by hash of their row: the rows themselves are the keys.
            known: HashTable<$id>,
            hasher: RandomState,
        }

        impl $table {
            /// The id of `row`, new or known.
            pub fn intern(&mut self, row: $row) -> $id {
                let next = $id::from_index(self.rows.len());
                let hash = self.hasher.hash_one(row);
                let same = |id: &$id| self.rows[id.index()] == row;
                let rehash = |id: &$id| self.hasher.hash_one(self.rows[id.index()]);
                match self.known.entry(hash, same, rehash) {
                    Entry::Occupied(entry) => *entry.get(),
                    Entry::Vacant(entry) => {
                        entry.insert(next);
                        self.rows.push(row);
                        next
                    }
                }
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
    nodes: Vec<Node>,
    first_root: StackId,
    /// Children that came after the first [`NEAR`] of their parent.
    far: HashMap<(StackId, FrameId), StackId, RandomState>,
}

/// A stack, and its place in the list of its parent's children.
///
/// Most stacks have one or two callees, made one after the other, so following a list costs less
/// than a hash of every stack in time, and a third of it in memory.
#[derive(Clone, Copy, Debug)]
struct Node {
    parent: StackId,
    frame: FrameId,
    first_child: StackId,
    next_sibling: StackId,
}

/// Longest list that is searched from end to end.
const NEAR: usize = 8;

impl Stacks {
    /// The stack in which `frame` was called from `parent` (`NONE` for a root), new or known.
    pub fn intern(&mut self, parent: StackId, frame: FrameId) -> StackId {
        let mut last = StackId::NONE;
        let mut child = match self.nodes.get(parent.index()) {
            Some(node) => node.first_child,
            None => self.first_root,
        };
        for _ in 0..NEAR {
            match self.nodes.get(child.index()) {
                Some(node) if node.frame == frame => return child,
                Some(node) => (last, child) = (child, node.next_sibling),
                None => return self.append(parent, last, frame),
            }
        }
        if let Some(&known) = self.far.get(&(parent, frame)) {
            return known;
        }
        let id = self.push(parent, frame);
        self.far.insert((parent, frame), id);
        id
    }

    /// A new child behind `last`, or the first one.
    fn append(&mut self, parent: StackId, last: StackId, frame: FrameId) -> StackId {
        let id = self.push(parent, frame);
        if let Some(node) = self.nodes.get_mut(last.index()) {
            node.next_sibling = id;
        } else if let Some(node) = self.nodes.get_mut(parent.index()) {
            node.first_child = id;
        } else {
            self.first_root = id;
        }
        id
    }

    fn push(&mut self, parent: StackId, frame: FrameId) -> StackId {
        let id = StackId::from_index(self.nodes.len());
        // A parent that names no row would make a second root list; it is none.
        let parent = if parent < id { parent } else { StackId::NONE };
        self.nodes.push(Node { parent, frame, first_child: StackId::NONE, next_sibling: StackId::NONE });
        id
    }

    /// Gives back memory that was set aside for more.
    pub fn shrink_to_fit(&mut self) {
        self.nodes.shrink_to_fit();
        self.far.shrink_to_fit();
    }

    /// The stack of `frames` given root first; `NONE` for no frames.
    pub fn intern_root_first(&mut self, frames: impl IntoIterator<Item = FrameId>) -> StackId {
        frames.into_iter().fold(StackId::NONE, |parent, frame| self.intern(parent, frame))
    }

    /// The caller's stack; `NONE` at a root.
    pub fn parent(&self, id: StackId) -> StackId {
        self.nodes.get(id.index()).map_or(StackId::NONE, |node| node.parent)
    }

    /// The leaf frame of a stack; `NONE` for no stack.
    pub fn frame(&self, id: StackId) -> FrameId {
        self.nodes.get(id.index()).map_or(FrameId::NONE, |node| node.frame)
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
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
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

    #[test]
    fn crowds_of_callees_are_shared_too() {
        let mut stacks = Stacks::default();
        let ids = |stacks: &mut Stacks, parent| {
            (0..100).map(|frame| stacks.intern(parent, FrameId(frame))).collect()
        };
        let roots: Vec<_> = ids(&mut stacks, StackId::NONE);
        let callees: Vec<_> = ids(&mut stacks, roots[50]);
        assert_eq!(
            (stacks.len(), ids(&mut stacks, StackId::NONE), ids(&mut stacks, roots[50])),
            (200, roots, callees)
        );
        let odd = stacks.intern(StackId(9999), FrameId(3));
        assert_eq!((stacks.parent(odd), stacks.intern(StackId::NONE, FrameId(3))), (StackId::NONE, odd));
    }
}
