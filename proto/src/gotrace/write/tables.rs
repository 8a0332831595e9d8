//! The strings and stacks of one generation.

use std::collections::HashMap;

use super::{MAX_FRAMES, MAX_PAYLOAD, MAX_STRING, MAX_VARINT, NONE, batch, varint};
use crate::gotrace::spec::kind;

/// Strings and stacks of one generation, in batches that are full or not.
#[derive(Debug)]
pub struct Tables {
    generation: u64,
    time: u64,
    ids: HashMap<Box<str>, u64>,
    next: u64,
    strings: Vec<u8>,
    stacks: Vec<u8>,
    /// Batches that are full.
    full: Vec<u8>,
}

impl Tables {
    /// No stack yet, and the strings `reserved` under the ids from 1 on: events name them without
    /// asking. `time` is that of the batches.
    pub fn new(generation: u64, time: u64, reserved: &[&str]) -> Self {
        let (strings, stacks) = (vec![kind::STRINGS], vec![kind::STACKS]);
        let mut tables =
            Self { generation, time, ids: HashMap::new(), next: 1, strings, stacks, full: Vec::new() };
        for text in reserved {
            tables.string(text);
        }
        tables
    }

    /// The id of `text`, cut at the length that readers take; 0 for an empty one.
    pub fn string(&mut self, text: &str) -> u64 {
        let text = &text[..text.floor_char_boundary(MAX_STRING)];
        if text.is_empty() {
            return 0;
        }
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = self.next;
        self.next += 1;
        self.ids.insert(text.into(), id);
        if self.strings.len() + 1 + 2 * MAX_VARINT + text.len() > MAX_PAYLOAD {
            self.flush_strings();
        }
        self.strings.push(kind::STRING);
        varint(&mut self.strings, id);
        varint(&mut self.strings, text.len() as u64);
        self.strings.extend_from_slice(text.as_bytes());
        id
    }

    /// Adds the stack `id`, which is not 0 and not in the table yet: pc, function, file and line of each
    /// frame, leaf first. Frames beyond the depth that readers take are left out.
    pub fn stack<'a>(&mut self, id: u64, frames: impl IntoIterator<Item = (u64, &'a str, &'a str, u32)>) {
        let mut encoded = Vec::new();
        let mut count = 0;
        for (pc, function, file, line) in frames.into_iter().take(MAX_FRAMES) {
            let (function, file) = (self.string(function), self.string(file));
            [pc, function, file, u64::from(line)].into_iter().for_each(|field| varint(&mut encoded, field));
            count += 1;
        }
        if self.stacks.len() + 1 + 2 * MAX_VARINT + encoded.len() > MAX_PAYLOAD {
            self.flush_stacks();
        }
        self.stacks.push(kind::STACK);
        varint(&mut self.stacks, id);
        varint(&mut self.stacks, count);
        self.stacks.extend(encoded);
    }

    fn flush_strings(&mut self) {
        batch(&mut self.full, self.generation, NONE, self.time, &self.strings);
        self.strings.truncate(1);
    }

    fn flush_stacks(&mut self) {
        batch(&mut self.full, self.generation, NONE, self.time, &self.stacks);
        self.stacks.truncate(1);
    }

    /// All batches.
    pub fn finish(mut self) -> Vec<u8> {
        self.flush_stacks();
        self.flush_strings();
        self.full
    }
}
