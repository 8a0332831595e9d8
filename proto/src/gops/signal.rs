//! Requests, and what a right answer looks like.

/// A command, by its byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Signal {
    /// Every goroutine with its stack, as text at debug=2. The agent cuts it at 64 MiB.
    StackTrace = 0x01,
    /// Runs a garbage collection and answers `ok`.
    Gc = 0x02,
    /// Memory statistics as text.
    MemStats = 0x03,
    /// Go's version and a line end.
    Version = 0x04,
    /// A heap profile.
    HeapProfile = 0x05,
    /// A CPU profile of 30 s.
    CpuProfile = 0x06,
    /// Four counts as text.
    Stats = 0x07,
    /// An execution trace of 5 s.
    Trace = 0x08,
    /// The executable file.
    BinaryDump = 0x09,
    /// Sets GOGC; the only signal with an argument.
    SetGcPercent = 0x10,
}

impl Signal {
    /// All signals, by byte.
    pub const ALL: [Self; 10] = [
        Self::StackTrace,
        Self::Gc,
        Self::MemStats,
        Self::Version,
        Self::HeapProfile,
        Self::CpuProfile,
        Self::Stats,
        Self::Trace,
        Self::BinaryDump,
        Self::SetGcPercent,
    ];

    /// The byte on the wire.
    pub fn byte(self) -> u8 {
        self as u8
    }

    /// The signal that `byte` asks for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.byte() == byte)
    }

    /// The verb that people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::StackTrace => "stack",
            Self::Gc => "gc",
            Self::MemStats => "memstats",
            Self::Version => "version",
            Self::HeapProfile => "heap",
            Self::CpuProfile => "cpu",
            Self::Stats => "stats",
            Self::Trace => "trace",
            Self::BinaryDump => "binary",
            Self::SetGcPercent => "setgc",
        }
    }

    /// How long a Go agent records before its answer is complete, ns; a client cannot choose.
    pub fn fixed_duration_ns(self) -> Option<u64> {
        match self {
            Self::CpuProfile => Some(30_000_000_000),
            Self::Trace => Some(5_000_000_000),
            _ => None,
        }
    }

    /// What the answer holds.
    pub fn content(self) -> Content {
        match self {
            Self::StackTrace => Content::GoroutineDump,
            Self::HeapProfile | Self::CpuProfile => Content::GzipProfile,
            Self::Trace => Content::Trace,
            Self::BinaryDump => Content::Executable,
            Self::Gc | Self::MemStats | Self::Version | Self::Stats | Self::SetGcPercent => Content::Line,
        }
    }
}

/// The request for a signal without argument.
pub fn request(signal: Signal) -> [u8; 1] {
    [signal.byte()]
}

/// The request for a GC percentage; any negative one turns GC off. Shortest zig-zag varint: Go's
/// own client pads it, and padding that arrives late makes the agent reset the connection.
pub fn set_gc_percent_request(percent: i64) -> Vec<u8> {
    let mut bytes = vec![Signal::SetGcPercent.byte()];
    let mut rest = ((percent << 1) ^ (percent >> 63)).cast_unsigned();
    while rest >= 0x80 {
        bytes.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    bytes.push(rest.to_le_bytes()[0]);
    bytes
}

/// What an answer must begin with to be saved as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// A few lines of text.
    Line,
    /// `goroutine 7 [running]:` and so on.
    GoroutineDump,
    /// A pprof protobuf, gzipped.
    GzipProfile,
    /// A Go execution trace.
    Trace,
    /// An ELF, Mach-O or Windows executable.
    Executable,
}

impl Content {
    /// Whether `start`, the first bytes of an answer, can begin such content. True while there are
    /// too few bytes to tell.
    pub fn accepts(self, start: &[u8]) -> bool {
        let begins = |magic: &[u8]| {
            let common = magic.len().min(start.len());
            start[..common] == magic[..common]
        };
        match self {
            Self::Line => start.iter().all(|&byte| byte != 0),
            Self::GoroutineDump => begins(b"goroutine "),
            Self::GzipProfile => begins(b"\x1f\x8b"),
            Self::Trace => begins(b"go 1."),
            Self::Executable => EXECUTABLES.iter().any(|magic| begins(magic)),
        }
    }
}

/// ELF, Windows, Mach-O of 64 and 32 bits, Mach-O for several processors.
const EXECUTABLES: [&[u8]; 5] =
    [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_of_gops() {
        let bytes = Signal::ALL.map(Signal::byte);
        assert_eq!(bytes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 0x10]);
        for byte in 0..=255 {
            assert_eq!(Signal::from_byte(byte).is_some(), bytes.contains(&byte));
        }
        assert_eq!(request(Signal::Trace), [8]);
    }

    #[test]
    fn percentages_are_minimal_varints() {
        for (percent, want) in [
            (0, &[0x00][..]),
            (10, &[0x14]),
            (50, &[0x64]),
            (100, &[0xc8, 0x01]),
            (-1, &[0x01]),
            (-5, &[0x09]),
            (i64::MIN, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ] {
            let request = set_gc_percent_request(percent);
            assert_eq!((request[0], &request[1..]), (0x10, want), "{percent}");
        }
    }

    #[test]
    fn wrong_answers_are_told_by_their_first_bytes() {
        for signal in Signal::ALL {
            assert!(signal.content().accepts(b""));
        }
        assert!(Content::GzipProfile.accepts(b"\x1f"));
        assert!(!Content::GzipProfile.accepts(b"go 1.26 trace"));
        assert!(Content::Trace.accepts(b"go 1.26 trace\0\0\0"));
        assert!(Content::GoroutineDump.accepts(b"goroutine 1 [running]:"));
        assert!(!Content::GoroutineDump.accepts(b"\x1f\x8b"));
        assert!(Content::Executable.accepts(b"\x7fELF\x02"));
        assert!(Content::Executable.accepts(b"M"));
        assert!(!Content::Executable.accepts(b"404 page not found"));
        assert!(!Content::Line.accepts(b"\0"));
    }
}
