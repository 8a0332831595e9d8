//! The 16-byte header: `go 1.NN trace` and NULs.

#[cfg(feature = "load")]
use crate::error::{ParseError, Phase};

/// Length of the header.
pub(crate) const HEADER_LEN: usize = 16;

/// What the header of a Go execution trace says. The number is the format's minor version, which
/// is not always that of the toolchain: Go 1.24 writes 1.23, Go 1.27 writes 1.26.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The first form of the format without framing (1.5 to 1.10), which is not read.
    TooOld(u32),
    /// The format without framing (1.11, 1.19, 1.21), which [`super::OldReader`] reads.
    V1(u32),
    /// The format of Go 1.22 and later, which [`super::Reader`] reads.
    V2(u32),
    /// A header of the same shape with a number that no Go release up to 1.27 writes.
    Unknown(u32),
}

/// What the first 16 bytes say; `None` if they are no header of a Go trace.
pub fn version(bytes: &[u8]) -> Option<Version> {
    let header = bytes.get(..HEADER_LEN)?;
    let rest = header.strip_prefix(b"go 1.")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = rest.split_at(digits);
    let nuls = rest.strip_prefix(b" trace")?;
    if nuls.iter().any(|&byte| byte != 0) {
        return None;
    }
    let minor = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some(match minor {
        5 | 7..=10 => Version::TooOld(minor),
        11 | 19 | 21 => Version::V1(minor),
        22 | 23 | 25 | 26 => Version::V2(minor),
        _ => Version::Unknown(minor),
    })
}

#[cfg(feature = "load")]
/// The minor version of a v2 trace, or why the bytes are none.
pub(crate) fn v2_minor(bytes: &[u8]) -> Result<u32, ParseError> {
    match version(bytes) {
        Some(Version::V2(minor)) => Ok(minor),
        other => Err(other_header(other, "1.22 to 1.27")),
    }
}

#[cfg(feature = "load")]
/// The minor version of a v1 trace, or why the bytes are none.
pub(crate) fn v1_minor(bytes: &[u8]) -> Result<u32, ParseError> {
    match version(bytes) {
        Some(Version::V1(minor)) => Ok(minor),
        other => Err(other_header(other, "1.11 to 1.21")),
    }
}

#[cfg(feature = "load")]
fn other_header(found: Option<Version>, wanted: &str) -> ParseError {
    let found = match found {
        Some(Version::TooOld(minor) | Version::V1(minor) | Version::V2(minor) | Version::Unknown(minor)) => {
            format!("`go 1.{minor} trace`")
        }
        None => "other bytes".into(),
    };
    ParseError::new(Phase::Sniff, 0, format!("the header of a Go {wanted} execution trace"), found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_told_apart() {
        let check = |bytes: &[u8], want| assert_eq!(version(bytes), want, "{bytes:?}");
        check(b"go 1.22 trace\0\0\0", Some(Version::V2(22)));
        check(b"go 1.26 trace\0\0\0rest", Some(Version::V2(26)));
        check(b"go 1.9 trace\0\0\0\0", Some(Version::TooOld(9)));
        check(b"go 1.21 trace\0\0\0", Some(Version::V1(21)));
        check(b"go 1.24 trace\0\0\0", Some(Version::Unknown(24)));
        check(b"go 1.31 trace\0\0\0", Some(Version::Unknown(31)));
        check(b"go 1.22 trace\0\0", None);
        check(b"go 1.22 trace\0\0x", None);
        check(b"go 1. trace\0\0\0\0\0", None);
        check(b"go 1.99999999999", None);
        check(b"", None);
        assert!(
            v2_minor(b"go 1.21 trace\0\0\0").expect_err("must fail").to_string().contains("`go 1.21 trace`")
        );
    }
}
