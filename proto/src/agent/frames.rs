//! Frames: what an agent sends after its magic.

use prost::Message;

use super::{End, Header, Hello, Progress, Refusal};

/// Kind and length.
pub const HEAD_BYTES: usize = 5;
/// The longest payload that a reader accepts.
const MOST_BYTES: u32 = 1 << 20;

/// What a frame holds; its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A [`Hello`].
    Hello = 1,
    /// A [`Header`].
    Header = 2,
    /// Bytes of the answer.
    Data = 3,
    /// A [`Progress`].
    Progress = 4,
    /// A [`Refusal`].
    Refusal = 5,
    /// An [`End`].
    End = 6,
}

/// A frame as it was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Who the agent is.
    Hello(Hello),
    /// What the answer is.
    Header(Header),
    /// Bytes of the answer.
    Data(Vec<u8>),
    /// The agent is at it.
    Progress(Progress),
    /// There is no answer, or no more of it.
    Refusal(Refusal),
    /// The answer is over.
    End(End),
}

/// Why bytes are no frames, or no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length that nobody needs.
    #[error("a message of {bytes} bytes, which is too long")]
    TooLong {
        /// What the length says.
        bytes: u32,
    },
    /// A payload that is no message of its kind.
    #[error("a damaged {name}")]
    Message {
        /// What it should be.
        name: &'static str,
    },
}

/// The first bytes of a frame with a payload of `bytes` bytes.
pub fn head(kind: Kind, bytes: u32) -> [u8; HEAD_BYTES] {
    let [a, b, c, d] = bytes.to_le_bytes();
    [kind as u8, a, b, c, d]
}

/// A frame with a message in it. Messages are short: one beyond 4 GiB would be cut.
pub fn encode(kind: Kind, message: &impl Message) -> Vec<u8> {
    let body = message.encode_to_vec();
    let mut frame = head(kind, u32::try_from(body.len()).unwrap_or(u32::MAX)).to_vec();
    frame.extend_from_slice(&body);
    frame
}

/// Cuts what arrives into frames.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    used: usize,
}

impl Frames {
    /// Takes more bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.used);
        self.used = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next frame; `None` while bytes are missing. Kinds that are not known are passed over.
    ///
    /// # Errors
    /// The bytes are no frames; there is no way on after that.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            let rest = self.bytes.get(self.used..).unwrap_or_default();
            let Some((&[kind, a, b, c, d], payload)) = rest.split_first_chunk::<HEAD_BYTES>() else {
                return Ok(None);
            };
            let bytes = u32::from_le_bytes([a, b, c, d]);
            if bytes > MOST_BYTES {
                return Err(FrameError::TooLong { bytes });
            }
            let Some(payload) = payload.get(..bytes as usize) else { return Ok(None) };
            let frame = decode(kind, payload)?;
            self.used += HEAD_BYTES + bytes as usize;
            if frame.is_some() {
                return Ok(frame);
            }
        }
    }
}

fn decode(kind: u8, payload: &[u8]) -> Result<Option<Frame>, FrameError> {
    Ok(Some(match kind {
        1 => Frame::Hello(message("hello", payload)?),
        2 => Frame::Header(message("header", payload)?),
        3 => Frame::Data(payload.to_vec()),
        4 => Frame::Progress(message("progress", payload)?),
        5 => Frame::Refusal(message("refusal", payload)?),
        6 => Frame::End(message("end", payload)?),
        _ => return Ok(None),
    }))
}

fn message<M: Message + Default>(name: &'static str, payload: &[u8]) -> Result<M, FrameError> {
    M::decode(payload).map_err(|_| FrameError::Message { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_in_pieces_and_unknown_kinds_are_passed_over() {
        let end = End { complete: true, bytes: 3, ..End::default() };
        let parts =
            [&head(Kind::Data, 3)[..], b"abc", &[99, 1, 0, 0, 0, 7], &encode(Kind::End, &end)].concat();
        for size in 1..=parts.len() {
            let mut frames = Frames::default();
            let mut seen = Vec::new();
            for piece in parts.chunks(size) {
                frames.feed(piece);
                while let Some(frame) = frames.next_frame().unwrap() {
                    seen.push(frame);
                }
            }
            assert_eq!(seen, [Frame::Data(b"abc".to_vec()), Frame::End(end.clone())], "{size}");
        }
    }

    #[test]
    fn odd_frames_are_errors() {
        let read = |bytes: &[u8]| {
            let mut frames = Frames::default();
            frames.feed(bytes);
            frames.next_frame()
        };
        assert_eq!(read(&[3, 0, 0, 0, 0x10]), Err(FrameError::TooLong { bytes: 0x1000_0000 }));
        assert_eq!(read(&[6, 1, 0, 0, 0, 0xff]), Err(FrameError::Message { name: "end" }));
    }
}
