//! pprof profiles: protobuf ⇄ [`Dataset`].
//!
//! What decoding guarantees, so that sums over the data set equal `go tool pprof -top`:
//! - every sample with as many values as there are sample types is one row, in file order, nothing
//!   merged, with all its value columns and labels;
//! - a location with several lines becomes one frame a line: the outermost is not `inlined`, the
//!   others are, leaf-most last; a location without lines is one frame without function;
//! - `drop_frames` and `keep_frames` are applied;
//! - a reference to nothing (text, mapping, function, location) is an absence and a notice.

mod decode;
mod encode;
mod flaws;
mod kind;
mod prune;
mod samples;
mod tables;
mod walk;

pub use decode::{Decoder, decode};
pub use encode::{encode, encode_gzip};
pub(crate) use walk::looks_like_profile;
