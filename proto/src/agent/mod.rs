//! The framed wire between the collector and the agent of a Rust program.
//!
//! A client sends [`FIRST_BYTE`], which no gops client sends, and waits: an agent that speaks this
//! wire answers with [`MAGIC`] and a frame [`Hello`]; a Go agent closes without a byte. The client
//! then sends one request ([`encode_request`]) and reads frames: a [`Header`], data, progress, and
//! at last an [`End`]; or a [`Refusal`] at any point. Closing the connection cancels. A frame is
//! its kind (1 byte), the length of its payload (4 bytes, little endian) and the payload.

mod frames;

pub use crate::wire::agent::{End, Header, Hello, Progress, Reason, Refusal, Request, What};
pub use frames::{Frame, FrameError, Frames, HEAD_BYTES, Kind, encode, head};

use prost::Message as _;

/// What a client sends first. Not a gops signal, and not the start of any text.
pub const FIRST_BYTE: u8 = 0xD7;
/// What an agent answers first; the last byte is the version of the framing.
pub const MAGIC: [u8; 8] = *b"\xD7tskscp\x01";
/// The version of the messages: higher ones may add, never change.
pub const PROTOCOL: u32 = 1;
/// The most bytes of a request; a longer one is an attack or a mistake.
pub const MOST_REQUEST_BYTES: u32 = 4 << 10;

/// A request as it goes over the wire: its length (4 bytes, little endian) and the message.
pub fn encode_request(request: &Request) -> Vec<u8> {
    let body = request.encode_to_vec();
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes()[..], &body].concat()
}

/// Reads a request; `None` while bytes are missing.
///
/// # Errors
/// The request is too long, or no request.
pub fn decode_request(bytes: &[u8]) -> Result<Option<Request>, FrameError> {
    let Some((length, body)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_le_bytes(*length);
    if length > MOST_REQUEST_BYTES {
        return Err(FrameError::TooLong { bytes: length });
    }
    let Some(body) = body.get(..length as usize) else { return Ok(None) };
    Request::decode(body).map(Some).map_err(|_| FrameError::Message { name: "request" })
}

impl What {
    /// The verb that people know it by.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Unspecified => "nothing",
            Self::Stack => "stack",
            Self::Gc => "gc",
            Self::MemStats => "memstats",
            Self::Version => "version",
            Self::Heap => "heap",
            Self::Cpu => "cpu",
            Self::Stats => "stats",
            Self::Trace => "trace",
            Self::Binary => "binary",
            Self::Tasks => "tasks",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_in_pieces() {
        let request =
            Request { what: What::Cpu.into(), rate_hz: 99, token: "secret".into(), ..Request::default() };
        let bytes = encode_request(&request);
        for cut in 0..bytes.len() {
            assert_eq!(decode_request(&bytes[..cut]), Ok(None), "{cut}");
        }
        assert_eq!(decode_request(&bytes), Ok(Some(request)));
    }

    #[test]
    fn odd_requests_are_errors() {
        assert_eq!(decode_request(&[0xff; 8]), Err(FrameError::TooLong { bytes: u32::MAX }));
        assert_eq!(decode_request(&[1, 0, 0, 0, 0xff]), Err(FrameError::Message { name: "request" }));
        assert_eq!(decode_request(&[0; 4]), Ok(Some(Request::default())));
    }
}
