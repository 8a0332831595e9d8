//! Questions about a data set and their answers: pure functions, no state, no browser.
//!
//! Each takes a [`Dataset`](taskscope_proto::Dataset), an index built from it once where one is
//! needed, and a query; each gives an answer of [`crate::api`]. Caching is the session's.

pub mod area;
pub mod blocking;
pub mod blocking_profile;
pub mod call_tree;
pub mod children;
pub mod facts;
pub mod findings;
pub mod flame;
pub mod gc;
pub mod goroutines;
pub mod labels;
pub mod leaks;
pub mod modules;
pub mod names;
pub mod search;
pub mod selection;
pub mod sources;
pub mod symbols;
pub mod text;
pub mod timeline;
pub mod top;
pub mod user_tasks;
pub mod weights;
pub mod why;
