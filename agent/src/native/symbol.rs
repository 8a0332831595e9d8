//! The name of a place in the code.

/// A function, and how far into it a place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// As the program's author wrote it.
    pub(crate) name: String,
    /// Bytes from the function's beginning.
    pub(crate) offset: u64,
}
