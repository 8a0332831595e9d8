//! What is missing or odd in a trace, gathered so that a thousand equal faults make one notice.

use crate::error::{Notice, ParseError, Phase};

/// Single notices kept; a file with more is told by a count.
const MAX_NOTICES: usize = 50;

/// Faults that are counted, one notice a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd {
    UnknownStack,
    UnknownString,
    RepeatedId,
    RegionMisuse,
    TaskConflict,
    TooManyReasons,
    TooManySpans,
}

const ODDS: [(Odd, Phase, &str); 7] = [
    (
        Odd::UnknownStack,
        Phase::Resolve,
        "events name a stack that their generation does not hold; they are shown without one",
    ),
    (
        Odd::UnknownString,
        Phase::Resolve,
        "events or frames name a text that their generation does not hold; it is shown as empty",
    ),
    (
        Odd::RepeatedId,
        Phase::Decode,
        "table entries reuse the id of another entry or the reserved id 0; the first one counts",
    ),
    (
        Odd::RegionMisuse,
        Phase::Order,
        "region ends do not match the innermost open region of their goroutine; they close the matching one if there is one",
    ),
    (
        Odd::TaskConflict,
        Phase::Order,
        "user tasks begin under the id of a task that has not ended; both are listed",
    ),
    (
        Odd::TooManyReasons,
        Phase::Decode,
        "events give reasons beyond the first 65535 different ones; they are shown without one",
    ),
    (
        Odd::TooManySpans,
        Phase::Order,
        "state changes do not fit into a table of 4 billion rows and were left out",
    ),
];

/// Events of one fault: how many, and the first, where and in words.
#[derive(Debug, Default)]
pub(crate) struct Fault {
    count: u64,
    first: Option<(u64, String)>,
}

impl Fault {
    /// What is told of events that were left out.
    pub const CONTRADICTING: &str = "contradict those before them and were left out";

    /// What is told of events that were taken in though what they follow is not there.
    pub const FORCED: &str = "follow others that are not in the file; what must have happened was assumed";

    /// Counts an event at byte `offset`.
    pub fn add(&mut self, offset: u64, in_words: impl FnOnce() -> String) {
        self.count += 1;
        self.first.get_or_insert_with(|| (offset, in_words()));
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Notes `what` the events do, if there was any.
    pub fn tell(&self, what: &str, notes: &mut Notes) {
        if let Some((offset, first)) = &self.first {
            let message = format!("{} events {what}. The first is {first}.", self.count);
            notes.add(Phase::Order, *offset, message);
        }
    }
}

/// Collects notices in the order found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    list: Vec<Notice>,
    left_out: u64,
    odd: [Option<(u64, u64)>; ODDS.len()],
}

impl Notes {
    /// Adds one notice.
    pub fn add(&mut self, phase: Phase, offset: u64, message: impl Into<String>) {
        if self.list.len() < MAX_NOTICES {
            self.list.push(Notice::new(phase, offset, message));
        } else {
            self.left_out += 1;
        }
    }

    /// Adds an error that was got over, and what it cost.
    pub fn survived(&mut self, error: &ParseError, cost: &str) {
        self.add(error.phase, error.offset, format!("{error}. {cost}"));
    }

    /// Counts one fault at byte `offset`.
    pub fn odd(&mut self, odd: Odd, offset: u64) {
        let (count, _) = self.odd[odd as usize].get_or_insert((0, offset));
        *count += 1;
    }

    /// The first notice so far, to explain why nothing could be read.
    pub fn first(&self) -> Option<&Notice> {
        self.list.first()
    }

    /// All notices, counted faults last.
    pub fn finish(self) -> Vec<Notice> {
        let mut list = self.list;
        for (odd, phase, what) in ODDS {
            if let Some((count, offset)) = self.odd[odd as usize] {
                list.push(Notice::new(
                    phase,
                    offset,
                    format!("{count} {what}. The first is at byte {offset}."),
                ));
            }
        }
        if self.left_out > 0 {
            let message = format!("{} more faults of the kinds above were found.", self.left_out);
            list.push(Notice::new(Phase::Frame, 0, message));
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_kind_make_one_notice() {
        assert!(ODDS.iter().enumerate().all(|(row, (odd, ..))| *odd as usize == row));
        let mut notes = Notes::default();
        notes.odd(Odd::UnknownStack, 70);
        notes.odd(Odd::UnknownStack, 90);
        for offset in 0..60 {
            notes.add(Phase::Frame, offset, "garbage");
        }
        let list = notes.finish();
        assert_eq!(list.len(), MAX_NOTICES + 2);
        assert_eq!(list[MAX_NOTICES].offset, 70);
        assert!(list[MAX_NOTICES].message.starts_with("2 events name a stack"));
        assert!(list[MAX_NOTICES + 1].message.starts_with("10 more faults"));
    }
}
