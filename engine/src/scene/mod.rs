//! Pictures as data: an answer, a viewport and a theme give a list of draw commands.
//!
//! A painter executes the list on a canvas and knows nothing else; a test reads it as text.
//! Coordinates are CSS px from the canvas's top left. Commands of one colour stand together as far
//! as the picture allows, for painters pay for every change of style.

mod axis;
mod command;
mod flame;
pub mod label;
mod lane_charts;
mod lane_marks;
mod minimap;
mod ruler;
#[cfg(test)]
mod testing;
mod theme;
mod timeline;
mod wakes;

pub use command::{Align, Colour, DrawCmd, Face, Measure, Rect};
pub use flame::{FlameMarks, FlameViewport, flame, flame_hit_test, flame_marks};
pub use minimap::{MINIMAP_PX, MinimapViewport, minimap};
pub use ruler::{RULER_PX, ruler};
pub use theme::{FramePair, StatePair, Theme};
pub use timeline::{
    Hit, TimelineSelection, TimelineViewport, WakeArrow, timeline, timeline_hit_test, timeline_selection,
};
pub use wakes::{PathPart, timeline_path, wake_arrows};
