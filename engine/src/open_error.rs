//! Load errors in the words of look.md: a panel in the viewer, lines in the terminal.

use taskscope_proto::ParseError;
use taskscope_proto::load::{Damage, LoadError};

use crate::api::OpenError;
use crate::units::{byte_offset, bytes_u64};

/// What people read when a file cannot be opened.
pub fn explain(error: &LoadError) -> OpenError {
    match error {
        LoadError::Empty { what } => OpenError {
            cause: "the program ended before it wrote anything, or the copy failed".into(),
            ..plain(&format!("{} is empty", capitalised(what)), "There is nothing in it to show.")
        },
        LoadError::Unrecognized { looks_like } => OpenError {
            expected: "a Go execution trace, a pprof profile or a goroutine dump, also inside gzip or zip"
                .into(),
            found: looks_like.clone(),
            ..plain(
                "This is no trace, profile or dump that Taskscope knows",
                &format!("It looks like {looks_like}. Files are recognised by content, whatever their name."),
            )
        },
        LoadError::Unsupported { format, reason } => {
            plain(&format!("{} cannot be read", capitalised(format)), &sentence(reason))
        }
        LoadError::TooLarge { limit } => plain(
            &format!("This file inflates to more than {}", bytes_u64(*limit)),
            "Reading stopped before memory ran out. Unpack it and open its parts, or take a shorter trace.",
        ),
        LoadError::Damaged(damage) => damaged(damage),
        other => plain("This file cannot be opened", &sentence(&other.to_string())),
    }
}

/// For a handle that names no file.
pub fn not_open() -> OpenError {
    plain("This file is not open", "It was closed, or opening it was cancelled. Open it again.")
}

/// The same for a terminal: the title, then a line a fact.
pub fn lines(error: &OpenError) -> String {
    let body = if error.place.is_empty() { error.body.as_str() } else { "" };
    let facts =
        [("", body), ("where: ", &error.place), ("expected: ", &error.expected), ("found: ", &error.found)];
    let facts = facts.into_iter().chain([("likely cause: ", error.cause.as_str())]);
    let mut text = error.title.clone();
    for (label, value) in facts.filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("\n  {label}{value}"));
    }
    text
}

fn damaged(Damage { format, error, bytes, bytes_offset }: &Damage) -> OpenError {
    let (title, why) = if format.contains("trace") {
        ("This trace is damaged near its start", "the damage lies before any event is complete")
    } else if format.contains("gzip") || format.contains("zip") {
        ("This file is damaged", "what is packed in it cannot be unpacked")
    } else if format.contains("dump") {
        ("This dump is damaged", "no goroutine in it can be read")
    } else {
        ("This profile is damaged", "its tables cannot be read")
    };
    OpenError {
        place: format!("{} · {}", byte_offset(error.offset), error.phase),
        expected: error.expected.clone(),
        found: error.found.clone(),
        cause: error.hint.clone().unwrap_or_else(|| cause(error, bytes, *bytes_offset).into()),
        offset: error.offset,
        bytes: bytes.clone(),
        bytes_offset: *bytes_offset,
        ..plain(
            title,
            &format!("No part of it can be shown: {why}. Other files you have open are not affected."),
        )
    }
}

/// What most often makes such a file, judged by the bytes around the place.
fn cause(error: &ParseError, bytes: &[u8], bytes_offset: u64) -> &'static str {
    let from = usize::try_from(error.offset.saturating_sub(bytes_offset)).unwrap_or(usize::MAX);
    let after = bytes.get(from..).unwrap_or(&[]);
    if after.len() >= 8 && after.iter().all(|&byte| byte == 0) {
        return "the disk was full, or the copy was cut and padded";
    }
    if bytes.windows(3).any(|three| three == [0xef, 0xbf, 0xbd]) {
        return "a tool treated the file as text and replaced bytes";
    }
    if after.is_empty() || error.found.contains("end of") {
        return "the file was cut: the program ended, or the copy broke off before it was whole";
    }
    ""
}

fn plain(title: &str, body: &str) -> OpenError {
    OpenError {
        title: title.into(),
        body: body.into(),
        place: String::new(),
        expected: String::new(),
        found: String::new(),
        cause: String::new(),
        bytes: Vec::new(),
        bytes_offset: 0,
        offset: 0,
    }
}

fn capitalised(text: &str) -> String {
    let text =
        if let Some(rest) = text.strip_prefix("the file") { format!("this file{rest}") } else { text.into() };
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn sentence(text: &str) -> String {
    let text = capitalised(text);
    if text.ends_with(['.', '?']) { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use taskscope_proto::Phase;

    use super::*;

    fn check(error: &LoadError, expected: &Expect) {
        let error = explain(error);
        expected.assert_eq(
            &format!("{}\n---\n{}\n", lines(&error), error.body).replace(crate::units::GROUP, " "),
        );
    }

    #[test]
    fn every_error_says_what_and_why() {
        check(
            &LoadError::Empty { what: "the file".into() },
            &expect![[r#"
            This file is empty
              There is nothing in it to show.
              likely cause: the program ended before it wrote anything, or the copy failed
            ---
            There is nothing in it to show.
        "#]],
        );
        check(
            &LoadError::Unrecognized { looks_like: "HTML".into() },
            &expect![[r#"
            This is no trace, profile or dump that Taskscope knows
              It looks like HTML. Files are recognised by content, whatever their name.
              expected: a Go execution trace, a pprof profile or a goroutine dump, also inside gzip or zip
              found: HTML
            ---
            It looks like HTML. Files are recognised by content, whatever their name.
        "#]],
        );
        check(
            &LoadError::Unsupported {
                format: "a Go 1.19 trace".into(),
                reason: "its format is older than Go 1.22; take it with a newer Go".into(),
            },
            &expect![[r#"
                A Go 1.19 trace cannot be read
                  Its format is older than Go 1.22; take it with a newer Go.
                ---
                Its format is older than Go 1.22; take it with a newer Go.
            "#]],
        );
        check(
            &LoadError::TooLarge { limit: 1 << 30 },
            &expect![[r#"
            This file inflates to more than 1 GiB
              Reading stopped before memory ran out. Unpack it and open its parts, or take a shorter trace.
            ---
            Reading stopped before memory ran out. Unpack it and open its parts, or take a shorter trace.
        "#]],
        );
    }

    #[test]
    fn damage_shows_place_and_likely_cause() {
        let error = ParseError::new(Phase::Frame, 65_552, "a batch header", "16 zero bytes");
        let damaged = |error, bytes| {
            LoadError::from(Damage { format: "Go trace".into(), error, bytes, bytes_offset: 65_536 })
        };
        let mut bytes = vec![0x8e; 16];
        bytes.extend([0; 32]);
        check(
            &damaged(error.clone(), bytes),
            &expect![[r#"
            This trace is damaged near its start
              where: byte 65 552 (0x10010) · splitting into records
              expected: a batch header
              found: 16 zero bytes
              likely cause: the disk was full, or the copy was cut and padded
            ---
            No part of it can be shown: the damage lies before any event is complete. Other files you have open are not affected.
        "#]],
        );
        check(
            &damaged(error.clone().with_hint("a tool cut it"), vec![1; 48]),
            &expect![[r#"
            This trace is damaged near its start
              where: byte 65 552 (0x10010) · splitting into records
              expected: a batch header
              found: 16 zero bytes
              likely cause: a tool cut it
            ---
            No part of it can be shown: the damage lies before any event is complete. Other files you have open are not affected.
        "#]],
        );
        check(
            &damaged(error, vec![1; 16]),
            &expect![[r#"
            This trace is damaged near its start
              where: byte 65 552 (0x10010) · splitting into records
              expected: a batch header
              found: 16 zero bytes
              likely cause: the file was cut: the program ended, or the copy broke off before it was whole
            ---
            No part of it can be shown: the damage lies before any event is complete. Other files you have open are not affected.
        "#]],
        );
    }
}
