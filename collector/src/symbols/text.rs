//! Functions and lines for stacks as text, while it comes.

use std::fmt::Write as _;

use super::{Frame, Symbols};

/// A line without end is passed on when it is longer than that.
const LONGEST: usize = 1 << 20;

/// Takes the text of a dump piece by piece, and gives it with files and lines instead of `binary:0 +0x…`.
#[derive(Debug)]
pub struct TextSymbolizer {
    symbols: Symbols,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// The call whose place is on the next line.
    call: Option<String>,
}

impl TextSymbolizer {
    /// Looks up with `symbols`.
    pub fn new(symbols: Symbols) -> Self {
        Self { symbols, begun: Vec::new(), call: None }
    }

    /// Takes a piece, and gives what is ready.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len() * 2);
        for line in piece.split_inclusive(|&byte| byte == b'\n') {
            self.begun.extend_from_slice(line);
            if line.ends_with(b"\n") || self.begun.len() > LONGEST {
                let line = std::mem::take(&mut self.begun);
                self.line(&String::from_utf8_lossy(&line), &mut out);
            }
        }
        out
    }

    /// The rest, at the end of the text.
    pub fn finish(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let rest = std::mem::take(&mut self.begun);
        self.line(&String::from_utf8_lossy(&rest), &mut out);
        out.extend(self.call.take().into_iter().flat_map(String::into_bytes));
        out
    }

    fn line(&mut self, line: &str, out: &mut Vec<u8>) {
        let Some(call) = self.call.take() else {
            if is_call(line) {
                self.call = Some(line.to_owned());
            } else {
                out.extend_from_slice(line.as_bytes());
            }
            return;
        };
        let frames = place(line).map(|(path, address)| self.symbols.frames(path, "", address));
        match frames.filter(|frames| frames.iter().any(|frame| frame.line > 0)) {
            Some(frames) => out.extend_from_slice(written(&call, line, &frames).as_bytes()),
            None => {
                out.extend_from_slice(call.as_bytes());
                // Two calls in a row: the first has no place.
                self.line(line, out);
            }
        }
    }
}

/// A call as the agent writes it, or the spawn site of a task.
fn is_call(line: &str) -> bool {
    !line.starts_with(['\t', ' ', '.']) && line.trim_end().ends_with("()")
}

/// Path and address of `\t/bin/program:0 +0x1234 pc=0x…`.
fn place(line: &str) -> Option<(&str, u64)> {
    let (path, rest) = line.strip_prefix('\t')?.rsplit_once(":0 +0x")?;
    let digits = rest.split_ascii_whitespace().next()?;
    Some((path, u64::from_str_radix(digits, 16).ok()?))
}

/// The frames of one address, with its own marks at the last one, as Go writes inlined calls.
fn written(call: &str, place: &str, frames: &[Frame]) -> String {
    let mut text = String::new();
    let marks = place.rsplit_once(":0 ").map_or("\n", |(_, marks)| marks);
    let name = |frame: &Frame| {
        let known = call.trim_end().trim_end_matches("()");
        if frame.name.is_empty() { known.to_owned() } else { frame.name.clone() }
    };
    // Writing into a string cannot fail.
    for (at, frame) in frames.iter().enumerate() {
        let file = if frame.file.is_empty() { "?" } else { &frame.file };
        let _ = if at + 1 < frames.len() {
            writeln!(text, "{}(...)\n\t{file}:{}", name(frame), frame.line)
        } else {
            write!(text, "{}()\n\t{file}:{} {marks}", name(frame), frame.line)
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_file_stays_as_it_is() {
        let text = "goroutine 7 [sleep] {polls: 3}:\nnowhere::run()\n\t/no/such/file:0 +0x12 pc=0x5512\n\
                    a()\nb()\n\t/src/main.rs:12 +0x3\n...additional frames elided...\ncreated by x in goroutine 1\n\
                    \t/src/main.rs:4\n\ngoroutine 8 [running]:\ncut()";
        for size in [1, 7, text.len()] {
            let mut symbolizer = TextSymbolizer::new(Symbols::of_process(None));
            let mut out = Vec::new();
            text.as_bytes().chunks(size).for_each(|piece| out.extend(symbolizer.feed(piece)));
            out.extend(symbolizer.finish());
            assert_eq!(String::from_utf8_lossy(&out), text, "in pieces of {size}");
        }
    }

    #[test]
    fn this_program_is_found_by_its_lines() {
        let exe = std::fs::read_link("/proc/self/exe").expect("Linux has it");
        let here = this_program_is_found_by_its_lines as *const () as u64;
        let maps = std::fs::read_to_string("/proc/self/maps").expect("readable");
        let base = maps.split('-').next().and_then(|start| u64::from_str_radix(start, 16).ok());
        let address = here - base.expect("a first mapping");
        let text = format!("symbol()\n\t{}:0 +{address:#x} pc={here:#x}\n", exe.display());
        let mut symbolizer = TextSymbolizer::new(Symbols::of_process(Some(std::process::id())));
        let out = String::from_utf8(symbolizer.feed(text.as_bytes())).expect("text");
        assert!(
            out.contains("this_program_is_found_by_its_lines") && out.contains("symbols/text.rs:"),
            "{out}"
        );
        assert!(out.ends_with(&format!(" +{address:#x} pc={here:#x}\n")), "{out}");
    }
}
