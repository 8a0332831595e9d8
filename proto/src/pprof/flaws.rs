//! Damage that leaves a profile readable: counted by kind while decoding, told once at the end.

use crate::error::{Notice, Phase};

/// A kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Message,
    Text,
    StringIndex,
    MappingId,
    FunctionId,
    LocationId,
    ValueCount,
    StackBudget,
}

/// How often each kind was met, and where first.
#[derive(Debug, Default)]
pub(super) struct Flaws {
    met: [Option<(u64, u64)>; Flaw::ALL.len()],
}

impl Flaws {
    /// Counts one.
    pub fn add(&mut self, flaw: Flaw, offset: usize) {
        let (count, _) = self.met[flaw as usize].get_or_insert((0, offset as u64));
        *count += 1;
    }

    /// A notice for each kind that was met.
    pub fn notices(&self) -> Vec<Notice> {
        let met = Flaw::ALL.iter().filter_map(|&flaw| Some((flaw, self.met[flaw as usize]?)));
        met.map(|(flaw, (count, offset))| Notice::new(flaw.phase(), offset, flaw.message(count))).collect()
    }
}

impl Flaw {
    const ALL: [Self; 8] = [
        Self::Message,
        Self::Text,
        Self::StringIndex,
        Self::MappingId,
        Self::FunctionId,
        Self::LocationId,
        Self::ValueCount,
        Self::StackBudget,
    ];

    fn phase(self) -> Phase {
        match self {
            Self::Message | Self::Text | Self::ValueCount => Phase::Decode,
            Self::StringIndex | Self::MappingId | Self::FunctionId | Self::LocationId | Self::StackBudget => {
                Phase::Resolve
            }
        }
    }

    fn message(self, count: u64) -> String {
        match self {
            Self::Message => format!("{count} messages could not be decoded and were left out."),
            Self::Text => format!("{count} texts are not UTF-8; the bad bytes show as \u{fffd}."),
            Self::StringIndex => {
                format!("{count} references to text lead outside the string table; they show as empty.")
            }
            Self::MappingId => format!("{count} locations name a mapping that is not in the file."),
            Self::FunctionId => {
                format!("{count} lines name a function that is not in the file; they show as addresses.")
            }
            Self::LocationId => {
                format!("{count} stack entries name a location that is not in the file and were left out.")
            }
            Self::ValueCount => {
                format!(
                    "{count} samples have another number of values than the file has sample types and were left out."
                )
            }
            Self::StackBudget => {
                format!("{count} stacks are far longer than a file of this size can mean and were cut short.")
            }
        }
    }
}
