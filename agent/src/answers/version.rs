//! Which compiler made the program, which tokio is in it, and who answers.

use std::fs::File;
use std::sync::OnceLock;

use super::binary;
use super::elf::Elf;

/// One line: `rustc 1.95.0 (59807616e 2026-04-14), tokio 1.54.1, taskscope-agent 0.1.0`. What the
/// executable does not tell is left out.
pub(super) fn text() -> String {
    // The file of a running program does not change; looking takes milliseconds, so it is done once.
    static FOUND: OnceLock<Found> = OnceLock::new();
    let found = FOUND.get_or_init(look);
    let rustc = found.rustc.as_deref().unwrap_or("rustc of unknown version");
    let tokio = found.tokio.as_ref().map_or_else(String::new, |tokio| format!(", tokio {tokio}"));
    format!("{rustc}{tokio}, taskscope-agent {}\n", env!("CARGO_PKG_VERSION"))
}

#[derive(Debug, Default)]
struct Found {
    /// `rustc 1.95.0 (59807616e 2026-04-14)`
    rustc: Option<String>,
    tokio: Option<String>,
}

fn look() -> Found {
    let elf = binary::path().ok().and_then(|path| Elf::open(File::open(path).ok()?).ok());
    let Some(elf) = elf else { return Found::default() };
    let read = |name| elf.section(name).and_then(|section| elf.read(section).ok()).unwrap_or_default();
    Found { rustc: rustc(&read(".comment")), tokio: tokio(&read(".rodata")) }
}

/// Compilers and linkers each leave a line; it survives stripping.
fn rustc(comment: &[u8]) -> Option<String> {
    let lines = comment.split(|&byte| byte == 0).filter_map(|line| std::str::from_utf8(line).ok());
    lines.into_iter().find_map(|line| line.strip_prefix("rustc version ")).map(|rest| format!("rustc {rest}"))
}

/// Places of panics have the crate's folder: `…/tokio-1.54.1/src/…`.
fn tokio(constants: &[u8]) -> Option<String> {
    const FOLDER: &[u8] = b"/tokio-";
    let mut rest = constants;
    while let Some(at) = rest.windows(FOLDER.len()).position(|window| window == FOLDER) {
        rest = &rest[at + FOLDER.len()..];
        let number = rest.split(|&byte| byte == b'/').next().unwrap_or_default();
        let is_version = number.first().is_some_and(u8::is_ascii_digit) && number.len() < 32;
        if is_version && rest[number.len()..].starts_with(b"/src/") {
            return String::from_utf8(number.to_vec()).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_sections() {
        let comment = b"Linker: LLD 21\0rustc version 1.95.0 (59807616e 2026-04-14)\0GCC: (Debian) 12\0";
        assert_eq!(rustc(comment).as_deref(), Some("rustc 1.95.0 (59807616e 2026-04-14)"));
        assert_eq!(rustc(b""), None);
        let constants = b"/tokio-util-0.7/src/a.rs /x/tokio-1.54.1/src/task/mod.rs";
        assert_eq!(tokio(constants).as_deref(), Some("1.54.1"));
        assert_eq!(tokio(b"/tokio-"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_program_tells_its_compiler() {
        let text = text();
        assert!(
            text.starts_with("rustc 1.") && text.ends_with(concat!(env!("CARGO_PKG_VERSION"), "\n")),
            "{text}"
        );
    }
}
