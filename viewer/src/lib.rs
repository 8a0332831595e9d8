//! The viewer: a Yew application on the UI thread, a worker that owns the data, and canvases.
//!
//! There is no analysis here. The worker answers requests of `taskscope_engine::api`; the UI
//! thread keeps the last answer of each view and small view state. All of it compiles natively,
//! so that reducers and codecs are tested without a browser.

pub mod canvas;
pub mod commands;
pub mod components;
pub mod dom;
pub mod hooks;
pub mod link;
pub mod state;
pub mod theme;
pub mod url;
pub mod views;
