//! Is what arrives what was asked for, and is it all there? Looked at while it streams by,
//! in constant memory, so that a wrong answer never becomes a file.

mod framing;

use std::io::{self, Write as _};

use flate2::write::GzDecoder;

use framing::Framing;
use taskscope_proto::gops::Content;

/// What is known about a body once it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is complete, as far as its format tells.
    Whole,
    /// Its end is missing. The text says what is.
    Cut(String),
}

/// Looks at a body as it streams by.
#[derive(Debug)]
pub struct Check {
    content: Content,
    head: Vec<u8>,
    bytes: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Fewer bytes than the magic has.
    Head,
    Trace(Framing),
    Gzip(Box<GzDecoder<io::Sink>>),
    /// Bytes that must be there at least.
    Length(u64),
    Text,
}

/// Enough for every magic and for an ELF header.
const HEAD_BYTES: usize = 64;

impl Check {
    /// Expects a body of this kind.
    pub fn new(content: Content) -> Self {
        Self { content, head: Vec::new(), bytes: 0, state: State::Head }
    }

    /// Looks at more bytes; an error says what the body is instead.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), String> {
        let before = self.head.len();
        let wanted = HEAD_BYTES.saturating_sub(before).min(bytes.len());
        let (head, _) = bytes.split_at(wanted);
        self.head.extend_from_slice(head);
        self.bytes += bytes.len() as u64;
        if !matches!(self.state, State::Head) {
            return self.advance(bytes);
        }
        if self.head.len() < self.magic_bytes() {
            return if self.content.accepts(&self.head) { Ok(()) } else { Err(looks_like(&self.head)) };
        }
        self.state = self.recognise()?;
        let all = [self.head.get(..before).unwrap_or_default(), bytes].concat();
        self.advance(&all)
    }

    /// Whether the body that ended here is whole.
    pub fn finish(&mut self) -> Verdict {
        match &mut self.state {
            State::Head => Verdict::Cut(format!("it ends after {} bytes, within its first mark", self.bytes)),
            State::Trace(framing) => framing.finish(),
            State::Gzip(decoder) => match decoder.try_finish() {
                Ok(()) => Verdict::Whole,
                Err(_) => Verdict::Cut("the end of its gzip stream is missing".into()),
            },
            State::Length(least) if self.bytes < *least => {
                Verdict::Cut(format!("it has {} bytes of at least {least}", self.bytes))
            }
            State::Length(_) => Verdict::Whole,
            State::Text => self.text_verdict(),
        }
    }

    /// Whether what arrived of a cut body is of use to anybody.
    pub fn is_useful(&self) -> bool {
        match &self.state {
            State::Trace(framing) => framing.batches() > 0,
            State::Text => true,
            _ => false,
        }
    }

    fn text_verdict(&self) -> Verdict {
        /// Where Go's agent stops, without a mark.
        const AGENT_LIMIT: u64 = 64 << 20;
        if self.bytes >= AGENT_LIMIT {
            return Verdict::Cut("the agent cuts dumps after 64 MiB".into());
        }
        Verdict::Whole
    }

    /// How many bytes tell for sure.
    fn magic_bytes(&self) -> usize {
        match self.content {
            Content::Line => 0,
            Content::GoroutineDump => DUMP.len(),
            Content::GzipProfile => GZIP.len(),
            Content::Trace => 16,
            Content::Executable => HEAD_BYTES,
        }
    }

    fn recognise(&self) -> Result<State, String> {
        if !self.content.accepts(&self.head) {
            return Err(looks_like(&self.head));
        }
        Ok(match self.content {
            Content::Trace => {
                State::Trace(Framing::new(trace_minor(&self.head).ok_or_else(|| looks_like(&self.head))?))
            }
            Content::GzipProfile => State::Gzip(Box::new(GzDecoder::new(io::sink()))),
            Content::Executable => State::Length(elf_bytes(&self.head).unwrap_or(0)),
            Content::GoroutineDump | Content::Line => State::Text,
        })
    }

    fn advance(&mut self, bytes: &[u8]) -> Result<(), String> {
        match &mut self.state {
            State::Trace(framing) => framing.feed(bytes),
            State::Gzip(decoder) => inflate(decoder, bytes),
            State::Head | State::Length(_) | State::Text => Ok(()),
        }
    }
}

const GZIP: &[u8] = b"\x1f\x8b";
const DUMP: &[u8] = b"goroutine ";
/// The minor version in `go 1.26 trace\0\0\0`.
fn trace_minor(head: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(head.get(..16)?).ok()?;
    text.strip_prefix("go 1.")?.trim_end_matches('\0').strip_suffix(" trace")?.parse().ok()
}

fn inflate(decoder: &mut GzDecoder<io::Sink>, mut bytes: &[u8]) -> Result<(), String> {
    while !bytes.is_empty() {
        match decoder.write(bytes) {
            // The stream ended before; what follows it does not hurt.
            Ok(0) => return Ok(()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) => return Err(format!("a damaged gzip stream ({error})")),
        }
    }
    Ok(())
}

/// How long a 64-bit little-endian ELF file is at least: to the end of its section headers.
fn elf_bytes(head: &[u8]) -> Option<u64> {
    head.starts_with(b"\x7fELF\x02\x01").then_some(())?;
    let offset = u64::from_le_bytes(head.get(0x28..0x30)?.try_into().ok()?);
    let size = u16::from_le_bytes(head.get(0x3a..0x3c)?.try_into().ok()?);
    let count = u16::from_le_bytes(head.get(0x3c..0x3e)?.try_into().ok()?);
    offset.checked_add(u64::from(size) * u64::from(count))
}

/// Another server, if the first bytes of its answer show which.
pub fn foreign(head: &[u8]) -> Option<&'static str> {
    let known = [
        (&b"HTTP/"[..], "an HTTP server's answer"),
        (b"SSH-", "an SSH server's greeting"),
        (b"220 ", "a mail or FTP server's greeting"),
        (b"\x15\x03", "a TLS alert"),
    ];
    known.into_iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| name)
}

/// What the wrong bytes look like, for the message.
fn looks_like(head: &[u8]) -> String {
    let start = head.get(..head.len().min(24)).unwrap_or_default();
    foreign(head).map_or_else(|| format!("\"{}\"", start.escape_ascii()), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a body in pieces of every small size and once as a whole.
    fn check(content: Content, body: &[u8]) -> Result<Verdict, String> {
        let verdicts: Vec<_> = [1, 7, 4096, usize::MAX].map(|size| in_pieces(content, body, size)).into();
        assert!(verdicts.windows(2).all(|pair| pair[0] == pair[1]), "{verdicts:?}");
        verdicts[0].clone()
    }

    fn in_pieces(content: Content, body: &[u8], size: usize) -> Result<Verdict, String> {
        let mut check = Check::new(content);
        for piece in body.chunks(size) {
            check.feed(piece).map_err(|_| String::from("wrong"))?;
        }
        Ok(check.finish())
    }

    fn fixture(path: &str) -> Vec<u8> {
        std::fs::read(format!("{}/../proto/tests/data/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn real_files_are_whole_and_their_starts_are_cut() {
        let files = [
            (Content::Trace, "trace/go1.22.10.bin"),
            (Content::Trace, "trace/go1.25.5.bin"),
            (Content::Trace, "trace/go1.26.6.bin"),
            (Content::GzipProfile, "pprof/go1.26.6.heap.pb.gz"),
        ];
        for (content, path) in files {
            let body = fixture(path);
            assert_eq!(check(content, &body), Ok(Verdict::Whole), "{path}");
            for cut in [3, 20, body.len() / 2, body.len() - 1] {
                assert!(
                    matches!(check(content, &body[..cut]), Ok(Verdict::Cut(_)) | Err(_)),
                    "{path} at {cut}"
                );
            }
        }
        let dump = fixture("dump/go1.26.6.goroutine.debug2.txt");
        assert_eq!(check(Content::GoroutineDump, &dump), Ok(Verdict::Whole));
    }

    #[test]
    fn executables_are_measured() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(in_pieces(Content::Executable, &own, 65536), Ok(Verdict::Whole));
        assert!(matches!(in_pieces(Content::Executable, &own[..own.len() / 2], 65536), Ok(Verdict::Cut(_))));
    }

    #[test]
    fn wrong_bodies_are_named() {
        for content in [Content::Trace, Content::GzipProfile, Content::Executable, Content::GoroutineDump] {
            let told = Check::new(content).feed(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap_err();
            assert_eq!(told, "an HTTP server's answer");
        }
        assert_eq!(Check::new(Content::Trace).feed(b"x"), Err("\"x\"".into()));
        assert!(Check::new(Content::Trace).feed(b"go 1.x trace\0\0\0\0").is_err());
    }
}
