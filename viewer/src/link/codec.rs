//! What crosses the border between UI thread and worker, and its bytes.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use taskscope_engine::api::{Answer, FileFacts, OpenError, Request};

/// An open file. Numbers are given by the UI thread and never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// One part of an open file: the file itself, or one member of a zip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartRef {
    /// The file.
    pub file: FileId,
    /// Which part of it, from 0.
    pub part: u32,
}

/// What the worker is told. A `File` follows [`ToWorker::Open`] as the message's second item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// Read and open the file that comes with the message.
    Open {
        /// The file's number.
        file: FileId,
        /// Its name, as shown.
        name: String,
    },
    /// Fetch and open a file of this site.
    Fetch {
        /// The file's number.
        file: FileId,
        /// Its name, as shown.
        name: String,
        /// Absolute address, of this page's origin.
        url: String,
    },
    /// Stop reading or decoding a file, and say no more about it.
    Cancel(FileId),
    /// Forget an open file.
    Close(FileId),
    /// Answer a request.
    Ask {
        /// Generation number, returned with the answer.
        id: u32,
        /// What it is about.
        part: PartRef,
        /// The request.
        request: Request,
    },
}

/// What the worker tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The worker has started and listens.
    Ready,
    /// How far opening is.
    Progress {
        /// The file.
        file: FileId,
        /// What is being done.
        phase: Phase,
        /// Bytes dealt with.
        done: u64,
        /// Bytes in all; 0 if unknown.
        total: u64,
    },
    /// A file is open.
    Opened {
        /// The file.
        file: FileId,
        /// Bytes read.
        size: u64,
        /// Its parts, at least one.
        parts: Vec<OpenedPart>,
        /// Whether that is all: of a large trace the first part is shown while the rest is read.
        complete: bool,
    },
    /// A file could not be opened.
    Failed {
        /// The file.
        file: FileId,
        /// Bytes read.
        size: u64,
        /// Why.
        error: OpenError,
    },
    /// The answer to a request.
    Answer {
        /// Generation number of the request.
        id: u32,
        /// The answer.
        answer: Box<Answer>,
    },
    /// The worker has met a defect of its own and is gone.
    Panicked {
        /// The file it was busy with.
        file: Option<FileId>,
        /// What it said.
        message: String,
    },
}

/// One part of a file that was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenedPart {
    /// The member's name in its zip; empty for a file that is no zip.
    pub name: String,
    /// Its facts.
    pub facts: FileFacts,
}

/// What is being done to a file on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Bytes come in.
    Reading,
    /// Bytes are decoded.
    Decoding,
}

/// The bytes of a message.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    // Postcard fails only on types without a known length, and no message has one.
    postcard::to_stdvec(message).unwrap_or_default()
}

/// The message in `bytes`; `None` if they are of another version of this page.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use taskscope_engine::api::LeaksQuery;

    #[test]
    fn messages_survive_the_border() {
        let part = PartRef { file: FileId(7), part: 1 };
        let request = Request::Leaks(LeaksQuery { min_wait_ns: 60_000_000_000, ..LeaksQuery::default() });
        let ask = ToWorker::Ask { id: 3, part, request };
        assert_eq!(decode::<ToWorker>(&encode(&ask)).unwrap(), ask);

        let answer =
            FromWorker::Answer { id: 3, answer: Box::new(Answer::Unavailable("no such part".into())) };
        assert_eq!(decode::<FromWorker>(&encode(&answer)).unwrap(), answer);
    }

    #[test]
    fn foreign_bytes_are_refused() {
        assert_eq!(decode::<FromWorker>(&[]), None);
        assert_eq!(decode::<FromWorker>(&[250, 1, 2, 3]), None);
        let cut = encode(&FromWorker::Panicked { file: None, message: "out of bounds".into() });
        assert_eq!(decode::<FromWorker>(&cut[..cut.len() - 1]), None);
    }
}
