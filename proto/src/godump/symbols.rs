//! Lines of a stack: function calls and source places.

use crate::model::{Dataset, Frame, FrameId, Function, FunctionId, MappingId, Strings};

/// A source place: `/src/main.go:12 +0x1d`, behind a tab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub line: u32,
    /// Instruction address, where printed; else 0.
    pub address: u64,
}

/// The place a line names; `None` if it names none.
pub(super) fn parse_place(line: &str) -> Option<Place<'_>> {
    let line = line.trim();
    let suffixes = [" +0x", " fp=0x", " sp=0x", " pc=0x"];
    let end = suffixes.iter().filter_map(|suffix| line.find(suffix)).min().unwrap_or(line.len());
    if line.starts_with("pc=0x") {
        // A C function without source place.
        return Some(Place { address: hex_after(line, "pc=0x")?, ..Default::default() });
    }
    let (file, number) = line[..end].rsplit_once(':')?;
    let number = number.parse::<u64>().ok()?;
    let address = hex_after(&line[end..], "pc=0x").unwrap_or(0);
    Some(Place { file, line: u32::try_from(number).unwrap_or(0), address })
}

fn hex_after(text: &str, mark: &str) -> Option<u64> {
    let (_, hex) = text.split_once(mark)?;
    let digits = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
    u64::from_str_radix(&hex[..digits], 16).ok()
}

/// The function of a call line, and whether the compiler inlined it: `main.f(0x1, {...})`.
pub(super) fn parse_call(line: &str) -> (&str, bool) {
    let line = line.trim_end();
    match line.strip_suffix(')').and_then(|call| call.rsplit_once('(')) {
        // Go 1.27's generic methods and all closures keep their own parentheses before the last pair.
        Some((name, arguments)) if !name.is_empty() => (name, arguments == "..."),
        _ => (line, false),
    }
}

/// The frame of `function` at `place`.
pub(super) fn frame(out: &mut Dataset, function: &str, place: &Place<'_>, inlined: bool) -> FrameId {
    let function = if function.is_empty() {
        FunctionId::NONE
    } else {
        let name = out.strings.intern(function);
        let file = out.strings.intern(place.file);
        out.functions.intern(Function { name, system_name: Strings::EMPTY, file, start_line: 0 })
    };
    out.frames.intern(Frame {
        function,
        line: place.line,
        address: place.address,
        mapping: MappingId::NONE,
        inlined,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let check = |line, file, number, address| {
            assert_eq!(parse_place(line), Some(Place { file, line: number, address }), "{line}");
        };
        check("\t/src/my dir/main.go:12 +0x1d", "/src/my dir/main.go", 12, 0);
        check("\tC:/src/main.go:3", "C:/src/main.go", 3, 0);
        check("\tmain.go:1 +0x1 fp=0xc000 sp=0xc001 pc=0x4a0", "main.go", 1, 0x4a0);
        check("\tcgo.c:9 pc=0x10", "cgo.c", 9, 0x10);
        check("\tpc=0x10", "", 0, 0x10);
        assert_eq!(parse_place("\tgoroutine running on other thread; stack unavailable"), None);
    }

    #[test]
    fn calls() {
        assert_eq!(parse_call("main.f(0x1, {0x2, 0x3})"), ("main.f", false));
        assert_eq!(parse_call("main.(*G[...]).block(...)"), ("main.(*G[...]).block", true));
        assert_eq!(parse_call("main.main.func1()"), ("main.main.func1", false));
        assert_eq!(parse_call("non-Go function"), ("non-Go function", false));
        assert_eq!(parse_call("panic({0x4?, 0xc0?})"), ("panic", false));
        assert_eq!(parse_call("(odd)"), ("(odd)", false));
    }
}
