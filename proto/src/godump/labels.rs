//! Goroutine labels: `k1: "v 1", plain: a/b.c` and `"k":"v", "k2":"v2"`.

/// The pairs between the braces, unquoted; what does not parse ends the list.
pub(super) fn parse_labels(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim();
    while let Some((key, after)) = word(rest, ':') {
        let Some(after) = after.trim_start().strip_prefix(':') else { break };
        let Some((value, after)) = word(after.trim_start(), ',') else { break };
        pairs.push((key, value));
        let Some(more) = after.trim_start().strip_prefix(',') else { break };
        rest = more.trim_start();
    }
    pairs
}

/// Offset of the first `wanted` that is not inside a quoted string.
pub(super) fn find_unquoted(text: &str, wanted: u8) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    text.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return !quoted && byte == wanted,
        }
        false
    })
}

/// A quoted or bare word up to `end`, and what follows it.
fn word(text: &str, end: char) -> Option<(String, &str)> {
    if let Some(inner) = text.strip_prefix('"') {
        return quoted(inner);
    }
    let length = text.find(end).unwrap_or(text.len());
    (length > 0 || end == ',').then(|| (text[..length].to_owned(), &text[length..]))
}

/// A string up to its closing quote, with Go's escapes resolved.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = Vec::new();
    let mut rest = text.char_indices();
    while let Some((at, character)) = rest.next() {
        match character {
            '"' => return Some((String::from_utf8_lossy(&out).into_owned(), &text[at + 1..])),
            '\\' => escape(&mut rest, &mut out)?,
            other => push(&mut out, other),
        }
    }
    None
}

fn escape(rest: &mut std::str::CharIndices<'_>, out: &mut Vec<u8>) -> Option<()> {
    match rest.next()?.1 {
        // `\xNN` is a byte, perhaps one of several of a character; the others are characters.
        'x' => out.extend(u8::try_from(hex(rest, 2)?).ok()),
        'u' => push(out, char::from_u32(hex(rest, 4)?).unwrap_or(char::REPLACEMENT_CHARACTER)),
        'U' => push(out, char::from_u32(hex(rest, 8)?).unwrap_or(char::REPLACEMENT_CHARACTER)),
        'a' => out.push(7),
        'b' => out.push(8),
        'f' => out.push(12),
        'n' => out.push(b'\n'),
        'r' => out.push(b'\r'),
        't' => out.push(b'\t'),
        'v' => out.push(11),
        other => push(out, other),
    }
    Some(())
}

fn hex(rest: &mut std::str::CharIndices<'_>, digits: usize) -> Option<u32> {
    let mut value = 0;
    for _ in 0..digits {
        value = value << 4 | rest.next()?.1.to_digit(16)?;
    }
    Some(value)
}

fn push(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &[(&str, &str)]) {
        let want: Vec<_> = want.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        assert_eq!(parse_labels(text), want, "{text}");
    }

    #[test]
    fn both_spellings() {
        check(
            r#"k1: "v 1", plain: a/b.c_1, "q\"x": "\u00e9""#,
            &[("k1", "v 1"), ("plain", "a/b.c_1"), ("q\"x", "é")],
        );
        check(r#""k":"v", "k2":"v,2]""#, &[("k", "v"), ("k2", "v,2]")]);
        check(r#"a: , b: "\xc3\xa9\n""#, &[("a", ""), ("b", "é\n")]);
    }

    #[test]
    fn broken_ones_end_the_list() {
        check("", &[]);
        check("a", &[]);
        check(r#"a: b, c: "d"#, &[("a", "b")]);
        check(r#"a: "\u12"#, &[]);
    }

    #[test]
    fn brackets_in_quotes_do_not_count() {
        assert_eq!(find_unquoted(r#"sleep labels:{"a\"]": "]"}]"#, b']'), Some(26));
        assert_eq!(find_unquoted("\"]", b']'), None);
    }
}
