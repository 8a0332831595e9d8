//! Pictures as data: an answer, a viewport and a theme give a list of draw commands.
//!
//! A painter executes the list on a canvas and knows nothing else; a test reads it as text.
//! Coordinates are CSS px from the canvas's top left.

mod command;
mod theme;

pub use command::{Align, Colour, DrawCmd, Face, Measure, Rect};
pub use theme::{FramePair, StatePair, Theme};
