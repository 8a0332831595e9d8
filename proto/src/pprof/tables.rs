//! The tables of a profile, resolved: from the file's ids to rows of the data set.

use std::collections::HashMap;

use prost::Message;

use super::flaws::{Flaw, Flaws};
use super::prune::{Cut, Pruner};
use crate::model::{Dataset, Frame, FrameId, Function, FunctionId, Mapping, MappingId, StringId, Strings};
use crate::wire::profile;

/// From ids that a writer chose to rows. Writers count from 1, so nearly all ids index a vector.
#[derive(Debug, Default)]
pub(super) struct Ids {
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
    count: u64,
}

impl Ids {
    /// Remembers that `id` is `row`. Of two rows with one id the last one counts.
    pub fn insert(&mut self, id: u64, row: u32) {
        self.count += 1;
        // The bound keeps a vector of far-away ids from costing more than the file itself.
        match usize::try_from(id).ok().filter(|_| id <= 1024 + 4 * self.count) {
            Some(index) => {
                if index >= self.dense.len() {
                    self.dense.resize(index + 1, u32::MAX);
                }
                self.dense[index] = row;
            }
            None => {
                self.sparse.insert(id, row);
            }
        }
    }

    /// The row of `id`.
    pub fn get(&self, id: u64) -> Option<u32> {
        let near = usize::try_from(id).ok().and_then(|index| self.dense.get(index)).copied();
        // An id may have been far away when it was inserted and be near by now.
        near.filter(|&row| row != u32::MAX).or_else(|| self.sparse.get(&id).copied())
    }
}

/// Everything that samples refer to.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Row of the string table → interned text.
    pub strings: Vec<StringId>,
    pub mappings: Ids,
    pub functions: Ids,
    pub locations: Ids,
    rows: Vec<Location>,
    /// Frames of all locations, root first.
    frames: Vec<FrameId>,
    pub pruner: Option<Pruner>,
    pub flaws: Flaws,
}

/// Where a location's frames are, and what it does to a stack.
#[derive(Clone, Copy, Debug)]
struct Location {
    start: u32,
    end: u32,
    cut: Cut,
}

impl Tables {
    /// The text at `index` of the string table.
    pub fn text(&mut self, index: i64, offset: usize) -> StringId {
        let known = usize::try_from(index).ok().and_then(|index| self.strings.get(index)).copied();
        // A file without any string table still has 0 for "no text".
        if known.is_none() && index != 0 {
            self.flaws.add(Flaw::StringIndex, offset);
        }
        known.unwrap_or(Strings::EMPTY)
    }

    /// Decodes one message, counting the ones that are none.
    pub fn message<M: Message + Default>(&mut self, bytes: &[u8], offset: usize) -> Option<M> {
        M::decode(bytes).inspect_err(|_| self.flaws.add(Flaw::Message, offset)).ok()
    }

    /// Takes a mapping into the data set.
    pub fn add_mapping(&mut self, message: &profile::Mapping, offset: usize, out: &mut Dataset) {
        self.mappings.insert(message.id, MappingId::from_index(out.mappings.len()).0);
        out.mappings.push(Mapping {
            start: message.memory_start,
            limit: message.memory_limit,
            file_offset: message.file_offset,
            file: self.text(message.filename, offset),
            build_id: self.text(message.build_id, offset),
        });
    }

    /// Takes a function into the data set. One may have no name: Go writes such for stale addresses.
    pub fn add_function(&mut self, message: &profile::Function, offset: usize, out: &mut Dataset) {
        let system_name = self.text(message.system_name, offset);
        let name = Some(self.text(message.name, offset)).filter(|&name| name != Strings::EMPTY);
        let name = name.unwrap_or(system_name);
        let row = out.functions.intern(Function {
            name,
            system_name: if system_name == name { Strings::EMPTY } else { system_name },
            file: self.text(message.filename, offset),
            start_line: u32::try_from(message.start_line).unwrap_or(0),
        });
        self.functions.insert(message.id, row.0);
    }

    /// Takes the frames of a location into the data set.
    pub fn add_location(&mut self, message: &profile::Location, offset: usize, out: &mut Dataset) {
        let mapping = self.mapping_of(message.mapping_id, offset);
        self.locations.insert(message.id, FrameId::from_index(self.rows.len()).0);
        let start = FrameId::from_index(self.frames.len()).0;
        let (cut, lines) = self.visible_lines(&message.line, out);
        let bare =
            Frame { function: FunctionId::NONE, line: 0, address: message.address, mapping, inlined: false };
        if message.line.is_empty() {
            self.frames.push(out.frames.intern(bare));
        }
        for (depth, line) in lines.iter().rev().enumerate() {
            let function = self.function_of(line.function_id, offset);
            let line = u32::try_from(line.line).unwrap_or(0);
            self.frames.push(out.frames.intern(Frame { function, line, inlined: depth > 0, ..bare }));
        }
        self.rows.push(Location { start, end: FrameId::from_index(self.frames.len()).0, cut });
    }

    /// The frames of location row `row`, root first, and what they do to the stack.
    pub fn frames_of(&self, row: u32) -> (&[FrameId], Cut) {
        let Some(location) = self.rows.get(row as usize) else { return (&[], Cut::None) };
        let frames = self.frames.get(location.start as usize..location.end as usize);
        (frames.unwrap_or(&[]), location.cut)
    }

    fn mapping_of(&mut self, id: u64, offset: usize) -> MappingId {
        let known = self.mappings.get(id);
        if known.is_none() && id != 0 {
            self.flaws.add(Flaw::MappingId, offset);
        }
        MappingId(known.unwrap_or(u32::MAX))
    }

    fn function_of(&mut self, id: u64, offset: usize) -> FunctionId {
        let known = self.functions.get(id);
        if known.is_none() && id != 0 {
            self.flaws.add(Flaw::FunctionId, offset);
        }
        FunctionId(known.unwrap_or(u32::MAX))
    }

    /// The lines that stay when the outermost hidden one is cut off with all it called.
    fn visible_lines<'a>(&mut self, lines: &'a [profile::Line], out: &Dataset) -> (Cut, &'a [profile::Line]) {
        let Some(pruner) = &mut self.pruner else { return (Cut::None, lines) };
        let functions = &self.functions;
        let hidden = lines.iter().rposition(|line| {
            let function = functions.get(line.function_id).and_then(|row| out.functions.get(FunctionId(row)));
            function.is_some_and(|function| pruner.hides(function.name, out.strings.get(function.name)))
        });
        match hidden {
            None => (Cut::None, lines),
            Some(at) if at + 1 == lines.len() => (Cut::Whole, lines),
            Some(at) => (Cut::Inlined, &lines[at + 1..]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_near_and_far() {
        let mut ids = Ids::default();
        for (row, id) in [1, u64::MAX, 3000, 2].into_iter().enumerate() {
            ids.insert(id, u32::try_from(row).unwrap());
        }
        for id in 4..800 {
            ids.insert(id, 9);
        }
        assert_eq!(
            (ids.get(1), ids.get(u64::MAX), ids.get(3000), ids.get(2)),
            (Some(0), Some(1), Some(2), Some(3))
        );
        assert_eq!((ids.get(0), ids.get(3), ids.get(5000)), (None, None, None));
        assert!(ids.dense.len() < 5000);
    }
}
