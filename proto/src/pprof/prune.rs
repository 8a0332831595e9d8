//! `drop_frames` and `keep_frames`: frames that the profiler's author does not want to be seen.
//!
//! A function that the first pattern matches and the second does not is hidden together with all
//! it called, unless that would leave the stack empty: frames above the first function that is
//! not hidden always stay. `go tool pprof` does the same on every profile that it opens.

use std::collections::HashMap;

use regex_lite::{Regex, RegexBuilder};

use crate::error::{Notice, Phase};
use crate::model::StringId;

/// What becomes of a stack at a location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nothing is hidden here.
    #[default]
    None,
    /// The location goes, and all below it.
    Whole,
    /// An inlined call goes, and all below it; the frames that called it stay.
    Inlined,
}

/// The two patterns, and what they said about the functions met so far.
#[derive(Debug)]
pub(super) struct Pruner {
    drop: Regex,
    keep: Option<Regex>,
    known: HashMap<StringId, bool>,
}

impl Pruner {
    /// A pruner for the patterns of a file; `None` if the file hides nothing.
    ///
    /// # Errors
    /// A notice for a pattern that is no regular expression; then nothing is hidden.
    pub fn new(drop: &str, keep: &str) -> Result<Option<Self>, Notice> {
        if drop.is_empty() {
            return Ok(None);
        }
        let keep = if keep.is_empty() { None } else { Some(compile("keep_frames", keep)?) };
        Ok(Some(Self { drop: compile("drop_frames", drop)?, keep, known: HashMap::new() }))
    }

    /// Whether the function called `text` is hidden; `name` is its id.
    pub fn hides(&mut self, name: StringId, text: &str) -> bool {
        if text.is_empty() {
            return false;
        }
        *self.known.entry(name).or_insert_with(|| {
            let plain = without_arguments(text);
            self.drop.is_match(plain) && !self.keep.as_ref().is_some_and(|keep| keep.is_match(plain))
        })
    }
}

fn compile(field: &str, pattern: &str) -> Result<Regex, Notice> {
    RegexBuilder::new(&format!("^({pattern})$")).build().map_err(|error| {
        let message = format!("{field} is not a regular expression ({error}); no frames are hidden.");
        Notice::new(Phase::Decode, 0, message)
    })
}

/// The name of a C++ function without its argument list.
fn without_arguments(name: &str) -> &str {
    let name = name.strip_prefix('.').unwrap_or(name);
    let mut from = 0;
    while let Some(at) = name.get(from..).and_then(|rest| rest.find('(')).map(|at| at + from) {
        if name[at..].starts_with("(anonymous namespace)") {
            from = at + "(anonymous namespace)".len();
        } else if name[..at].ends_with("operator") && name[at..].starts_with("()") {
            from = at + 2;
        } else {
            return &name[..at];
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argument_lists_are_cut() {
        assert_eq!(without_arguments("std::sort(int*, int*)"), "std::sort");
        assert_eq!(without_arguments("(anonymous namespace)::f(int)"), "(anonymous namespace)::f");
        assert_eq!(without_arguments("A::operator()(int)"), "A::operator()");
        assert_eq!(without_arguments(".main"), "main");
    }

    #[test]
    fn keep_wins_over_drop() {
        let mut pruner = Pruner::new("malloc|tc_.*", "tc_main").unwrap().unwrap();
        assert!(pruner.hides(StringId(1), "malloc(unsigned long)"));
        assert!(pruner.hides(StringId(2), "tc_new"));
        assert!(!pruner.hides(StringId(3), "tc_main"));
        assert!(!pruner.hides(StringId(4), "my_malloc"));
        assert!(Pruner::new("", "x").unwrap().is_none());
        assert!(Pruner::new("(", "").is_err());
    }
}
