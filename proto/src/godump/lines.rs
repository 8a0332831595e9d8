//! Lines of a text that may not be UTF-8, with their offsets.

use std::borrow::Cow;

/// A line without its end.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Offset of its first byte.
    pub offset: u64,
    pub text: Cow<'a, str>,
    /// Whether the file ends before the line does.
    pub cut: bool,
}

/// All lines of `bytes`, LF or CRLF.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut offset = 0;
    bytes.split_inclusive(|&byte| byte == b'\n').map(move |raw| {
        let start = offset;
        offset += raw.len() as u64;
        let ended = raw.strip_suffix(b"\n");
        let text = ended.unwrap_or(raw);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Line { offset: start, text: String::from_utf8_lossy(text), cut: ended.is_none() }
    })
}
