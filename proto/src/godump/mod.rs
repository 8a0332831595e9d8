//! Go's profiles as text: what people paste into bug reports.
//!
//! - debug=2, and what a crash or SIGQUIT prints: every goroutine with its state and stack;
//! - debug=1: stacks with counts (goroutine, goroutineleak, threadcreate) or with allocations (heap).
//!
//! The grammar is that of Go 1.19 to 1.27 (`runtime/traceback.go`, `runtime/pprof/pprof.go`); there is
//! no specification. Unknown words pass through, and lines that fit nowhere are skipped.

mod block;
mod dump;
mod header;
mod labels;
mod lines;
mod profile_text;
mod states;
mod symbols;

pub use dump::decode_dump;
pub use profile_text::{decode_heap_text, decode_profile_text};

pub(crate) use dump::contains_dump;
pub(crate) use profile_text::is_profile_text;
