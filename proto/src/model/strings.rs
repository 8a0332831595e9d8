//! Interned text in one buffer.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::ids::StringId;

/// Deduplicated strings: one byte buffer, one end offset a string.
///
/// Append-only, so ids stay valid. Id 0 is always the empty string.
#[derive(Clone, Debug)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
    /// Ids by hash of their text; collisions are told apart by comparing. Holding hashes
    /// instead of a second copy of each key halves the memory of a large table.
    by_hash: HashMap<u64, Vec<StringId>>,
    hasher: RandomState,
}

impl Default for Strings {
    fn default() -> Self {
        let mut strings = Self {
            text: String::new(),
            ends: Vec::new(),
            by_hash: HashMap::new(),
            hasher: RandomState::new(),
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
        self.by_hash.entry(hash).or_default().push(id);
        id
    }

    /// The text of `id`; empty for [`StringId::NONE`].
    pub fn get(&self, id: StringId) -> &str {
        let Some(&end) = self.ends.get(id.index()) else { return "" };
        let start = id.index().checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..end as usize]
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
        self.by_hash.get(&hash)?.iter().copied().find(|&id| self.get(id) == text)
    }
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
