//! What an ELF executable says about its making: which Go or rustc, and whether an agent is linked in.
//!
//! Source: Go's `debug/buildinfo`; reference gops-protocol §3.3. Rust's compiler leaves a line in
//! `.comment`, which survives stripping.

use std::fs::File;
use std::path::Path;

use object::read::{Object as _, ObjectSection as _, ReadCache};

use crate::failure::plain;

/// 0xff, then ` Go buildinf:`.
const MAGIC: &[u8] = b"\xff Go buildinf:";
/// Magic, pointer size, flags, padding.
const HEADER_BYTES: usize = 32;
/// Since Go 1.18 two strings follow the header.
const FLAG_INLINE: u8 = 2;
/// Sentinels around the module text.
const FRAME_BYTES: usize = 16;
/// The module that holds the agent.
const GOPS: &str = "github.com/google/gops";

/// What the linker noted about a Go program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    /// The toolchain; empty before Go 1.18, where it is not inline.
    pub go_version: String,
    /// Module lines: `path`, `mod`, `dep`, `=>`, `build`, each with tabs.
    pub modules: String,
}

impl BuildInfo {
    /// The version of the gops module among the dependencies, empty if the program is gops' own;
    /// `None` if it is not linked in.
    pub fn gops_version(&self) -> Option<&str> {
        self.modules.lines().find_map(|line| {
            let mut fields = line.split('\t');
            let kind = fields.next()?;
            let linked = matches!(kind, "dep" | "mod") && fields.next()? == GOPS;
            linked.then(|| fields.next().unwrap_or_default())
        })
    }
}

/// What the executable of a Rust program says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RustInfo {
    /// `1.95.0 (59807616e 2026-04-14)`.
    pub version: String,
    /// Whether our agent is in it.
    pub has_agent: bool,
}

/// Reads what the Rust compiler left in the executable at `path`; `None` if no Rust is in it. A C program
/// with a Rust library counts.
pub fn read_rust(path: &Path) -> Option<RustInfo> {
    let cache = ReadCache::new(File::open(path).ok()?);
    let object = object::File::parse(&cache).ok()?;
    let section = |name| object.section_by_name(name).and_then(|section| section.data().ok());
    let version = rustc(section(".comment")?)?;
    let has_agent = section(".rodata").is_some_and(|constants| contains(constants, AGENT));
    Some(RustInfo { version, has_agent })
}

/// A key of the registry file that the agent writes.
const AGENT: &[u8] = b"\"taskscope_agent\": ";

fn rustc(comment: &[u8]) -> Option<String> {
    let line = comment.split(|&byte| byte == 0).find_map(|line| line.strip_prefix(b"rustc version "))?;
    Some(line.iter().map(|&byte| char::from(byte)).filter(|c| !c.is_control()).take(80).collect())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Reads the build info of the executable at `path`; `None` if it is no Go program.
pub fn read(path: &Path) -> Result<Option<BuildInfo>, String> {
    let file = File::open(path).map_err(|error| plain(&error))?;
    let cache = ReadCache::new(file);
    let Ok(object) = object::File::parse(&cache) else { return Ok(None) };
    let section = object.section_by_name(".go.buildinfo");
    Ok(section.and_then(|section| section.data().ok()).and_then(decode))
}

/// The first build info in the section's bytes.
fn decode(section: &[u8]) -> Option<BuildInfo> {
    let info = section
        .chunks(16)
        .position(|chunk| chunk.starts_with(MAGIC))
        .and_then(|at| section.get(at * 16..))?;
    let flags = *info.get(MAGIC.len() + 1)?;
    if flags & FLAG_INLINE == 0 {
        return Some(BuildInfo { go_version: String::new(), modules: String::new() });
    }
    let (go_version, rest) = string(info.get(HEADER_BYTES..)?)?;
    let modules = string(rest).map_or(&[][..], |(modules, _)| unframed(modules));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(BuildInfo { go_version: text(go_version), modules: text(modules) })
}

/// A varint length and that many bytes, and what follows.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        length |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return bytes.get(at + 1..)?.split_at_checked(usize::try_from(length).ok()?);
        }
    }
    None
}

/// Module text without its sentinels; empty if they are not there.
fn unframed(text: &[u8]) -> &[u8] {
    let end = text.len().checked_sub(FRAME_BYTES);
    let framed = |end: &usize| *end > FRAME_BYTES && text.get(end - 1) == Some(&b'\n');
    end.filter(framed).and_then(|end| text.get(FRAME_BYTES..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(version: &str, modules: &str) -> Vec<u8> {
        let mut bytes = vec![0; 16];
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[8, FLAG_INLINE]);
        bytes.resize(16 + HEADER_BYTES, 0);
        let framed = format!("{}{modules}{}", "0".repeat(16), "1".repeat(16));
        for text in [version, &framed] {
            assert!(text.len() < 128 * 128);
            bytes.push((text.len() & 0x7f) as u8 | 0x80);
            bytes.push((text.len() >> 7) as u8);
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    #[test]
    fn the_agent_is_seen_among_the_dependencies() {
        let modules = "path\tx\nmod\tx\t(devel)\t\ndep\tgithub.com/google/gops\tv0.3.28\th1:=\n";
        let info = decode(&section("go1.26.8", modules)).unwrap();
        assert_eq!(info.go_version, "go1.26.8");
        assert_eq!(info.gops_version(), Some("v0.3.28"));
        let without = decode(&section("go1.26.8", "path\tx\nmod\tx\t(devel)\t\n")).unwrap();
        assert_eq!(without.gops_version(), None);
    }

    #[test]
    fn the_compiler_of_rust_is_told() {
        let comment = b"Linker: LLD 21\0rustc version 1.95.0 (59807616e 2026-04-14)\0GCC\0";
        assert_eq!(rustc(comment).as_deref(), Some("1.95.0 (59807616e 2026-04-14)"));
        assert_eq!(rustc(b"GCC: (Debian) 12.2.0\0"), None);
    }

    #[test]
    fn damaged_sections_are_no_build_info() {
        let whole = section("go1.26.8", "path\tx\n");
        for cut in 0..whole.len() {
            let _ = decode(&whole[..cut]);
        }
        assert_eq!(decode(b""), None);
        assert_eq!(decode(&[0xff; 64]), None);
        let mut huge = whole;
        huge[48..53].copy_from_slice(&[0xff; 5]);
        assert_eq!(decode(&huge), None);
    }
}
