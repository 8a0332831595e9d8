//! Which format is this: by content, never by name.

use crate::godump;
use crate::gotrace;
use crate::pprof;

/// What a sequence of bytes is, as its first bytes tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// No bytes at all.
    Empty,
    /// A gzip layer.
    Gzip,
    /// A zip archive.
    Zip,
    /// A Go execution trace, of any version.
    GoTrace(gotrace::Version),
    /// A pprof protobuf.
    Pprof,
    /// A CPU profile in the binary format before pprof's protobuf.
    LegacyCpuProfile,
    /// Every goroutine with state and stack: debug=2, a crash, a SIGQUIT.
    GoroutineDump,
    /// Counts per stack, as text: goroutine, goroutineleak or threadcreate at debug=1.
    ProfileText,
    /// A heap or allocs profile at debug=1.
    HeapText,
    /// A block or mutex profile at debug=1.
    ContentionText,
    /// None of these; what it looks like, in words.
    Unknown(String),
}

/// Tells what `bytes` are. Looks at the start, and through all of a text for a goroutine dump.
pub fn sniff(bytes: &[u8]) -> Kind {
    if bytes.is_empty() {
        return Kind::Empty;
    }
    let binary = BINARY.iter().find(|(magic, _)| bytes.starts_with(magic));
    if let Some((_, kind)) = binary {
        return kind.clone();
    }
    if let Some(version) = gotrace::version(bytes) {
        return Kind::GoTrace(version);
    }
    if is_legacy_cpu_profile(bytes) {
        return Kind::LegacyCpuProfile;
    }
    if looks_like_text(bytes) {
        return sniff_text(bytes);
    }
    if pprof::looks_like_profile(bytes) {
        return Kind::Pprof;
    }
    Kind::Unknown(binary_in_words(bytes))
}

const BINARY: [(&[u8], Kind); 3] =
    [(b"\x1f\x8b", Kind::Gzip), (b"PK\x03\x04", Kind::Zip), (b"PK\x05\x06", Kind::Zip)];

/// Words 0, 3, 0 of either size and byte order: an empty header record of three words.
fn is_legacy_cpu_profile(bytes: &[u8]) -> bool {
    let words = |size: usize, three_at: usize| {
        bytes.get(..3 * size).is_some_and(|head| {
            head.iter().enumerate().all(|(at, &byte)| byte == if at == size + three_at { 3 } else { 0 })
        })
    };
    words(8, 0) || words(8, 7) || words(4, 0) || words(4, 3)
}

/// Bytes that decide whether this is text; a protobuf shows itself in far fewer.
const TEXT_PROBE: usize = 4096;

fn looks_like_text(bytes: &[u8]) -> bool {
    let probe = &bytes[..bytes.len().min(TEXT_PROBE)];
    let control = |&byte: &u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    if probe.iter().any(control) {
        return false;
    }
    match std::str::from_utf8(probe) {
        Ok(_) => true,
        // A character cut by the end of the probe is no fault; a few odd bytes in a log are none either.
        Err(error) => error.valid_up_to() + 4 > probe.len() || error.valid_up_to() > 64,
    }
}

fn sniff_text(bytes: &[u8]) -> Kind {
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"heap profile: ") {
        return Kind::HeapText;
    }
    if start.starts_with(b"--- contention:") || start.starts_with(b"--- mutex:") {
        return Kind::ContentionText;
    }
    if godump::is_profile_text(start) {
        return Kind::ProfileText;
    }
    if godump::contains_dump(bytes) {
        return Kind::GoroutineDump;
    }
    Kind::Unknown(text_in_words(start))
}

fn text_in_words(start: &[u8]) -> String {
    let lower = start[..start.len().min(64)].to_ascii_lowercase();
    let is = |prefix: &str| lower.starts_with(prefix.as_bytes());
    if start.is_empty() {
        "a text file of nothing but white space".into()
    } else if is("<!doctype html") || is("<html") {
        "HTML, perhaps the error page of a server".into()
    } else if is("<?xml") || is("<svg") {
        "XML".into()
    } else if is("{") || is("[") {
        "JSON".into()
    } else {
        format!("plain text that begins “{}”", first_words(start))
    }
}

/// The first line as far as it fits into a message.
fn first_words(text: &[u8]) -> String {
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(&line[..line.len().min(200)]);
    let shown: String = line.chars().filter(|character| !character.is_control()).take(40).collect();
    if shown.len() < line.trim_end().len() { format!("{}…", shown.trim_end()) } else { shown }
}

fn binary_in_words(bytes: &[u8]) -> String {
    let known = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic));
    match known {
        Some((_, "an ELF executable")) if bytes.get(16) == Some(&4) => "an ELF core dump".into(),
        Some((_, words)) => (*words).into(),
        None if bytes.get(257..262) == Some(b"ustar") => "a tar archive".into(),
        None if bytes.iter().all(|&byte| byte == 0) => "nothing but zero bytes".into(),
        None => "binary data of no known format".into(),
    }
}

const MAGIC: [(&[u8], &str); 21] = [
    (b"\x7fELF", "an ELF executable"),
    (b"MZ", "a Windows executable"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O executable"),
    (b"\xca\xfe\xba\xbe", "a Mach-O executable or Java class"),
    (b"\0asm", "WebAssembly"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data; unpack it first"),
    (b"\xfd7zXZ", "xz-compressed data; unpack it first"),
    (b"BZh", "bzip2-compressed data; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PERFILE2", "a recording of Linux perf"),
    (b"JAVA PROFILE", "a Java heap dump"),
    (b"FLR\0", "a Java flight recording"),
    (b"go1.", "a Go heap dump (debug.WriteHeapDump); take a heap profile instead"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"!<arch>", "an ar archive"),
];
