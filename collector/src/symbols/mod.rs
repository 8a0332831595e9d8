//! Names, files and lines for the addresses in what a Rust program's agent sends.
//!
//! The agent sends addresses, since DWARF would take hundreds of megabytes inside the program. Here the
//! program's files are at hand: the very file that runs, by `/proc/PID/exe`, and the debug files of the system,
//! by build id.

mod binary;
mod modules;
mod places;
mod profile;
mod text;

pub use profile::symbolize_profile;
pub use text::TextSymbolizer;

use std::collections::HashMap;
use std::rc::Rc;

use binary::Binary;

/// A function at a place in the code: the innermost first where calls were inlined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// As the program's author wrote it; empty if nothing names it.
    pub name: String,
    /// As the linker knows it.
    pub system_name: String,
    /// The source file; empty if that is not known.
    pub file: String,
    /// The line in it; 0 if that is not known.
    pub line: u32,
}

/// Looks addresses up in the files of one process, and remembers them.
#[derive(Debug, Default)]
pub struct Symbols {
    pid: Option<u32>,
    binaries: HashMap<(String, String), Option<Binary>>,
    frames: HashMap<(String, u64), Rc<[Frame]>>,
}

impl Symbols {
    /// For a process of this machine; without one, files are found by their paths, if the build id is right.
    pub fn of_process(pid: Option<u32>) -> Self {
        Self { pid, ..Self::default() }
    }

    /// The frames at `address` of the file at `path`, in the file's own terms; innermost first, empty if
    /// nothing is known. `build_id` in hex says which file is meant; empty if that is not known.
    pub fn frames(&mut self, path: &str, build_id: &str, address: u64) -> Rc<[Frame]> {
        let key = (path.to_owned(), address);
        if let Some(known) = self.frames.get(&key) {
            return Rc::clone(known);
        }
        let found = self.binary(path, build_id).map(|binary| binary.frames(address)).unwrap_or_default();
        let found: Rc<[Frame]> = found.into();
        self.frames.insert(key, Rc::clone(&found));
        found
    }

    /// An offset in the file at `path` as an address in its own terms.
    pub fn address_of_offset(&mut self, path: &str, build_id: &str, offset: u64) -> Option<u64> {
        self.binary(path, build_id)?.address_of_offset(offset)
    }

    fn binary(&mut self, path: &str, build_id: &str) -> Option<&Binary> {
        let pid = self.pid;
        let open = || Binary::open(pid, path, build_id);
        self.binaries.entry((path.to_owned(), build_id.to_owned())).or_insert_with(open).as_ref()
    }
}
