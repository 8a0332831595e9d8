//! Lanes over time: minimap, visible boxes, span details.
//!
//! [`TimelineIndex`] is built once a trace. A query then costs what it shows: pixel columns times
//! visible lanes, not spans. `walk` makes boxes of a track, `blocks` lets it cross dense stretches,
//! `load` answers how many tasks run, `layout` says which lanes are where.

mod activity;
mod blocks;
mod counters;
mod details;
mod groups;
mod index;
mod intervals;
mod items;
pub(super) mod keys;
mod kinds;
mod labels;
mod lanes;
mod layout;
mod load;
pub(in crate::analysis) mod marks;
mod minimap;
pub(super) mod names;
mod order;
mod overlay;
mod phases;
mod presence;
mod search;
mod table;
mod threads;
mod totals;
mod track;
mod user_lanes;
mod wakes;
mod walk;
mod workers;

pub use counters::cursor;
pub use details::span_details;
pub use index::TimelineIndex;
pub use items::item_details;
pub use lanes::timeline;
pub use minimap::minimap;
pub use search::search;
pub use table::{lane_table, span_table};
pub use wakes::wake_chain;
