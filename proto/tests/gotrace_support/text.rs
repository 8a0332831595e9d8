//! Go's text form of traces (`internal/trace/raw`) to bytes.
//!
//! An event a line, `Name arg=value …` in the order of the event table; `#` begins a comment.
//! Unlike Go's, this one lets a batch leave out its `size`, which is then counted.

use taskscope_proto::gotrace::spec::{SPECS, Spec, kind};

/// Converts `text`; panics with the line at fault.
pub fn to_bytes(text: &str) -> Vec<u8> {
    let mut lines =
        text.lines().map(|line| (line, words(line))).filter(|(_, words)| !words.is_empty()).peekable();
    let (first, _) = lines.next().unwrap();
    let minor = first.trim().strip_prefix("Trace Go1.").unwrap();
    let mut bytes = format!("go 1.{minor} trace\0\0\0").into_bytes();
    let mut open = None;
    while let Some((line, words)) = lines.next() {
        let spec =
            SPECS.iter().find(|spec| spec.name == words[0]).unwrap_or_else(|| panic!("no event: {line}"));
        if matches!(spec.kind, kind::EVENT_BATCH | kind::EXPERIMENTAL_BATCH | kind::END_OF_GENERATION) {
            close(&mut bytes, open.take());
        }
        bytes.push(spec.kind);
        let given = put_args(&mut bytes, spec, &words[1..], line);
        match spec.kind {
            kind::EVENT_BATCH if !given => open = Some(bytes.len()),
            kind::STRING | kind::EXPERIMENTAL_BATCH => {
                let data = unquote(lines.next().unwrap().0.trim().strip_prefix("data=").unwrap());
                put_varint(&mut bytes, data.len() as u64);
                bytes.extend(data);
            }
            kind::STACK => {
                for _ in 0..number(words.last().unwrap()) {
                    let (_, frame) = lines.next().unwrap();
                    frame.iter().for_each(|word| put_varint(&mut bytes, number(word)));
                }
            }
            _ => {}
        }
    }
    close(&mut bytes, open);
    bytes
}

/// Words of a line up to its comment.
fn words(line: &str) -> Vec<&str> {
    let code = if line.trim_start().starts_with("data=") { line } else { line.split('#').next().unwrap() };
    code.split_whitespace().collect()
}

/// Writes the arguments; false if only a size is missing.
fn put_args(bytes: &mut Vec<u8>, spec: &Spec, words: &[&str], line: &str) -> bool {
    let whole = words.len() == spec.args.len();
    assert!(whole || (spec.kind == kind::EVENT_BATCH && words.len() == 3), "arguments: {line}");
    for (word, arg) in words.iter().zip(spec.args) {
        assert_eq!(word.split('=').next(), Some(*arg), "{line}");
        if spec.kind == kind::EXPERIMENTAL_BATCH && *arg == "exp" {
            bytes.push(number(word) as u8);
        } else {
            put_varint(bytes, number(word));
        }
    }
    whole
}

/// Inserts the size of the batch whose payload begins at `start`.
fn close(bytes: &mut Vec<u8>, start: Option<usize>) {
    if let Some(start) = start {
        let mut size = Vec::new();
        put_varint(&mut size, (bytes.len() - start) as u64);
        bytes.splice(start..start, size);
    }
}

fn number(word: &str) -> u64 {
    let value = word.split('=').nth(1).unwrap_or_else(|| panic!("no value: {word}"));
    if value == "-1" { u64::MAX } else { value.parse().unwrap_or_else(|_| panic!("no number: {word}")) }
}

/// Writes an unsigned LEB128 varint.
pub fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// The bytes of a text in quotes with Go's escapes.
pub fn unquote(text: &str) -> Vec<u8> {
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
    let mut bytes = Vec::new();
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        if char == '\\' {
            unescape(&mut chars, &mut bytes);
        } else {
            bytes.extend(char.encode_utf8(&mut [0; 4]).bytes());
        }
    }
    bytes
}

/// One escape, after its backslash.
fn unescape(chars: &mut std::str::Chars<'_>, bytes: &mut Vec<u8>) {
    let first = chars.next().unwrap();
    let mut code = |prefix: Option<char>, digits: usize, radix| {
        let text: String = prefix.into_iter().chain(chars.by_ref().take(digits)).collect();
        u32::from_str_radix(&text, radix).unwrap()
    };
    match first {
        'x' => bytes.push(code(None, 2, 16) as u8),
        '0'..='7' => bytes.push(code(Some(first), 2, 8) as u8),
        'u' | 'U' => {
            let code = code(None, if first == 'u' { 4 } else { 8 }, 16);
            bytes.extend(char::from_u32(code).unwrap().encode_utf8(&mut [0; 4]).bytes());
        }
        _ => {
            let at = "abfnrtv".find(first);
            bytes.push(at.map_or(first as u8, |at| b"\x07\x08\x0c\n\r\t\x0b"[at]));
        }
    }
}
