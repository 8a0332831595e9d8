//! The state in the page's address: readable keys behind `#`, parsed with tolerance.
//!
//! `#file=…` names files of this site and is kept as it came. Everything else is about one file,
//! which `name` tells: whoever opens a file of that name again gets the state back.

use std::fmt::Write;

use crate::link::address;

/// Key of the files that the page fetches.
const FILE: &str = "file";
/// Key of the name of the file that the other keys are about.
const NAME: &str = "name";
/// No address grows longer than this: browsers and chats cut longer ones.
const LONGEST: usize = 4_000;

/// Keys and values behind `#`, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// Values of `file`, as they came.
    files: Vec<String>,
    name: String,
    pairs: Vec<(String, String)>,
}

impl Fragment {
    /// Reads `hash`, with or without its `#`. What is no pair is dropped; of equal keys the last one counts.
    pub fn parse(hash: &str) -> Self {
        let mut fragment = Self { files: address::files_in(hash), ..Self::default() };
        for pair in hash.trim_start_matches('#').split('&') {
            let Some((key, value)) = pair.split_once('=') else { continue };
            match key {
                FILE => {}
                NAME => fragment.name = address::decoded(value),
                _ => fragment.set(key, &address::decoded(value)),
            }
        }
        if let (true, Some(file)) = (fragment.name.is_empty(), fragment.files.first()) {
            fragment.name = address::name_of(file);
        }
        fragment
    }

    /// Name of the file that the state is about; empty for none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str())
    }

    /// Gives `key` a value; an empty one removes it.
    pub fn set(&mut self, key: &str, value: &str) {
        let at = self.pairs.iter().position(|(other, _)| other == key);
        match (at, value.is_empty()) {
            (Some(at), true) => drop(self.pairs.remove(at)),
            (Some(at), false) => value.clone_into(&mut self.pairs[at].1),
            (None, true) => {}
            (None, false) => self.pairs.push((key.into(), value.into())),
        }
    }

    /// Makes the state one about the file called `name`: what was about another one is dropped.
    pub fn turn_to(&mut self, name: &str) {
        if self.name != name {
            self.name = name.into();
            self.pairs.clear();
        }
    }

    /// The fragment as an address has it, with `#`; pairs that would make it too long are left out.
    pub fn text(&self) -> String {
        let mut text = String::from("#");
        for file in &self.files {
            // They are as they came, so that the page finds them again.
            push(&mut text, FILE, file.clone());
        }
        if !self.name.is_empty() {
            push(&mut text, NAME, encoded(&self.name));
        }
        for (key, value) in &self.pairs {
            let value = encoded(value);
            if text.len() + key.len() + value.len() < LONGEST {
                push(&mut text, key, value);
            }
        }
        text
    }
}

fn push(text: &mut String, key: &str, value: String) {
    if text.len() > 1 {
        text.push('&');
    }
    text.push_str(key);
    text.push('=');
    text.push_str(&value);
}

/// What an address may hold stays readable, the rest becomes `%41`.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:,*()!$'@;".contains(&byte);
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match plain(byte) {
            true => out.push(byte as char),
            // Writing to a string cannot fail.
            false => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// A stretch of time as seconds: `2.318-2.328368`. Times are ns since the trace's start.
pub fn stretch_text(lo: f64, hi: f64) -> String {
    format!("{}-{}", seconds(lo), seconds(hi))
}

/// Reads a stretch; `None` if it is none. The smaller time comes first.
pub fn stretch(text: &str) -> Option<(f64, f64)> {
    let (lo, hi) = text.split_once('-')?;
    let ns = |text: &str| {
        let seconds: f64 = text.trim().trim_end_matches('s').parse().ok()?;
        (seconds.is_finite() && seconds >= 0.0).then_some((seconds * 1e9).round())
    };
    let (lo, hi) = (ns(lo)?, ns(hi)?);
    (lo != hi).then(|| (lo.min(hi), lo.max(hi)))
}

fn seconds(ns: f64) -> String {
    let text = format!("{:.9}", ns.max(0.0) / 1e9);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut fragment = Fragment::parse("#file=files/a%20b.trace&x=1");
        assert_eq!((fragment.name(), fragment.get("x")), ("a b.trace", Some("1")));
        fragment.set("filter", "/net|main\\.(.*)/ & more = ü");
        fragment.set("x", "");
        let text = fragment.text();
        assert_eq!(
            text,
            "#file=files/a%20b.trace&name=a%20b.trace&filter=/net%7Cmain%5C.(.*)/%20%26%20more%20%3D%20%C3%BC"
        );
        assert_eq!(Fragment::parse(&text), fragment);
    }

    #[test]
    fn another_file_drops_the_state_and_keeps_the_files() {
        let mut fragment = Fragment::parse("#file=a.trace&view=flame");
        fragment.turn_to("a.trace");
        assert_eq!(fragment.get("view"), Some("flame"));
        fragment.turn_to("b.trace");
        assert_eq!(fragment.text(), "#file=a.trace&name=b.trace");
    }

    #[test]
    fn nonsense_is_dropped() {
        let fragment = Fragment::parse("#&&=&a&b=&c=%zz&c=2&%=");
        assert_eq!((fragment.get("b"), fragment.get("c")), (None, Some("2")));
        assert_eq!(Fragment::parse("").text(), "#");
        let mut long = Fragment::default();
        long.set("search", &"x".repeat(100_000));
        long.set("view", "flame");
        assert_eq!(long.text(), "#view=flame");
    }

    #[test]
    fn stretches_are_seconds_to_the_nanosecond() {
        assert_eq!(stretch_text(2_318_000_000.0, 2_328_368_001.0), "2.318-2.328368001");
        assert_eq!(stretch("2.318-2.328368001"), Some((2_318_000_000.0, 2_328_368_001.0)));
        assert_eq!(stretch("3s-1s"), Some((1e9, 3e9)));
        for nonsense in ["", "1", "a-b", "1-1", "-1-2", "nan-inf", "1e400-2"] {
            assert_eq!(stretch(nonsense), None, "{nonsense}");
        }
    }
}
