//! The binaries and libraries that are mapped into this process.

use std::ops::Range;
use std::sync::Arc;

/// An executable part of a module, as `/proc/self/maps` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Its addresses.
    pub(crate) range: Range<u64>,
    /// Where it begins in the file.
    pub(crate) file_offset: u64,
}

/// One mapped binary or library.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// The file's path; `[vdso]` for the kernel's.
    pub(crate) path: Box<str>,
    /// Whether it is the program itself.
    pub(crate) main: bool,
    /// What is added to addresses in the file to give addresses in memory.
    pub(crate) bias: u64,
    /// All its addresses.
    pub(crate) range: Range<u64>,
    /// Its executable parts, ascending.
    pub(crate) segments: Vec<Segment>,
    /// NT_GNU_BUILD_ID in lower-case hex; empty if it has none.
    pub(crate) build_id: Box<str>,
}

/// The modules of one moment: the program first, then as they were loaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Modules(pub(crate) Arc<[Module]>);

impl Modules {
    /// The module whose code `pc` is in, and its row.
    pub(crate) fn find(&self, pc: u64) -> Option<(usize, &Module)> {
        self.0.iter().enumerate().find(|(_, module)| module.has_code(pc))
    }
}

impl Module {
    /// Whether `pc` is in one of its executable parts.
    pub(crate) fn has_code(&self, pc: u64) -> bool {
        self.segments.iter().any(|segment| segment.range.contains(&pc))
    }
}
