//! Typed row numbers: a task id cannot index stacks.

use std::fmt;

/// The raw value that means "no row" in every id.
pub const NONE: u32 = u32::MAX;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// No row.
            pub const NONE: Self = Self(NONE);

            /// The id of row `index`; a table longer than `u32` ends in [`Self::NONE`].
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(NONE))
            }

            /// The row number, for indexing. `NONE` gives an index no table has.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// Whether this names no row.
            pub fn is_none(self) -> bool {
                self.0 == NONE
            }

            /// The id itself, or `None` where it names no row.
            pub fn get(self) -> Option<Self> {
                (!self.is_none()).then_some(self)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::NONE
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.get() {
                    Some(Self(raw)) => write!(f, concat!(stringify!($name), "({})"), raw),
                    None => f.write_str(concat!(stringify!($name), "(-)")),
                }
            }
        }
    )*};
}

ids! {
    /// A text in [`Strings`](super::Strings).
    StringId
    /// A row of [`Functions`](super::Functions).
    FunctionId
    /// A row of [`Frames`](super::Frames): a function at a line.
    FrameId
    /// A row of [`Stacks`](super::Stacks): a leaf frame and, by parents, its callers.
    StackId
    /// A binary or library that frames were found in.
    MappingId
    /// A goroutine or tokio task.
    TaskId
    /// A P or tokio worker.
    WorkerId
    /// An OS thread (M).
    ThreadId
    /// A row of [`Spans`](super::Spans).
    SpanId
    /// A row of the reasons table: why a task waits.
    ReasonId
    /// A user task (`runtime/trace.NewTask`).
    UserTaskId
}
