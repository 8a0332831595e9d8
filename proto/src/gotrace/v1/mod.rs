//! Go execution traces, format v1 (headers 1.11, 1.19 and 1.21: Go 1.11 to 1.21).
//!
//! A stream of events without framing, whose strings, stacks and frequency may come last, so that reading takes two
//! passes: `scan` finds the batches of each P (`raw` reads one event), `merge` puts the events of all `lane`s into
//! their `order`, and `convert` gives them to the emulator that v2 uses too.

mod convert;
mod lane;
mod merge;
mod order;
mod raw;
mod reader;
mod scan;
mod spec;

pub use reader::OldReader;
