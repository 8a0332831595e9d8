//! The goroutine analysis of `go tool trace`: time by state, goroutine by goroutine and by entry
//! function, with the tool's own definitions, so that the numbers can be held beside its own.
//!
//! - A goroutine that was there before the trace counts from the first Sync event on, others from
//!   their creation; living ones count up to the closing Sync.
//! - Waiting for ever ends a goroutine as leaving does.
//! - A system call is execution until its P is taken away, and block time from then on.
//! - Sweeping happens on a P and counts for a goroutine that was on it from begin to end.

mod list;
mod report;
mod table;

pub use list::Listing;
pub use report::{GoroutineReport, GoroutinesReport, report};
pub use table::Table;
