//! Interned text in one buffer.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::ids::StringId;

/// Deduplicated strings: one byte buffer, one end offset a string.
///
/// Append-only, so ids stay valid. Id 0 is always the empty string.
#[derive(Clone, Debug)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
    /// Ids by hash of their text: the buffer itself holds the keys.
    known: HashTable<StringId>,
    hasher: RandomState,
}

impl Default for Strings {
    fn default() -> Self {
        let mut strings = Self {
            text: String::new(),
            ends: Vec::new(),
            known: HashTable::new(),
            hasher: RandomState::default(),
        };
        strings.intern("");
        strings
    }
}

impl Strings {
    /// The empty string.
    pub const EMPTY: StringId = StringId(0);

    /// The id of `text`, new or known. Text past 4 GiB in all becomes [`StringId::NONE`].
    pub fn intern(&mut self, text: &str) -> StringId {
        let hash = self.hasher.hash_one(text);
        if let Some(id) = self.find(hash, text) {
            return id;
        }
        let Ok(end) = u32::try_from(self.text.len() + text.len()) else { return StringId::NONE };
        let id = StringId::from_index(self.ends.len());
        self.text.push_str(text);
        self.ends.push(end);
        let (all, ends, hasher) = (&self.text, &self.ends, &self.hasher);
        self.known.insert_unique(hash, id, |&id| hasher.hash_one(text_of(all, ends, id)));
        id
    }

    /// The text of `id`; empty for [`StringId::NONE`].
    pub fn get(&self, id: StringId) -> &str {
        text_of(&self.text, &self.ends, id)
    }

    /// The id of `text` if it is known.
    pub fn lookup(&self, text: &str) -> Option<StringId> {
        self.find(self.hasher.hash_one(text), text)
    }

    /// How many distinct strings there are, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Never true: the empty string is always there.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn find(&self, hash: u64, text: &str) -> Option<StringId> {
        self.known.find(hash, |&id| self.get(id) == text).copied()
    }
}

fn text_of<'a>(text: &'a str, ends: &[u32], id: StringId) -> &'a str {
    let Some(&end) = ends.get(id.index()) else { return "" };
    let start = id.index().checked_sub(1).map_or(0, |before| ends[before]);
    &text[start as usize..end as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interning_is_stable_and_total() {
        let mut strings = Strings::default();
        let a = strings.intern("main.work");
        assert_eq!(strings.intern("main.work"), a);
        assert_eq!(strings.get(a), "main.work");
        assert_eq!(strings.intern(""), Strings::EMPTY);
        assert_eq!(strings.get(StringId::NONE), "");
        assert_eq!(strings.lookup("absent"), None);
        assert_eq!(strings.len(), 2);
    }
}
