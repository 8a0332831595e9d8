//! The collector: asks running programs for what their tasks do, saves it as files, and reads
//! such files on a terminal.
//!
//! The way of a call: command line ([`cli`]) → verb ([`verbs`]) → target ([`target`]) → wire
//! ([`source::gops`]) → check ([`check`]) → file ([`sink`]). The numbers that the file verbs
//! print come from the engine, so they equal the viewer's. Formats are looked at here only as far as
//! it takes to see that an answer is what was asked for, and whole.

pub mod check;
pub mod cli;
pub mod failure;
pub mod interrupt;
pub mod out;
pub mod progress;
pub mod serve;
pub mod share;
pub mod sink;
pub mod source;
pub mod symbols;
pub mod table;
pub mod target;
pub mod verbs;
