//! What a trace of a Rust program says that Go's format has no word for: task names, kinds, exact waits.
//!
//! It stands in batches of experiment 1, the only one that Go's tools survive, behind a magic number
//! that Go's own payload never begins with. The payload is one message of `schema/task_trace.proto`.

use prost::Message as _;

pub use crate::wire::task_trace::{
    Counts, End, Kind, Lane, Outcome, Program, Reason, Sidecar, Site, Task, TaskEnd, Wait,
};

/// The experiment under which the batches go.
pub const EXPERIMENT: u8 = 1;
/// What a payload begins with.
pub const MAGIC: [u8; 4] = *b"\xD7TSK";

/// `message` as the payload of a batch.
pub fn encode(message: &Sidecar) -> Vec<u8> {
    let mut payload = MAGIC.to_vec();
    payload.extend(message.encode_to_vec());
    payload
}

/// Whether `payload`, of experiment 1, is ours.
pub fn is_ours(payload: &[u8]) -> bool {
    payload.starts_with(&MAGIC)
}

/// The message in `payload`; `None` if it is Go's own, or broken.
pub fn decode(payload: &[u8]) -> Option<Sidecar> {
    Sidecar::decode(payload.strip_prefix(&MAGIC)?).ok()
}
