//! How a label becomes shorter, in the order of look.md: without the directories of its import
//! path, only its last name, cut with `…`, not at all.

use std::borrow::Cow;

use super::{Face, Measure};

/// Fewer characters than these before a `…` say nothing.
const LEAST: usize = 5;

/// Between the two halves of a label: what, and where.
const DOT: &str = " · ";

/// The longest form of `text` that is at most `room` px wide; `None` if none is.
pub fn shorten<'a>(text: &'a str, room: f32, face: Face, measure: &dyn Measure) -> Option<Cow<'a, str>> {
    let fits = |text: &str| measure.width(text, face) <= room;
    if text.is_empty() || room <= 0.0 {
        return None;
    }
    if fits(text) {
        return Some(text.into());
    }
    if let Some((what, place)) = text.split_once(DOT) {
        let shorter =
            [without_directories(place), last_name(place)].into_iter().filter(|_| is_function(place));
        let joined = shorter.map(|place| format!("{what}{DOT}{place}")).find(|text| fits(text));
        return joined.map(Cow::Owned).or_else(|| shorten(what, room, face, measure));
    }
    if let Some(id) = bare_id(text) {
        return fits(id).then_some(id.into());
    }
    let (short, name) =
        if is_function(text) { (without_directories(text), last_name(text)) } else { (text, text) };
    match [short, name].into_iter().find(|text| fits(text)) {
        Some(text) => Some(text.into()),
        None => cut(name, room, face, measure).map(Cow::Owned),
    }
}

/// A function without the directories of its import path, or without all but the last two names of
/// a Rust path: `net/http.(*conn).serve` → `http.(*conn).serve`.
pub fn without_directories(function: &str) -> &str {
    let head = head_len(function);
    if let Some(slash) = function[..head].rfind('/') {
        return &function[slash + 1..];
    }
    let mut separators = rust_separators(function);
    let (_, before) = (separators.next(), separators.next());
    before.map_or(function, |at| &function[at + 2..])
}

/// The last name of a function, with the function that a closure lies in:
/// `main.(*Index).Score` → `Score`, `main.run.func1` → `run.func1`.
pub fn last_name(function: &str) -> &str {
    if let Some(at) = rust_separators(function).next() {
        // Of `a::run::{{closure}}` the function says more than the closure.
        return match function[at + 2..].starts_with('{') {
            true => without_directories(function),
            false => &function[at + 2..],
        };
    }
    let mut dots = outside(function, [b'[', b']'], ".").map(|at| at + 1);
    let mut start = dots.next().unwrap_or(0);
    while is_closure(&function[start..])
        && let Some(before) = dots.next()
    {
        start = before;
    }
    &function[start..]
}

/// Whether `text` can be a function: words and quantities (`mark 8.429 ms`) have spaces, functions
/// only in brackets. The dot of a number must not be taken for that of a package.
fn is_function(text: &str) -> bool {
    let head = text.find(['(', '[', '<', '{']).unwrap_or(text.len());
    !text[..head].contains(' ')
}

/// The number of `G 1893`.
fn bare_id(text: &str) -> Option<&str> {
    let (kind, id) = text.split_once(' ')?;
    (kind.len() == 1 && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

/// Whether all of `name` is what Go calls closures: `func1`, `2`, `gowrap1`, `deferwrap2`.
fn is_closure(name: &str) -> bool {
    let last = name.split('.').next().unwrap_or_default();
    let word = last.trim_end_matches(|c: char| c.is_ascii_digit());
    ["", "func", "gowrap", "deferwrap", "-fm"].contains(&word)
}

/// Where type arguments or a receiver begin: what lies after is no import path.
fn head_len(function: &str) -> usize {
    function.find(['(', '[', '<']).unwrap_or(function.len())
}

/// Positions of `::` outside of angle brackets, from the last one.
fn rust_separators(function: &str) -> impl Iterator<Item = usize> {
    outside(function, [b'<', b'>'], "::")
}

/// Positions of `separator` outside of brackets, from the last one.
fn outside<'a>(
    function: &'a str,
    [open, close]: [u8; 2],
    separator: &'a str,
) -> impl Iterator<Item = usize> + 'a {
    let bytes = function.as_bytes();
    let mut depth = 0_i32;
    (0..bytes.len()).rev().filter(move |&at| {
        depth += i32::from(bytes[at] == close) - i32::from(bytes[at] == open);
        depth == 0 && bytes[at..].starts_with(separator.as_bytes())
    })
}

/// As much of `text` as fits with a `…` behind it. A number is never cut: it would be another one.
fn cut(text: &str, room: f32, face: Face, measure: &dyn Measure) -> Option<String> {
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let in_number = |at: usize| digit(at) || (text.as_bytes().get(at) == Some(&b'.') && digit(at + 1));
    let whole_number = |end: &usize| !(in_number(end - 1) && in_number(*end));
    let ends = text.char_indices().map(|(at, _)| at).skip(LEAST).filter(whole_number);
    let ends: Vec<usize> = ends.collect();
    let room = room - measure.width("…", face);
    let fitting = ends.partition_point(|&end| measure.width(&text[..end], face) <= room);
    let end = *ends.get(fitting.checked_sub(1)?)?;
    Some(format!("{}…", text[..end].trim_end()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixed;
    use super::*;

    #[test]
    fn functions_lose_directories_then_all_but_the_last_name() {
        for (function, short, name) in [
            ("net/http.(*conn).serve", "http.(*conn).serve", "serve"),
            ("main.(*Index).Score", "main.(*Index).Score", "Score"),
            ("main.run.func1", "main.run.func1", "run.func1"),
            ("main.run.func1.2", "main.run.func1.2", "run.func1.2"),
            ("example.test/a/b.(*Q[go.shape.int]).Push", "b.(*Q[go.shape.int]).Push", "Push"),
            ("slices.SortFunc[a/b.T]", "slices.SortFunc[a/b.T]", "SortFunc[a/b.T]"),
            ("tokio::runtime::park::Inner::park", "Inner::park", "park"),
            ("<a::B as c::D>::poll", "<a::B as c::D>::poll", "poll"),
            ("app::run::{{closure}}", "run::{{closure}}", "run::{{closure}}"),
            ("memcpy", "memcpy", "memcpy"),
            ("", "", ""),
        ] {
            assert_eq!(without_directories(function), short, "{function}");
            assert_eq!(last_name(function), name, "{function}");
        }
    }

    #[test]
    fn labels_shorten_in_order() {
        let short = |text, room| shorten(text, room, Face::Ui, &Fixed).map(Cow::into_owned);
        // A character of `Fixed` is 6 px wide.
        let function = "net/http.(*conn).readRequest";
        assert_eq!(short(function, 168.0).as_deref(), Some(function));
        assert_eq!(short(function, 167.0).as_deref(), Some("http.(*conn).readRequest"));
        assert_eq!(short(function, 140.0).as_deref(), Some("readRequest"));
        assert_eq!(short(function, 60.0).as_deref(), Some("readReque…"));
        assert_eq!(short(function, 36.0).as_deref(), Some("readR…"));
        assert_eq!(short(function, 35.0), None);
        assert_eq!(short("chan receive · (*Cache).Get", 150.0).as_deref(), Some("chan receive · Get"));
        assert_eq!(short("chan receive · (*Cache).Get", 80.0).as_deref(), Some("chan receive"));
        assert_eq!(short("chan receive · (*Cache).Get", 66.0).as_deref(), Some("chan recei…"));
        assert_eq!(short("ready", 29.0), None);
        assert_eq!(short("GC · mark 8.429 ms", 100.0).as_deref(), Some("GC"));
        assert_eq!(short("allocation 8.429 ms", 84.0).as_deref(), Some("allocation…"));
        assert_eq!(short("G 1893 · (*conn).serve", 80.0).as_deref(), Some("G 1893"));
        assert_eq!(short("G 1893", 30.0).as_deref(), Some("1893"));
        assert_eq!(short("G 1893", 20.0), None);
        assert_eq!(short("goroutine 1893", 78.0).as_deref(), Some("goroutine…"));
        assert_eq!(short("größenänderung", 48.0).as_deref(), Some("größenä…"));
    }
}
