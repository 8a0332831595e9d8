//! The session owns open files and what was computed from them: plain requests in, plain answers out.
//!
//! Handles are never reused, so a late request about a closed file gets a sentence, not another file.

mod marked;
mod part;
mod scoped;

use std::collections::BTreeMap;

use taskscope_proto::load::{Limits, Loader, Part, Step};

use crate::api::{Answer, OpenError, OpenPart, Request};
use crate::open_error;
use part::OpenPart as PartState;

/// One file that is open or being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileHandle(pub u32);

/// How far opening a file is.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening {
    /// Call [`Session::step`] again.
    Working {
        /// Bytes dealt with so far.
        done: u64,
        /// Bytes in all, as far as known.
        total: u64,
    },
    /// The file is open; these are its parts.
    Open(Vec<OpenPart>),
    /// Nothing of it can be shown. The handle is closed.
    Failed(OpenError),
}

/// All open files.
#[derive(Debug, Default)]
pub struct Session {
    files: BTreeMap<FileHandle, File>,
    parts: BTreeMap<u32, PartState>,
    next_file: u32,
    next_part: u32,
    limits: Limits,
}

#[derive(Debug)]
enum File {
    Loading { name: String, loader: Box<Loader>, preview: Option<OpenPart> },
    Open { parts: Vec<OpenPart> },
}

impl Session {
    /// A session with nothing open.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with limits of its own for every file.
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Starts opening a file of this name and content; [`Self::step`] does the work.
    pub fn open(&mut self, name: &str, bytes: Vec<u8>) -> FileHandle {
        let loader = Box::new(Loader::new(bytes, self.limits));
        let handle = FileHandle(self.next_file);
        self.next_file = self.next_file.wrapping_add(1);
        self.files.insert(handle, File::Loading { name: name.into(), loader, preview: None });
        handle
    }

    /// Works on opening `file` for one step. An open file answers with its parts again.
    pub fn step(&mut self, file: FileHandle) -> Opening {
        match self.files.get_mut(&file) {
            None => Opening::Failed(open_error::not_open()),
            Some(File::Open { parts }) => Opening::Open(parts.clone()),
            Some(File::Loading { name, loader, preview }) => {
                if let Some(preview) = preview.as_ref().filter(|_| loader.is_read()) {
                    // Its room is needed; the step that begins now ends with the whole in its place.
                    self.parts.remove(&preview.part);
                }
                match loader.step() {
                    Step::Working { done, total } => Opening::Working { done, total },
                    Step::Done(parts) => {
                        let (name, number) =
                            (std::mem::take(name), preview.take().map(|preview| preview.part));
                        Opening::Open(self.adopt(file, &name, number, parts))
                    }
                    Step::Failed(error) => {
                        self.close(file);
                        Opening::Failed(open_error::explain(&error))
                    }
                }
            }
        }
    }

    /// A part that shows what was read so far of a file being opened, if there is a new one: ask
    /// between steps. It can be asked about at once, keeps its number, and is replaced by the next
    /// one and by the whole, whose rows have other numbers.
    pub fn preview(&mut self, file: FileHandle) -> Option<OpenPart> {
        let Some(File::Loading { name, loader, preview }) = self.files.get_mut(&file) else { return None };
        let part = loader.preview()?;
        let (name, number) = (name.clone(), preview.take().map(|preview| preview.part));
        let open = self.add_part(&name, number, part);
        if let Some(File::Loading { preview, .. }) = self.files.get_mut(&file) {
            *preview = Some(open.clone());
        }
        Some(open)
    }

    /// Answers a request about a part.
    pub fn ask(&mut self, part: u32, request: &Request) -> Answer {
        match self.parts.get_mut(&part) {
            Some(part) => part.answer(request),
            None => Answer::Unavailable("This file is not open any more.".into()),
        }
    }

    /// Closes a file, or stops opening it. Unknown handles are ignored.
    pub fn close(&mut self, file: FileHandle) {
        let parts = match self.files.remove(&file) {
            Some(File::Open { parts }) => parts,
            Some(File::Loading { preview, .. }) => preview.into_iter().collect(),
            None => Vec::new(),
        };
        for part in parts {
            self.parts.remove(&part.part);
        }
    }

    /// Opens parts, the first one under the number that its preview has.
    fn adopt(
        &mut self,
        file: FileHandle,
        name: &str,
        mut number: Option<u32>,
        parts: Vec<Part>,
    ) -> Vec<OpenPart> {
        let open: Vec<OpenPart> =
            parts.into_iter().map(|part| self.add_part(name, number.take(), part)).collect();
        self.files.insert(file, File::Open { parts: open.clone() });
        open
    }

    /// Opens a part under a number that it has already, or else the next one.
    fn add_part(&mut self, file_name: &str, number: Option<u32>, part: Part) -> OpenPart {
        let number = number.unwrap_or(self.next_part);
        self.next_part = self.next_part.max(number.wrapping_add(1));
        let name = if part.name.is_empty() { file_name.into() } else { part.name };
        self.parts.insert(number, PartState::new(name.clone(), part.dataset));
        OpenPart { part: number, name }
    }
}

/// What `cache` holds about `key`; made anew where it is about another one.
fn latest<'c, K: Clone + PartialEq, V>(
    cache: &'c mut Option<(K, V)>,
    key: &K,
    make: impl FnOnce() -> V,
) -> &'c mut V {
    let known = cache.take().filter(|(known, _)| known == key);
    &mut cache.insert(known.unwrap_or_else(|| (key.clone(), make()))).1
}

#[cfg(test)]
mod tests;
